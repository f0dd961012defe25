"""A-share weekly bars."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="weekly",
    title="A-share weekly bars",
    title_zh="A股周线行情",
    description=(
        "Unadjusted bars of the week that ends on the day. The documentation gives no units: shares, CNY and "
        "a fraction for pct_chg are read off a recorded answer of 2018 (906,250,014 at about 11 CNY make "
        "10,022,819,592), where daily bars have lots, thousand CNY and percent. Not checked on recent weeks."
    ),
    description_zh=(
        "以该日结束的当周未复权行情。文档未载单位："
        "据 2018 年实录推定为股、元、小数涨跌幅（日线为手、千元、百分比），近年未核对。"
    ),
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
