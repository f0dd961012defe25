"""Valuation and share counts of broad indices."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "index-daily-basics",
    find_api("index_dailybasic"),
    title="Valuation of broad indices, daily",
    title_zh="大盘指数每日指标",
    renamed={"ts_code": "index_code"},
)
