"""Contracts of the Shanghai Gold Exchange."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, integer, number, text

API = Api(
    name="sge_basic",
    title="Contracts of the Shanghai Gold Exchange",
    title_zh="上海黄金交易所合约",
    description="Current contracts; codes have brackets, no suffix.",
    description_zh="现行合约；代码含括号，无后缀。",
    asset_class="spot",
    batch="P0",
    document=284,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        text("ts_name", "Name", "名称"),
        text("trade_type", "Kind of trade", "交易类型"),
        number("t_unit", "Contract size", "交易单位", "gram"),
        number("p_unit", "Unit of quotation", "报价单位"),
        number("min_change", "Smallest price change", "最小变动价位", "CNY per gram"),
        number("price_limit", "Daily price limit", "每日价格限制", "percent"),
        integer("min_vol", "Smallest order", "最小单笔报价量", "contract"),
        integer("max_vol", "Largest order", "最大单笔报价量", "contract"),
        text("trade_mode", "Term", "交易期限"),
        number("margin_rate", "Margin rate", "保证金比例", "percent"),
        number("liq_rate", "Penalty rate", "违约金比例", "percent"),
        text("trade_time", "Trading hours", "交易时间"),
        day("list_date", "Day of listing", "上市日期"),
    ),
    key=("ts_code",),
    fetch=Whole(),
    period="snapshot",
    page_rows=100,
    points=5000,
    calls_per_minute=200,
    published=PublicationHour(time(8, 0)),
    first_day=date(2002, 10, 30),
    modules=("core.instrument_meta",),
)
