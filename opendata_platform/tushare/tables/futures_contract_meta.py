"""The terms of futures contracts."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension("futures-contract-meta", find_api("fut_basic"), title="Futures contracts", title_zh="期货合约信息")
