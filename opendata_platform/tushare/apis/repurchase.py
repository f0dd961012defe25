"""Share repurchases."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByEvent, PublicationHour, day, number, text

API = Api(
    name="repurchase",
    title="Share repurchases",
    title_zh="股票回购",
    description=(
        "Announcements with their progress; a programme has many. The units of vol and amount are read off a "
        "recorded answer (amount over vol lies between the price limits). Without parameters 2,000 rows come; "
        "a cap is not documented."
    ),
    description_zh=(
        "回购公告及进度，一个计划多行。量额单位据实录推定（金额/数量介于价格上下限）。"
        "无参数时返回 2000 条，上限未载明。"
    ),
    asset_class="stock",
    batch="P0",
    document=124,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("ann_date", "Day of the announcement", "公告日期", required=True),
        day("end_date", "Last day that it covers", "截止日期"),
        text("proc", "Progress of the programme", "进度"),
        day("exp_date", "Expiry of the plan", "过期日期"),
        number("vol", "Shares bought back, or planned", "回购数量", "share"),
        number("amount", "Money paid, or planned", "回购金额", "CNY"),
        number("high_limit", "Highest price paid or planned", "回购最高价", "CNY per share"),
        number("low_limit", "Lowest price paid or planned", "回购最低价", "CNY per share"),
    ),
    key=(),
    fetch=ByEvent("ann_date"),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(20, 0)),
    first_day=date(2011, 1, 4),
    sparse=True,
)
