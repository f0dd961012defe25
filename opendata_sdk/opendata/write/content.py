"""The content hash: equal for equal tables, whatever the order of their rows or the library that wrote them.

Canonical form, hashed with sha256: canonical JSON of [[name, type] …] and the number of rows, a line feed, then per
column in declared order one byte per row (1: a value, 0: null) and the values of all rows (0 or "" where null).
Numbers are little-endian, booleans one byte, dates days and instants ticks since 1970, texts their UTF-8 lengths
(uint64) and then their bytes. -0.0 counts as 0.0, and every NaN as the same NaN. Rows come in the order of the primary
key, or of all columns where the key repeats.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from opendata.contract.canonical import to_json
from opendata.contract.schema import TableSchema
from opendata.write.types import check_frame


def content_hash(frame: pl.DataFrame, schema: TableSchema) -> str:
    """sha256 of the canonical form; raises InvalidValue if the frame is not of the declared schema."""
    check_frame(frame, schema)
    header = [[column.name, column.type] for column in schema.columns]
    digest = hashlib.sha256(to_json({"columns": header, "rows": frame.height}) + b"\n")
    for column in _ordered(_normalised(frame), schema):
        for part in _canonical(column):
            digest.update(part)
    return digest.hexdigest()


def _normalised(frame: pl.DataFrame) -> pl.DataFrame:
    """Equal numbers in equal bits: one zero (polars drops `+ 0.0`, so it is written) and one NaN."""
    floats = [pl.col(name) for name, dtype in frame.schema.items() if dtype.is_float()]
    return frame.with_columns(pl.when(x == 0).then(0.0).otherwise(x).fill_nan(math.nan).name.keep() for x in floats)


def _ordered(frame: pl.DataFrame, schema: TableSchema) -> pl.DataFrame:
    key = list(schema.primary_key)
    if key and not frame.select(key).is_duplicated().any():
        return frame.sort(key)
    return frame.sort(frame.columns)


def _canonical(column: pl.Series) -> Iterator[bytes | memoryview]:
    yield _raw(column.is_not_null().cast(pl.UInt8))
    match column.dtype:
        case pl.String:
            texts = column.fill_null("")
            yield _raw(texts.str.len_bytes().cast(pl.UInt64))
            yield texts.str.join("").item().encode()
        case pl.Boolean:
            yield _raw(column.fill_null(value=False).cast(pl.UInt8))
        case _:
            yield _raw(column.to_physical().fill_null(0))


def _raw(numbers: pl.Series) -> memoryview:
    """The values of a numeric column without nulls as they lie in memory (little-endian wherever polars runs)."""
    array = numbers.rechunk().to_arrow()
    width = array.type.bit_width // 8
    buffer: pa.Buffer = array.buffers()[1]
    return memoryview(buffer)[array.offset * width : (array.offset + len(array)) * width]
