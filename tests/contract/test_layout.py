"""Footers and layouts: parts of a real Parquet file are put together to files that every reader accepts."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.contract.canonical import sha256, to_json
from opendata.contract.footer import Footer, assemble
from opendata.contract.layout import Layout
from opendata.contract.schema import TYPES, Column, TableSchema
from opendata.contract.thrift import read_struct, write_struct
from opendata.errors import InvalidValue, UpgradeRequired
from opendata.write.parquet import to_parquet
from opendata.write.types import POLARS_TYPES

ROWS = 2_000
CUTS = [0, 500, 501, 1_200, ROWS]


def column(declared: str) -> pl.Series:
    """Values of a declared type, some of them null, in no particular order."""
    numbers = [None if n % 13 == 0 else (n * 37) % 101 for n in range(ROWS)]
    match declared:
        case "bool":
            values: Sequence[Any] = [None if n is None else n > 50 for n in numbers]
        case "string":
            values = [None if n is None else f"名{n:03d}" for n in numbers]
        case "date":
            values = [None if n is None else date(2026, 1, 1) + timedelta(days=n) for n in numbers]
        case "timestamp[ms, UTC]" | "timestamp[us, UTC]":
            start = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
            values = [None if n is None else start + timedelta(seconds=n) for n in numbers]
        case _:
            values = numbers
    return pl.Series(declared, values, POLARS_TYPES[declared])


FRAME = pl.DataFrame([column(declared) for declared in TYPES])
SCHEMA = TableSchema(tuple(Column(declared, declared, nullable=True) for declared in TYPES))
DATA = to_parquet(FRAME, SCHEMA, CUTS)
LAYOUT = Layout.of_file(DATA, TYPES)


def part(groups: Sequence[int], columns: Sequence[int]) -> bytes:
    """A file of some row groups and columns."""
    footer, spans = LAYOUT.footer.slice(groups, columns)
    return assemble(footer, (DATA[span.start : span.end] for span in spans))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, len(CUTS) - 2), unique=True).map(sorted),
    st.lists(st.integers(0, len(TYPES) - 1), min_size=1, unique=True).map(sorted),
)
def test_any_row_groups_and_columns_make_a_file_that_every_engine_reads(groups: list[int], columns: list[int]) -> None:
    names = [TYPES[index] for index in columns]
    pieces = [FRAME.select(names).slice(CUTS[g], CUTS[g + 1] - CUTS[g]) for g in groups]
    naive = pl.concat(pieces) if pieces else FRAME.select(names).clear()
    naive = naive.with_columns(pl.col(name).dt.replace_time_zone(None) for name in names if "timestamp" in name)
    file = part(groups, columns)
    assert pl.read_parquet(file).equals(naive)
    read = pq.ParquetFile(pa.BufferReader(file), page_checksum_verification=True).read()
    assert pl.DataFrame(pl.from_arrow(read)).equals(naive)
    assert read.schema.metadata is None or b"opendata.schema" in pq.read_metadata(io.BytesIO(file)).metadata


def test_duckdb_reads_such_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    path.write_bytes(part([1, 3], [4, 11]))
    ((count, total),) = duckdb.sql(f"select count(*), sum(\"int64\") from '{path}'").fetchall()
    wanted = pl.concat([FRAME.slice(500, 1), FRAME.slice(1_200, 800)])
    assert (count, total) == (wanted.height, wanted["int64"].sum())


@pytest.mark.parametrize("declared", TYPES)
def test_the_range_of_a_row_group_holds_all_its_values(declared: str) -> None:
    for group, (start, end) in enumerate(pairwise(CUTS)):
        values = FRAME[declared].slice(start, end - start).drop_nulls()
        found = LAYOUT.footer.range(group, declared, declared)
        if found is None:
            assert values.is_empty()
            continue
        naive = values.dt.replace_time_zone(None) if "timestamp" in declared else values
        assert found == (naive.min(), naive.max())


def test_a_layout_survives_its_document_and_keeps_only_the_statistics_that_are_asked_for() -> None:
    lean = Layout.of_file(DATA, ["date"])
    read = Layout.from_bytes(lean.to_bytes())
    assert read == lean
    assert read.footer.range(0, "date", "date") is not None
    assert read.footer.range(0, "int64", "int64") is None
    assert len(lean.to_bytes()) < len(LAYOUT.to_bytes())
    span = LAYOUT.footer.span(2, 5)
    assert read.digest(2, 5) == sha256(DATA[span.start : span.end])


@pytest.mark.parametrize(
    "change",
    [
        {"footer": "AAAA"},
        {"footer": "not base64"},
        {"chunks": ""},
        {"chunks": "AAAA"},
        {"bytes": 10},
        {"sha256": "nothing"},
        {"footer": None},
    ],
)
def test_a_broken_layout_is_refused(change: dict[str, Any]) -> None:
    document = {**json.loads(LAYOUT.to_bytes()), **change}
    with pytest.raises(InvalidValue):
        Layout.from_bytes(to_json(document))


def test_a_layout_of_a_newer_format_asks_for_an_upgrade() -> None:
    with pytest.raises(UpgradeRequired):
        Layout.from_bytes(LAYOUT.to_bytes().replace(b'"format":1', b'"format":2'))


def test_a_footer_is_written_back_as_it_was_read() -> None:
    footer = Footer.of_file(DATA)
    assert write_struct(read_struct(footer.data)) == footer.data


@settings(max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 5_000), st.binary(max_size=4))
def test_damaged_footers_are_refused_and_never_crash(noise: bytes, at: int, change: bytes) -> None:
    footer = Footer.of_file(DATA).data
    at %= len(footer)
    for damaged in (noise, footer[:at], footer[:at] + change + footer[at + len(change) :]):
        try:
            Footer(damaged)
        except InvalidValue:
            continue


def test_a_table_with_nested_columns_is_refused() -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [{"b": 1}]}), sink)
    with pytest.raises(InvalidValue, match="flat"):
        Footer.of_file(sink.getvalue())
