"""Trading calendar of the stock exchanges."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, integer, text

API = Api(
    name="trade_cal",
    title="Trading calendar of the stock exchanges",
    title_zh="股票交易所交易日历",
    description=(
        "Calendar days with an open flag, to the end of the current year: the next year follows the holiday "
        "notice of December. A whole exchange comes in one answer; the cap per call is not documented."
    ),
    description_zh="逐日日历及开市标记，至当年末；次年于年末节假日通知后更新。单次返回整个交易所，条数上限未载明。",
    asset_class="calendar",
    batch="P0",
    document=26,
    fields=(
        text("exchange", "Exchange", "交易所", required=True),
        day("cal_date", "Calendar day", "日历日期", required=True),
        integer("is_open", "1 on a trading day, 0 otherwise", "是否交易：1 是 0 否", required=True),
        day("pretrade_date", "Trading day before", "上一个交易日"),
    ),
    key=("exchange", "cal_date"),
    fetch=Whole(({"exchange": "SSE"}, {"exchange": "SZSE"})),
    period="snapshot",
    page_rows=20000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(8, 0)),
    first_day=date(1990, 12, 19),
)
