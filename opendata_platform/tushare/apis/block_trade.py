"""Block trades."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="block_trade",
    title="Block trades",
    title_zh="大宗交易",
    description=(
        "A share trades many times a day, and equal rows are separate trades: there is no key. vol in ten-"
        "thousand shares is documented; amount in ten-thousand CNY is read off a recorded answer (86.95 times "
        "9.49 makes 825.16). The first day is not documented."
    ),
    description_zh=(
        "同股同日多笔，相同的行为不同成交，故不设主键。成交量万股有文档；"
        "金额万元据实录推定（86.95×9.49=825.16）。起始日未载明。"
    ),
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
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(21, 0)),
    first_day=date(2003, 1, 2),
    sparse=True,
)
