"""Net asset values of exchange-traded funds."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "etf-nav", find_api("fund_nav"), title="Net asset values of exchange-traded funds", title_zh="场内基金净值"
)
