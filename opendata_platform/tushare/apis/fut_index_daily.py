"""Nanhua futures indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import THOUSAND, Api, ByCode, Normal, PublicationHour, day, number, text

CODES = ("NHCI.NH", "NHAI.NH", "NHECI.NH", "NHFI.NH", "NHII.NH", "NHMI.NH", "NHNFI.NH", "NHPMI.NH")
"""The indices of a sector or of all commodities."""

API = Api(
    name="fut_index_daily",
    title="Nanhua futures indices",
    title_zh="南华期货指数行情",
    description=(
        "Asked for by code, of the eight indices of a whole sector; those of a single product are left out. "
        "Older documentation (155) serves them as index_daily. Cap and first day are not documented."
    ),
    description_zh=(
        "按代码获取八个综合与板块指数，不含单品种指数。旧文档（155）以 index_daily 提供。单次上限与起始日未载明。"
    ),
    asset_class="futures",
    batch="P0",
    document=468,
    fields=(
        text("ts_code", "Index code, suffix .NH", "指数代码（后缀 .NH）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening level", "开盘点位", "index point"),
        number("high", "Highest level", "最高点位", "index point"),
        number("low", "Lowest level", "最低点位", "index point"),
        number("close", "Closing level", "收盘点位", "index point", required=True),
        number("pre_close", "Previous close", "前收盘点位", "index point"),
        number("change", "Close less previous close", "涨跌点位", "index point"),
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
    first_day=date(2004, 6, 1),
    modules=("task.momentum",),
)
