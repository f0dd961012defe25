"""The assets of the official datasets."""

from __future__ import annotations

from assets.factory import build_asset
from opendata_platform.datasets.catalog import official_specs

ASSETS = [build_asset(spec) for spec in official_specs().values()]
