"""Daily bars of broad indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import LOT, THOUSAND, Api, ByCode, Normal, PublicationHour, day, number, text

CODES = (
    "000001.SH",
    "000016.SH",
    "000300.SH",
    "000688.SH",
    "000852.SH",
    "000905.SH",
    "399001.SZ",
    "399006.SZ",
    "399107.SZ",
    "899050.BJ",
)
"""What is asked for."""

API = Api(
    name="index_daily",
    title="Daily bars of broad indices",
    title_zh="宽基指数日线行情",
    description="Asked for by code; the rows land in the partition of their day. Final after 19:00.",
    description_zh="按代码获取，落入当日分区；19:00 后为终值。",
    asset_class="index",
    batch="P0",
    document=95,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening price", "开盘价", "index point", required=True),
        number("high", "Highest price", "最高价", "index point", required=True),
        number("low", "Lowest price", "最低价", "index point", required=True),
        number("close", "Closing price", "收盘价", "index point", required=True),
        number("pre_close", "Previous close", "前收盘价", "index point", required=True),
        number("change", "Close less previous close", "涨跌额", "index point"),
        number("pct_chg", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("vol", "Volume traded", "成交量", "lot (100 shares)", Normal("share", LOT)),
        number("amount", "Turnover", "成交额", "thousand CNY", Normal("CNY", THOUSAND)),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByCode("ts_code", CODES),
    period="day",
    page_rows=8000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(19, 30)),
    first_day=date(1990, 12, 19),
    modules=("core.market_context",),
)
