"""Market statistics of Shenzhen."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, integer, number, text

API = Api(
    name="sz_daily_info",
    title="Market statistics of Shenzhen",
    title_zh="深圳市场每日交易情况",
    description="Per segment; the segment is named in ts_code.",
    description_zh="按证券类别，类别名在 ts_code。",
    asset_class="index",
    batch="P0",
    document=268,
    fields=(
        day("trade_date", "Trading day", "交易日期", required=True),
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        integer("count", "Issues listed", "证券数", "count"),
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
