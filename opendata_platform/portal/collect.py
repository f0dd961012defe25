"""Adds what the Actions API tells of a dataset's runs to its health.json."""

from __future__ import annotations

from datetime import datetime

from opendata.contract.health import Run
from opendata.contract.selectors import Newest
from opendata.protocol.resolve import find_state
from opendata.stores.driver import run
from opendata.stores.store import Store

from opendata_platform.health import parse_run, report_run
from opendata_platform.portal.actions import reported
from opendata_platform.portal.actions_api import ActionsApi
from opendata_platform.portal.facts import read_facts


def collect_runs(dataset: str, actions: ActionsApi, workflow: str | None, store: Store, now: datetime) -> list[Run]:
    """Add the runs that health.json does not tell of yet, oldest first; returns them. Raises DatasetNotFound."""
    record = run(find_state(dataset, Newest()), store).record
    facts = run(read_facts(dataset, record.seq), store)
    told = reported(actions.runs(workflow), actions.jobs, facts.publications, facts.runs)
    new = [parse_run(item.to_dict(), now) for item in sorted(told, key=lambda item: item.started_at)]
    for item in new:
        run(report_run(dataset, item, store.name), store)
    return new
