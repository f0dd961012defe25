"""What Dagster is told about a partition: a materialisation where it is visible, an evaluation per check."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)
from opendata.contract.evidence import CheckResult, Severity
from opendata.contract.schema import TableSchema

from opendata_platform.datasets.audited import Audited
from opendata_platform.datasets.pipeline import Visible
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.quality.checks import Check
from opendata_platform.quality.gate import describe
from resources.naming import asset_key

PREVIEW_ROWS = 5


def check_spec(spec: DatasetSpec, check: Check) -> dg.AssetCheckSpec:
    """The declaration of a check; what only warns does not block."""
    return dg.AssetCheckSpec(
        name=check.name,
        asset=asset_key(spec.id),
        description=f"{check.description} {check.description_zh}",
        blocking=check.severity is not Severity.WARN,
        metadata={"severity": check.severity.value},
    )


def materialization(
    visible: Visible, location: dg.MetadataValue, more: Mapping[str, dg.MetadataValue]
) -> dg.AssetMaterialization:
    """The event of a partition that is published (now or before) with the content that was just checked."""
    spec, data = visible.audited.spec, visible.data
    return dg.AssetMaterialization(
        asset_key=asset_key(spec.id),
        partition=visible.partition,
        description="published" if visible.new else "unchanged: the same content is published already",
        tags={"dagster/data_version": data.content_hash},
        metadata={
            "dagster/row_count": data.rows,
            "dagster/column_schema": column_schema(spec.table),
            "bytes": data.bytes,
            "version": data.version,
            "seq": visible.record.seq,
            "sha256": data.sha256,
            "first": data.min or "",
            "last": data.max or "",
            "sandbox": str(visible.audited.metadata.document.get("sandbox", "no")),
            "object": location,
            **_changes(visible.audited),
            **more,
            "preview": dg.MetadataValue.md(_preview(visible.audited)),
        },
    )


def found(spec: DatasetSpec, partition: str, publisher: Publisher) -> dg.AssetMaterialization:
    """The event of a partition that an earlier run published."""
    entry = publisher.newest_entry(spec.id, partition, partition)
    assert entry is not None, "it is among the published ones"
    assert entry.data is not None, "what is published has data"
    return dg.AssetMaterialization(
        asset_key=asset_key(spec.id),
        partition=partition,
        description="published by an earlier run",
        tags={"dagster/data_version": entry.data.content_hash},
        metadata={"dagster/row_count": entry.data.rows, "bytes": entry.data.bytes, "version": entry.data.version},
    )


def evaluations(
    audited: Audited, target: AssetCheckEvaluationTargetMaterializationData | None, *, only_failed: bool = False
) -> Iterator[dg.AssetCheckEvaluation]:
    """An evaluation per check (or per check that did not pass), of this partition."""
    for result in audited.draft.evidence.checks:
        if only_failed and result.passed:
            continue
        yield dg.AssetCheckEvaluation(
            asset_key=asset_key(audited.spec.id),
            check_name=result.name,
            passed=result.passed,
            partition=audited.draft.partition,
            blocking=result.severity is not Severity.WARN,
            severity=_severity(result.severity),
            description=describe(result),
            metadata=_check_metadata(result),
            target_materialization_data=target,
        )


def summaries(spec: DatasetSpec, audited: Sequence[Audited], partitions: int) -> Iterator[dg.AssetCheckResult]:
    """A result per check over the whole run: how many of its partitions were examined, and which did not pass."""
    for check in spec.gate:
        failed = [
            item.draft.partition
            for item in audited
            if any(result.name == check.name and not result.passed for result in item.draft.evidence.checks)
        ]
        yield dg.AssetCheckResult(
            check_name=check.name,
            asset_key=asset_key(spec.id),
            passed=not failed,
            severity=_severity(check.severity),
            metadata={"partitions": partitions, "examined": len(audited), "failed": failed[:20]},
        )


def column_schema(table: TableSchema) -> dg.TableSchema:
    """The declared columns as the UI shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=" ".join(filter(None, (column.description, f"[{column.unit}]" if column.unit else ""))),
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable, unique=table.primary_key == (column.name,)
                ),
            )
            for column in table.columns
        ]
    )


def _severity(severity: Severity) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.WARN if severity is Severity.WARN else dg.AssetCheckSeverity.ERROR


def _check_metadata(result: CheckResult) -> dict[str, str | int | list[str]]:
    return {
        "observed": result.observed,
        "limit": result.limit,
        "numerator": result.numerator,
        "denominator": result.denominator,
        "sample_keys": list(result.sample_keys),
        "severity": result.severity.value,
    }


def _changes(audited: Audited) -> dict[str, int]:
    """How many rows are new, changed and as before."""
    changes, rows = audited.changes, audited.draft.summary.row_count
    if changes is None:
        return {"inserted": rows, "updated": 0, "unchanged": 0}
    return {"inserted": changes.inserted, "updated": changes.updated, "unchanged": changes.unchanged}


def _preview(audited: Audited) -> str:
    """The newest rows as a Markdown table."""
    preview = json.loads(audited.draft.preview_json)
    columns = [_cell(name) for name in preview["columns"]]
    rows = [[_cell(value) for value in row] for row in preview["rows"][:PREVIEW_ROWS]]
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
