"""Adjustment factors of A shares."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="adj_factor",
    title="Adjustment factors of A shares",
    title_zh="复权因子",
    description=(
        "Of every listed share, suspended ones included. Some codes arrive only by 17:00. Factors are revised "
        "later: adjust prices on reading."
    ),
    description_zh="全部上市股票（含停牌）；个别代码至 17:00 才到达。因子会追溯修订，宜读取时复权。",
    asset_class="stock",
    batch="P0",
    document=28,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
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
    page_rows=6000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(9, 30)),
    first_day=date(1990, 12, 19),
    modules=("core.daily_prices",),
)
