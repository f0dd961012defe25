"""Daily price limits."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="stk_limit",
    title="Daily price limits",
    title_zh="每日涨跌停价格",
    description="A and B shares and exchange-traded funds, more than a page holds.",
    description_zh="A/B 股与基金，行数超过单页上限。",
    asset_class="stock",
    batch="P0",
    document=183,
    fields=(
        day("trade_date", "Trading day", "交易日期", required=True),
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        number("pre_close", "Previous close", "前收盘价", "CNY per share"),
        number("up_limit", "Upper price limit", "涨停价", "CNY per share", required=True),
        number("down_limit", "Lower price limit", "跌停价", "CNY per share", required=True),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=5800,
    points=2000,
    calls_per_minute=400,
    published=PublicationHour(time(9, 0)),
    first_day=date(2007, 1, 4),
)
