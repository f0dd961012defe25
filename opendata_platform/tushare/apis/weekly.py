"""A-share weekly bars."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="weekly",
    title="A-share weekly bars",
    title_zh="A股周线行情",
    description="Unadjusted bars of the week that ends on the day. The units of vol and amount are those of a recorded answer (shares, CNY), the percentage is a fraction there.",
    description_zh="当周未复权行情；量额单位以实录为准（股、元），涨跌幅为小数。",
    asset_class="stock",
    batch="P0",
    document=144,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("close", "Closing price", "收盘价", "CNY per share", required=True),
        number("open", "Opening price", "开盘价", "CNY per share", required=True),
        number("high", "Highest price", "最高价", "CNY per share", required=True),
        number("low", "Lowest price", "最低价", "CNY per share", required=True),
        number("pre_close", "Previous close", "前收盘价", "CNY per share"),
        number("change", "Close less previous close", "涨跌额", "CNY per share"),
        number("pct_chg", "Change in percent of the previous close", "涨跌幅", "ratio"),
        number("vol", "Volume traded", "成交量", "share", required=True),
        number("amount", "Turnover", "成交额", "CNY", required=True),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="week",
    page_rows=6000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(17, 30)),
    first_day=date(1990, 12, 21),
)
