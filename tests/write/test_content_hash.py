"""The content hash: the documented form, independent of row order, sensitive to every cell."""

from __future__ import annotations

import hashlib
import math
import struct
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from opendata.contract.canonical import to_json
from opendata.contract.schema import Column, TableSchema
from opendata.errors import InvalidValue
from opendata.write import content_hash, decode, encode
from opendata.write.types import POLARS_TYPES

SCHEMA = TableSchema(
    (
        Column("day", "date"),
        Column("name", "string"),
        Column("at", "timestamp[ms, UTC]", nullable=True),
        Column("price", "float64", nullable=True),
        Column("ratio", "float32", nullable=True),
        Column("count", "int64", nullable=True),
        Column("small", "uint8", nullable=True),
        Column("open", "bool", nullable=True),
    ),
    ("day", "name"),
    "day",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    types = {column.name: POLARS_TYPES[column.type] for column in SCHEMA.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _reference_hash(frame: pl.DataFrame) -> str:
    """The documented form, written out value by value."""
    packs = {"price": "<d", "ratio": "<f", "count": "<q", "small": "<B", "open": "<?"}
    header = [[column.name, column.type] for column in SCHEMA.columns]
    digest = hashlib.sha256(to_json({"columns": header, "rows": frame.height}) + b"\n")
    for column in SCHEMA.columns:
        values = frame.sort("day", "name")[column.name].to_list()
        digest.update(bytes(value is not None for value in values))
        match column.name:
            case "name":
                texts = [(value or "").encode() for value in values]
                digest.update(b"".join(struct.pack("<Q", len(text)) for text in texts) + b"".join(texts))
            case "day":
                digest.update(b"".join(struct.pack("<i", (value - EPOCH.date()).days) for value in values))
            case "at":
                ticks = [(value - EPOCH) // timedelta(milliseconds=1) if value else 0 for value in values]
                digest.update(b"".join(struct.pack("<q", tick) for tick in ticks))
            case name:
                digest.update(b"".join(struct.pack(packs[name], value or 0) for value in values))
    return digest.hexdigest()


DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
INSTANTS = st.integers(-(10**12), 10**13).map(lambda ms: EPOCH + timedelta(milliseconds=ms))
ROWS = st.lists(
    st.tuples(
        DAYS,
        TEXTS,
        st.none() | INSTANTS,
        st.none() | st.floats(allow_nan=False),
        st.none() | st.floats(width=32, allow_nan=False),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.integers(0, 255),
        st.none() | st.booleans(),
    ),
    max_size=12,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=60)
@given(ROWS)
def test_the_hash_is_the_documented_form(rows: list[tuple[Any, ...]]) -> None:
    assert content_hash(_frame(rows), SCHEMA) == _reference_hash(_frame(rows))


@settings(max_examples=60)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[Any, ...]], random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    assert content_hash(_frame(rows), SCHEMA) == content_hash(_frame(shuffled), SCHEMA)


@settings(max_examples=60)
@given(ROWS, st.data())
def test_any_changed_cell_changes_the_hash(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    assume(rows)
    at = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(ROWS.filter(bool))[0]
    column = data.draw(st.integers(0, len(SCHEMA.columns) - 1))
    assume(other[column] != rows[at][column])
    changed = [*rows]
    changed[at] = (*rows[at][:column], other[column], *rows[at][column + 1 :])
    assert content_hash(_frame(rows), SCHEMA) != content_hash(_frame(changed), SCHEMA)


@settings(max_examples=60)
@given(ROWS)
def test_encoded_bytes_read_back_as_the_same_content(rows: list[tuple[Any, ...]]) -> None:
    frame = _frame(rows)
    encoded = encode(frame, SCHEMA)
    read = decode(encoded.data)
    assert content_hash(read, SCHEMA) == encoded.summary.content_hash == content_hash(frame, SCHEMA)
    assert read.schema == frame.schema


def test_rows_that_repeat_the_key_are_still_hashed_independently_of_their_order() -> None:
    rows = [(date(2024, 1, 1), "a", None, float(n), None, None, None, None) for n in range(3)]
    assert content_hash(_frame(rows), SCHEMA) == content_hash(_frame(rows[::-1]), SCHEMA)


@pytest.mark.parametrize(
    ("one", "other"), [(0.0, -0.0), (math.nan, struct.unpack("<d", b"\x01" + b"\0" * 5 + b"\xf8\xff")[0])]
)
def test_equal_numbers_in_different_bits_are_equal_content(one: float, other: float) -> None:
    def rows(value: float) -> list[tuple[Any, ...]]:
        return [(date(2024, 1, 1), "a", None, value, None, None, None, None)]

    assert content_hash(_frame(rows(one)), SCHEMA) == content_hash(_frame(rows(other)), SCHEMA)


def test_a_null_is_not_a_zero_and_texts_do_not_run_into_each_other() -> None:
    def rows(*names: str, count: int | None = None) -> pl.DataFrame:
        return _frame([(date(2024, 1, 1), name, None, None, None, count, None, None) for name in names])

    assert content_hash(rows("a"), SCHEMA) != content_hash(rows("a", count=0), SCHEMA)
    assert content_hash(rows("ab", "c"), SCHEMA) != content_hash(rows("a", "bc"), SCHEMA)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda f: f.drop("count"), "count"),
        (lambda f: f.with_columns(extra=pl.lit(1)), "extra"),
        (lambda f: f.with_columns(pl.col("count").cast(pl.Int32)), "count"),
        (lambda f: f.with_columns(pl.col("at").dt.replace_time_zone(None)), "at"),
        (lambda f: f.select(pl.all().reverse()).select(f.columns[::-1]), "declared order"),
    ],
)
def test_a_frame_that_is_not_as_declared_is_refused_by_name(change: Any, names: str) -> None:
    with pytest.raises(InvalidValue, match=names):
        encode(change(_frame([(date(2024, 1, 1), "a", None, None, None, 1, None, None)])), SCHEMA)
