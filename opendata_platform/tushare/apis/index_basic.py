"""Indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, number, text

API = Api(
    name="index_basic",
    title="Indices",
    title_zh="指数列表",
    description="Of seven publishers. Base dates before 1970 occur.",
    description_zh="七类发布方的指数；基准日可早于 1970 年。",
    asset_class="index",
    batch="P0",
    document=94,
    fields=(
        text("ts_code", "Index code; the suffix names its owner", "指数代码（后缀随发布方）", required=True),
        text("name", "Short name", "简称", required=True),
        text("fullname", "Full name", "全称"),
        text("market", "Publisher or market, as asked for", "交易所或服务商代码"),
        text("publisher", "Publisher", "发布方"),
        text("index_type", "Style of the index", "指数风格"),
        text("category", "Category", "指数类别"),
        day("base_date", "Base date", "基准日"),
        number("base_point", "Base level", "基点", "index point"),
        day("list_date", "Day of publication", "发布日期"),
        text("weight_rule", "Weighting", "加权方式"),
        text("desc", "Description", "描述"),
        day("exp_date", "Day of termination", "终止日期"),
    ),
    key=("ts_code",),
    fetch=Whole(tuple({"market": name} for name in ("SSE", "SZSE", "CSI", "CICC", "SW", "MSCI", "OTH"))),
    period="snapshot",
    page_rows=5000,
    points=None,
    calls_per_minute=200,
    published=PublicationHour(time(8, 0)),
    first_day=date(1990, 12, 19),
)
