"""The rows of an answer as a frame of the declared types: the exact value or a ParseError, never a guess.

Nothing is rounded, cut, dropped or nulled on the way, but an empty text is a null. A column is looked at once for the
JSON types in it; the types that are usual for its kind are converted at once, the others value by value. Not here: JSON
itself (`answer.py`), which nulls and repeated keys are allowed (the gate).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NoReturn, TypeAlias

import polars as pl

from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.outcome import ParseError
from opendata_platform.tushare.capture import Page
from opendata_platform.tushare.declare import Api, Field, Kind

Values: TypeAlias = Sequence[Any]

_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}(?:\.0{1,20})?")
_CONTROL = r"[\x00-\x08\x0a-\x1f\x7f]"
_DAY = r"^[0-9]{8}$"
_EXACT_FLOAT = 2**53


def read(api: Api, pages: Sequence[Page]) -> Parsed:
    """All rows of all pages with exactly the declared columns, as returned: nothing is sorted or made distinct.

    Raises ParseError naming column, row (from 1) and value.
    """
    fields = pages[0].fields if pages else tuple(field.name for field in api.fields)
    if any(page.fields != fields for page in pages):
        raise ParseError("bad_shape", "the fields change between pages")
    rows = list(chain.from_iterable(page.items for page in pages))
    columns = dict(zip(fields, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(fields, ())
    missing = [field.name for field in api.fields if field.name not in columns]
    if missing:
        raise ParseError("bad_shape", f"column {missing[0]!r} is missing; found {', '.join(fields) or 'none'}")
    frame = pl.DataFrame([_COLUMN[field.kind](field, columns[field.name]) for field in api.fields])
    declared = {field.name for field in api.fields}
    return Parsed(frame, tuple(name for name in fields if name not in declared))


def _number(field: Field, values: Values) -> pl.Series:
    if not {float, type(None)}.issuperset(map(type, values)):
        values = _each(field, values, _as_float)
    series = pl.Series(field.name, values, dtype=pl.Float64)
    _check(series, series.is_infinite(), "bad_number", "a number that a 64-bit float can hold")
    return series


def _integer(field: Field, values: Values) -> pl.Series:
    if not {int, type(None)}.issuperset(map(type, values)):
        values = _each(field, values, _as_int)
    try:
        return pl.Series(field.name, values, dtype=pl.Int64)
    except (OverflowError, TypeError):
        # Too large for 64 bits: looking at each value names the first that is.
        return pl.Series(field.name, _each(field, values, _as_int), dtype=pl.Int64)


def _text(field: Field, values: Values) -> pl.Series:
    if not {str, type(None)}.issuperset(map(type, values)):
        values = _each(field, values, _as_text)
    try:
        series = pl.Series(field.name, values, dtype=pl.String)
    except UnicodeEncodeError:
        raise ParseError("encoding", f"column {field.name!r}: half of a surrogate pair") from None
    _check(series, series.str.contains(_CONTROL), "encoding", "free of control characters")
    return series.replace("", None)


def _date(field: Field, values: Values) -> pl.Series:
    texts = _text(field, values)
    _check(texts, ~texts.str.contains(_DAY), "bad_date", "a date YYYYMMDD")
    days = texts.str.to_date("%Y%m%d", strict=False)
    _check(texts, days.is_null() & texts.is_not_null(), "bad_date", "a date of the calendar")
    return days


_COLUMN: Mapping[Kind, Callable[[Field, Values], pl.Series]] = {
    "number": _number,
    "integer": _integer,
    "text": _text,
    "date": _date,
}


def _as_float(value: Any) -> float | None:
    if type(value) is float:
        return value
    if type(value) is int and abs(value) <= _EXACT_FLOAT:
        return float(value)
    if type(value) is str and _DECIMAL.fullmatch(value):
        number = float(value)
        if abs(number) != float("inf") and (number or not re.match(r"[^eE]*[1-9]", value)):
            return number
    raise ValueError("a number that a 64-bit float can hold")


def _as_int(value: Any) -> int | None:
    number = None
    if type(value) is int or (type(value) is float and value.is_integer() and abs(value) <= _EXACT_FLOAT):
        number = int(value)
    elif type(value) is str and _WHOLE.fullmatch(value):
        number = int(value.partition(".")[0])
    if number is None or not -(2**63) <= number < 2**63:
        raise ValueError("a whole number of 64 bits")
    return number


def _as_text(value: Any) -> str | None:
    if type(value) is int:
        return str(value)
    if type(value) is str:
        return value
    raise ValueError("a text")


def _each(field: Field, values: Values, convert: Callable[[Any], Any]) -> list[Any]:
    """Each value converted; null and empty are null."""
    converted: list[Any] = []
    for row, value in enumerate(values, start=1):
        try:
            converted.append(None if value is None or value == "" else convert(value))
        except ValueError as error:
            _refuse(
                field.name, row, value, "bad_number" if field.kind in ("number", "integer") else "bad_shape", str(error)
            )
    return converted


def _check(series: pl.Series, bad: pl.Series, subcode: str, wanted: str) -> None:
    if bad.any():
        row = bad.fill_null(value=False).arg_true()[0]
        _refuse(series.name, row + 1, series[row], subcode, wanted)


def _refuse(column: str, row: int, value: object, subcode: str, wanted: str) -> NoReturn:
    text = repr(value)
    shown = text if len(text) <= 40 else f"{text[:40]}… ({len(text)} characters)"
    raise ParseError(subcode, f"column {column!r}, row {row}: {shown} is not {wanted}")
