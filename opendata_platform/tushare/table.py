"""What a table that is built from other datasets declares: its inputs, schema, rows and checks.

Not here: the declarations (`tables/`) and how they are run (`datasets/`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import dataframely as dy
import polars as pl
from opendata.contract.metadata import Adjustment, PointInTime

from opendata_platform.quality.checks import Check, Related
from opendata_platform.tushare.declare import AssetClass, Period

Build: TypeAlias = Callable[[str, Related], pl.DataFrame]
"""(partition key, published data) -> the table's rows, without `ingested_at`, which is added on publication."""


@dataclass(frozen=True, slots=True)
class Input:
    """A dataset that the table is built from."""

    dataset: str
    """Its id: `tushare-raw/daily`, `tushare/daily-prices`."""
    required: bool = True
    """Whether the table cannot be built without it. A partition of an optional input that is missing although the
    dataset has been published before is warned of, and a later run adds its rows as a revision."""


@dataclass(frozen=True)
class Table:
    """The declaration of one table."""

    name: str
    title: str
    title_zh: str
    description: str
    description_zh: str
    asset_class: AssetClass | None
    """None for tables of all asset classes."""
    schema: type[dy.Schema]
    period: Period
    inputs: tuple[Input, ...]
    build: Build
    partition_column: str | None = "trade_date"
    sparse: bool = False
    """Whether a partition may rightly have no row."""
    checks: tuple[Check, ...] = ()
    adjustment: Adjustment | None = None
    """How readers may have its prices adjusted."""
    point_in_time: PointInTime | None = None
    """How readers see only what was knowable at a time."""

    @property
    def id(self) -> str:
        """The dataset's id."""
        return f"tushare/{self.name}"
