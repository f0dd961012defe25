"""The rows of a table of any engine, as plain values that compare."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

ENGINES = ("polars", "arrow", "pandas", "duckdb")


def rows_of(table: Any) -> list[dict[str, Any]]:
    """The rows of a table; instants with their time zone, nulls as None."""
    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    if isinstance(table, pl.DataFrame):
        rows = table.rows(named=True)
    elif isinstance(table, pa.Table):
        rows = table.to_pylist()
    elif isinstance(table, pd.DataFrame):
        rows = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    else:
        assert isinstance(table, duckdb.DuckDBPyRelation)
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        assert value.utcoffset() is not None, "an instant without its time zone"
        return value.astimezone(UTC)
    return None if value is pd.NA or value != value else value
