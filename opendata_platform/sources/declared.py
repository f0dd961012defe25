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


@dataclass(frozen=True, slots=True)
class _Check:
    """True in `bad` means that the text is not `wanted`."""

    bad: pl.Expr
    subcode: str
    wanted: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """How texts of one kind become values: the value where all checks hold."""

    value: pl.Expr
    checks: tuple[_Check, ...]


def typed(columns: Sequence[Column], cells: Mapping[str, Sequence[str | None]]) -> Parsed:
    """A frame with exactly `columns`, in order, from `cells` (name at the source -> texts of equal length).

    An empty or missing (None) text is null. Raises ParseError naming column, row (from 1) and text.
    """
    chosen = [_pick(column, cells) for column in columns]
    raw = pl.DataFrame(
        [pl.Series(c.name, cells[header], dtype=pl.String) for c, header in zip(columns, chosen, strict=True)]
    ).with_columns(pl.all().replace("", None))
    readings = [_reading(column) for column in columns]
    checks = [(c.name, check) for c, r in zip(columns, readings, strict=True) for check in r.checks]
    failed = raw.select(check.bad.any().alias(str(i)) for i, (_, check) in enumerate(checks)).row(0)
    for (name, check), bad in zip(checks, failed, strict=True):
        if bad:
            raise _refusal(raw, name, check)
    frame = raw.select(reading.value for reading in readings)
    distinct = frame.unique(maintain_order=True)
    unknown = tuple(name for name in cells if name not in chosen)
    return Parsed(distinct, unknown, frame.height - distinct.height)


def _pick(column: Column, cells: Mapping[str, Sequence[str | None]]) -> str:
    found = [header for header in column.headers if header in cells]
    if not found:
        raise ParseError("bad_shape", f"column {column.headers[0]!r} is missing; found {', '.join(cells) or 'none'}")
    return found[0]


def _reading(column: Column) -> _Reading:
    raw = pl.col(column.name)
    reading = _KINDS[column.kind](raw)
    if column.nullable:
        return reading
    return _Reading(
        reading.value, (_Check(raw.is_null(), "bad_shape", "a value, and one is required"), *reading.checks)
    )


def _refusal(raw: pl.DataFrame, name: str, check: _Check) -> ParseError:
    """The error about the first row that fails."""
    row = raw.select(check.bad.fill_null(value=False).arg_true().first()).item()
    text = str(raw[name][row])
    shown = text if len(text) <= 40 else f"{text[:40]}… ({len(text)} characters)"
    return ParseError(check.subcode, f"column {name!r}, row {row + 1}: {shown!r} is not {check.wanted}")


def _lost(raw: pl.Expr, value: pl.Expr) -> pl.Expr:
    return value.is_null() & raw.is_not_null()


def _float(raw: pl.Expr) -> _Reading:
    value = raw.cast(pl.Float64, strict=False)
    vanished = (value == 0) & raw.str.contains(r"^[^eE]*[1-9]")
    out_of_range = _lost(raw, value) | value.is_infinite() | vanished
    return _Reading(
        value,
        (
            _Check(~raw.str.contains(_DECIMAL), "bad_number", "a plain decimal number"),
            _Check(out_of_range, "bad_number", "within the range of a 64-bit float"),
        ),
    )


def _int(raw: pl.Expr) -> _Reading:
    value = raw.str.replace(r"\..*$", "").str.strip_prefix("+").cast(pl.Int64, strict=False)
    return _Reading(
        value,
        (
            _Check(~raw.str.contains(_INTEGER), "bad_number", "a whole number"),
            _Check(_lost(raw, value), "bad_number", "within the range of a 64-bit integer"),
        ),
    )


def _text(raw: pl.Expr) -> _Reading:
    check = _Check(raw.str.contains(_CONTROL), "encoding", "free of control characters")
    return _Reading(raw.str.normalize("NFC"), (check,))


def _date(raw: pl.Expr) -> _Reading:
    value = raw.str.to_date("%Y-%m-%d", strict=False)
    pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    return _Reading(
        value,
        (
            _Check(~raw.str.contains(pattern), "bad_date", "a date YYYY-MM-DD"),
            _Check(_lost(raw, value), "bad_date", "a date of the calendar"),
        ),
    )


def _hour(raw: pl.Expr) -> _Reading:
    value = raw.str.to_datetime("%Y-%m-%dT%H:%M", time_unit="ms", strict=False)
    pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"
    return _Reading(
        value.dt.replace_time_zone("UTC"),
        (
            _Check(~raw.str.contains(pattern), "bad_date", "a UTC time YYYY-MM-DDTHH:MM"),
            _Check(_lost(raw, value), "bad_date", "a time of the calendar"),
        ),
    )


def _epoch_ms(raw: pl.Expr) -> _Reading:
    """Milliseconds (13 digits) or microseconds (16 digits) since 1970, one unit per column, on whole milliseconds.

    Between 2001-09-09 and 2286-11-20 the number of digits tells the unit exactly.
    """
    digits, number = raw.str.len_chars(), raw.cast(pl.Int64, strict=False)
    micros = digits == 16
    return _Reading(
        pl.when(micros).then(number // 1000).otherwise(number).cast(pl.Datetime("ms", "UTC")),
        (
            _Check(~raw.str.contains(r"^[1-9](?:[0-9]{12}|[0-9]{15})$"), "bad_date", "13 or 16 digits of epoch time"),
            _Check(digits != digits.first(), "bad_date", "in the unit of the first row"),
            _Check(micros & (number % 1000 != 0), "bad_date", "on a whole millisecond"),
        ),
    )


_KINDS: Mapping[Kind, Callable[[pl.Expr], _Reading]] = {
    "float": _float,
    "int": _int,
    "text": _text,
    "date": _date,
    "hour": _hour,
    "epoch_ms": _epoch_ms,
}
