"""Net asset values of exchange-traded funds."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, number, text

API = Api(
    name="fund_nav",
    title="Net asset values of exchange-traded funds",
    title_zh="场内基金净值",
    description=(
        "Asked for by the day of the value; QDII funds come two days later, and a correction is a second row "
        "with a later ann_date. The cap per call is not documented: 2,000 is asked for."
    ),
    description_zh="按净值日期获取；QDII 晚两日，更正以较晚公告日期另成一行。单次上限未载明，取 2000。",
    asset_class="etf",
    batch="P0",
    document=119,
    fields=(
        text("ts_code", "Fund code with its market suffix", "基金代码（含市场后缀）", required=True),
        day("ann_date", "Day of the announcement", "公告日期", required=True),
        day("nav_date", "Day of the net asset value", "净值日期", required=True),
        number("unit_nav", "Net asset value per unit", "单位净值", "CNY per unit"),
        number("accum_nav", "Cumulative net asset value per unit", "累计净值", "CNY per unit"),
        number("accum_div", "Cumulative dividend per unit", "累计分红", "CNY per unit"),
        number("net_asset", "Net assets", "资产净值", "CNY"),
        number("total_netasset", "Combined net assets", "合计资产净值", "CNY"),
        number("adj_nav", "Net asset value per unit, dividends reinvested", "复权单位净值", "CNY per unit"),
    ),
    key=("ts_code", "nav_date", "ann_date"),
    fetch=ByDay(param="nav_date", variants=({"market": "E"},), column="nav_date"),
    period="day",
    page_rows=2000,
    points=2000,
    calls_per_minute=200,
    published=PublicationHour(time(20, 0), lag_days=1),
    first_day=date(2000, 1, 4),
)
