"""Daily bars of global indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByCode, PublicationHour, day, number, text

CODES = ("SPX", "DJI", "IXIC", "FTSE", "GDAXI", "FCHI", "N225", "HSI", "KS11", "AS51", "SENSEX")
"""The leading index or two of each large market."""

API = Api(
    name="index_global",
    title="Daily bars of global indices",
    title_zh="国际指数",
    description=(
        "Asked for by code; days on which the mainland is closed land in the next partition. Volume and "
        "turnover are mostly absent, their units not stated."
    ),
    description_zh="按代码获取；内地休市日的行情落入下一分区。成交量额大多缺失，单位未载明。",
    asset_class="index",
    batch="P0",
    document=211,
    fields=(
        text("ts_code", "Index code, without suffix", "指数代码（无后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening level", "开盘点位", "index point"),
        number("close", "Closing level", "收盘点位", "index point", required=True),
        number("high", "Highest level", "最高点位", "index point"),
        number("low", "Lowest level", "最低点位", "index point"),
        number("pre_close", "Previous close", "前收盘点位", "index point"),
        number("change", "Close less previous close", "涨跌点位", "index point"),
        number("pct_chg", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("swing", "Range in percent of the previous close", "振幅", "percent"),
        number("vol", "Volume traded; mostly absent", "成交量（大多缺失）"),
        number("amount", "Turnover; mostly absent", "成交额（大多缺失）"),
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
