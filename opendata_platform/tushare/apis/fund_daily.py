"""Daily bars of exchange-traded funds."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import LOT, THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="fund_daily",
    title="Daily bars of exchange-traded funds",
    title_zh="场内基金日线行情",
    description=(
        "Unadjusted. Single days of single funds were reported missing. The cap was 2,000 rows until March "
        "2026, 5,000 since."
    ),
    description_zh="未复权；曾有个别基金个别日期缺失的报告。单次上限 2026 年 3 月前为 2000 行，现为 5000 行。",
    asset_class="etf",
    batch="P0",
    document=127,
    fields=(
        text("ts_code", "Fund code with its market suffix", "基金代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening price", "开盘价", "CNY per unit", required=True),
        number("high", "Highest price", "最高价", "CNY per unit", required=True),
        number("low", "Lowest price", "最低价", "CNY per unit", required=True),
        number("close", "Closing price", "收盘价", "CNY per unit", required=True),
        number("pre_close", "Previous close", "前收盘价", "CNY per unit"),
        number("change", "Close less previous close", "涨跌额", "CNY per unit"),
        number("pct_chg", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("vol", "Volume traded", "成交量", "lot (100 units)", Normal("unit", LOT), required=True),
        number("amount", "Turnover", "成交额", "thousand CNY", Normal("CNY", THOUSAND), required=True),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=5000,
    points=5000,
    calls_per_minute=200,
    published=PublicationHour(time(17, 30)),
    first_day=date(1998, 4, 17),
    modules=("core.daily_prices",),
)
