"""Text becomes the exact value or a ParseError: never a rounded, cut or missing one."""

from __future__ import annotations

import io
import json
import math
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opendata_platform.sources import binance, open_meteo, owid, stooq
from opendata_platform.sources.declared import Column, Kind, typed
from opendata_platform.sources.outcome import ParseError, RawCapture
from opendata_platform.sources.payload import csv_cells, load_json

CAPTURED = datetime(2026, 1, 1, tzinfo=UTC)


def one(kind: Kind, *texts: str | None) -> list[object]:
    return typed([Column("c", kind)], {"c": texts}).frame["c"].to_list()


EXACT: list[tuple[Kind, str, object]] = [
    ("float", "2", 2.0),
    ("float", "2.50", 2.5),
    ("float", "-0.0", -0.0),
    ("float", "5e-324", 5e-324),
    ("float", "1.5E+3", 1500.0),
    ("float", "999999999999999", 999999999999999.0),
    ("int", "2", 2),
    ("int", "2.0", 2),
    ("int", "+7", 7),
    ("int", "9223372036854775807", 2**63 - 1),
    ("int", "-9223372036854775808", -(2**63)),
    ("int", "9007199254740993.0", 2**53 + 1),
    ("text", "Co\u0302te", "C\u00f4te"),
    ("date", "2024-02-29", date(2024, 2, 29)),
    ("hour", "2024-02-29T23:00", datetime(2024, 2, 29, 23, tzinfo=UTC)),
    ("epoch_ms", "1735689600000", datetime(2025, 1, 1, tzinfo=UTC)),
    ("epoch_ms", "1735689600000000", datetime(2025, 1, 1, tzinfo=UTC)),
]


@pytest.mark.parametrize(("kind", "text", "value"), EXACT)
def test_texts_with_an_exact_value(kind: Kind, text: str, value: object) -> None:
    assert one(kind, text) == [value]


REFUSED: list[tuple[Kind, str, str]] = [
    ("float", "NaN", "bad_number"),
    ("float", "nan", "bad_number"),
    ("float", "inf", "bad_number"),
    ("float", "-Infinity", "bad_number"),
    ("float", "1e400", "bad_number"),
    ("float", "1e-400", "bad_number"),
    ("float", "9007199254740993", "bad_number"),
    ("float", "9223372036854775808", "bad_number"),
    ("float", "1" * 5000, "bad_number"),
    ("float", "1.", "bad_number"),
    ("float", "1,5", "bad_number"),
    ("float", " 1", "bad_number"),
    ("float", "1\n", "bad_number"),
    ("float", "0x10", "bad_number"),
    ("float", "1_000", "bad_number"),
    ("float", "１２", "bad_number"),
    ("int", "2.5", "bad_number"),
    ("int", "9223372036854775808", "bad_number"),
    ("int", "-9223372036854775809", "bad_number"),
    ("int", "1e3", "bad_number"),
    ("int", "true", "bad_number"),
    ("int", "٣", "bad_number"),
    ("text", "a\x00b", "encoding"),
    ("text", "a\nb", "encoding"),
    ("date", "20260230", "bad_date"),
    ("date", "2026-02-30", "bad_date"),
    ("date", "2026-2-3", "bad_date"),
    ("date", "2026-02-03T00:00", "bad_date"),
    ("date", "２０２６-02-03", "bad_date"),
    ("hour", "2026-02-03T24:00", "bad_date"),
    ("hour", "2026-02-03T10:00Z", "bad_date"),
    ("epoch_ms", "1735689600", "bad_date"),
    ("epoch_ms", "1735689600000001", "bad_date"),
    ("epoch_ms", "-735689600000", "bad_date"),
]


@pytest.mark.parametrize(("kind", "text", "subcode"), REFUSED)
def test_texts_without_an_exact_value_are_refused(kind: Kind, text: str, subcode: str) -> None:
    with pytest.raises(ParseError) as caught:
        one(kind, text)
    assert str(caught.value.fault) == f"parse.{subcode}"
    assert len(caught.value.message) < 200


def test_a_refusal_names_column_row_and_text() -> None:
    with pytest.raises(ParseError, match=r"column 'price', row 3: 'x' is not a plain decimal number"):
        typed([Column("price", "float")], {"price": ["1", "2.5", "x", "y"]})


def test_a_column_of_integers_then_decimals_keeps_the_decimals() -> None:
    assert one("float", *["1"] * 5000, "2.5")[-1] == 2.5


def test_units_of_time_are_not_mixed() -> None:
    with pytest.raises(ParseError, match="unit of the first row"):
        one("epoch_ms", "1735689600000", "1735689600000000")


def test_null_is_allowed_only_where_declared() -> None:
    nullable = [Column("c", "float", nullable=True)]
    assert typed(nullable, {"c": ["", "1"]}).frame["c"].to_list() == [None, 1.0]
    assert typed(nullable, {"c": ["1", None]}).frame["c"].to_list() == [1.0, None]
    with pytest.raises(ParseError, match="row 2"):
        one("float", "1", "")


def test_a_table_without_rows_keeps_its_schema() -> None:
    frame = typed([Column("d", "date"), Column("n", "int"), Column("t", "epoch_ms")], {"d": [], "n": [], "t": []}).frame
    assert frame.schema == {"d": pl.Date, "n": pl.Int64, "t": pl.Datetime("ms", "UTC")}
    assert frame.height == 0


@given(st.permutations(["date", "open", "high"]))
def test_the_order_of_columns_at_the_source_does_not_matter(order: list[str]) -> None:
    cells = {"date": ["2024-01-02"], "open": ["1.5"], "high": ["2"]}
    columns = [Column("date", "date"), Column("open", "float"), Column("high", "float")]
    assert typed(columns, {name: cells[name] for name in order}).frame.equals(typed(columns, cells).frame)


NUMERIC_TEXT = st.one_of(
    st.text("0123456789.eE+-", max_size=25),
    st.integers().map(str),
    st.floats().map(repr),
    st.decimals(allow_nan=True).map(str),
    st.text(max_size=8),
)


@given(NUMERIC_TEXT)
def test_any_text_in_a_float_column_is_its_value_or_an_error(text: str) -> None:
    try:
        [value] = typed([Column("c", "float", nullable=True)], {"c": [text]}).frame["c"].to_list()
    except ParseError:
        return
    if text == "":
        assert value is None
        return
    assert value == float(text)
    assert math.isfinite(value)
    assert (value == 0) == (Decimal(text) == 0)


@given(NUMERIC_TEXT)
def test_any_text_in_an_int_column_is_its_value_or_an_error(text: str) -> None:
    try:
        [value] = one("int", text)
    except ParseError:
        return
    assert value == Decimal(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_as_python_writes_it_survives_if_it_is_accepted(number: float) -> None:
    text = repr(number)
    if abs(number) < 1e15:
        assert one("float", text) == [number]


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_64_bit_integer_survives(number: int) -> None:
    assert one("int", str(number)) == [number]


@given(st.text(alphabet="0123456789-T: ", max_size=17))
def test_any_text_in_a_date_column_is_that_date_or_an_error(text: str) -> None:
    try:
        [value] = one("date", text)
    except ParseError:
        return
    assert isinstance(value, date)
    assert value.isoformat() == text


MALFORMED = [
    ("a,b\n1,2\n3\n", "bad_shape"),
    ("a,b\n1,2,3\n", "bad_shape"),
    ("a,a\n1,2\n", "bad_shape"),
    ("a,b\n1,2", "bad_shape"),
    ('a,b\n"1,2\n', "bad_shape"),
    ('a,b\n"1"x,2\n', "bad_shape"),
]


@pytest.mark.parametrize(("text", "subcode"), MALFORMED)
def test_malformed_csv_is_refused(text: str, subcode: str) -> None:
    with pytest.raises(ParseError) as caught:
        csv_cells(text)
    assert caught.value.fault.subcode == subcode


JSON_REFUSED = [
    (b"[NaN]", "bad_number"),
    (b"[-Infinity]", "bad_number"),
    (b'{"a":1,"a":2}', "bad_shape"),
    (b'{"a":[1,2', "not_json"),
    (b"", "not_json"),
    (b"\xff\xfe", "encoding"),
    (b"[" * 100_000, "not_json"),
]


@pytest.mark.parametrize(("body", "subcode"), JSON_REFUSED)
def test_json_that_is_not_exactly_json_is_refused(body: bytes, subcode: str) -> None:
    with pytest.raises(ParseError) as caught:
        load_json(body)
    assert caught.value.fault.subcode == subcode


def test_json_numbers_keep_every_digit() -> None:
    digits = "9" * 5000
    assert load_json(f"[{digits},1e400,2.50]".encode()) == [digits, "1e400", "2.50"]


def weather(**changes: object) -> RawCapture:
    answer: dict[str, object] = {
        "latitude": 52.5,
        "longitude": 13.4,
        "utc_offset_seconds": 0,
        "hourly_units": dict(open_meteo.UNITS),
        "hourly": {"time": ["2024-03-11T00:00"], **{name: [1] for name in open_meteo.VARIABLES}},
    }
    return RawCapture("t", "u", json.dumps({**answer, **changes}).encode(), "application/json", CAPTURED, None)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"hourly_units": {**open_meteo.UNITS, "temperature_2m": "°F"}}, "is in '°F', declared is '°C'"),
        ({"utc_offset_seconds": 3600}, "not UTC"),
        ({"hourly": None}, "hourly is not a JSON object"),
        ({"hourly": {"time": ["2024-03-11T00:00"], "temperature_2m": [1, 2]}}, "unequal length"),
        ({"hourly": {"time": ["2024-03-11T00:00"], "temperature_2m": ["1"]}}, "wrong type"),
        ({"hourly": {"time": ["2024-03-11T00:00"], "temperature_2m": [True]}}, "wrong type"),
        ({"hourly": {"time": ["2024-03-11T00:00"], "temperature_2m": [1]}}, "is missing"),
    ],
)
def test_weather_in_another_form_is_a_changed_format(changes: dict[str, object], wanted: str) -> None:
    assert open_meteo.parse_hours(weather()).height == 1
    with pytest.raises(ParseError, match=wanted):
        open_meteo.parse_hours(weather(**changes))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["hourly", "time", "pages", "body"]), inner)
    ),
    max_leaves=8,
)


@given(st.one_of(st.binary(max_size=60), JSON_VALUES.map(lambda value: json.dumps(value).encode())))
def test_parsers_answer_any_bytes_with_a_frame_or_a_parse_error(body: bytes) -> None:
    for parse in (stooq.parse_history, owid.parse_global, open_meteo.parse_hours, binance.parse_klines):
        for media_type in ("application/zip", binance.PAGES_TYPE):
            try:
                frame = parse(RawCapture("t", "u", body, media_type, CAPTURED, None))
            except ParseError:
                continue
            assert isinstance(frame, pl.DataFrame)


def _zip_of_one_candle() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("day.csv", "1735689600000,1,2,0.5,1,3,1735689659999,3,1,1,1,0\n" * 3)
    return out.getvalue()


ZIP = _zip_of_one_candle()


@given(st.integers(0, len(ZIP) - 1), st.integers(1, 255), st.integers(0, len(ZIP)))
def test_a_damaged_zip_is_the_same_candles_or_a_parse_error(at: int, flip: int, cut: int) -> None:
    damaged = bytearray(ZIP)
    damaged[at] ^= flip
    for body in (bytes(damaged), ZIP[:cut]):
        try:
            frame = binance.parse_klines(RawCapture("t", "u", body, "application/zip", CAPTURED, None))
        except ParseError:
            continue
        assert frame.to_dicts()[0]["volume"] == 3.0
