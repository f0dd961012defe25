"""polars queries that have not run yet."""

from __future__ import annotations

from opendata.read.engines.polars import read_footer
from opendata.read.engines.polars import scan as load

__all__ = ["load", "read_footer"]
