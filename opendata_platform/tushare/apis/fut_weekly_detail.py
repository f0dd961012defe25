"""Weekly statistics of futures products."""

from __future__ import annotations

from datetime import date, time

from opendata_platform.tushare.declare import (
    HUNDRED_MILLION,
    Api,
    ByWeek,
    Normal,
    PublicationHour,
    day,
    integer,
    number,
    text,
)

API = Api(
    name="fut_weekly_detail",
    title="Weekly statistics of futures products",
    title_zh="期货主要品种交易周报",
    description=(
        "One row per product and week. The week is asked for by its number, taken to be that of ISO 8601; "
        "week_date is taken to be a day of it. Percentages are of the week or the year before."
    ),
    description_zh="每品种每周一行。按周序号获取，视为 ISO 8601 周，周日期视为该周内一日。",
    asset_class="futures",
    batch="P0",
    document=216,
    fields=(
        text("exchange", "Exchange", "交易所", required=True),
        text("prd", "Product", "品种代码", required=True),
        text("name", "Short name", "简称"),
        integer("vol", "Volume traded", "成交量", "contract"),
        number("vol_yoy", "Volume against the year before", "成交量同比", "percent"),
        number("amount", "Turnover", "成交额", "100 million CNY", Normal("CNY", HUNDRED_MILLION)),
        number(
            "amout_yoy",
            "Turnover against the year before (misspelt by the vendor)",
            "成交额同比（字段名为官方拼写）",
            "percent",
        ),
        integer("cumvol", "Volume since January", "年累计成交量", "contract"),
        number("cumvol_yoy", "Volume since January against the year before", "年累计成交量同比", "percent"),
        number("cumamt", "Turnover since January", "年累计成交额", "100 million CNY", Normal("CNY", HUNDRED_MILLION)),
        number("cumamt_yoy", "Turnover since January against the year before", "年累计成交额同比", "percent"),
        integer("open_interest", "Open interest", "持仓量", "contract"),
        number("interest_wow", "Open interest against the week before", "持仓量环比", "percent"),
        number("mc_close", "Close of the main contract", "主力合约收盘价", "quotation unit"),
        number("close_wow", "Close against the week before", "收盘价环比", "percent"),
        text("week", "Week as YYYYWW", "周期（YYYYWW）", required=True),
        day("week_date", "A day of the week", "周日期", required=True),
    ),
    key=("prd", "week", "exchange"),
    fetch=ByWeek("week", column="week_date"),
    period="week",
    page_rows=4000,
    points=600,
    calls_per_minute=200,
    published=PublicationHour(time(20, 0), lag_days=1),
    first_day=date(2010, 3, 5),
    modules=("task.exposure", "task.liquidity"),
)
