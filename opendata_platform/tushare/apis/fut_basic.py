"""Futures contracts."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, number, text

API = Api(
    name="fut_basic",
    title="Futures contracts",
    title_zh="期货合约",
    description=(
        "Of six exchanges, expired ones and continuous codes included. multiplier is filled for index and "
        "bond futures only: per_unit holds the contract size of the others."
    ),
    description_zh="六家交易所，含到期与连续合约。multiplier 仅股指与国债期货有值，其余见 per_unit。",
    asset_class="futures",
    batch="P0",
    document=135,
    fields=(
        text("ts_code", "Contract code with the suffix of its exchange", "合约代码（含交易所后缀）", required=True),
        text("symbol", "Exchange code without suffix", "交易代码"),
        text("exchange", "Exchange", "交易所"),
        text("name", "Short name", "简称"),
        text("fut_code", "Product", "合约产品代码"),
        number("multiplier", "Contract multiplier; only of index and bond futures", "合约乘数（仅股指、国债）"),
        text("trade_unit", "Unit of measurement", "交易计量单位"),
        number("per_unit", "Contract size in trade units", "交易单位（每手）"),
        text("quote_unit", "Unit of quotation", "报价单位"),
        text("quote_unit_desc", "Smallest price change", "最小报价单位说明"),
        text("d_mode_desc", "Way of delivery", "交割方式说明"),
        day("list_date", "Day of listing", "上市日期"),
        day("delist_date", "Last trading day", "最后交易日"),
        text("d_month", "Month of delivery", "交割月份"),
        day("last_ddate", "Last day of delivery", "最后交割日"),
        text("trade_time_desc", "Trading hours", "交易时间说明"),
    ),
    key=("ts_code",),
    fetch=Whole(tuple({"exchange": name} for name in ("CFFEX", "DCE", "CZCE", "SHFE", "INE", "GFEX"))),
    period="snapshot",
    page_rows=10000,
    points=2000,
    calls_per_minute=80,
    published=PublicationHour(time(8, 0)),
    first_day=date(1996, 1, 2),
    modules=("core.instrument_meta",),
)
