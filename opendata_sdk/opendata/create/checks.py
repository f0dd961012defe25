"""What must hold of the rows that are to be published, and what is odd about a sample of them.

A check looks at a frame that is of the declared table. Failing ones that block stop a publication; warnings are shown
and published with the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

import polars as pl

from opendata.contract.evidence import MAX_SAMPLE_KEYS, CheckResult, Severity
from opendata.contract.schema import TableSchema
from opendata.write.preview import as_text

REQUIRED = ("not_empty", "primary_key", "nulls", "finite")
"""The checks without which nothing is published."""

SAMPLE = 10_000
"""Rows that are looked at for oddities: enough to see a habit of a source, few enough for any table."""

NULL_WORDS = ("", "-", "--", "na", "n/a", "nan", "none", "null", "nil", "#n/a", "unknown")
_MOST = 3


def check_rows(frame: pl.DataFrame, table: TableSchema, now: datetime | None = None) -> tuple[CheckResult, ...]:
    """Every check of the rows, those that block first."""
    sample = frame if frame.height <= SAMPLE else frame.sample(SAMPLE, seed=0)
    return (
        _not_empty(frame),
        _unique(frame, table),
        _without_nulls(frame, table),
        _finite(frame, table),
        *_oddities(sample, frame, table, now or datetime.now(timezone.utc)),
    )


def _not_empty(frame: pl.DataFrame) -> CheckResult:
    return CheckResult("not_empty", Severity.BLOCK, frame.height > 0, f"{frame.height} rows", "at least 1 row")


def _unique(frame: pl.DataFrame, table: TableSchema) -> CheckResult:
    key = list(table.primary_key)
    if not key:
        return CheckResult("primary_key", Severity.BLOCK, True, "no key declared", "unique, where there is one")
    repeated = frame.filter(frame.select(key).is_duplicated())
    limit = f"unique by {', '.join(key)}"
    return _broken("primary_key", repeated, frame, table, f"{repeated.height} rows share a key", limit)


def _without_nulls(frame: pl.DataFrame, table: TableSchema) -> CheckResult:
    required = [column.name for column in table.columns if not column.nullable]
    counts = {name: frame[name].null_count() for name in required if frame[name].null_count()}
    broken = frame.filter(pl.any_horizontal(pl.col(name).is_null() for name in counts)) if counts else frame.clear()
    observed = ", ".join(f"{name}: {count}" for name, count in counts.items())
    return _broken("nulls", broken, frame, table, observed, "none in a column without `nullable: true`")


def _finite(frame: pl.DataFrame, table: TableSchema) -> CheckResult:
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    counts = {name: (~frame[name].drop_nulls().is_finite()).sum() for name in floats}
    bad = {name: count for name, count in counts.items() if count}
    broken = frame.filter(pl.any_horizontal(~pl.col(name).is_finite() for name in bad)) if bad else frame.clear()
    observed = ", ".join(f"{name}: {count}" for name, count in bad.items())
    return _broken("finite", broken, frame, table, observed, "no NaN, no infinity: what is unknown is null")


def _oddities(sample: pl.DataFrame, frame: pl.DataFrame, table: TableSchema, now: datetime) -> Iterator[CheckResult]:
    """Warnings about a sample: null words in texts, columns that never vary, days to come, equal rows."""
    words = {name: _words(sample[name]) for name, dtype in sample.schema.items() if dtype == pl.String}
    spelt = {name: found for name, found in words.items() if found}
    observed = "; ".join(f"{name}: {', '.join(map(repr, found))}" for name, found in spelt.items())
    yield _odd("null_words", list(spelt), observed, "what is unknown is null, not a word", sample.width)

    constant = [name for name in sample.columns if sample.height > 1 and sample[name].n_unique() == 1]
    yield _odd("varied", constant, f"the same in every row: {', '.join(constant)}", "columns vary", sample.width)

    time = table.time_column
    if time and frame.height:
        latest = frame[time.name].max()
        bound = now + timedelta(days=1)
        limit = bound.date() if time.type == "date" else bound
        late = frame.filter(pl.col(time.name) > limit)
        said = f"up to {as_text(latest)}" if latest is not None else "no date"
        yield _odd("not_in_the_future", _keys(late, table), said, f"up to {as_text(limit)}", frame.height, late.height)

    if not table.primary_key:
        repeats = frame.height - frame.unique().height
        yield _odd("no_repeats", [], f"{repeats} equal rows", "no row twice", frame.height, repeats)


def _words(column: pl.Series) -> list[str]:
    """Values of a text column that are words for null, or are surrounded by spaces."""
    values = column.drop_nulls().unique()
    odd = values.filter(
        values.str.strip_chars().str.to_lowercase().is_in(NULL_WORDS) | (values != values.str.strip_chars())
    )
    return sorted(odd.head(_MOST).to_list())


def _odd(
    name: str, keys: Sequence[str], observed: str, limit: str, denominator: int, numerator: int | None = None
) -> CheckResult:
    count = len(keys) if numerator is None else numerator
    return CheckResult(
        name,
        Severity.WARN,
        count == 0,
        observed if count else "nothing odd",
        limit,
        count,
        denominator,
        tuple(keys[:MAX_SAMPLE_KEYS]),
    )


def _broken(
    name: str, broken: pl.DataFrame, frame: pl.DataFrame, table: TableSchema, observed: str, limit: str
) -> CheckResult:
    return CheckResult(
        name,
        Severity.BLOCK,
        broken.is_empty(),
        observed if broken.height else f"0 of {frame.height} rows",
        limit,
        broken.height,
        frame.height,
        _keys(broken, table),
    )


def _keys(rows: pl.DataFrame, table: TableSchema) -> tuple[str, ...]:
    """The keys of the first rows as `value/value`; where there is no key, their first columns."""
    columns = list(table.primary_key) or rows.columns[:_MOST]
    texts = ("/".join(as_text(value) for value in row) for row in rows.select(columns).head(MAX_SAMPLE_KEYS).rows())
    return tuple(texts)
