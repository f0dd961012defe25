"""Futures daily bars."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="fut_daily",
    title="Futures daily bars",
    title_zh="期货日线行情",
    description=(
        "The day includes the night session before. Untraded contracts have no prices. Main (CU.SHF) and "
        "continuous (CUL.SHF) codes are rows too. Volumes probably count both sides before 2020 except on "
        "CFFEX."
    ),
    description_zh=(
        "含前夜盘；无成交合约价格为空；含主力（CU.SHF）与连续（CUL.SHF）代码。2020 年前除中金所外疑为双边计量。"
    ),
    asset_class="futures",
    batch="P0",
    document=138,
    fields=(
        text("ts_code", "Contract code with the suffix of its exchange", "合约代码（含交易所后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        number("pre_close", "Previous close", "前收盘价", "quotation unit"),
        number("pre_settle", "Previous settlement price", "昨结算价", "quotation unit"),
        number("open", "Opening price", "开盘价", "quotation unit"),
        number("high", "Highest price", "最高价", "quotation unit"),
        number("low", "Lowest price", "最低价", "quotation unit"),
        number("close", "Closing price", "收盘价", "quotation unit"),
        number("settle", "Settlement price", "结算价", "quotation unit"),
        number("change1", "Close less previous settlement price", "涨跌1（收盘减昨结算）", "quotation unit"),
        number("change2", "Settlement price less previous one", "涨跌2（结算减昨结算）", "quotation unit"),
        number("vol", "Volume traded", "成交量", "contract"),
        number("amount", "Turnover", "成交额", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        number("oi", "Open interest", "持仓量", "contract"),
        number("oi_chg", "Change of open interest", "持仓量变化", "contract"),
        number("delv_settle", "Delivery settlement price", "交割结算价", "quotation unit"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=300,
    published=PublicationHour(time(21, 15)),
    first_day=date(1996, 1, 2),
    modules=("core.daily_prices", "core.futures_settle", "core.futures_oi"),
)
