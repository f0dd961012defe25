"""Block trades."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="block_trade",
    title="Block trades",
    title_zh="大宗交易",
    description="Equal rows are separate trades.",
    description_zh="相同的行是不同的成交。",
    asset_class="stock",
    batch="P0",
    document=161,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("price", "Price", "成交价", "CNY per share", required=True),
        number("vol", "Volume traded", "成交量", "ten-thousand shares", Normal("share", TEN_THOUSAND), required=True),
        number("amount", "Turnover", "成交额", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND), required=True),
        text("buyer", "Buying branch", "买方营业部"),
        text("seller", "Selling branch", "卖方营业部"),
    ),
    key=(),
    fetch=ByDay(),
    period="day",
    page_rows=1000,
    points=300,
    calls_per_minute=200,
    published=PublicationHour(time(21, 0)),
    first_day=date(2003, 1, 2),
    sparse=True,
)
