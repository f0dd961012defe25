"""Shenwan industry members."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, text

API = Api(
    name="index_member_all",
    title="Shenwan industry members",
    title_zh="申万行业成分",
    description="Current and former members with their days; more rows than a page.",
    description_zh="现任与历史成分及起止日期，超过单页。",
    asset_class="index",
    batch="P0",
    document=335,
    fields=(
        text("l1_code", "Industry code, level 1", "一级行业代码"),
        text("l1_name", "Industry, level 1", "一级行业名称"),
        text("l2_code", "Industry code, level 2", "二级行业代码"),
        text("l2_name", "Industry, level 2", "二级行业名称"),
        text("l3_code", "Industry code, level 3", "三级行业代码", required=True),
        text("l3_name", "Industry, level 3", "三级行业名称"),
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        text("name", "Short name", "简称"),
        day("in_date", "Day of inclusion", "纳入日期", required=True),
        day("out_date", "Day of exclusion; null for a member", "剔除日期"),
        text("is_new", "Y for a current member", "是否最新"),
    ),
    key=("l3_code", "ts_code", "in_date"),
    fetch=Whole(({"is_new": "Y"}, {"is_new": "N"})),
    period="snapshot",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(8, 0)),
    first_day=date(2000, 1, 4),
    modules=("core.index_membership",),
)
