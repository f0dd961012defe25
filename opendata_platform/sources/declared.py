"""Text cells to typed columns by a declared schema: the exact value or a ParseError, never a guess.

Types are never inferred and nothing is rounded, cut or nulled on the way: `2.5` is not an Int64, `1e400`, `NaN`
and 2^63 fit nothing, `2026-02-30` is no date. Cells come as strings (JSON numbers as they were written), so CSV
and JSON sources share one grammar. Not here: how text becomes rows (`payload.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

from opendata_platform.sources.outcome import ParseError

Kind: TypeAlias = Literal["float", "int", "text", "date", "hour", "epoch_ms"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its published name, how it is written, and its name at the source if different."""

    name: str
    kind: Kind
    nullable: bool = False
    header: str | None = None
    also_named: tuple[str, ...] = ()
    """Other names the source has given the same column over time."""

    @property
    def headers(self) -> tuple[str, ...]:
        """Names to look for at the source, preferred first."""
        return (self.header or self.name, *self.also_named)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A frame by the declared schema, and what was seen beside it."""

    frame: pl.DataFrame
    unknown_columns: tuple[str, ...] = ()
    """Columns of the source that the schema does not declare (kept in the raw capture)."""
    duplicate_rows: int = 0
    """Rows dropped because an earlier row is equal in every declared column."""


_INTEGER = r"^[+-]?[0-9]{1,19}(?:\.0{1,20})?$"
_DECIMAL = r"^[+-]?(?:[0-9]{1,15}(?:\.[0-9]{1,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?$"
_CONTROL = r"[\x00-\x08\x0a-\x1f\x7f]"

_Converter: TypeAlias = Callable[[pl.Series], pl.Series]


def typed(columns: Sequence[Column], cells: Mapping[str, Sequence[str | None]]) -> Parsed:
    """A frame with exactly `columns`, in order, from `cells` (name at the source -> texts of equal length).

    An empty or missing (None) text is null. Raises ParseError naming column, row (from 1) and text.
    """
    chosen = [_pick(column, cells) for column in columns]
    series = [_convert(column, cells[header]) for column, header in zip(columns, chosen, strict=True)]
    frame = pl.DataFrame(series)
    distinct = frame.unique(maintain_order=True)
    unknown = tuple(name for name in cells if name not in chosen)
    return Parsed(distinct, unknown, frame.height - distinct.height)


def _pick(column: Column, cells: Mapping[str, Sequence[str | None]]) -> str:
    found = [header for header in column.headers if header in cells]
    if not found:
        raise ParseError("bad_shape", f"column {column.headers[0]!r} is missing; found {', '.join(cells) or 'none'}")
    return found[0]


def _convert(column: Column, texts: Sequence[str | None]) -> pl.Series:
    raw = pl.Series(column.name, texts, dtype=pl.String)
    raw = raw.set(raw == "", None)
    if not column.nullable and raw.null_count():
        row = raw.is_null().arg_true()[0] + 1
        raise ParseError("bad_shape", f"column {column.name!r}, row {row}: a value is required and there is none")
    return _CONVERTERS[column.kind](raw)


def _refuse(raw: pl.Series, bad: pl.Series, subcode: str, wanted: str) -> None:
    """Raise for the first row where `bad` is true."""
    rows = bad.fill_null(value=False).arg_true()
    if rows.len():
        text = str(raw[rows[0]])
        shown = text if len(text) <= 40 else f"{text[:40]}… ({len(text)} characters)"
        raise ParseError(subcode, f"column {raw.name!r}, row {rows[0] + 1}: {shown!r} is not {wanted}")


def _to_float(raw: pl.Series) -> pl.Series:
    _refuse(raw, ~raw.str.contains(_DECIMAL), "bad_number", "a plain decimal number")
    values = raw.cast(pl.Float64, strict=False)
    lost = values.is_null() & raw.is_not_null()
    vanished = (values == 0) & raw.str.contains(r"^[^eE]*[1-9]")
    _refuse(raw, lost | values.is_infinite() | vanished, "bad_number", "within the range of a 64-bit float")
    return values


def _to_int(raw: pl.Series) -> pl.Series:
    _refuse(raw, ~raw.str.contains(_INTEGER), "bad_number", "a whole number")
    values = raw.str.replace(r"\..*$", "").str.strip_prefix("+").cast(pl.Int64, strict=False)
    _refuse(raw, values.is_null() & raw.is_not_null(), "bad_number", "within the range of a 64-bit integer")
    return values


def _to_text(raw: pl.Series) -> pl.Series:
    _refuse(raw, raw.str.contains(_CONTROL), "encoding", "free of control characters")
    return raw.str.normalize("NFC")


def _to_date(raw: pl.Series) -> pl.Series:
    _refuse(raw, ~raw.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), "bad_date", "a date YYYY-MM-DD")
    values = raw.str.to_date("%Y-%m-%d", strict=False)
    _refuse(raw, values.is_null() & raw.is_not_null(), "bad_date", "a date of the calendar")
    return values


def _to_hour(raw: pl.Series) -> pl.Series:
    pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
    _refuse(raw, ~raw.str.contains(pattern), "bad_date", "a UTC time YYYY-MM-DDTHH:MM")
    values = raw.str.to_datetime("%Y-%m-%dT%H:%M", time_unit="ms", strict=False)
    _refuse(raw, values.is_null() & raw.is_not_null(), "bad_date", "a time of the calendar")
    return values.dt.replace_time_zone("UTC")


def _to_instant(raw: pl.Series) -> pl.Series:
    """Milliseconds (13 digits) or microseconds (16 digits) since 1970, one unit per column, on whole milliseconds.

    Between 2001-09-09 and 2286-11-20 the number of digits tells the unit exactly.
    """
    digits = raw.str.len_chars()
    _refuse(raw, ~raw.str.contains(r"^[1-9](?:[0-9]{12}|[0-9]{15})$"), "bad_date", "13 or 16 digits of epoch time")
    _refuse(raw, digits != digits[0] if raw.len() else raw.is_null(), "bad_date", "in the unit of the first row")
    values = raw.cast(pl.Int64)
    if raw.len() and digits[0] == 16:
        _refuse(raw, values % 1000 != 0, "bad_date", "on a whole millisecond")
        values = values // 1000
    return values.cast(pl.Datetime("ms", "UTC"))


_CONVERTERS: Mapping[Kind, _Converter] = {
    "float": _to_float,
    "int": _to_int,
    "text": _to_text,
    "date": _to_date,
    "hour": _to_hour,
    "epoch_ms": _to_instant,
}
