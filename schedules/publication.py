"""A schedule per dataset: at its publication time, the partition that is due and those before it that it revisits.

A revisited day that has not changed costs no write, a corrected one becomes a new revision, a missed one is made up.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from opendata_platform.datasets.spec import DatasetSpec
from resources.naming import asset_key

RETRIES = 3
"""How often the daemon launches a failed scheduled run again."""


def due_days(spec: DatasetSpec, at: datetime) -> tuple[date, date]:
    """First and last partition to ask for at an instant."""
    last = at.astimezone(UTC).date() - timedelta(days=spec.due.lag_days)
    return max(spec.partitions.start, last - timedelta(days=spec.due.revisit_days)), last


def build_schedule(spec: DatasetSpec) -> dg.ScheduleDefinition:
    """The schedule of a dataset; stopped until somebody turns it on."""
    key = asset_key(spec.id)

    def request(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        first, last = due_days(spec, context.scheduled_execution_time)
        return dg.RunRequest(
            run_key=last.isoformat(),
            tags={
                ASSET_PARTITION_RANGE_START_TAG: first.isoformat(),
                ASSET_PARTITION_RANGE_END_TAG: last.isoformat(),
                "dagster/max_retries": str(RETRIES),
            },
        )

    return dg.ScheduleDefinition(
        name=f"publish_{'__'.join(key.path)}",
        cron_schedule=f"{spec.due.at.minute} {spec.due.at.hour} * * *",
        execution_timezone="UTC",
        target=dg.AssetSelection.assets(key),
        execution_fn=request,
        description=f"{spec.title}: at its publication time, the newest partition and those to revisit.",
    )
