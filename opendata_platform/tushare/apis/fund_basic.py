"""Exchange-traded funds, all kinds."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import (
    HUNDRED_MILLION,
    TEN_THOUSAND,
    Api,
    Normal,
    PublicationHour,
    Whole,
    day,
    number,
    text,
)

API = Api(
    name="fund_basic",
    title="Exchange-traded funds, all kinds",
    title_zh="场内基金列表",
    description="ETF, LOF, REIT and closed-end funds of the exchanges: listed, being issued and delisted.",
    description_zh="场内基金（ETF、LOF、REIT、封闭式）：上市、发行与摘牌。",
    asset_class="etf",
    batch="P0",
    document=19,
    fields=(
        text("ts_code", "Fund code with its market suffix", "基金代码（含市场后缀）", required=True),
        text("name", "Short name", "简称", required=True),
        text("management", "Management company", "管理人"),
        text("custodian", "Custodian", "托管人"),
        text("fund_type", "Kind of investment", "投资类型"),
        day("found_date", "Inception", "成立日期"),
        day("due_date", "Maturity", "到期日期"),
        day("list_date", "Day of listing", "上市日期"),
        day("issue_date", "Day of issue", "发行日期"),
        day("delist_date", "Day of delisting; null while alive", "退市日期"),
        number("issue_amount", "Units issued", "发行份额", "100 million units", Normal("unit", HUNDRED_MILLION)),
        number("m_fee", "Management fee", "管理费", "percent"),
        number("c_fee", "Custody fee", "托管费", "percent"),
        number("duration_year", "Duration", "存续期", "year"),
        number("p_value", "Par value of a unit", "面值", "CNY per unit"),
        number("min_amount", "Least subscription", "起点金额", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        number("exp_return", "Expected return", "预期收益率", "percent"),
        text("benchmark", "Benchmark", "业绩比较基准"),
        text("status", "Status: D delisted, I issuing, L listed", "存续状态：D 摘牌 I 发行 L 上市"),
        text("invest_type", "Style", "投资风格"),
        text("type", "Kind of fund", "基金类型"),
        text("trustee", "Trustee", "受托人"),
        day("purc_startdate", "Subscriptions from", "日常申购起始日"),
        day("redm_startdate", "Redemptions from", "日常赎回起始日"),
        text("market", "E traded on an exchange, O over the counter", "E 场内 O 场外"),
    ),
    key=("ts_code",),
    fetch=Whole(tuple({"market": "E", "status": status} for status in ("L", "I", "D"))),
    period="snapshot",
    page_rows=15000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(8, 0)),
    first_day=date(1998, 4, 7),
    modules=("core.instrument_meta",),
)
