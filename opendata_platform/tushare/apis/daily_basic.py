"""Daily indicators of A shares."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import (
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
    name="daily_basic",
    title="Daily indicators of A shares",
    title_zh="每日指标",
    description=(
        "Valuation, turnover and share counts. Counts and values are in ten-thousands here, in units in "
        "index_dailybasic."
    ),
    description_zh="估值、换手与股本。此处单位为万股、万元，index_dailybasic 为股、元。",
    asset_class="stock",
    batch="P0",
    document=32,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("close", "Closing price", "收盘价", "CNY per share", required=True),
        number("turnover_rate", "Turnover rate on float shares", "换手率（流通股）", "percent"),
        number("turnover_rate_f", "Turnover rate on free-float shares", "换手率（自由流通股）", "percent"),
        number("volume_ratio", "Volume ratio", "量比", "ratio"),
        number("pe", "Price to last annual earnings; null for a loss", "市盈率（亏损为空）", "ratio"),
        number("pe_ttm", "Price to earnings of twelve months; null for a loss", "市盈率 TTM（亏损为空）", "ratio"),
        number("pb", "Price to book", "市净率", "ratio"),
        number("ps", "Price to sales", "市销率", "ratio"),
        number("ps_ttm", "Price to sales of twelve months", "市销率 TTM", "ratio"),
        number("dv_ratio", "Dividend yield", "股息率", "percent"),
        number("dv_ttm", "Dividend yield of twelve months", "股息率 TTM", "percent"),
        number("total_share", "Total shares", "总股本", "ten-thousand shares", Normal("share", TEN_THOUSAND)),
        number("float_share", "Float shares", "流通股本", "ten-thousand shares", Normal("share", TEN_THOUSAND)),
        number("free_share", "Free-float shares", "自由流通股本", "ten-thousand shares", Normal("share", TEN_THOUSAND)),
        number("total_mv", "Total market value", "总市值", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        number("circ_mv", "Float market value", "流通市值", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        integer("limit_status", "Limit flag; not documented by the vendor", "涨跌停状态（文档未载）"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=6000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(17, 0)),
    first_day=date(1999, 1, 4),
    modules=("core.daily_basics",),
)
