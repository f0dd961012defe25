"""Money flow of A-shares by size of orders."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "stock-moneyflow", find_api("moneyflow"), title="Money flow of A-shares, daily", title_zh="A股个股资金流向"
)
