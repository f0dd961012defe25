"""The assets of Tushare: one per API as returned, one per table that is built from them."""

from __future__ import annotations

from assets.factory import build_asset
from opendata_platform.datasets.tushare import specs

ASSETS = [build_asset(spec) for spec in specs()]
