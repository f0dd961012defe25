"""Shenwan industry classification."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, text

API = Api(
    name="index_classify",
    title="Shenwan industry classification",
    title_zh="申万行业分类",
    description="Three levels of the classification of 2021. The cap per call is not documented.",
    description_zh="2021 版三级分类。单次上限未载明。",
    asset_class="index",
    batch="P0",
    document=181,
    fields=(
        text("index_code", "Index code", "指数代码", required=True),
        text("industry_name", "Industry", "行业名称", required=True),
        text("parent_code", "Industry above (0 for level 1)", "父级代码"),
        text("level", "Level: L1, L2, L3", "行业级别", required=True),
        text("industry_code", "Industry code", "行业代码"),
        text("is_pub", "1 if an index is published for it", "是否发布指数"),
        text("src", "Classification: SW2014, SW2021", "行业分类来源", required=True),
    ),
    key=("index_code", "src"),
    fetch=Whole(tuple({"src": "SW2021", "level": level} for level in ("L1", "L2", "L3"))),
    period="snapshot",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(8, 0)),
    first_day=date(2000, 1, 4),
)
