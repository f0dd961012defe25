"""Main and continuous contracts."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, text

API = Api(
    name="fut_mapping",
    title="Main and continuous contracts",
    title_zh="主力与连续合约映射",
    description="Which contract a main or continuous code stands for on the day; known only after that day.",
    description_zh="主力与连续代码当日对应的月合约；当日结束后方可知。",
    asset_class="futures",
    batch="P0",
    document=189,
    fields=(
        text("ts_code", "Main or continuous code", "主力或连续合约代码", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        text("mapping_ts_code", "Contract that the continuous code stands for", "对应的月合约代码", required=True),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(21, 15)),
    first_day=date(1995, 4, 17),
)
