"""How a market check says what it found: rows that break a rule, tiers of severity, data that it could not see."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from opendata.contract.evidence import MAX_SAMPLE_KEYS, Severity

from opendata_platform.quality.checks import Context, Finding
from opendata_platform.quality.rows import key_texts

Tiers = Sequence[tuple[float, Severity]]
"""(share or count above which a failure has this severity), mildest first."""

ALONE = "no neighbouring day published"


def rows_found(bad: pl.DataFrame, of: int, context: Context, limit: str = "0 rows") -> Finding:
    """No row may break the rule."""
    return Finding(
        bad.is_empty(), f"{bad.height} of {of} rows", limit, bad.height, of, key_texts(bad, context.schema.primary_key)
    )


def share_found(bad: pl.DataFrame, of: int, context: Context, tiers: Tiers) -> Finding:
    """Rows that break the rule, judged by their share: below the first tier's the check passes."""
    share = bad.height / of if of else 0.0
    reached = [severity for bound, severity in tiers if share > bound]
    limit = ", ".join(f"{severity.value} above {bound:.2%}" for bound, severity in tiers)
    keys = key_texts(bad, context.schema.primary_key)
    observed = f"{bad.height} of {of} rows ({share:.2%})"
    return Finding(not reached, observed, limit, bad.height, of, keys, reached[-1] if reached else None)


def count_found(keys: Sequence[str], of: int, tiers: Tiers, what: str) -> Finding:
    """Things that are wrong, judged by their number."""
    reached = [severity for bound, severity in tiers if len(keys) > bound]
    limit = ", ".join(f"{severity.value} above {bound:g}" for bound, severity in tiers)
    shown = tuple(sorted(keys)[:MAX_SAMPLE_KEYS])
    return Finding(not reached, f"{len(keys)} {what}", limit, len(keys), of, shown, reached[-1] if reached else None)


def unseen(dataset: str, context: Context, limit: str = "") -> Finding:
    """The data to compare with are not published: a warning, never a silent pass."""
    observed = f"not evaluated: {dataset} is not published for {context.partition}"
    return Finding(False, observed, limit, severity=Severity.WARN)


def alone(of: int, limit: str = "") -> Finding:
    """There is no day to compare with: the first one, or one whose neighbours come later and look back at it."""
    return Finding(True, ALONE, limit, 0, of)
