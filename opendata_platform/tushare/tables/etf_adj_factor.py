"""Adjustment factors of exchange-traded funds."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "etf-adj-factor",
    find_api("fund_adj"),
    title="Adjustment factors of exchange-traded funds",
    title_zh="场内基金复权因子",
)
