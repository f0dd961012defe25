"""Bitcoin in US dollars (Tether) on Binance, one-minute candles, whole UTC days."""

from __future__ import annotations

from datetime import date, time, timedelta

import dataframely as dy
import polars as pl

from opendata_platform.datasets.origin import Fetched, each
from opendata_platform.datasets.partitions import UtcDays
from opendata_platform.datasets.spec import DatasetSpec, PublicationTime
from opendata_platform.quality import rules
from opendata_platform.sources import binance


class Kline(dy.Schema):
    """One candle. Prices in USDT per BTC."""

    open_time = dy.Datetime(
        primary_key=True,
        time_unit="ms",
        time_zone="UTC",
        resolution="1m",
        description="Start of the minute 该分钟的起始时刻",
    )
    open = dy.Float64(min_exclusive=0, metadata={"unit": "USDT"}, description="First price of the minute 开盘价")
    high = dy.Float64(min_exclusive=0, metadata={"unit": "USDT"}, description="Highest price of the minute 最高价")
    low = dy.Float64(min_exclusive=0, metadata={"unit": "USDT"}, description="Lowest price of the minute 最低价")
    close = dy.Float64(min_exclusive=0, metadata={"unit": "USDT"}, description="Last price of the minute 收盘价")
    volume = dy.Float64(min=0, metadata={"unit": "BTC"}, description="Amount traded 成交量")
    quote_volume = dy.Float64(min=0, metadata={"unit": "USDT"}, description="Value traded 成交额")
    trades = dy.Int64(min=0, description="Number of trades 成交笔数")
    taker_buy_volume = dy.Float64(min=0, metadata={"unit": "BTC"}, description="Amount bought by takers 主动买入量")
    taker_buy_quote_volume = dy.Float64(
        min=0, metadata={"unit": "USDT"}, description="Value bought by takers 主动买入额"
    )

    @dy.rule()
    def high_is_highest(cls) -> pl.Expr:
        return pl.col("high") >= pl.max_horizontal("open", "close", "low")

    @dy.rule()
    def low_is_lowest(cls) -> pl.Expr:
        return pl.col("low") <= pl.min_horizontal("open", "close")

    @dy.rule()
    def volume_and_value_agree(cls) -> pl.Expr:
        return (pl.col("volume") == 0) == (pl.col("quote_volume") == 0)

    @dy.rule()
    def no_range_without_trades(cls) -> pl.Expr:
        return (pl.col("volume") > 0) | (pl.col("high") == pl.col("low"))

    @dy.rule()
    def takers_are_a_part(cls) -> pl.Expr:
        return pl.col("taker_buy_volume") <= pl.col("volume") * (1 + 1e-9)


README = """\
## One-minute candles of BTCUSDT

One row per minute of the Binance spot market; `open_time` is the **start** of the minute in UTC. Prices and
`quote_volume` are in USDT, `volume` is in BTC.

- A version is one whole UTC day of 1,440 candles. A day with fewer is not published, so a halt of the exchange shows
  as a missing day.
- Minutes without trades are rows with volume 0 and the last price, as the exchange gives them.
- The licence is the exchange's terms of use: read them before you pass the data on.

## 说明

每行是币安现货市场的一分钟；`open_time` 为该分钟的**起始**时刻（UTC）。
价格与 `quote_volume` 以 USDT 计，`volume` 以 BTC 计。

- 每个版本是完整的 UTC 日，共 1,440 根；不足则不发布，因此交易所停机表现为缺日。
- 无成交的分钟按交易所所给保留，成交量为 0，价格为前值。
- 许可为交易所的使用条款，再分发前请先阅读。
"""

SPEC = DatasetSpec(
    id="official/binance-btcusdt-kline-1m",
    title="Bitcoin / Tether on Binance, one-minute candles",
    title_zh="币安比特币/泰达币一分钟 K 线",
    description=(
        "Open, high, low, close, volume and number of trades of BTCUSDT on the Binance spot market, per minute. "
        "A version is a whole UTC day of 1,440 candles; an unfinished day is never published."
    ),
    description_zh=(
        "币安现货 BTCUSDT 每分钟的开高低收、成交量与成交笔数。每个版本是完整的 UTC 日（1440 根），未结束的日不发布。"
    ),
    license="Binance terms of use (not an open licence)",
    source="Binance public data, https://data.binance.vision",
    homepage="https://github.com/binance/binance-public-data",
    tags=("crypto", "ohlcv", "minute"),
    frequency="daily",
    readme=README,
    schema=Kline,
    partitions=UtcDays(date(2017, 8, 17)),
    partition_column="open_time",
    origin=Fetched(
        "binance",
        each(binance.klines_of_day("BTCUSDT")),
        binance.read_klines,
    ),
    checks=(
        rules.single_day("open_time"),
        rules.complete_day("open_time", timedelta(minutes=1)),
        rules.average_price("volume", "quote_volume", "low", "high"),
        rules.not_a_copy(("open", "high", "low", "close", "volume")),
    ),
    due=PublicationTime(time(0, 10), lag_days=1, revisit=(1, 2)),
)
