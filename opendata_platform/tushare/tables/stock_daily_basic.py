"""Valuation, turnover and share counts of A-shares."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "stock-daily-basic",
    find_api("daily_basic"),
    title="Valuation and share counts of A-shares, daily",
    title_zh="A股每日指标",
)
