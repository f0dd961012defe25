"""Daily indicators of indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="index_dailybasic",
    title="Daily indicators of indices",
    title_zh="大盘指数每日指标",
    description="Of about ten large indices. Most have no rows for the first half of 2011.",
    description_zh="约十个大盘指数；多数缺 2011 年上半年。",
    asset_class="index",
    batch="P0",
    document=128,
    fields=(
        text("ts_code", "Index code; the suffix names its owner", "指数代码（后缀随发布方）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("total_mv", "Total market value", "总市值", "CNY"),
        number("float_mv", "Float market value", "流通市值", "CNY"),
        number("total_share", "Total shares", "总股本", "share"),
        number("float_share", "Float shares", "流通股本", "share"),
        number("free_share", "Free-float shares", "自由流通股本", "share"),
        number("turnover_rate", "Turnover rate on float shares", "换手率（流通股）", "percent"),
        number("turnover_rate_f", "Turnover rate on free-float shares", "换手率（自由流通股）", "percent"),
        number("pe", "Price to last annual earnings; null for a loss", "市盈率（亏损为空）", "ratio"),
        number("pe_ttm", "Price to earnings of twelve months; null for a loss", "市盈率 TTM（亏损为空）", "ratio"),
        number("pb", "Price to book", "市净率", "ratio"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=3000,
    points=400,
    calls_per_minute=200,
    published=PublicationHour(time(19, 0)),
    first_day=date(2004, 1, 2),
    modules=("core.index_daily_basics",),
)
