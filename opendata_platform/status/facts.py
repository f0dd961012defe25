"""Facts read from published tables: of each key the newest day on which a row counts, and whether today's row is null.

Rows of later days are never looked at, so a day that is computed again after more has come sees no more of the future.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.status.evidence import LOOK_BACK, Evidence

EMPTY = pl.DataFrame(schema={"key": pl.String, "last": pl.Date, "null": pl.Boolean, "fresh": pl.Boolean})


class Published(Related, Protocol):
    """The published data, and who published them."""

    def run_of(self, dataset: str) -> str | None:
        """The run that published the newest partition that was read of a dataset."""
        ...


class Facts:
    """What the published tables say about a day; each table is read once."""

    def __init__(self, day: date, related: Published) -> None:
        self._day = day
        self._related = related
        self._rows: dict[str, pl.DataFrame | None] = {}
        self._found: dict[Evidence, pl.DataFrame] = {}

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """The newest complete copy of a list."""
        return self._related.newest(dataset)

    def rows(self, dataset: str) -> pl.DataFrame | None:
        """The rows of a table's slices up to the day, the newest slice first; None where nothing is published."""
        if dataset not in self._rows:
            slices = [self._related.frame(dataset, -back) for back in range(LOOK_BACK + 1)]
            present = [frame for frame in slices if frame is not None]
            self._rows[dataset] = pl.concat(present) if present else None
        return self._rows[dataset]

    def of(self, evidence: Evidence) -> pl.DataFrame:
        """`key`, the `last` day on which it is present, `null` (a row of the day has no value) and `fresh` (always)."""
        if evidence not in self._found:
            rows = self.rows(evidence.dataset)
            self._found[evidence] = EMPTY if rows is None else self._look(evidence, rows)
        return self._found[evidence]

    def _look(self, evidence: Evidence, rows: pl.DataFrame) -> pl.DataFrame:
        filled = [pl.col(name).is_not_null() for name in evidence.any_of]
        dated = rows.filter(pl.lit(True), *(pl.col(name) == value for name, value in evidence.where.items())).select(
            pl.col(evidence.key).alias("key"),
            evidence.dated.alias("day"),
            (pl.any_horizontal(filled) if filled else pl.lit(True)).alias("filled"),
        )
        known = dated.filter(pl.col("day") <= self._day, pl.col("key").is_not_null())
        return known.group_by("key").agg(
            pl.col("day").filter("filled").max().alias("last"),
            ((pl.col("day") == self._day) & ~pl.col("filled")).any().alias("null"),
            pl.lit(True).alias("fresh"),
        )

    def runs(self, datasets: Iterable[str]) -> dict[str, str | None]:
        """The run that published each dataset."""
        return {dataset: self._related.run_of(dataset) for dataset in datasets}
