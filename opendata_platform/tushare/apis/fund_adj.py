"""Adjustment factors of funds."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="fund_adj",
    title="Adjustment factors of funds",
    title_zh="基金复权因子",
    description=(
        "Of exchange-traded funds; more rows a day than a page. Days were reported missing against fund_daily."
    ),
    description_zh="场内基金复权因子，每日行数超过单页；曾有相对 fund_daily 缺日的报告。",
    asset_class="etf",
    batch="P0",
    document=199,
    fields=(
        text("ts_code", "Fund code with its market suffix", "基金代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number(
            "adj_factor",
            "Cumulative adjustment factor: price times factor is back-adjusted",
            "累计复权因子（价格乘因子为后复权）",
            "ratio",
            required=True,
        ),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=2000,
    points=600,
    calls_per_minute=200,
    published=PublicationHour(time(17, 0)),
    first_day=date(1998, 4, 7),
    modules=("task.momentum",),
)
