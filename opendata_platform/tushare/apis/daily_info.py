"""Market statistics."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import (
    HUNDRED_MILLION,
    TEN_THOUSAND,
    Api,
    ByDay,
    Normal,
    PublicationHour,
    day,
    integer,
    number,
    text,
)

API = Api(
    name="daily_info",
    title="Market statistics",
    title_zh="市场交易统计",
    description="Turnover and value per board of Shanghai and Shenzhen; the boards begin on different days.",
    description_zh="沪深各板块成交与市值；各板块起始日不同。",
    asset_class="index",
    batch="P0",
    document=215,
    fields=(
        day("trade_date", "Trading day", "交易日期", required=True),
        text("ts_code", "Segment of a market, such as SH_A", "板块代码（如 SH_A）", required=True),
        text("ts_name", "Name of the segment", "板块名称"),
        integer("com_count", "Issues listed", "挂牌数", "count"),
        number("total_share", "Total shares", "总股本", "100 million shares", Normal("share", HUNDRED_MILLION)),
        number("float_share", "Float shares", "流通股本", "100 million shares", Normal("share", HUNDRED_MILLION)),
        number("total_mv", "Total market value", "总市值", "100 million CNY", Normal("CNY", HUNDRED_MILLION)),
        number("float_mv", "Float market value", "流通市值", "100 million CNY", Normal("CNY", HUNDRED_MILLION)),
        number("amount", "Turnover", "成交额", "100 million CNY", Normal("CNY", HUNDRED_MILLION)),
        number("vol", "Volume traded", "成交量", "100 million shares", Normal("share", HUNDRED_MILLION)),
        number("trans_count", "Trades", "成交笔数", "ten-thousand trades", Normal("count", TEN_THOUSAND)),
        number("pe", "Average price to earnings", "平均市盈率", "ratio"),
        number("tr", "Turnover rate; not provided by Shenzhen", "换手率", "percent"),
        text("exchange", "Exchange: SH or SZ", "交易所（SH、SZ）"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=4000,
    points=600,
    calls_per_minute=200,
    published=PublicationHour(time(20, 0)),
    first_day=date(1991, 1, 2),
    modules=("core.market_context",),
)
