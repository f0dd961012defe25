"""Daily bars of CITIC industry indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="ci_daily",
    title="Daily bars of CITIC industry indices",
    title_zh="中信行业指数行情",
    description=(
        "Units differ from index_daily: ten-thousand shares and ten-thousand CNY; the percentage is named pct_change."
    ),
    description_zh="单位与 index_daily 不同：万股、万元；涨跌幅名为 pct_change。",
    asset_class="index",
    batch="P0",
    document=308,
    fields=(
        text("ts_code", "Index code, suffix .CI", "指数代码（后缀 .CI）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening level", "开盘点位", "index point", required=True),
        number("low", "Lowest level", "最低点位", "index point", required=True),
        number("high", "Highest level", "最高点位", "index point", required=True),
        number("close", "Closing level", "收盘点位", "index point", required=True),
        number("pre_close", "Previous close", "前收盘点位", "index point"),
        number("change", "Close less previous close", "涨跌点位", "index point"),
        number("pct_change", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("vol", "Volume traded", "成交量", "ten-thousand shares", Normal("share", TEN_THOUSAND)),
        number("amount", "Turnover", "成交额", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=4000,
    points=5000,
    calls_per_minute=200,
    published=PublicationHour(time(19, 0)),
    first_day=date(2010, 1, 4),
)
