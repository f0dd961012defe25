"""Weekly bars of A-shares."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension("stock-weekly", find_api("weekly"), title="Weekly bars of A-shares", title_zh="A股周线行情")
