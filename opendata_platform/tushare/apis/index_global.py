"""Daily bars of global indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByCode, PublicationHour, day, number, text

CODES = ("SPX", "DJI", "IXIC", "FTSE", "GDAXI", "FCHI", "N225", "HSI", "KS11", "AS51", "SENSEX")
"""What is asked for."""

API = Api(
    name="index_global",
    title="Daily bars of global indices",
    title_zh="国际指数",
    description="By code; days on which the mainland is closed land in the next partition.",
    description_zh="按代码；内地休市日的行情落入下一分区。",
    asset_class="index",
    batch="P0",
    document=211,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening price", "开盘价", "index point"),
        number("close", "Closing price", "收盘价", "index point", required=True),
        number("high", "Highest price", "最高价", "index point"),
        number("low", "Lowest price", "最低价", "index point"),
        number("pre_close", "Previous close", "前收盘价", "index point"),
        number("change", "Close less previous close", "涨跌额", "index point"),
        number("pct_chg", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("swing", "Range in percent of the previous close", "振幅", "percent"),
        number("vol", "Volume traded", "成交量"),
        number("amount", "Turnover", "成交额"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByCode("ts_code", CODES),
    period="day",
    page_rows=4000,
    points=6000,
    calls_per_minute=200,
    published=PublicationHour(time(9, 0), lag_days=1),
    first_day=date(1991, 1, 2),
)
