"""The layout of data.parquet and what schema.json and preview.json say of it."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.schema import Column, TableSchema
from opendata.errors import InvalidValue
from opendata.write import decode, encode
from opendata.write.parquet import BODY_GROUP, FIRST_GROUP, LAST_GROUP, group_bounds

SCHEMA = TableSchema(
    (Column("at", "timestamp[ms, UTC]"), Column("code", "string"), Column("value", "float64", nullable=True, unit="m")),
    ("code", "at"),
    "at",
)


def _frame(rows: int) -> pl.DataFrame:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return pl.DataFrame(
        {
            "at": [start + timedelta(minutes=n // 2) for n in range(rows)],
            "code": ["a" if n % 2 else "b" for n in range(rows)],
            "value": [float(n) for n in range(rows)],
        },
        schema={"at": pl.Datetime("ms", "UTC"), "code": pl.String, "value": pl.Float64},
    )


def _file(data: bytes) -> pq.ParquetFile:
    return pq.ParquetFile(pa.BufferReader(data))


def test_rows_are_stored_by_time_and_then_key_with_naive_utc_instants() -> None:
    encoded = encode(_frame(10).reverse(), SCHEMA)
    stored = pl.read_parquet(encoded.data)
    assert stored["at"].dtype == pl.Datetime("ms")
    assert stored.equals(stored.sort("at", "code"))
    assert decode(encoded.data)["at"].dtype == pl.Datetime("ms", "UTC")


def test_a_file_is_zstd_with_page_checksums_and_carries_its_schema() -> None:
    data = encode(_frame(3000), SCHEMA).data
    metadata = _file(data).metadata
    assert {metadata.row_group(0).column(n).compression for n in range(3)} == {"ZSTD"}
    assert json.loads(metadata.metadata[b"opendata.schema"]) == SCHEMA.to_dict()
    page = metadata.row_group(1).column(2)
    middle = page.dictionary_page_offset + page.total_compressed_size - 8
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    with pytest.raises(OSError, match=r"(?i)crc"):
        decode(flipped)


@given(st.integers(0, 2_000_000), st.booleans())
def test_row_groups_suit_readers_of_the_first_and_of_the_newest_rows(rows: int, time_series: bool) -> None:
    bounds = group_bounds(rows, time_series=time_series)
    assert bounds[0] == 0
    assert bounds[-1] == rows
    sizes = [end - start for start, end in pairwise(bounds)]
    assert sizes[0] == min(FIRST_GROUP, rows)
    assert all(0 < size <= BODY_GROUP for size in sizes[1:])
    if time_series and len(sizes) > 1:
        assert sizes[-1] <= LAST_GROUP
    body = sizes[1:-1] if time_series else sizes[1:]
    if len(body) > 1:
        assert min(body) >= BODY_GROUP // 2


def test_the_row_groups_of_the_file_are_those_planned() -> None:
    file = _file(encode(_frame(20_000), SCHEMA).data)
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [1000, 14_000, 5000]


def test_the_schema_document_describes_the_data() -> None:
    encoded = encode(_frame(5), SCHEMA)
    document = json.loads(encoded.schema_json)
    assert document["columns"][2] == {
        "name": "value",
        "type": "float64",
        "nullable": True,
        "unit": "m",
        "description": "",
    }
    assert document["data"]["row_count"] == 5
    assert document["data"]["statistics"]["at"] == {
        "nulls": 0,
        "min": "2024-01-01T00:00:00.000Z",
        "max": "2024-01-01T00:02:00.000Z",
    }
    assert document["data"]["statistics"]["value"] == {"nulls": 0, "min": None, "max": None}
    assert (encoded.minimum, encoded.maximum) == ("2024-01-01T00:00:00.000Z", "2024-01-01T00:02:00.000Z")


def test_the_preview_is_the_100_newest_rows_as_strict_json() -> None:
    frame = _frame(300).with_columns(
        value=pl.when(pl.int_range(pl.len()) == 299).then(math.nan).otherwise(pl.col("value"))
    )
    preview = json.loads(encode(frame, SCHEMA).preview_json, parse_constant=lambda name: pytest.fail(name))
    assert preview["columns"] == ["at", "code", "value"]
    assert preview["row_count"] == 300
    assert len(preview["rows"]) == 100
    assert preview["rows"][0] == ["2024-01-01T02:29:00.000Z", "b", 298.0]
    assert preview["rows"][1] == ["2024-01-01T02:29:00.000Z", "a", None]


def test_the_preview_keeps_integers_that_javascript_would_round() -> None:
    schema = TableSchema((Column("id", "int64"),), ("id",))
    frame = pl.DataFrame({"id": [2**53, 2**53 + 1]})
    assert json.loads(encode(frame, schema).preview_json)["rows"] == [[str(2**53 + 1)], [2**53]]


def test_an_empty_frame_can_be_encoded() -> None:
    encoded = encode(_frame(0), SCHEMA)
    assert decode(encoded.data).is_empty()
    assert (encoded.summary.row_count, encoded.minimum) == (0, None)


def test_a_foreign_parquet_file_is_not_decoded() -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1]}), sink)
    with pytest.raises(InvalidValue, match=r"opendata\.schema"):
        decode(bytes(sink.getvalue()))
