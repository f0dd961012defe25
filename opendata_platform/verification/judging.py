"""Judging a dataset of a store: gather the evidence, apply the rules, keep the report where that is wanted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from opendata.contract.records import Record
from opendata.contract.verification import Verification
from opendata.create.deploy import LOCK
from opendata.protocol.operations import Steps
from opendata.stores.driver import run
from opendata.stores.store import Store

from opendata_platform.datasets.catalog import all_specs
from opendata_platform.verification.advisories import read_advisories
from opendata_platform.verification.keeping import keep
from opendata_platform.verification.kept import rebuild
from opendata_platform.verification.report import Job, read_published, verify
from opendata_platform.verification.reproducible import Attempt, NotRebuilt
from opendata_platform.verification.rerun import rerun


def judge(
    dataset: str, store: Store, as_of: datetime, *, project: Path | None, advisories: Path | None, kept: bool
) -> Verification:
    """The report on the newest state of a dataset, or with `kept` the one that stands in the store from now on.

    Raises DatasetNotFound, NotFound or InvalidValue for a project or advisories that are none, or a StoreError.
    """
    known = read_advisories(advisories) if advisories else None
    published = run(read_published(dataset), store)
    attempt = rerun(project, dataset) if project else run(_rebuilt(published.record), store)
    report = verify(published, Job(attempt, _lock(project)), known, as_of)
    return run(keep(report, store.name), store) if kept else report


def _rebuilt(record: Record) -> Steps[Attempt]:
    """One of the platform's own datasets made again; of another one nothing is known without its project."""
    spec = all_specs().get(record.dataset)
    if spec is None or record.newest is None:
        return NotRebuilt("no project was given", "未给出项目")
    return (yield from rebuild(spec, record, record.newest))


def _lock(project: Path | None) -> str | None:
    if project is None:
        return None
    path = project / LOCK
    return path.read_text(encoding="utf-8") if path.is_file() else ""
