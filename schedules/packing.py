"""A schedule that packs what has been published, at night in Shanghai; stopped until somebody turns it on."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.packs import DATASETS, packs


def _request(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """One run over all datasets; what has its packs costs a few reads."""
    keys = DATASETS.get_partition_keys()
    yield dg.RunRequest(
        run_key=context.scheduled_execution_time.isoformat(),
        tags={"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]},
    )


packing_schedule = dg.ScheduleDefinition(
    name="pack_datasets",
    cron_schedule="30 3 * * *",
    execution_timezone="Asia/Shanghai",
    target=dg.AssetSelection.assets(packs),
    execution_fn=_request,
    description="Once a day: compacted copies of what has been published.",
)
