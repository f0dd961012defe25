"""What a fault of the data does to the table of an answer: values, rows and columns that are wrong, late or new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from opendata_platform.sandbox.distort import require

FaultParams: TypeAlias = Mapping[str, object]
RESTATED = 1.01
"""What a restated value is multiplied with."""


@dataclass(frozen=True)
class Change:
    """One kind of change and the parameters it takes."""

    apply: Callable[[pl.DataFrame, FaultParams], pl.DataFrame]
    takes: frozenset[str]

    def __call__(self, frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
        """The changed table; raises BadFault where a parameter does not fit it."""
        return self.apply(frame, params)


def _rows(frame: pl.DataFrame, params: FaultParams) -> pl.Series:
    """Which rows a change is about: those `where` fields have values, else the first `rows` (default 1)."""
    where, rows = params.get("where"), params.get("rows", 1)
    if where is not None:
        tests = [pl.col(name) == value for name, value in _columns(frame, params, "where").items()]
        return frame.select(pl.all_horizontal(tests).alias("at")).to_series()
    require(isinstance(rows, int), "rows: a whole number")
    assert isinstance(rows, int), "as required"
    return frame.select((pl.int_range(pl.len()) < rows).alias("at")).to_series()


def _columns(frame: pl.DataFrame, params: FaultParams, name: str) -> dict[str, object]:
    """A parameter that has a value for each of some fields."""
    values = params.get(name) or {}
    fits = isinstance(values, dict) and set(values) <= set(frame.columns)
    require(fits, f"{name}: an object of fields of the API, of {', '.join(frame.columns)}")
    assert isinstance(values, dict), "as required"
    return values


def _column(frame: pl.DataFrame, params: FaultParams) -> str:
    """The `column` that a change is about."""
    name = params.get("column", "")
    require(name in frame.columns, f"column {name!r}: use one of {', '.join(frame.columns)}")
    return str(name)


def _edit(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    """`set` fields to values, `scale` or `add` to numbers, or `drop` the rows."""
    at = _rows(frame, params)
    if params.get("drop"):
        return frame.filter(~at)
    for kind, change in _EDITS.items():
        frame = frame.with_columns(
            pl.when(at).then(change(pl.col(name), value).cast(frame.schema[name])).otherwise(pl.col(name)).alias(name)
            for name, value in _columns(frame, params, kind).items()
        )
    return frame


_EDITS: Mapping[str, Callable[[pl.Expr, object], pl.Expr]] = {
    "set": lambda column, value: pl.lit(value),
    "scale": lambda column, value: column * float(str(value)),
    "add": lambda column, value: column + float(str(value)),
}


def _duplicate(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    """Some rows come twice; `set` makes the second ones differ."""
    again = frame.filter(_rows(frame, params))
    return pl.concat([frame, _edit(again, {"rows": again.height, "set": params.get("set", {})})])


def _late(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    """Only a `share` of the rows is there yet (default none)."""
    return frame.head(int(frame.height * float(str(params.get("share", 0)))))


def _restate(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    """A `share` of the rows (default 1 %) has another value in a `column`, the same ones each time."""
    name, share = _column(frame, params), float(str(params.get("share", 0.01)))
    each = max(1, round(1 / share))
    chosen = pl.int_range(pl.len()) % each == 0
    restated = (pl.col(name) * RESTATED).round(4)
    return frame.with_columns(pl.when(chosen).then(restated).otherwise(pl.col(name)).alias(name))


def _rename(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    return frame.rename({_column(frame, params): str(params.get("to", "renamed"))})


def _add_column(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    return frame.with_columns(pl.lit(1).alias(str(params.get("column", "brand_new"))))


def _text_cell(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    """Some numbers of a column are a text that is none."""
    name, text = _column(frame, params), pl.lit(str(params.get("value", "12.3.4")))
    cells = pl.when(_rows(frame, params)).then(text).otherwise(pl.col(name).cast(pl.String))
    return frame.with_columns(cells.alias(name))


def _bad_number(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    """Some cells of a column are the JSON text `value`, which need not be a number that exists."""
    name, value = _column(frame, params), pl.lit(str(params.get("value", "1e400")))
    cells = pl.when(_rows(frame, params)).then(value).otherwise(pl.col(name).cast(pl.String))
    return frame.with_columns(cells.cast(pl.Binary).alias(name))


def _whole_first(frame: pl.DataFrame, params: FaultParams) -> pl.DataFrame:
    """A column begins with whole numbers, written as such, and ends with 10.5."""
    name = _column(frame, params)
    whole = pl.col(name).round(0).cast(pl.Int64).cast(pl.String)
    cells = pl.when(pl.int_range(pl.len()) == pl.len() - 1).then(pl.lit("10.5")).otherwise(whole)
    return frame.with_columns(cells.cast(pl.Binary).alias(name))


CHANGES: Mapping[str, Change] = {
    "edit": Change(_edit, frozenset({"where", "rows", "set", "scale", "add", "drop"})),
    "duplicate_rows": Change(_duplicate, frozenset({"where", "rows", "set"})),
    "late": Change(_late, frozenset({"share"})),
    "restated": Change(_restate, frozenset({"column", "share"})),
    "rename_column": Change(_rename, frozenset({"column", "to"})),
    "add_column": Change(_add_column, frozenset({"column"})),
    "drop_column": Change(lambda frame, params: frame.drop(_column(frame, params)), frozenset({"column"})),
    "text_cell": Change(_text_cell, frozenset({"where", "rows", "column", "value"})),
    "bad_number": Change(_bad_number, frozenset({"where", "rows", "column", "value"})),
    "int_then_float": Change(_whole_first, frozenset({"column"})),
}
"""Faults of the data by name."""
