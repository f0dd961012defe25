"""From the vendor's names and units to those of the tables, as the fields of the APIs declare them.

Not here: the tables (`tables/`) and how a table is made of one API's fields (`extension.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import dataframely as dy
import polars as pl
from opendata.errors import NotFound

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.declare import Api, Field

Names = Mapping[str, str]
"""The table's name of a vendor's field."""

NAMES: Names = MappingProxyType(
    {"ts_code": "symbol", "symbol": "exchange_symbol", "vol": "volume", "pct_change": "pct_chg"}
)
"""What every table renames; a table may rename more."""

EXCHANGES: Names = MappingProxyType({"SH": "SSE", "SZ": "SZSE", "BJ": "BSE"})
"""Exchange codes that the vendor writes in two ways."""

SIGNIFICANT_DIGITS = 15
"""Decimals of so many digits survive a float; the product of two floats has noise behind them."""


def normalise(api: Api, frame: pl.DataFrame, renamed: Names = NAMES) -> pl.DataFrame:
    """The rows of an API as returned, with names and units of the tables and the API's name as `source`."""
    columns = [_normal(field).alias(renamed.get(field.name, field.name)) for field in api.fields]
    return frame.select(*columns, pl.lit(api.name).alias("source"))


def _normal(field: Field) -> pl.Expr:
    value = pl.col(field.name)
    if field.normal is None or field.normal.factor == 1:
        return value
    if field.kind == "integer":
        return value * int(field.normal.factor)
    return (value * field.normal.factor).round_sig_figs(SIGNIFICANT_DIGITS)


def exchange(column: str) -> pl.Expr:
    """An exchange's code in one spelling."""
    return pl.col(column).replace(EXCHANGES)


def unit(field: Field) -> str | None:
    """The unit of a field in the tables."""
    return field.normal.unit if field.normal else field.unit


def published(api: Api, related: Related, renamed: Names = NAMES) -> pl.DataFrame | None:
    """What is published of an API for a partition (of a list: the newest copy), normalised; None where nothing is."""
    rows = related.newest(api.id) if api.period == "snapshot" else related.frame(api.id)
    return None if rows is None else normalise(api, rows, renamed)


def first_wins(frames: Sequence[pl.DataFrame | None], key: Sequence[str]) -> pl.DataFrame:
    """All rows, except those whose key an earlier frame has: of several sources of one fact the first one counts.

    Rows that repeat a key within a frame stay, for the gate to see. Raises NotFound when there is no frame at all.
    """
    present = [frame for frame in frames if frame is not None]
    if not present:
        raise NotFound("none of the datasets that the table is built from is published")
    merged, *others = present
    for frame in others:
        rest = frame.join(merged, on=list(key), how="anti", nulls_equal=True, maintain_order="left")
        merged = pl.concat([merged, rest], how="diagonal")
    return merged


def shaped(frame: pl.DataFrame, schema: type[dy.Schema]) -> pl.DataFrame:
    """The columns of a table's schema, in order and without `ingested_at`; those that the frame lacks are null."""
    columns = {name: column.dtype for name, column in schema.columns().items() if name != "ingested_at"}
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, dtype).alias(name) for name, dtype in columns.items()
    )


def source() -> dy.Column:
    """The column that says which API a row is from."""
    return dy.String(description="API that the row is from 来源接口")


def ingested_at() -> dy.Column:
    """The column that says when a row came in; it is the last one of every table and added at publication."""
    return dy.Datetime(time_unit="ms", time_zone="UTC", description="When the row's source was published 入库时间")
