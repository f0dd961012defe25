"""Reports runs that could not do it themselves: killed ones, and those that failed before a dataset began."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
from opendata.contract.canonical import format_instant
from opendata.contract.health import LONGEST_SUMMARY, Outcome, Run
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store

from assets.factory import OUTCOME_TAG
from opendata_platform.datasets.catalog import all_specs
from opendata_platform.health import parse_run, report_run
from opendata_platform.quality.categories import Category
from opendata_platform.quality.taxonomy import one_line
from resources.naming import asset_key


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING)
def run_sensor(context: dg.RunFailureSensorContext) -> dg.SkipReason:
    """Add a failed run to the health of its datasets, unless it has told itself how it ended."""
    failed = context.dagster_run
    selected = failed.asset_selection or ()
    datasets = [name for name in all_specs() if asset_key(name) in selected]
    if OUTCOME_TAG in failed.tags or not datasets:
        return dg.SkipReason("nothing to report")
    store, outcome = open_writable_store(), _outcome(context)
    for dataset in datasets:
        run(report_run(dataset, outcome, store.name), store)
    return dg.SkipReason(f"reported as failed: {', '.join(datasets)}")


def _outcome(context: dg.RunFailureSensorContext) -> Run:
    record = context.instance.get_run_record_by_id(context.dagster_run.run_id)
    assert record, "Dagster has just told of this run"
    ended = datetime.now(UTC) if record.end_time is None else datetime.fromtimestamp(record.end_time, UTC)
    began = datetime.fromtimestamp(record.start_time or record.create_timestamp.timestamp(), UTC)
    died = not context.get_step_failure_events()
    message = context.failure_event.message or "no message"
    reported = Run(
        outcome=Outcome.FAILED,
        summary=one_line(f"the run {'died' if died else 'failed before it began'}: {message}", LONGEST_SUMMARY),
        started_at=format_instant(began),
        seconds=round(max((ended - began).total_seconds(), 0.0), 3),
        category=Category.CANCELLED if died else Category.INTERNAL,
    )
    return parse_run(reported.to_dict(), datetime.now(UTC))
