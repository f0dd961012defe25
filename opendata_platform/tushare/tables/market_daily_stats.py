"""Turnover and size of the markets' segments."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import Api
from opendata_platform.tushare.extension import columns, make_schema
from opendata_platform.tushare.normalise import NAMES, exchange, first_wins, published, shaped
from opendata_platform.tushare.table import Input, Table

BOTH, SHENZHEN = find_api("daily_info"), find_api("sz_daily_info")
KEY = ("exchange", "segment_code", "trade_date")
RENAMED: Mapping[str, str] = MappingProxyType(
    {
        **NAMES,
        "ts_code": "segment_code",
        "ts_name": "segment_name",
        "com_count": "listed_count",
        "count": "listed_count",
        "tr": "turnover_rate",
    }
)
SCHEMA = make_schema("market-daily-stats", columns({api: api.fields for api in (BOTH, SHENZHEN)}, KEY, RENAMED))


def build(partition: str, related: Related) -> pl.DataFrame:
    """The segments of both exchanges, then those that only Shenzhen's own statistics have."""
    return shaped(first_wins([_segments(api, related) for api in (BOTH, SHENZHEN)], KEY), SCHEMA)


def _segments(api: Api, related: Related) -> pl.DataFrame | None:
    rows = published(api, related, RENAMED)
    if rows is None:
        return None
    of = exchange("exchange") if "exchange" in rows.columns else pl.lit("SZSE")
    return rows.with_columns(of.alias("exchange"))


TABLE = Table(
    name="market-daily-stats",
    title="Market statistics by segment, daily",
    title_zh="市场每日统计",
    description=(
        "Number of listings, shares, values and turnover of each market segment. Shenzhen has segments of daily_info "
        "(codes with SZ_) and those of its own statistics, which are finer: never add them up."
    ),
    description_zh="各板块的上市数、股本、市值与成交。深圳有 daily_info（SZ_ 前缀）与深交所统计两套口径，不可相加。",
    asset_class="index",
    schema=SCHEMA,
    period="day",
    inputs=(Input(BOTH.id, required=False), Input(SHENZHEN.id, required=False)),
    build=build,
)
