"""Daily bars of the Shanghai Gold Exchange."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="sge_daily",
    title="Daily bars of the Shanghai Gold Exchange",
    title_zh="上海黄金交易所日行情",
    description=(
        "The day includes the evening before. Volume and turnover count both sides. All prices are per gram, "
        "silver included, which its exchange quotes per kg. The units of oi and settle_vol are not stated by "
        "the vendor."
    ),
    description_zh=(
        "含前夜盘；量额双边计。价格均为元/克（白银亦然，交易所按千克报价）。oi 与 settle_vol 单位官方未载明。"
    ),
    asset_class="spot",
    batch="P0",
    document=285,
    fields=(
        text(
            "ts_code", "Contract code, without suffix; may have brackets", "合约代码（无后缀，可含括号）", required=True
        ),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("close", "Closing price", "收盘价", "CNY per gram"),
        number("open", "Opening price", "开盘价", "CNY per gram"),
        number("high", "Highest price", "最高价", "CNY per gram"),
        number("low", "Lowest price", "最低价", "CNY per gram"),
        number("price_avg", "Average price, weighted by volume", "加权平均价", "CNY per gram"),
        number("change", "Close less previous close", "涨跌额", "CNY per gram"),
        number("pct_change", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("vol", "Volume traded", "成交量", "kg", Normal("gram", THOUSAND)),
        number("amount", "Turnover", "成交额", "CNY"),
        number("oi", "Open interest; unit not stated, null for spot contracts", "市场持仓（单位未载明，现货为空）"),
        number(
            "settle_vol", "Volume delivered; unit not stated, null for spot contracts", "交收量（单位未载明，现货为空）"
        ),
        text("settle_dire", "Direction of the deferred fee; null for spot contracts", "交收方向（现货为空）"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(18, 0)),
    first_day=date(2002, 10, 30),
    modules=("core.daily_prices", "core.spot_price_avg", "core.spot_settle"),
)
