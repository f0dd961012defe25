"""Rows to typed columns: the exact value or a ParseError."""

from __future__ import annotations

import json
import math
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opendata_platform.sources.outcome import ParseError
from opendata_platform.tushare.answer import read_answer
from opendata_platform.tushare.capture import Page
from opendata_platform.tushare.declare import Field, day, integer, number, text
from opendata_platform.tushare.reading import read
from tests.fixtures.tushare_server import rows
from tests.tushare.conftest import DAILY, NAMES, an_api, quotes


def column(field: Field, *literals: str) -> list[Any]:
    """Values of one column, from JSON as it is written."""
    items = ",".join(f"[{literal}]" for literal in literals)
    body = f'{{"code": 0, "msg": "", "data": {{"fields": ["x"], "items": [{items}]}}}}'.encode()
    page = Page.of({}, body, read_answer(body), None)
    frame = read(an_api(fields=(field,), key=()), [page]).frame
    return frame["x"].to_list()


NUMBER = number("x", "", "")
INTEGER = integer("x", "", "")
TEXT = text("x", "", "")
DATE = day("x", "", "")


def outcome(field: Field, *literals: str) -> list[Any] | str:
    """Values of one column, or the subcode of the error."""
    try:
        return column(field, *literals)
    except ParseError as error:
        return error.fault.subcode


def refusal(field: Field, *literals: str) -> str:
    """Subcode of the error."""
    with pytest.raises(ParseError) as caught:
        column(field, *literals)
    return caught.value.fault.subcode


def test_columns_are_as_declared_and_rows_as_returned() -> None:
    body = rows((*reversed(NAMES), "new"), [[*reversed(row), "?"] for row in [*quotes(2), *quotes(1)]]).body
    parsed = read(DAILY, [Page.of({}, body, read_answer(body), None)])
    assert parsed.frame.schema == {
        "ts_code": pl.String(),
        "trade_date": pl.Date(),
        "close": pl.Float64(),
        "rank": pl.Int64(),
    }
    assert parsed.frame["ts_code"].to_list() == ["000000.SZ", "000001.SZ", "000000.SZ"]
    assert parsed.frame["trade_date"].unique().to_list() == [date(2026, 2, 10)]
    assert (parsed.unknown_columns, parsed.duplicate_rows) == (("new",), 0)


def test_pages_are_put_together_in_their_order() -> None:
    bodies = [rows(NAMES, quotes(5)).body, rows(NAMES, quotes(2, first=5)).body]
    parsed = read(DAILY, [Page.of({}, body, read_answer(body), None) for body in bodies])
    assert parsed.frame["rank"].to_list() == list(range(7))


def test_no_rows_are_an_empty_frame_of_the_declared_types() -> None:
    assert read(DAILY, []).frame.schema == read(DAILY, [Page({}, b"", NAMES, [], None, "")]).frame.schema


def test_a_column_that_is_missing_is_an_error_even_without_rows() -> None:
    with pytest.raises(ParseError, match="'rank' is missing"):
        read(DAILY, [Page({}, b"", NAMES[:-1], [], None, "")])


def test_fields_that_change_between_pages_are_refused() -> None:
    with pytest.raises(ParseError, match="change between pages"):
        read(DAILY, [Page({}, b"", NAMES, [], None, ""), Page({}, b"", NAMES[::-1], [], None, "")])


READS: list[tuple[Field, tuple[str, ...], list[Any]]] = [
    (NUMBER, ("10", "10.5", "null", '""'), [10.0, 10.5, None, None]),
    (NUMBER, ('"990865.1000"', "1", '"-3e2"', '".5"'), [990865.1, 1.0, -300.0, 0.5]),
    (NUMBER, ("-0.0", "1e-300", "0e-999", "9007199254740992"), [-0.0, 1e-300, 0.0, 2.0**53]),
    (INTEGER, ("1", "1.0", '"1"', '"1.00"', "null", '""'), [1, 1, 1, 1, None, None]),
    (INTEGER, ("9223372036854775807", "-9223372036854775808"), [2**63 - 1, -(2**63)]),
    (TEXT, ('"a"', "1", "null", '""', '"\\t中"'), ["a", "1", None, None, "\t中"]),
    (DATE, ('"20240229"', "20240228", "null", '""'), [date(2024, 2, 29), date(2024, 2, 28), None, None]),
    (DATE, ('"19001231"',), [date(1900, 12, 31)]),
]


@pytest.mark.parametrize(("field", "literals", "expected"), READS, ids=lambda value: str(value)[:40])
def test_what_is_unambiguous_is_read(field: Field, literals: tuple[str, ...], expected: list[Any]) -> None:
    assert column(field, *literals) == expected


REFUSED: list[tuple[Field, str, str]] = [
    *((NUMBER, literal, "bad_number") for literal in ("1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity")),
    *(
        (NUMBER, f'"{literal}"', "bad_number")
        for literal in ("1e400", "1e-400", "nan", "inf", "-", "1,000", " 1", "１")
    ),
    *((NUMBER, f'"{literal}"', "bad_number") for literal in ("None", "--", "0x10", "1_0", "1e")),
    *((NUMBER, literal, "bad_number") for literal in ("true", "[1]", '{"a": 1}', "9007199254740993", "9" * 400)),
    (NUMBER, "0." + "0" * 400 + "1", "bad_number"),
    (NUMBER, "9" * 400 + ".5", "bad_number"),
    (NUMBER, "9" * 5000, "bad_number"),
    *((INTEGER, literal, "bad_number") for literal in ("9223372036854775808", "-9223372036854775809", "1.5", "true")),
    *((INTEGER, f'"{literal}"', "bad_number") for literal in ("9223372036854775808", "1.5", "1e3", "１", "+-1", "1 ")),
    *((INTEGER, literal, "bad_number") for literal in ("1e16", "[1]", "9" * 5000, "1e400")),
    *((TEXT, literal, "bad_shape") for literal in ("1.5", "true", "[1]", '["a"]', '{"a": 1}')),
    *((TEXT, f'"{literal}"', "encoding") for literal in ("\\u0000", "a\\n", "\\u007f", "\\ud800")),
    *((DATE, f'"{literal}"', "bad_date") for literal in ("20260230", "20261301", "00000000", "2026-02-10", "2026021")),
    *((DATE, f'"{literal}"', "bad_date") for literal in ("２０２６０２１０", "20260210 ", "+2026021", "None", "0")),
    *((DATE, literal, "bad_shape") for literal in ("20260210.0", "true")),
    (DATE, "2026", "bad_date"),
]


@pytest.mark.parametrize(("field", "literal", "subcode"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_not_exact_is_refused(field: Field, literal: str, subcode: str) -> None:
    assert refusal(field, literal) == subcode
    assert refusal(field, "null", literal, "null") == subcode


def test_a_refusal_names_column_row_and_a_short_value() -> None:
    with pytest.raises(ParseError, match=r"^column 'x', row 3: 'aaa.*… \(1002 characters\) is not") as caught:
        column(NUMBER, "1", "2.5", f'"{"a" * 1000}"')
    assert len(caught.value.message) < 150


@pytest.mark.parametrize(
    "body", [b'{"code": 0, "msg": "", "msg": ""}', b'{"code": 0, "data": {"fields": [], "fields": []}}']
)
def test_a_name_that_is_repeated_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError, match="repeated"):
        read_answer(body)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        read_answer(b"[" * 200_000)
    assert caught.value.fault.subcode == "not_json"


JSON_NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14).map(str),
    st.builds("{}e{}".format, st.integers(-999, 999), st.integers(-420, 420)),
)


@given(st.lists(st.one_of(JSON_NUMBERS, JSON_NUMBERS.map('"{}"'.format), st.just("null")), max_size=8))
def test_a_number_is_the_nearest_float_or_refused(literals: list[str]) -> None:
    values = outcome(NUMBER, *literals)
    if isinstance(values, str):
        assert values == "bad_number"
        return
    for literal, value in zip(literals, values, strict=True):
        written = literal.strip('"')
        if written == "null":
            assert value is None
        else:
            assert value == float(written)
            assert math.isfinite(value)
            assert (value == 0) == (Decimal(written) == 0)


@given(st.lists(st.one_of(JSON_NUMBERS, JSON_NUMBERS.map('"{}"'.format), st.just("null")), max_size=8))
def test_a_whole_number_is_exact_or_refused(literals: list[str]) -> None:
    """A JSON number with a fraction or exponent is what a 64-bit float makes of it; a text is taken digit by digit."""
    values = outcome(INTEGER, *literals)
    if isinstance(values, str):
        assert values == "bad_number"
        return
    for literal, value in zip(literals, values, strict=True):
        written = Decimal(literal) if literal.lstrip("-").isdigit() else None
        if literal.startswith('"'):
            written = Decimal(literal.strip('"'))
        elif written is None and literal != "null":
            written = Decimal(float(literal))
        assert value == written


@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=8))
def test_a_text_is_verbatim_or_refused(texts: list[str | None]) -> None:
    values = outcome(TEXT, *map(json.dumps, texts))
    if isinstance(values, str):
        assert values == "encoding"
        return
    assert values == [value or None for value in texts]


@given(st.dates(), st.text("0123456789", min_size=8, max_size=8))
def test_a_date_is_that_day_or_refused(day_: date, digits: str) -> None:
    assert column(DATE, f'"{day_:%4Y%m%d}"') == [day_]
    values = outcome(DATE, f'"{digits}"')
    assert values == "bad_date" or [f"{value:%4Y%m%d}" for value in values] == [digits]


CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=5))
def test_any_cells_end_in_a_frame_or_a_parse_error(items: list[tuple[Any, ...]]) -> None:
    body = json.dumps({"code": 0, "data": {"fields": NAMES, "items": items}}).encode()
    try:
        frame = read(DAILY, [Page.of({}, body, read_answer(body), None)]).frame
    except ParseError:
        return
    assert frame.height == len(items)


@given(st.binary(max_size=60))
def test_any_bytes_end_in_an_answer_or_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        read_answer(body)
