"""The gate: runs every declared check on the exact frame that is about to be published."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl
from opendata.contract.evidence import CheckResult, Evidence

from opendata_platform.quality.checks import Check, Context


def examine(
    frame: pl.DataFrame,
    checks: Sequence[Check],
    context: Context,
    content_hash: str,
    origin: Mapping[str, Any],
    accepted: Collection[str] = (),
) -> Evidence:
    """The evidence about one partition: a result of every check, bound to the content by its hash.

    `accepted` names the holding checks whose failure an operator has looked at and lets pass.
    """
    results = tuple(check.run(frame, context, check.name in accepted) for check in checks)
    return Evidence(context.partition, content_hash, results, origin)


def describe(result: CheckResult) -> str:
    """One line about a result for logs and messages."""
    sign = "passed" if result.passed else "failed"
    counted = f" ({result.numerator} of {result.denominator})" if result.denominator else ""
    return f"{result.name} {sign}: {result.observed}, limit {result.limit}{counted}"
