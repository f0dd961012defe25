"""Suspensions and resumptions."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, text

API = Api(
    name="suspend_d",
    title="Suspensions and resumptions",
    title_zh="停复牌信息",
    description=(
        "S rows are suspensions (of the whole day where no time is given), R rows resumptions. A share may "
        "have both on a day."
    ),
    description_zh="S 停牌（无时段为全天），R 复牌；同日可兼有。",
    asset_class="stock",
    batch="P0",
    document=214,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        text("suspend_timing", "Time of an intraday suspension; null for the whole day", "日内停牌时段（全天为空）"),
        text("suspend_type", "S suspended, R resumed", "停复牌类型：S 停牌 R 复牌", required=True),
    ),
    key=("ts_code", "trade_date", "suspend_type"),
    fetch=ByDay(),
    period="day",
    page_rows=5000,
    points=None,
    calls_per_minute=200,
    published=PublicationHour(time(9, 30)),
    first_day=date(2000, 1, 4),
    sparse=True,
)
