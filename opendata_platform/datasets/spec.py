"""What a dataset declares, once: everything else (asset, checks, metadata, schedule) is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, time, tzinfo
from functools import cached_property

import dataframely as dy
from opendata.contract.ids import check_dataset_id
from opendata.contract.metadata import META_VERSION, Adjustment, Metadata, PointInTime
from opendata.contract.schema import TableSchema

from opendata_platform.datasets.origin import Built, Fetched, Origin
from opendata_platform.datasets.partitions import Partitions, TradingDays
from opendata_platform.datasets.visibility import Visibility, visibility_of
from opendata_platform.quality.checks import STANDARD, Check
from opendata_platform.quality.schemas import table_schema
from opendata_platform.sources.outcome import Provenance

REPOSITORY = "https://github.com/opendata-platform/opendata"
"""Where the declarations of the official datasets are kept."""


@dataclass(frozen=True, slots=True)
class PublicationTime:
    """When a source has a day: at `at` in its zone, `lag_days` after it; and which partitions before that one are asked
    for again each time (1 is the one before it), so that corrections are found and missed days are made up for."""

    at: time
    lag_days: int = 0
    revisit: tuple[int, ...] = ()
    zone: tzinfo = UTC


@dataclass(frozen=True)
class DatasetSpec:
    """The declaration of one dataset."""

    id: str
    title: str
    title_zh: str
    description: str
    description_zh: str
    license: str
    source: str
    homepage: str
    tags: tuple[str, ...]
    frequency: str
    schema: type[dy.Schema]
    partitions: Partitions
    origin: Origin
    due: PublicationTime
    partition_column: str | None = None
    checks: tuple[Check, ...] = ()
    """Those of this dataset, beside the standard ones."""
    sparse: bool = False
    """Whether a partition may rightly have no row."""
    readme: str = ""
    """Markdown: how the data came to be, gaps, caveats; in both languages."""
    visibility: Visibility = "public"
    """Whether index.json lists it, unless the operator says otherwise (`visibility.py`)."""
    adjustment: Adjustment | None = None
    """How readers may have its prices adjusted."""
    point_in_time: PointInTime | None = None
    """How readers see only what was knowable at a time."""

    def __post_init__(self) -> None:
        check_dataset_id(self.id)

    @cached_property
    def table(self) -> TableSchema:
        """The contract's form of the schema."""
        return table_schema(self.schema, self.partition_column)

    @property
    def gate(self) -> tuple[Check, ...]:
        """All checks that must have a result before anything is published."""
        standard = (check for check in STANDARD if not (self.sparse and check.name == "not_empty"))
        return (*standard, *self.checks)

    @property
    def required(self) -> frozenset[str]:
        """Their names."""
        return frozenset(check.name for check in self.gate)

    @property
    def upstream(self) -> tuple[str, ...]:
        """The datasets that must be published before this one: what it is built from and what its checks look at."""
        inputs = [item.dataset for item in self.origin.inputs] if isinstance(self.origin, Built) else []
        return tuple(dict.fromkeys([*inputs, *(name for check in self.gate for name in check.looks_at)]))

    @property
    def pool(self) -> str | None:
        """The pool of runs that ask the same service."""
        return self.origin.service if isinstance(self.origin, Fetched) else None

    def metadata(self, sandbox: Provenance | None) -> Metadata:
        """Metadata v1; data that the sandbox made (from recordings or from nothing) say so there."""
        origin: dict[str, object] = {"source": self.source, "tags": list(self.tags)}
        if sandbox:
            origin = {
                "source": f"SANDBOX ({sandbox}, not live data): {self.source}",
                "tags": [*self.tags, "sandbox"],
                "sandbox": sandbox,
            }
        return Metadata.from_dict(
            {
                "meta_version": META_VERSION,
                "id": self.id,
                "title": self.title,
                "title_zh": self.title_zh,
                "description": self.description,
                "description_zh": self.description_zh,
                "license": self.license,
                "repo": REPOSITORY,
                "homepage": self.homepage,
                "frequency": self.frequency,
                "versioning": self.partitions.versioning.value,
                "primary_key": list(self.table.primary_key),
                **({"visibility": "private"} if visibility_of(self.id, self.visibility) == "private" else {}),
                **({"readme": self.readme} if self.readme else {}),
                **self._meaning(),
                **origin,
            }
        )

    def _meaning(self) -> dict[str, object]:
        """What its rows mean to a reader."""
        found: dict[str, object] = {}
        if isinstance(self.partitions, TradingDays):
            found["calendar"] = self.partitions.calendar
        if self.adjustment:
            found["adjustment"] = {"factor": self.adjustment.factor, "prices": list(self.adjustment.prices)}
        if self.point_in_time:
            found["point_in_time"] = {
                "available": self.point_in_time.available,
                "key": list(self.point_in_time.key),
            }
        return found
