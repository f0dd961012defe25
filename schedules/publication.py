"""A schedule per dataset: at its publication time, the partition that is due and those before it that it revisits.

Each is a run of its own, since a run of one partition asks again: what has not changed costs no write, a correction
becomes a new revision, a missed day is made up.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from opendata_platform.datasets.due import due_partitions
from opendata_platform.datasets.spec import DatasetSpec
from resources.naming import asset_key

RETRIES = 3
"""How often the daemon launches a failed scheduled run again."""


def build_schedule(spec: DatasetSpec) -> dg.ScheduleDefinition:
    """The schedule of a dataset; stopped until somebody turns it on."""
    key = asset_key(spec.id)

    def requests(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        partitions = due_partitions(spec, context.scheduled_execution_time)
        for partition in partitions:
            yield dg.RunRequest(
                run_key=f"{partitions[0]}/{partition}",
                partition_key=partition,
                tags={"dagster/max_retries": str(RETRIES)},
            )

    return dg.ScheduleDefinition(
        name=f"publish_{'__'.join(key.path)}",
        cron_schedule=f"{spec.due.at.minute} {spec.due.at.hour} * * *",
        execution_timezone=str(spec.due.zone),
        target=dg.AssetSelection.assets(key),
        execution_fn=requests,
        description=f"{spec.title}: at its publication time, the newest partition and those to revisit.",
    )
