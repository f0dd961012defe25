"""A declaration becomes a streaming, partitioned asset.

In a run over any number of partitions each goes in turn from its source through the gate into the store and is
reported at once, so a killed run keeps what it committed and memory is one partition. The asset yields no output: its
materialisations are reported per partition, only for those that are visible to readers.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)

from assets import events
from assets.partitions import partitions_def
from opendata_platform.datasets.pipeline import Rejected, Result, Stopped, Visible, run_partition
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.progress import Progress
from opendata_platform.quality.gate import describe
from resources.io import DatasetIOManager
from resources.naming import asset_key
from resources.sources import Sources

MAX_NAMED = 10
"""Partitions that a failure names one by one."""


def build_asset(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The asset of a dataset, with its checks, pool, freshness policy and column schema."""

    @dg.asset(
        key=asset_key(spec.id),
        description=f"{spec.description}\n\n{spec.description_zh}",
        group_name=spec.id.split("/")[0],
        kinds={"parquet", "polars"},
        metadata={
            "dagster/column_schema": events.column_schema(spec.table),
            "license": spec.license,
            "source": spec.source,
        },
        partitions_def=partitions_def(spec.partitions),
        check_specs=[events.check_spec(spec, check) for check in spec.gate],
        backfill_policy=dg.BackfillPolicy.single_run(),
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=2), warn_window=timedelta(hours=30)),
        pool=spec.service,
        output_required=False,
        io_manager_key="datasets",
        required_resource_keys={"datasets", "sources"},
    )
    def dataset(context: dg.AssetExecutionContext) -> Iterator[object]:
        yield from _stream(spec, context, context.resources.datasets, context.resources.sources)

    return dataset


def _stream(
    spec: DatasetSpec, context: dg.AssetExecutionContext, datasets: DatasetIOManager, sources: Sources
) -> Iterator[object]:
    partitions = list(context.partition_keys)
    results: list[Result] = []
    progress = Progress(len(partitions), context.log.info)
    try:
        for partition in partitions:
            result = run_partition(spec, partition, sources.client, datasets.publisher, context.run.run_id)
            results.append(result)
            yield from _report(result, context, datasets)
            progress.step(f"last {partition}")
            if isinstance(result, Stopped) and result.concerns_all:
                break
    finally:
        datasets.publisher.finish()
    examined = [result.audited for result in results if not isinstance(result, Stopped)]
    yield from events.summaries(spec, examined, len(partitions))
    if any(not isinstance(result, Visible) for result in results):
        raise _failure(spec, results, len(partitions))


def _report(result: Result, context: dg.AssetExecutionContext, datasets: DatasetIOManager) -> Iterator[object]:
    match result:
        case Visible():
            yield events.materialization(result, datasets.location(result.data.key(result.audited.spec.id)))
            yield from events.evaluations(result.audited, _target(context, result.partition))
        case Rejected():
            failed = "; ".join(describe(check) for check in result.quarantined.failed)
            context.log.error(
                f"{result.partition}: not published, evidence in {result.quarantined.audit_key}: {failed}"
            )
            yield from events.evaluations(result.audited, None)
        case Stopped():
            context.log.error(f"{result.partition}: {result.error.summary} ({result.error.hint})")


def _target(context: dg.AssetExecutionContext, partition: str) -> AssetCheckEvaluationTargetMaterializationData | None:
    """The materialisation that was just reported, so that the UI shows the evaluations beside it."""
    wanted = dg.AssetRecordsFilter(asset_key=context.asset_key, asset_partitions=[partition])
    records = context.instance.fetch_materializations(wanted, limit=1).records
    if not records:
        return None
    return AssetCheckEvaluationTargetMaterializationData(
        storage_id=records[0].storage_id, run_id=context.run.run_id, timestamp=records[0].timestamp
    )


def _failure(spec: DatasetSpec, results: list[Result], total: int) -> dg.Failure:
    """Names what is not visible and why; a retry of the run finds the rest unchanged."""
    rejected = [result.partition for result in results if isinstance(result, Rejected)]
    stopped = [result for result in results if isinstance(result, Stopped)]
    lines = [
        f"{spec.id}: {total - len(rejected) - len(stopped) - (total - len(results))} of {total} partitions visible"
    ]
    if rejected:
        lines.append(f"rejected by the gate: {_named(rejected)}")
    lines += [f"{result.partition}: {result.error.summary}" for result in stopped[:MAX_NAMED]]
    if len(results) < total:
        lines.append(f"not tried after that: {total - len(results)}")
    return dg.Failure(
        description="\n".join(lines),
        metadata={
            "rejected": rejected,
            "stopped": [f"{result.partition} {result.error.category}.{result.error.subcode}" for result in stopped],
        },
    )


def _named(partitions: list[str]) -> str:
    more = f" and {len(partitions) - MAX_NAMED} more" if len(partitions) > MAX_NAMED else ""
    return ", ".join(partitions[:MAX_NAMED]) + more
