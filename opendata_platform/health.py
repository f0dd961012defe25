"""Health: how the runs of a dataset went, kept beside the data in health.json and summed up in index.json.

The pipeline's own runs come here, those that creators report to the gateway, and those that GitHub tells of.

A report is written by compare-and-swap, so reports that arrive at the same time all count; one that is sent again
changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from opendata.contract.canonical import parse_instant
from opendata.contract.health import Health, Run
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import Conflict, InvalidValue
from opendata.protocol.index import join_health
from opendata.protocol.objects import swap
from opendata.protocol.operations import ONE_MINUTE, Steps

from opendata_platform.quality.categories import Category
from opendata_platform.quality.redaction import redact

AHEAD = timedelta(minutes=5)
"""How far a runner's clock may be ahead of the gateway's."""


def parse_run(document: object, now: datetime) -> Run:
    """A reported run, without secrets. Raises InvalidValue naming the field."""
    run = Run.from_dict(document)
    if run.category is not None and run.category not in set(Category):
        raise InvalidValue("run.category", run.category, f"must be one of {', '.join(Category)}")
    if parse_instant(run.started_at) > now + AHEAD:
        raise InvalidValue("run.started_at", run.started_at, "must not be in the future: check the runner's clock")
    return replace(run, summary=redact(run.summary), link=run.link and redact(run.link))


def report_run(dataset: str, run: Run, bucket: str) -> Steps[Health]:
    """Add a run to the dataset's health.json and its summary to index.json. Raises Conflict if others keep winning.

    A health.json that cannot be read begins anew: nothing but reports can be lost with it.
    """
    health = Health(dataset)

    def update(current: bytes | None) -> bytes:
        nonlocal health
        health = _readable(dataset, current).with_run(run)
        return health.to_bytes()

    if not (yield from swap(object_key(ObjectKind.HEALTH, dataset=dataset), update, ONE_MINUTE)):
        raise Conflict(f"{dataset}: other runs were reported at the same time", hint="send the report again")
    yield from join_health(health, bucket)
    return health


def _readable(dataset: str, current: bytes | None) -> Health:
    try:
        return Health(dataset) if current is None else Health.from_bytes(current)
    except InvalidValue:
        return Health(dataset)
