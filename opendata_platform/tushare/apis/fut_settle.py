"""Settlement parameters."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="fut_settle",
    title="Settlement parameters",
    title_zh="结算参数",
    description="Fees and margins per contract; the units of the rates are not stated by the vendor.",
    description_zh="合约手续费与保证金；费率单位官方未载明。",
    asset_class="futures",
    batch="P0",
    document=141,
    fields=(
        text("ts_code", "Contract code with the suffix of its exchange", "合约代码（含交易所后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("settle", "Settlement price", "结算价", "quotation unit"),
        number("trading_fee_rate", "Trading fee as a rate; unit not stated", "交易手续费率（单位未载明）"),
        number("trading_fee", "Trading fee", "交易手续费", "CNY per contract"),
        number("delivery_fee", "Delivery fee", "交割手续费", "CNY per contract"),
        number("b_hedging_margin_rate", "Margin rate, hedging, long; unit not stated", "买套保保证金率"),
        number("s_hedging_margin_rate", "Margin rate, hedging, short; unit not stated", "卖套保保证金率"),
        number("long_margin_rate", "Margin rate, speculation, long; unit not stated", "买投机保证金率"),
        number("short_margin_rate", "Margin rate, speculation, short; unit not stated", "卖投机保证金率"),
        number("offset_today_fee", "Fee of closing on the same day; unit not stated", "平今手续费（单位未载明）"),
        text("exchange", "Exchange", "交易所"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(variants=tuple({"exchange": name} for name in ("CFFEX", "DCE", "CZCE", "SHFE", "INE", "GFEX"))),
    period="day",
    page_rows=1600,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(21, 30)),
    first_day=date(2012, 1, 4),
    modules=("core.futures_settle",),
)
