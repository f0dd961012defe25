"""Bytes to cells: CSV and JSON read without changing a single character of a value.

Not here: what the cells mean (`declared.py`) and what a source says in prose (the connectors).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import NoReturn

from opendata_platform.sources.outcome import ParseError


class Number(str):
    """A JSON number exactly as it was written."""

    __slots__ = ()


def decode(body: bytes) -> str:
    """UTF-8 text without a byte order mark; raises ParseError(encoding)."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError("encoding", f"not UTF-8 at byte {error.start}") from None


def csv_rows(text: str, *, width: int | None = None) -> list[list[str]]:
    """All non-blank lines as cells, each row as wide as the first (or `width`); raises ParseError(bad_shape)."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise ParseError("bad_shape", f"not CSV: {error}") from None
    wanted = width or (len(rows[0]) if rows else 0)
    for number, row in enumerate(rows, start=1):
        if len(row) != wanted:
            raise ParseError("bad_shape", f"line {number} has {len(row)} cells instead of {wanted}")
    return rows


def csv_cells(text: str) -> dict[str, Sequence[str]]:
    """Cells by column of a CSV with a header line; raises ParseError for a short row or a repeated column.

    A last line without a line break is refused: the sources end every line, so the body was cut.
    """
    if not text.endswith("\n"):
        raise ParseError("bad_shape", "the text ends in the middle of a line: it was cut")
    header, *rows = csv_rows(text) or [[]]
    return columns_of(header, rows)


def columns_of(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Sequence[str]]:
    """Cells by column name; raises ParseError when a name is repeated."""
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise ParseError("bad_shape", f"column {repeated[0]!r} occurs more than once")
    if not rows:
        return dict.fromkeys(header, ())
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def load_json(body: bytes) -> object:
    """The JSON value with every number as `Number`; raises ParseError for NaN literals, repeated keys, cut text."""
    text = decode(body)
    try:
        return json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_not_a_number,
            object_pairs_hook=_distinct,
        )
    except json.JSONDecodeError as error:
        raise ParseError("not_json", f"not JSON at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise ParseError("not_json", "nested too deeply") from None


def _not_a_number(literal: str) -> NoReturn:
    raise ParseError("bad_number", f"{literal} is not a JSON number")


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("bad_shape", "an object repeats a key")
    return found


def text_of(value: object, where: str) -> str:
    """A JSON number as written or a JSON string; raises ParseError(bad_shape) for anything else."""
    if isinstance(value, str):
        return value
    raise ParseError("bad_shape", f"{where}: a number or a string is wanted, not {type(value).__name__}")
