"""Money flow of A-shares by size of orders."""

from __future__ import annotations

from dataclasses import replace

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import LOT, Normal
from opendata_platform.tushare.extension import extension

_LOTS = find_api("moneyflow")
_SHARES = tuple(replace(f, normal=Normal("share", LOT)) if f.name.endswith("_vol") else f for f in _LOTS.fields)

TABLE = extension(
    "stock-moneyflow",
    replace(_LOTS, fields=_SHARES),
    title="Money flow of A-shares, daily",
    title_zh="A股个股资金流向",
)
