"""Dividends and bonus shares."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByEvent, Normal, PublicationHour, day, number, text

API = Api(
    name="dividend",
    title="Dividends and bonus shares",
    title_zh="分红送股",
    description=(
        "One row per step of a plan: asked for by the day of its announcement, and by its ex-date, so that a "
        "row can come twice. The cap per call is not documented: 2,000 is asked for."
    ),
    description_zh="每个进度一行；按公告日与除权日两次获取，同一行可能出现两次。单次上限未载明，取 2000。",
    asset_class="stock",
    batch="P0",
    document=103,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("end_date", "Fiscal period", "分红年度"),
        day("ann_date", "Day of the announcement", "公告日期"),
        text("div_proc", "Progress of the plan, from proposal (预案) to implementation (实施)", "实施进度"),
        number("stk_div", "Bonus and conversion shares per share", "每股送转", "share per share"),
        number("stk_bo_rate", "Bonus shares per share", "每股送股比例", "share per share"),
        number("stk_co_rate", "Conversion shares per share", "每股转增比例", "share per share"),
        number("cash_div", "Cash dividend per share after tax", "每股分红（税后）", "CNY per share"),
        number("cash_div_tax", "Cash dividend per share before tax", "每股分红（税前）", "CNY per share"),
        day("record_date", "Record date", "股权登记日"),
        day("ex_date", "Ex-date", "除权除息日"),
        day("pay_date", "Payment date", "派息日"),
        day("div_listdate", "Listing of the bonus shares", "红股上市日"),
        day("imp_ann_date", "Announcement of the implementation", "实施公告日"),
        day("base_date", "Base date", "基准日"),
        number("base_share", "Base share count", "基准股本", "ten-thousand shares", Normal("share", TEN_THOUSAND)),
    ),
    key=(),
    fetch=ByEvent("ann_date", on_day=("ex_date",)),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(20, 0)),
    first_day=date(1991, 1, 2),
    sparse=True,
)
