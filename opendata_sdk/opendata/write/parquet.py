"""A frame to the bytes of data.parquet and back.

Laid out for readers that fetch ranges: rows by time and then key, a first row group of 1,000 rows for a preview, body
groups of 65,536 to 131,072, a short last group for the newest rows of a time series, zstd, page checksums. Instants are
stored as naive UTC; the footer carries the declared schema, so a file can be read back without anything else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from opendata.contract.canonical import to_json
from opendata.contract.schema import TableSchema
from opendata.errors import InvalidValue
from opendata.write.types import POLARS_TYPES, check_frame

FOOTER_KEY = b"opendata.schema"
FIRST_GROUP = 1_000
BODY_GROUP = 131_072
LAST_GROUP = 5_000

_ARROW_TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp[ms, UTC]": pa.timestamp("ms"),
    "timestamp[us, UTC]": pa.timestamp("us"),
} | {name: pa.type_for_alias(name) for name in POLARS_TYPES if name.lstrip("u").startswith(("int", "float"))}


def to_parquet(frame: pl.DataFrame, schema: TableSchema, bounds: Sequence[int] | None = None) -> bytes:
    """The bytes of a Parquet file for a frame whose rows are already in order; `bounds` are where its row groups begin
    and its end, else those of data.parquet."""
    table = _to_arrow(frame, schema)
    if bounds is None:
        bounds = group_bounds(table.num_rows, time_series=schema.time_column is not None)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink, table.schema, compression="zstd", version="2.6", write_page_checksum=True, store_schema=False
    ) as writer:
        for start, end in pairwise(bounds):
            writer.write_table(table.slice(start, end - start), row_group_size=max(1, end - start))
        writer.add_key_value_metadata({FOOTER_KEY: to_json(schema.to_dict())})
    return bytes(sink.getvalue())


def group_bounds(rows: int, *, time_series: bool) -> list[int]:
    """Where the row groups of a file begin, and its end: [0, 1000, …, rows]."""
    first = min(FIRST_GROUP, rows)
    last = min(LAST_GROUP, rows - first) if time_series else 0
    body = rows - first - last
    parts = ceil(body / BODY_GROUP)
    inner = [first + body * part // parts for part in range(1, parts + 1)]
    return [0, *sorted({first, *inner, rows})]


def decode(data: bytes) -> pl.DataFrame:
    """The frame in a data file, typed by the schema in its footer: instants are UTC again."""
    return decode_table(data)[0]


def decode_table(data: bytes) -> tuple[pl.DataFrame, TableSchema]:
    """The frame in a data file and the schema that its footer declares."""
    file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
    footer = file.metadata.metadata or {}
    if FOOTER_KEY not in footer:
        raise InvalidValue("data.parquet", "its footer", f"must carry {FOOTER_KEY.decode()}")
    schema = TableSchema.from_dict(json.loads(footer[FOOTER_KEY]))
    frame = pl.DataFrame(pl.from_arrow(file.read()))
    instants = [column.name for column in schema.columns if column.is_dated and column.type != "date"]
    frame = frame.with_columns(pl.col(instants).dt.replace_time_zone("UTC")) if instants else frame
    check_frame(frame, schema)
    return frame, schema


def _to_arrow(frame: pl.DataFrame, schema: TableSchema) -> pa.Table:
    instants = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    naive = frame.with_columns(pl.col(instants).dt.replace_time_zone(None)) if instants else frame
    fields = [
        pa.field(column.name, _ARROW_TYPES[column.type], column.nullable or frame[column.name].null_count() > 0)
        for column in schema.columns
    ]
    table: pa.Table = naive.to_arrow()
    return table.cast(pa.schema([field.with_nullable(True) for field in fields])).cast(pa.schema(fields))
