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
"""The broad indices of the three exchanges."""

API = Api(
    name="index_daily",
    title="Daily bars of broad indices",
    title_zh="宽基指数日线行情",
    description=(
        "Asked for by code; the rows land in the partition of their day. Final after 19:00. The volume of "
        "399001.SZ is that of its 500 constituents; 399107.SZ is the whole market."
    ),
    description_zh=(
        "按代码获取，落入当日分区；19:00 后为终值。399001.SZ 成交量仅含 500 只成分股，全市场见 399107.SZ。"
    ),
    asset_class="index",
    batch="P0",
    document=95,
    fields=(
        text("ts_code", "Index code; the suffix names its owner", "指数代码（后缀随发布方）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening level", "开盘点位", "index point", required=True),
        number("high", "Highest level", "最高点位", "index point", required=True),
        number("low", "Lowest level", "最低点位", "index point", required=True),
        number("close", "Closing level", "收盘点位", "index point", required=True),
        number("pre_close", "Previous close", "前收盘点位", "index point"),
        number("change", "Close less previous close", "涨跌点位", "index point"),
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
