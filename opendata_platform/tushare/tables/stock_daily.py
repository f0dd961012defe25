"""Daily bars of A-shares with everything that the vendor sends, after-hours trading too."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension("stock-daily", find_api("daily"), title="Daily bars of A-shares", title_zh="A股日线行情（扩展）")
