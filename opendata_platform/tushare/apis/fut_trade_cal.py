"""Trading calendar of the futures exchanges."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, integer, text

API = Api(
    name="fut_trade_cal",
    title="Trading calendar of the futures exchanges",
    title_zh="期货交易日历",
    description=(
        "Calendar days with an open flag for six exchanges. The Shanghai Gold Exchange has no calendar of its "
        "own. The fields are known from a copy of the documentation only."
    ),
    description_zh="六家期货交易所的逐日日历。上海黄金交易所无独立日历。字段取自文档副本。",
    asset_class="calendar",
    batch="P0",
    document=467,
    fields=(
        text("exchange", "Exchange", "交易所", required=True),
        day("cal_date", "Calendar day", "日历日期", required=True),
        integer("is_open", "1 on a trading day, 0 otherwise", "是否交易：1 是 0 否", required=True),
        day("pretrade_date", "Trading day before", "上一个交易日"),
    ),
    key=("exchange", "cal_date"),
    fetch=Whole(tuple({"exchange": name} for name in ("CFFEX", "DCE", "CZCE", "SHFE", "INE", "GFEX"))),
    period="snapshot",
    page_rows=20000,
    points=2000,
    calls_per_minute=300,
    published=PublicationHour(time(8, 0)),
    first_day=date(1996, 1, 2),
)
