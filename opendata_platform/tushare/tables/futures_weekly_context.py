"""Weekly statistics of futures products."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import dataframely as dy
import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import columns, make_schema
from opendata_platform.tushare.normalise import NAMES, first_wins, published, shaped
from opendata_platform.tushare.table import Input, Table

WEEKLY = find_api("fut_weekly_detail")
KEY = ("contract_code", "week_start", "week_end")
SUFFIXES: Mapping[str, str] = MappingProxyType({"SHFE": "SHF", "CZCE": "ZCE", "CFFEX": "CFX", "GFEX": "GFE"})
"""How contract codes name the exchanges; the others have the same name in both."""

RENAMED: Mapping[str, str] = MappingProxyType(
    {**NAMES, "prd": "product", "week_date": "week_end", "amout_yoy": "amount_yoy"}
)
SCHEMA = make_schema(
    "futures-weekly-context",
    {
        "contract_code": dy.String(primary_key=True, description="Product and exchange, as in CU.SHF 品种代码"),
        "week_start": dy.Date(primary_key=True, description="Monday of the week 周一"),
        **columns({WEEKLY: WEEKLY.fields}, ("week_end",), RENAMED),
    },
)


def build(partition: str, related: Related) -> pl.DataFrame:
    """The products of the week."""
    rows = first_wins([published(WEEKLY, related, RENAMED)], KEY)
    suffix = pl.col("exchange").replace(SUFFIXES)
    named = rows.with_columns(
        pl.format("{}.{}", pl.col("product").str.to_uppercase(), suffix).alias("contract_code"),
        pl.col("week_end").dt.truncate("1w").alias("week_start"),
    )
    return shaped(named, SCHEMA)


TABLE = Table(
    name="futures-weekly-context",
    title="Weekly statistics of futures products",
    title_zh="期货品种周度统计",
    description=f"{WEEKLY.description} week_end is the vendor's day of the week, week_start its Monday.",
    description_zh=f"{WEEKLY.description_zh}week_end 为来源给出的日期，week_start 为该周周一。",
    asset_class="futures",
    schema=SCHEMA,
    period="week",
    inputs=(Input(WEEKLY.id),),
    build=build,
    partition_column="week_end",
)
