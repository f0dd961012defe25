"""Apple, daily bars from Stooq. Its whole history is restated between downloads, so each version is a complete copy."""

from __future__ import annotations

from datetime import date, time, timedelta

import dataframely as dy
import polars as pl

from opendata_platform.datasets.origin import Fetched, each
from opendata_platform.datasets.partitions import SnapshotDays
from opendata_platform.datasets.spec import DatasetSpec, PublicationTime
from opendata_platform.quality import rules
from opendata_platform.sources import stooq

ROUNDING = 1e-4
"""Relative slack of the adjusted prices, which the source rounds one by one."""


class DailyBar(dy.Schema):
    """One session, adjusted for splits and dividends as of the day of the download."""

    date = dy.Date(primary_key=True, description="Day of the session (New York) 交易日（纽约）")
    open = dy.Float64(min_exclusive=0, metadata={"unit": "USD"}, description="Opening price, adjusted 开盘价（复权）")
    high = dy.Float64(min_exclusive=0, metadata={"unit": "USD"}, description="Highest price, adjusted 最高价（复权）")
    low = dy.Float64(min_exclusive=0, metadata={"unit": "USD"}, description="Lowest price, adjusted 最低价（复权）")
    close = dy.Float64(min_exclusive=0, metadata={"unit": "USD"}, description="Closing price, adjusted 收盘价（复权）")
    volume = dy.Float64(
        nullable=True, min=0, metadata={"unit": "shares"}, description="Shares traded, adjusted 成交量（复权）"
    )

    @dy.rule()
    def high_is_highest(cls) -> pl.Expr:
        return pl.col("high") * (1 + ROUNDING) >= pl.max_horizontal("open", "close", "low")

    @dy.rule()
    def low_is_lowest(cls) -> pl.Expr:
        return pl.col("low") * (1 - ROUNDING) <= pl.min_horizontal("open", "close")


README = """\
## Daily prices of Apple Inc.

Adjusted by the source for splits and dividends: with each dividend **all** past prices change, and so does the volume.
Every version is a complete copy as downloaded on that day; returns are comparable within one version only.

- `date` is the trading day in New York. Prices are in US dollars.
- The licence is the source's terms of use: read them before you pass the data on.

## 说明

来源已按拆股与分红复权：每次分红后**全部**历史价格与成交量都会改变。每个版本都是当日下载的完整副本，收益率只在同一版本内可比。

- `date` 为纽约交易日，价格以美元计。
- 许可为来源的使用条款，再分发前请先阅读。
"""

SPEC = DatasetSpec(
    id="official/stooq-aapl-daily",
    title="Apple Inc. daily prices (Stooq)",
    title_zh="苹果公司股票日线（Stooq）",
    description=(
        "Daily open, high, low, close and volume of AAPL since 1984, adjusted for splits and dividends. The source "
        "restates all of history with each dividend, so every version is a complete copy as downloaded on that day."
    ),
    description_zh=(
        "AAPL 股票自 1984 年以来的日线（复权）。每次分红后来源会重述全部历史，因此每个版本都是当日下载的完整副本。"
    ),
    license="Stooq terms of use (not an open licence)",
    source="Stooq, https://stooq.com/q/d/?s=aapl.us",
    homepage="https://stooq.com",
    tags=("stock", "equity", "ohlcv", "us"),
    frequency="daily",
    readme=README,
    schema=DailyBar,
    partitions=SnapshotDays(date(2026, 1, 1)),
    origin=Fetched(
        "stooq",
        each(stooq.daily_history("aapl.us")),
        stooq.read_history,
    ),
    checks=(rules.history_kept("date"), rules.recent("date", timedelta(days=5))),
    due=PublicationTime(time(23, 0)),
)
