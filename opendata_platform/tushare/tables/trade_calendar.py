"""Trading calendars of the stock and futures exchanges."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.normalise import first_wins, ingested_at, published, source
from opendata_platform.tushare.table import Input, Table

STOCKS, FUTURES = find_api("trade_cal"), find_api("fut_trade_cal")
KEY = ("market", "cal_date")


class TradeCalendar(dy.Schema):
    """One calendar day of a market."""

    market = dy.String(primary_key=True, description="Exchange: SSE, SZSE, CFFEX, DCE, CZCE, SHFE, INE, GFEX 交易所")
    cal_date = dy.Date(primary_key=True, description="Calendar day 日历日期")
    is_open = dy.Bool(description="Whether it is a trading day 是否交易日")
    pretrade_date = dy.Date(nullable=True, description="Trading day before it 上一交易日")
    source = source()
    ingested_at = ingested_at()

    @dy.rule()
    def previous_is_before(cls) -> pl.Expr:
        return pl.col("pretrade_date") < pl.col("cal_date")


def build(partition: str, related: Related) -> pl.DataFrame:
    """The calendars of all exchanges; what both APIs have of one counts as the futures API says."""
    frames = [published(api, related) for api in (FUTURES, STOCKS)]
    return first_wins([None if frame is None else _rows(frame) for frame in frames], KEY)


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    market, is_open = pl.col("exchange").alias("market"), pl.col("is_open") == 1
    return frame.select(market, "cal_date", is_open, "pretrade_date", "source")


TABLE = Table(
    name="trade-calendar",
    title="Trading calendars",
    title_zh="交易日历",
    description=(
        "Every calendar day of each exchange. The Shanghai Gold Exchange publishes no calendar and has no rows: its "
        "trading days are those on which spot-sge-daily-ext has rows."
    ),
    description_zh="各交易所的每个日历日。上金所不发布日历，故无其行；其交易日即 spot-sge-daily-ext 有数据的日期。",
    asset_class="calendar",
    schema=TradeCalendar,
    period="snapshot",
    inputs=(Input(STOCKS.id), Input(FUTURES.id, required=False)),
    build=build,
    partition_column=None,
)
