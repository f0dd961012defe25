"""A-share daily bars."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import LOT, THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="daily",
    title="A-share daily bars",
    title_zh="A股日线行情",
    description=(
        "Unadjusted. pre_close is the ex-right reference price on an ex-date; recorded answers have it null "
        "on the first day of some Beijing shares. Suspended shares have no row. After-hours trading is in "
        "fields of its own."
    ),
    description_zh=("未复权。前收盘价在除权日为除权参考价；实录中个别北交所股票首日为空。停牌无行；盘后定价交易单列。"),
    asset_class="stock",
    batch="P0",
    document=27,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("open", "Opening price", "开盘价", "CNY per share", required=True),
        number("high", "Highest price", "最高价", "CNY per share", required=True),
        number("low", "Lowest price", "最低价", "CNY per share", required=True),
        number("close", "Closing price", "收盘价", "CNY per share", required=True),
        number("pre_close", "Previous close, adjusted on an ex-date", "昨收价（除权价）", "CNY per share"),
        number("change", "Close less previous close", "涨跌额", "CNY per share"),
        number("pct_chg", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("vol", "Volume traded", "成交量", "lot (100 shares)", Normal("share", LOT), required=True),
        number("amount", "Turnover", "成交额", "thousand CNY", Normal("CNY", THOUSAND), required=True),
        number(
            "ah_vol",
            "Volume of after-hours fixed-price trading, not part of vol",
            "盘后定价成交量（不含于成交量）",
            "lot (100 shares)",
            Normal("share", LOT),
        ),
        number(
            "ah_amount",
            "Turnover of after-hours fixed-price trading, not part of amount",
            "盘后定价成交额（不含于成交额）",
            "thousand CNY",
            Normal("CNY", THOUSAND),
        ),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=6000,
    points=120,
    calls_per_minute=500,
    published=PublicationHour(time(16, 30)),
    first_day=date(1990, 12, 19),
    modules=("core.daily_prices",),
)
