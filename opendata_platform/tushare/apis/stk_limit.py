"""Daily price limits."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="stk_limit",
    title="Daily price limits",
    title_zh="每日涨跌停价格",
    description=(
        "A shares, B shares and exchange-traded funds: about 7,000 rows a day, more than the 5,800 of a page."
    ),
    description_zh="A 股、B 股与场内基金，每日约 7000 行，超过单页 5800 行。",
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
