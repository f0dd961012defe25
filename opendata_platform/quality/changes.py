"""What new rows change about published ones: counts that must add up, and the cells with their old and new values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from opendata.write.preview import as_text

SAMPLE_CELLS = 200
_OLD = "\x00old"


@dataclass(frozen=True, slots=True)
class Cell:
    """One changed value, as text; None is a null."""

    key: str
    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """How new rows differ from published ones, by key (without a key, by whole rows)."""

    before: int
    """Rows that were published."""
    inserted: int
    updated: int
    unchanged: int
    removed: int
    cells: Mapping[str, int] = field(default_factory=dict)
    """Changed values per column, of rows whose key existed."""
    sample: tuple[Cell, ...] = ()

    @property
    def rows(self) -> int:
        """Rows there are now."""
        return self.inserted + self.updated + self.unchanged

    @property
    def reconciles(self) -> bool:
        """Whether every published row is accounted for."""
        return self.updated + self.unchanged + self.removed == self.before

    def to_dict(self) -> dict[str, object]:
        """The JSON form, for the evidence."""
        return {
            "before": self.before,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "cells": dict(self.cells),
            "sample": [{"key": c.key, "column": c.column, "old": c.old, "new": c.new} for c in self.sample],
        }


def compare(old: pl.DataFrame, new: pl.DataFrame, key: Sequence[str], ignore: Sequence[str] = ()) -> Changes:
    """What `new` changes about `old`. Columns that only one of them has, and those to `ignore`, are not compared."""
    columns = [name for name in new.columns if name in old.columns and name not in ignore]
    old, new = old.select(columns), new.select(columns)
    if not key:
        return _by_row(old, new)
    values = [name for name in columns if name not in key]
    # A key that repeats is the gate's business; here each key is one row, and the repeats count as inserted.
    distinct_old, distinct_new = old.unique(key, keep="first"), new.unique(key, keep="first", maintain_order=True)
    renamed = distinct_old.rename({name: name + _OLD for name in values}).with_columns(pl.lit(value=True).alias(_OLD))
    both = distinct_new.join(renamed, on=list(key), how="inner", nulls_equal=True, maintain_order="left")
    differs = {name: pl.col(name).ne_missing(pl.col(name + _OLD)) for name in values}
    cells = both.select(expr.sum().alias(name) for name, expr in differs.items()).row(0) if values else ()
    updated = both.select(pl.any_horizontal(differs.values()).sum()).item() if values else 0
    return Changes(
        before=old.height,
        inserted=new.height - both.height,
        updated=updated,
        unchanged=both.height - updated,
        removed=old.height - both.height,
        cells={name: count for name, count in zip(values, cells, strict=True) if count},
        sample=_sample(both, key, differs),
    )


def _sample(both: pl.DataFrame, key: Sequence[str], differs: Mapping[str, pl.Expr]) -> tuple[Cell, ...]:
    found: list[Cell] = []
    for name, changed in differs.items():
        rows = both.filter(changed).select(*key, old=pl.col(name + _OLD), new=pl.col(name)).head(SAMPLE_CELLS)
        for *parts, old, new in rows.rows():
            found.append(Cell("/".join(as_text(part) for part in parts), name, _text(old), _text(new)))
    return tuple(found[:SAMPLE_CELLS])


def _text(value: object) -> str | None:
    return None if value is None else as_text(value)


def _by_row(old: pl.DataFrame, new: pl.DataFrame) -> Changes:
    """Equal rows pair up; what is left over was removed or inserted."""
    count_old, count_new = (frame.group_by(frame.columns).len() for frame in (old, new))
    both = count_new.join(count_old, on=new.columns, how="inner", nulls_equal=True, suffix=_OLD)
    paired = both.select(pl.min_horizontal("len", "len" + _OLD).sum()).item() or 0
    return Changes(old.height, new.height - paired, 0, paired, old.height - paired)
