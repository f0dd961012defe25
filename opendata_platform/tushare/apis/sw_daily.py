"""Daily bars of Shenwan industry indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="sw_daily",
    title="Daily bars of Shenwan industry indices",
    title_zh="申万行业日线行情",
    description="Volumes in ten-thousand shares.",
    description_zh="成交量单位为万股。",
    asset_class="index",
    batch="P0",
    document=327,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        text("name", "Short name", "简称"),
        number("open", "Opening price", "开盘价", "index point", required=True),
        number("low", "Lowest price", "最低价", "index point", required=True),
        number("high", "Highest price", "最高价", "index point", required=True),
        number("close", "Closing price", "收盘价", "index point", required=True),
        number("change", "Close less previous close", "涨跌额", "index point"),
        number("pct_change", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("vol", "Volume traded", "成交量", "ten-thousand shares", Normal("share", TEN_THOUSAND)),
        number("amount", "Turnover", "成交额", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        number("pe", "Price to last annual earnings; null for a loss", "市盈率（亏损为空）", "ratio"),
        number("pb", "Price to book", "市净率", "ratio"),
        number("float_mv", "Float market value", "流通市值", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        number("total_mv", "Total market value", "总市值", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=4000,
    points=5000,
    calls_per_minute=200,
    published=PublicationHour(time(19, 0)),
    first_day=date(2000, 1, 4),
)
