"""A declaration becomes a streaming, partitioned asset.

In a run over any number of partitions each goes in turn from its source through the gate into the store and is
reported at once, so a killed run keeps what it committed and memory is a few partitions. The asset yields no output:
its materialisations are reported per partition, only for those that are visible to readers.

A run of one partition asks for it again, and so finds corrections. A run over a range makes up what is missing: it
begins with the newest day and asks only for what is not published yet, unless it is told to ask again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)
from opendata.errors import OpenDataError
from opendata.stores.driver import run

from assets import events
from assets.partitions import dependency, partitions_def
from opendata_platform.control import read_control
from opendata_platform.datasets.catalog import partitions_of
from opendata_platform.datasets.origin import Clients, Fetched
from opendata_platform.datasets.pipeline import Rejected, Result, Run, Stopped, Visible
from opendata_platform.datasets.reporting import summed_up
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.health import parse_run, report_run
from opendata_platform.progress import Progress
from opendata_platform.quality.categories import Stage
from opendata_platform.quality.gate import describe
from opendata_platform.quality.taxonomy import classify
from resources.io import DatasetIOManager
from resources.naming import asset_key

MAX_NAMED = 10
"""Partitions that a failure names one by one."""
DETAILED = 31
"""Partitions up to which a run reports every check of every partition; above, only those that did not pass. The whole
evidence is in the audit records either way."""
PROGRESS_TAG = "opendata/progress"
OUTCOME_TAG = "opendata/outcome"
"""How the run ended, once it has said so in health.json."""

CONFIG = {
    "ask_again": dg.Field(bool, default_value=False, description="Ask for partitions of a range that are published."),
    "accept": dg.Field(
        [str], default_value=[], description="Holding checks whose failure somebody has looked at and lets pass."
    ),
}


def build_asset(spec: DatasetSpec, streaming: "type[Streaming] | None" = None) -> dg.AssetsDefinition:
    """The asset of a dataset, with its dependencies, checks, pool, freshness policy and column schema; `streaming` is
    how its runs go where they do more than publish."""
    runs = streaming or Streaming

    @dg.asset(
        key=asset_key(spec.id),
        description=f"{spec.description}\n\n{spec.description_zh}",
        group_name=spec.id.split("/")[0].replace("-", "_"),
        kinds={"parquet", "polars"},
        tags=dict.fromkeys(spec.tags, ""),
        metadata={
            "dagster/column_schema": events.column_schema(spec.table),
            "license": spec.license,
            "source": spec.source,
        },
        deps=[dependency(asset_key(name), partitions_of(name), spec.partitions) for name in spec.upstream],
        partitions_def=partitions_def(spec.partitions),
        check_specs=[events.check_spec(spec, check) for check in spec.gate],
        backfill_policy=dg.BackfillPolicy.single_run(),
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=2), warn_window=timedelta(hours=30)),
        pool=spec.pool,
        config_schema=CONFIG,
        output_required=False,
        io_manager_key="datasets",
        required_resource_keys={"datasets", "clients"},
    )
    def dataset(context: dg.AssetExecutionContext) -> Iterator[object]:
        yield from runs(spec, context, context.resources.datasets, context.resources.clients).events()

    return dataset


class Streaming:
    """One run of an asset."""

    def __init__(
        self, spec: DatasetSpec, context: dg.AssetExecutionContext, datasets: DatasetIOManager, clients: Clients
    ) -> None:
        self._spec = spec
        self._context = context
        self._datasets = datasets
        self._partitions = sorted(context.partition_keys, reverse=True)
        self._config: dict[str, object] = context.op_execution_context.op_config
        accepted = frozenset(str(name) for name in self._config["accept"])
        self._run = Run(spec, clients, datasets.publisher, context.run.run_id, accepted)
        self._progress = Progress(len(self._partitions), self._say)

    def events(self) -> Iterator[object]:
        """Everything that Dagster is told, as it happens."""
        began = datetime.now(UTC)
        published = self._published()
        results: list[Result] = []
        wanted = [name for name in self._partitions if name not in published]
        failure: Exception | None = None
        try:
            yield from self._known(published)
            for result in self._results(wanted):
                results.append(result)
                yield from self._report(result)
                self._progress.step(f"last {result.partition}")
        except Exception as error:
            failure = error
            raise
        finally:
            self._datasets.publisher.finish()
            self._report_outcome(results, len(wanted), began, failure)
        examined = [result.audited for result in results if not isinstance(result, Stopped)]
        yield from events.summaries(self._spec, examined, len(self._partitions))
        if len(results) < len(wanted) or any(not isinstance(result, Visible) for result in results):
            raise _failure(self._spec, results, len(self._partitions), len(published))

    def _report_outcome(
        self, results: Sequence[Result], wanted: int, began: datetime, failure: Exception | None
    ) -> None:
        """Add the run to health.json. What is published stays so where that cannot be written."""
        now = datetime.now(UTC)
        error = classify(failure, Stage.PLAN, ts=now, run_id=self._context.run.run_id) if failure else None
        store = self._datasets.publisher.store
        try:
            outcome = parse_run(summed_up(results, wanted, began, now, error).to_dict(), now)
            run(report_run(self._spec.id, outcome, store.name), store)
        except OpenDataError as unreported:
            self._context.log.warning(f"how the run ended is not in health.json: {unreported}")
            return
        self._context.instance.add_run_tags(self._context.run.run_id, {OUTCOME_TAG: outcome.outcome.value})

    def _published(self) -> set[str]:
        """The partitions of a range that need not be asked for again."""
        if len(self._partitions) == 1 or self._config["ask_again"] or not isinstance(self._spec.origin, Fetched):
            return set()
        return self._datasets.publisher.published(self._spec.id, self._partitions[-1], self._partitions[0])

    def _known(self, published: set[str]) -> Iterator[object]:
        """Tell Dagster of what is published already: a killed run may not have said it any more, and if this run fails,
        Dagster would take every partition that it was not told of for failed."""
        if not published:
            return
        for partition in self._partitions:
            if partition in published:
                self._progress.skip()
                yield events.found(self._spec, partition, self._datasets.publisher)
        self._context.log.info(f"{len(published)} of {len(self._partitions)} partitions are published already")

    def _results(self, wanted: Sequence[str]) -> Iterator[Result]:
        """The result of each partition, until one says that the others would end alike, or somebody stops it."""
        if self._stop_asked():
            return
        for result in self._run.partitions(wanted):
            yield result
            if isinstance(result, Stopped) and result.concerns_all:
                return
            if self._stop_asked():
                return

    def _stop_asked(self) -> bool:
        if run(read_control(), self._datasets.publisher.store).paused:
            self._context.log.warning("stopped: ingestion is paused; `odp resume` lets it go on")
            return True
        if self._context.instance.get_run_by_id(self._context.run.run_id).status is dg.DagsterRunStatus.CANCELING:
            self._context.log.warning("stopped: the run was cancelled")
            return True
        return False

    def _report(self, result: Result) -> Iterator[object]:
        target = None
        match result:
            case Visible():
                location = self._datasets.location(result.data.key(self._spec.id))
                yield events.materialization(result, location, self.told(result))
                target = self._target(result.partition)
            case Rejected():
                failed = "; ".join(describe(check) for check in result.quarantined.failed)
                self._context.log.error(
                    f"{result.partition}: not published, evidence in {result.quarantined.audit_key}: {failed}"
                )
            case Stopped():
                self._context.log.error(f"{result.partition}: {result.error.summary} ({result.error.hint})")
                return
        yield from events.evaluations(result.audited, target, only_failed=len(self._partitions) > DETAILED)

    def told(self, visible: Visible) -> Mapping[str, dg.MetadataValue]:
        """What a run tells beside, or does, of a partition that is visible."""
        return {}

    def _target(self, partition: str) -> AssetCheckEvaluationTargetMaterializationData | None:
        """The materialisation that was just reported, so that the UI shows the evaluations beside it."""
        if len(self._partitions) > DETAILED:
            return None
        wanted = dg.AssetRecordsFilter(asset_key=self._context.asset_key, asset_partitions=[partition])
        records = self._context.instance.fetch_materializations(wanted, limit=1).records
        if not records:
            return None
        return AssetCheckEvaluationTargetMaterializationData(
            storage_id=records[0].storage_id, run_id=self._context.run.run_id, timestamp=records[0].timestamp
        )

    def _say(self, line: str) -> None:
        """Progress for the log and, as a tag of the run, for the list of runs in the UI."""
        self._context.log.info(line)
        self._context.instance.add_run_tags(self._context.run.run_id, {PROGRESS_TAG: line.split(";")[0]})


def _failure(spec: DatasetSpec, results: list[Result], total: int, published: int) -> dg.Failure:
    """Names what is not visible and why; a retry of the run makes up what is missing."""
    rejected = [result.partition for result in results if isinstance(result, Rejected)]
    stopped = [result for result in results if isinstance(result, Stopped)]
    visible = published + sum(isinstance(result, Visible) for result in results)
    lines = [f"{spec.id}: {visible} of {total} partitions visible"]
    if rejected:
        lines.append(f"rejected by the gate: {_named(rejected)}")
    lines += [f"{result.partition}: {result.error.summary}" for result in stopped[:MAX_NAMED]]
    if published + len(results) < total:
        lines.append(f"not tried after that: {total - published - len(results)}")
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
