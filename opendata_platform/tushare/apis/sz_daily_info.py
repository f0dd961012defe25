"""Market statistics of Shenzhen."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, integer, number, text

API = Api(
    name="sz_daily_info",
    title="Market statistics of Shenzhen",
    title_zh="深圳市场每日交易情况",
    description=(
        "Per segment of the Shenzhen market, named in ts_code. The documentation gives no units: shares and "
        "CNY are read off a recorded answer of 2020."
    ),
    description_zh="深市各证券类别，类别名在 ts_code。文档未载单位：据 2020 年实录为股（份、张）、元。",
    asset_class="index",
    batch="P0",
    document=268,
    fields=(
        day("trade_date", "Trading day", "交易日期", required=True),
        text("ts_code", "Segment by its Chinese name, such as 主板A股", "板块名称（如 主板A股）", required=True),
        integer("count", "Issues", "证券数", "count"),
        number("amount", "Turnover", "成交额", "CNY"),
        number("vol", "Volume traded", "成交量", "share"),
        number("total_share", "Total shares", "总股本", "share"),
        number("total_mv", "Total market value", "总市值", "CNY"),
        number("float_share", "Float shares", "流通股本", "share"),
        number("float_mv", "Float market value", "流通市值", "CNY"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(20, 0)),
    first_day=date(2008, 1, 2),
    modules=("core.market_context",),
)
