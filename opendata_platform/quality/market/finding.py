"""How a market check says what it found: rows that break a rule, tiers of severity, data that it could not see."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from opendata.contract.evidence import MAX_SAMPLE_KEYS, Severity

from opendata_platform.quality.checks import Context, Finding
from opendata_platform.quality.rows import key_texts

KEY = "ts_code"
Tiers = Sequence[tuple[float, Severity]]
"""(share or count above which a failure has this severity), mildest first."""
FEW: Tiers = ((0.0, Severity.WARN), (0.005, Severity.BLOCK))
"""Single names err for reasons of their own; more than one in 200 is a fault of the data."""
UNEXPLAINED: Tiers = ((0, Severity.WARN), (3, Severity.HOLD), (10, Severity.BLOCK))
"""Of names that should not be there, or should be."""
ORDER = (Severity.WARN, Severity.HOLD, Severity.BLOCK)


def rows_found(bad: pl.DataFrame, of: int, context: Context, limit: str = "0 rows") -> Finding:
    """No row may break the rule."""
    keys = key_texts(bad, context.schema.primary_key)
    return Finding(bad.is_empty(), f"{bad.height} of {of} rows", limit, bad.height, of, keys)


def share_found(bad: pl.DataFrame, of: int, context: Context, tiers: Tiers = FEW) -> Finding:
    """Rows that break the rule, judged by their share: up to the first tier's the check passes."""
    share = bad.height / of if of else 0.0
    limit = ", ".join(f"{severity.value} above {bound:.2%}" for bound, severity in tiers)
    observed = f"{bad.height} of {of} rows ({share:.2%})"
    keys = key_texts(bad, context.schema.primary_key)
    severity = _reached(share, tiers)
    return Finding(severity is None, observed, limit, bad.height, of, keys, severity)


def names_found(names: Sequence[str], of: int, tiers: Tiers, what: str) -> Finding:
    """Names that are wrong, judged by their number."""
    limit = ", ".join(f"{severity.value} above {bound:g}" for bound, severity in tiers)
    shown = tuple(sorted(names)[:MAX_SAMPLE_KEYS])
    severity = _reached(len(names), tiers)
    return Finding(severity is None, f"{len(names)} {what}", limit, len(names), of, shown, severity)


def unseen(dataset: str, context: Context) -> Finding:
    """The data to compare with are not published: a warning, never a silent pass."""
    observed = f"not evaluated: {dataset} is not published for {context.partition}"
    return Finding(False, observed, "evaluated", severity=Severity.WARN)


def worst(findings: Sequence[Finding], of: int) -> Finding:
    """The worst finding about the days beside this one; without any it is the first day, and the next looks back."""
    failed = [finding for finding in findings if not finding.passed]
    if failed:
        return max(failed, key=lambda finding: ORDER.index(finding.severity or Severity.BLOCK))
    return findings[0] if findings else Finding(True, "no neighbouring day published", "", 0, of)


def _reached(value: float, tiers: Tiers) -> Severity | None:
    return next((severity for bound, severity in reversed(tiers) if value > bound), None)
