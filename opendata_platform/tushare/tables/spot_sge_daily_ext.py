"""Daily bars of the Shanghai Gold Exchange with everything that the vendor sends."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "spot-sge-daily-ext",
    find_api("sge_daily"),
    title="Daily bars of the Shanghai Gold Exchange",
    title_zh="上金所现货日线（扩展）",
)
