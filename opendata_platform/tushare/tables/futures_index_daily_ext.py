"""Daily bars of futures indices with everything that the vendor sends."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "futures-index-daily-ext",
    find_api("fut_index_daily"),
    title="Daily bars of the Nanhua futures indices",
    title_zh="南华期货指数日线（扩展）",
)
