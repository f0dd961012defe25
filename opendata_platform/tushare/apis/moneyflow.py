"""Money flow of A shares."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import (
    LOT,
    TEN_THOUSAND,
    Api,
    ByDay,
    Field,
    Normal,
    PublicationHour,
    day,
    integer,
    number,
    text,
)


def _volume(name: str, description: str, description_zh: str) -> Field:
    return integer(name, description, description_zh, "lot (100 shares)", Normal("share", LOT))


def _value(name: str, description: str, description_zh: str) -> Field:
    return number(name, description, description_zh, "ten-thousand CNY", Normal("CNY", TEN_THOUSAND))


API = Api(
    name="moneyflow",
    title="Money flow of A shares",
    title_zh="个股资金流向",
    description="Volume and value bought and sold by the size of the order.",
    description_zh="按单笔成交大小统计的买卖量额。",
    asset_class="stock",
    batch="P0",
    document=170,
    fields=(
        text("ts_code", "Instrument code with its market suffix", "证券代码（含市场后缀）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        _volume("buy_sm_vol", "Bought in small orders, volume", "小单买入量"),
        _value("buy_sm_amount", "Bought in small orders, value", "小单买入金额"),
        _volume("sell_sm_vol", "Sold in small orders, volume", "小单卖出量"),
        _value("sell_sm_amount", "Sold in small orders, value", "小单卖出金额"),
        _volume("buy_md_vol", "Bought in medium orders, volume", "中单买入量"),
        _value("buy_md_amount", "Bought in medium orders, value", "中单买入金额"),
        _volume("sell_md_vol", "Sold in medium orders, volume", "中单卖出量"),
        _value("sell_md_amount", "Sold in medium orders, value", "中单卖出金额"),
        _volume("buy_lg_vol", "Bought in large orders, volume", "大单买入量"),
        _value("buy_lg_amount", "Bought in large orders, value", "大单买入金额"),
        _volume("sell_lg_vol", "Sold in large orders, volume", "大单卖出量"),
        _value("sell_lg_amount", "Sold in large orders, value", "大单卖出金额"),
        _volume("buy_elg_vol", "Bought in extra-large orders, volume", "特大单买入量"),
        _value("buy_elg_amount", "Bought in extra-large orders, value", "特大单买入金额"),
        _volume("sell_elg_vol", "Sold in extra-large orders, volume", "特大单卖出量"),
        _value("sell_elg_amount", "Sold in extra-large orders, value", "特大单卖出金额"),
        _volume("net_mf_vol", "Net inflow, volume", "净流入量"),
        _value("net_mf_amount", "Net inflow, value", "净流入额"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=6000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(19, 0)),
    first_day=date(2010, 1, 4),
    modules=("core.daily_moneyflows",),
)
