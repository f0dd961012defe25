"""ETF units and size."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="etf_share_size",
    title="ETF units and size",
    title_zh="ETF份额规模",
    description=(
        "Published after 19:00; funds that invest abroad come later. Only samples of 2025 were seen: the "
        "first day is not certain."
    ),
    description_zh="19:00 后发布，跨境 ETF 较晚。仅见 2025 年样例，起始日不确定。",
    asset_class="etf",
    batch="P0",
    document=408,
    fields=(
        day("trade_date", "Trading day", "交易日期", required=True),
        text("ts_code", "Fund code with its market suffix", "基金代码（含市场后缀）", required=True),
        text("etf_name", "Name", "基金名称"),
        number("total_share", "Units outstanding", "总份额", "ten-thousand units", Normal("unit", TEN_THOUSAND)),
        number("total_size", "Fund size", "总规模", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        number("nav", "Net asset value per unit", "单位净值", "CNY per unit"),
        number("close", "Closing price", "收盘价", "CNY per unit"),
        text("exchange", "Exchange", "交易所"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=5000,
    points=8000,
    calls_per_minute=200,
    published=PublicationHour(time(21, 0)),
    first_day=date(2015, 1, 5),
    modules=("task.liquidity",),
)
