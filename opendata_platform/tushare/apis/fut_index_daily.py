"""Nanhua futures indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import THOUSAND, Api, ByCode, Normal, PublicationHour, day, number, text

CODES = ("NHCI.NH", "NHAI.NH", "NHECI.NH", "NHFI.NH", "NHII.NH", "NHMI.NH", "NHNEI.NH", "NHPMI.NH")
"""What is asked for."""

API = Api(
    name="fut_index_daily",
    title="Nanhua futures indices",
    title_zh="南华期货指数行情",
    description="Asked for by code. Some lists of the vendor name it index_daily.",
    description_zh="按代码获取；部分资料称 index_daily。",
    asset_class="futures",
    batch="P0",
    document=155,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening price", "开盘价", "index point"),
        number("high", "Highest price", "最高价", "index point"),
        number("low", "Lowest price", "最低价", "index point"),
        number("close", "Closing price", "收盘价", "index point", required=True),
        number("pre_close", "Previous close", "前收盘价", "index point"),
        number("change", "Close less previous close", "涨跌额", "index point"),
        number("pct_chg", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("vol", "Volume traded", "成交量", "contract"),
        number("amount", "Turnover", "成交额", "thousand CNY", Normal("CNY", THOUSAND)),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByCode("ts_code", CODES),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(21, 0)),
    first_day=date(2009, 1, 5),
    modules=("task.momentum",),
)
