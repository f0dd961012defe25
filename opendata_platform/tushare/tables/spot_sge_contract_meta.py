"""The terms of the contracts of the Shanghai Gold Exchange."""

from __future__ import annotations

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import extension

TABLE = extension(
    "spot-sge-contract-meta",
    find_api("sge_basic"),
    title="Contracts of the Shanghai Gold Exchange",
    title_zh="上金所现货合约信息",
)
