"""Rows compared by their key: which were added, removed or changed, and in which cells.

Equal means equal for a reader: null equals null, NaN equals NaN, and numbers are compared exactly. A column that only
one side has is null on the other. Where a type changed, numbers are compared in one that holds both, others as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import polars as pl

_AFTER = "\0after"
_NTH = "\0nth"

_Types: TypeAlias = Mapping[str, pl.DataType]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What became of the rows. Where there is no key, a row that changed counts as one removed and one added."""

    added: pl.DataFrame
    removed: pl.DataFrame
    rows: pl.DataFrame
    """The key (or the whole row, where there is none) of each row that is not the same, and what happened to it."""
    cells: pl.DataFrame
    """Key, column, before and after, as text, for each cell that changed in a row that both sides have."""
    changed: int
    unchanged: int


def compare(before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str]) -> Comparison:
    """Compare two tables; without a key, or where it repeats, by whole rows and how often they occur."""
    before, after = _aligned(before, after)
    columns = after.columns
    by = list(key)
    if not key or _repeats(before, key) or _repeats(after, key):
        key = columns
        by = [*columns, _NTH]
        number = pl.int_range(pl.len()).over(columns).alias(_NTH)  # so that equal rows are told apart
        before, after = before.with_columns(number), after.with_columns(number)
    joined = before.join(after, on=by, how="inner", nulls_equal=True, suffix=_AFTER)
    differs = {name: pl.col(name).ne_missing(pl.col(name + _AFTER)) for name in columns if name not in key}
    changed = joined.filter(reduce(pl.Expr.or_, differs.values(), pl.lit(value=False))).sort(key)
    added = after.join(before, on=by, how="anti", nulls_equal=True).sort(key).select(columns)
    removed = before.join(after, on=by, how="anti", nulls_equal=True).sort(key).select(columns)
    what = _free_name("change", key)
    rows = [
        frame.select(*key, pl.lit(happened).alias(what))
        for frame, happened in ((added, "added"), (removed, "removed"), (changed, "changed"))
    ]
    return Comparison(
        added=added,
        removed=removed,
        rows=pl.concat(rows).sort(key, maintain_order=True),
        cells=_cells(changed, key, differs),
        changed=changed.height,
        unchanged=joined.height - changed.height,
    )


def _aligned(before: pl.DataFrame, after: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with the same columns of the same types, those of `after` first."""
    types = {name: _common_type(name, before.schema, after.schema) for name in (*after.columns, *before.columns)}
    return _as(before, types), _as(after, types)


def _common_type(name: str, before: _Types, after: _Types) -> pl.DataType:
    old, new = before.get(name, after.get(name)), after.get(name, before.get(name))
    if old is None or new is None or old == new:
        return old or new or pl.Null()
    if old.is_numeric() and new.is_numeric():
        both = [pl.DataFrame(schema={name: dtype}) for dtype in (old, new)]
        return pl.concat(both, how="vertical_relaxed").schema[name]
    return pl.String()


def _as(frame: pl.DataFrame, types: _Types) -> pl.DataFrame:
    columns = []
    for name, dtype in types.items():
        if name not in frame.schema:
            columns.append(pl.lit(None, dtype).alias(name))
        else:
            columns.append(_text(name, frame.schema) if dtype == pl.String else pl.col(name).cast(dtype))
    return frame.select(columns)


def _repeats(frame: pl.DataFrame, key: Sequence[str]) -> bool:
    return not frame.is_empty() and bool(frame.select(key).is_duplicated().any())


def _cells(changed: pl.DataFrame, key: Sequence[str], differs: Mapping[str, pl.Expr]) -> pl.DataFrame:
    column, was, now = (_free_name(name, key) for name in ("column", "before", "after"))
    frames = [
        changed.filter(condition).select(
            *key,
            pl.lit(name).alias(column),
            _text(name, changed.schema).alias(was),
            _text(name + _AFTER, changed.schema).alias(now),
        )
        for name, condition in differs.items()
    ]
    nothing = changed.clear().select(*key, *(pl.lit(None, pl.String).alias(name) for name in (column, was, now)))
    return pl.concat([nothing, *frames]).sort(key, maintain_order=True)


def _free_name(name: str, taken: Sequence[str]) -> str:
    """A name for a column beside these."""
    while name in taken:
        name += "_"
    return name


def _text(name: str, types: _Types) -> pl.Expr:
    """A column as text, from which the same values can be read again."""
    dtype = types[name]
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.to_string(f"%Y-%m-%dT%H:%M:%S%.{3 if dtype.time_unit == 'ms' else 6}fZ")
    return pl.col(name).cast(pl.String)
