"""Judging a dataset of a store: gather the evidence, apply the rules, keep the report where that is wanted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from opendata.contract.records import Record
from opendata.contract.verification import Verification
from opendata.create.deploy import LOCK
from opendata.stores.driver import run
from opendata.stores.store import Store

from opendata_platform.datasets.catalog import all_specs
from opendata_platform.datasets.origin import Fetched
from opendata_platform.verification.advisories import read_advisories
from opendata_platform.verification.keeping import keep
from opendata_platform.verification.kept import rebuild
from opendata_platform.verification.refetch import refetch
from opendata_platform.verification.report import Job, read_published, verify
from opendata_platform.verification.reproducible import Attempt, NotRebuilt
from opendata_platform.verification.rerun import rerun


def judge(
    dataset: str,
    store: Store,
    as_of: datetime,
    *,
    project: Path | None = None,
    lock: Path | None = None,
    ask_again: bool = False,
    advisories: Path | None = None,
    kept: bool = False,
) -> Verification:
    """The report on the newest state of a dataset, or with `kept` the one that stands in the store from now on.

    `lock` is examined in place of the project's; with `ask_again` the source of one of the platform's own datasets is
    asked where its answers are not kept. Raises DatasetNotFound, NotFound or InvalidValue for a project or advisories
    that are none, or a StoreError.
    """
    known = read_advisories(advisories) if advisories else None
    published = run(read_published(dataset), store)
    attempt = rerun(project, dataset) if project else _own(published.record, store, ask_again)
    report = verify(published, Job(attempt, _lock(project, lock)), known, as_of)
    return run(keep(report, store.name), store) if kept else report


def _own(record: Record, store: Store, ask_again: bool) -> Attempt:
    """One of the platform's own datasets made again; of another one nothing is known without its project."""
    spec = all_specs().get(record.dataset)
    if spec is None or record.newest is None:
        return NotRebuilt("no project was given", "未给出项目")
    if ask_again and isinstance(spec.origin, Fetched) and not spec.origin.keeps_answers:
        return refetch(spec, record.newest)
    return run(rebuild(spec, record, record.newest), store)


def _lock(project: Path | None, named: Path | None) -> str | None:
    path = named or (project / LOCK if project else None)
    if path is None:
        return None
    return path.read_text(encoding="utf-8") if path.is_file() else ""
