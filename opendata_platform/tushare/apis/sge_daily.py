"""Daily bars of the Shanghai Gold Exchange."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="sge_daily",
    title="Daily bars of the Shanghai Gold Exchange",
    title_zh="上海黄金交易所日行情",
    description="The day includes the evening before. Volume and turnover count both sides; silver is quoted per kg.",
    description_zh="含前夜盘；量额双边计；白银按千克报价。",
    asset_class="spot",
    batch="P0",
    document=285,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
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
        number("oi", "Open interest", "持仓量", "kg", Normal("gram", THOUSAND)),
        number("settle_vol", "Volume delivered", "交收量", "kg", Normal("gram", THOUSAND)),
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
