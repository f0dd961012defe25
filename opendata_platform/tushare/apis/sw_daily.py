"""Daily bars of Shenwan industry indices."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import TEN_THOUSAND, Api, ByDay, Normal, PublicationHour, day, number, text

API = Api(
    name="sw_daily",
    title="Daily bars of Shenwan industry indices",
    title_zh="申万行业日线行情",
    description=(
        "Indices of the classification of 2021. Units differ from index_daily: ten-thousand shares and ten-"
        "thousand CNY; the percentage is named pct_change."
    ),
    description_zh="2021 版分类指数。单位与 index_daily 不同：万股、万元；涨跌幅名为 pct_change。",
    asset_class="index",
    batch="P0",
    document=327,
    fields=(
        text("ts_code", "Index code, suffix .SI", "指数代码（后缀 .SI）", required=True),
        day("trade_date", "Trading day", "交易日期", required=True),
        text("name", "Short name", "简称"),
        number("open", "Opening level", "开盘点位", "index point", required=True),
        number("low", "Lowest level", "最低点位", "index point", required=True),
        number("high", "Highest level", "最高点位", "index point", required=True),
        number("close", "Closing level", "收盘点位", "index point", required=True),
        number("change", "Close less previous close", "涨跌点位", "index point"),
        number("pct_change", "Change in percent of the previous close", "涨跌幅", "percent"),
        number("vol", "Volume traded", "成交量", "ten-thousand shares", Normal("share", TEN_THOUSAND)),
        number("amount", "Turnover", "成交额", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        number("pe", "Price to last annual earnings; null for a loss", "市盈率（亏损为空）", "ratio"),
        number("pb", "Price to book", "市净率", "ratio"),
        number("float_mv", "Float market value", "流通市值", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
        number("total_mv", "Total market value", "总市值", "ten-thousand CNY", Normal("CNY", TEN_THOUSAND)),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=4000,
    points=5000,
    calls_per_minute=200,
    published=PublicationHour(time(19, 0)),
    first_day=date(2000, 1, 4),
)
