"""How a run of the pipeline ended, as health.json keeps it: one outcome for all its partitions, the worst decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from opendata.contract.canonical import format_instant
from opendata.contract.health import LONGEST_SUMMARY, Outcome, Run

from opendata_platform.datasets.pipeline import Rejected, Result, Stopped, Visible
from opendata_platform.quality.categories import SEVERITY, Category
from opendata_platform.quality.gate import describe
from opendata_platform.quality.taxonomy import ErrorRecord, one_line


def summed_up(
    results: Sequence[Result], wanted: int, began: datetime, ended: datetime, failure: ErrorRecord | None = None
) -> Run:
    """The run over `wanted` partitions; `failure` is what ended it as a whole."""
    outcome, category, summary = _outcome(results, wanted, failure)
    rows = [result.data.rows for result in results if isinstance(result, Visible)]
    return Run(
        outcome=outcome,
        summary=one_line(summary, LONGEST_SUMMARY),
        started_at=format_instant(began),
        seconds=round(max((ended - began).total_seconds(), 0.0), 3),
        category=category,
        rows=sum(rows) if rows else None,
    )


def _outcome(
    results: Sequence[Result], wanted: int, failure: ErrorRecord | None
) -> tuple[Outcome, Category | None, str]:
    stopped = [result for result in results if isinstance(result, Stopped)]
    rejected = [result for result in results if isinstance(result, Rejected)]
    new = [result for result in results if isinstance(result, Visible) and result.new]
    errors = [*([failure] if failure else []), *(result.error for result in stopped)]
    if errors:
        worst = min(errors, key=lambda error: SEVERITY.index(error.category))
        return Outcome.FAILED, worst.category, _named(worst.partition, worst.summary, len(errors))
    if rejected:
        failed = "; ".join(describe(check) for check in rejected[0].quarantined.failed)
        return Outcome.QUARANTINED, Category.VALIDATION, _named(rejected[0].partition, failed, len(rejected))
    if len(results) < wanted:
        return Outcome.FAILED, Category.CANCELLED, f"stopped after {len(results)} of {wanted} partitions"
    if new:
        return Outcome.PUBLISHED, None, _named(new[0].partition, "published", len(new))
    return Outcome.UNCHANGED, None, "nothing new: everything is published already"


def _named(partition: str | None, text: str, count: int) -> str:
    more = f" (and {count - 1} more)" if count > 1 else ""
    return f"{partition}: {text}{more}" if partition else f"{text}{more}"
