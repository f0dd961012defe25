"""Contracts of the Shanghai Gold Exchange."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, PublicationHour, Whole, day, integer, number, text

API = Api(
    name="sge_basic",
    title="Contracts of the Shanghai Gold Exchange",
    title_zh="上海黄金交易所合约",
    description="Current contracts. The units of price_limit and margin_rate are not stated by the vendor.",
    description_zh="现行合约。price_limit 与 margin_rate 单位官方未载明。",
    asset_class="spot",
    batch="P0",
    document=284,
    fields=(
        text(
            "ts_code", "Contract code, without suffix; may have brackets", "合约代码（无后缀，可含括号）", required=True
        ),
        text("ts_name", "Name", "名称"),
        text("trade_type", "Kind of trade", "交易类型"),
        number("t_unit", "Contract size", "交易单位", "gram per contract"),
        number("p_unit", "Unit of quotation; not stated of what", "报价单位（未载明）"),
        number("min_change", "Smallest price change; unit not stated", "最小变动价位（单位未载明）"),
        number("price_limit", "Daily price limit; unit not stated", "每日价格限制（单位未载明）"),
        integer("min_vol", "Smallest order", "最小单笔报价量", "contract"),
        integer("max_vol", "Largest order", "最大单笔报价量", "contract"),
        text("trade_mode", "Term", "交易期限"),
        number("margin_rate", "Margin rate; unit not stated", "保证金比例（单位未载明）"),
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
