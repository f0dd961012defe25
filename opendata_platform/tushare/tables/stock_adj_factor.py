"""Adjustment factors of A-shares."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "stock-adj-factor", find_api("adj_factor"), title="Adjustment factors of A-shares", title_zh="A股复权因子"
)
