"""Index constituents and weights."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByCode, PublicationHour, day, number, text

CODES = ("000016.SH", "000300.SH", "000905.SH", "000852.SH", "399006.SZ")
"""The indices whose members are tracked."""

API = Api(
    name="index_weight",
    title="Index constituents and weights",
    title_zh="指数成分和权重",
    description=(
        "One or more days of each month, usually the last; all that the vendor has of a month are kept. Some "
        "months are missing for some indices. Before it took its Shanghai code, 000300.SH was 399300.SZ."
    ),
    description_zh="月度数据，通常为月末；保留当月全部日期。部分指数缺月。000300.SH 早期历史在 399300.SZ。",
    asset_class="index",
    batch="P0",
    document=96,
    fields=(
        text("index_code", "Index code", "指数代码", required=True),
        text("con_code", "Constituent", "成分代码", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("weight", "Weight in the index", "权重", "percent", required=True),
    ),
    key=("index_code", "con_code", "trade_date"),
    fetch=ByCode("index_code", CODES),
    period="month",
    page_rows=3000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(20, 0), lag_days=1),
    first_day=date(2005, 4, 29),
    modules=("core.index_membership",),
)
