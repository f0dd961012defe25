"""Units outstanding of exchange-traded funds."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="fund_share",
    title="Units outstanding of exchange-traded funds",
    title_zh="场内基金份额",
    description="Per market, Shanghai and Shenzhen. Published in the evening or the next morning.",
    description_zh="沪深分市场获取；当晚或次日早间发布。",
    asset_class="etf",
    batch="P0",
    document=207,
    fields=(
        text("ts_code", "Fund code with its market suffix", "基金代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("fd_share", "Units outstanding", "基金份额", "ten-thousand units", Normal("unit", TEN_THOUSAND)),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(variants=({"market": "SH"}, {"market": "SZ"})),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(9, 0), lag_days=1),
    first_day=date(2004, 12, 30),
)
