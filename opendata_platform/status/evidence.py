"""What a rule looks at: a fact that a published table may have about an instrument, and when enough of them hold.

Not here: which facts a module needs (`rules.py`), reading them (`facts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypeAlias

import polars as pl

By: TypeAlias = Literal["symbol", "product", "continuous", "series"]
"""Which property of an instrument is looked up: its code, its futures product, the code of that product's continuous
contract; or the name of a macro series."""

LOOK_BACK = 5
"""Slices before the day in which the last row of something absent is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A fact that a table may have: present if a row counts that is at most `max_age` days old."""

    name: str
    dataset: str
    key: str = "symbol"
    """The table's column that is compared with what is looked up."""
    by: By = "symbol"
    only: str | None = None
    """One key that counts for every instrument: of the market, not of the instrument."""
    any_of: tuple[str, ...] = ()
    """A row counts if any of these columns is not null; without columns every row counts. Zero is not null."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Values that a row must have to be looked at."""
    dated: pl.Expr = field(default_factory=lambda: pl.col("trade_date"))
    """The day that a row is of."""
    max_age: int | None = 0
    """Calendar days; 0 is the same day, None any age."""

    def within(self, days: int | None) -> Evidence:
        """The same fact, at most so many days old."""
        return replace(self, max_age=days)

    def holds(self, day: date) -> pl.Expr:
        """Whether it is present on a day, given the columns of its last day and whether that one is fresh."""
        last, fresh = pl.col(f"{self.name}:last"), pl.col(f"{self.name}:fresh").fill_null(False)
        if self.max_age is None:
            return fresh & last.is_not_null()
        return fresh & ((pl.lit(day) - last).dt.total_days() <= self.max_age).fill_null(False)


@dataclass(frozen=True, slots=True)
class Need:
    """So many of these facts must hold."""

    of: tuple[Evidence, ...]
    at_least: int = 1

    def met(self, day: date) -> pl.Expr:
        """Whether enough of them hold on a day."""
        return pl.sum_horizontal(item.holds(day).cast(pl.Int64) for item in self.of) >= self.at_least


def one(*of: Evidence) -> Need:
    """One of these facts."""
    return Need(of)


def each(*of: Evidence) -> tuple[Need, ...]:
    """All of these facts."""
    return tuple(Need((item,)) for item in of)
