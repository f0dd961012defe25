"""Upper and lower price limits."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "stock-limit", find_api("stk_limit"), title="Price limits of stocks and funds, daily", title_zh="每日涨跌停价格"
)
