"""Daily bars of exchange-traded funds with everything that the vendor sends."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "etf-daily-ext",
    find_api("fund_daily"),
    title="Daily bars of exchange-traded funds",
    title_zh="场内基金日线行情（扩展）",
)
