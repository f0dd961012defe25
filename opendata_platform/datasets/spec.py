"""What a dataset declares, once: everything else (asset, checks, metadata, schedule) is made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from typing import TypeAlias

import dataframely as dy
from opendata.contract.ids import check_dataset_id
from opendata.contract.metadata import META_VERSION, Metadata
from opendata.contract.schema import TableSchema

from opendata_platform.datasets.partitions import SnapshotDays, UtcDays
from opendata_platform.quality.checks import STANDARD, Check
from opendata_platform.quality.schemas import table_schema
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.http import Fetch
from opendata_platform.sources.outcome import Provenance, RawCapture

REPOSITORY = "https://github.com/opendata-platform/opendata"
"""Where the declarations of the official datasets are kept."""

Parse: TypeAlias = Callable[[RawCapture], Parsed]
"""A connector's reading of an answer; raises ParseError."""


@dataclass(frozen=True, slots=True)
class PublicationTime:
    """When a source has a day: at `at` (UTC), `lag_days` after it; and how many days before that are asked for again
    each time, so that late corrections are found and missed days are made up for."""

    at: time
    lag_days: int = 0
    revisit_days: int = 0


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
    partitions: UtcDays | SnapshotDays
    service: str
    """The source's name among the base URLs; runs that ask the same service share a pool."""
    fetch: Fetch
    parse: Parse
    due: PublicationTime
    partition_column: str | None = None
    checks: tuple[Check, ...] = ()
    """Those of this dataset, beside the standard ones."""

    def __post_init__(self) -> None:
        check_dataset_id(self.id)

    @cached_property
    def table(self) -> TableSchema:
        """The contract's form of the schema."""
        return table_schema(self.schema, self.partition_column)

    @property
    def gate(self) -> tuple[Check, ...]:
        """All checks that must have a result before anything is published."""
        return (*STANDARD, *self.checks)

    @property
    def required(self) -> frozenset[str]:
        """Their names."""
        return frozenset(check.name for check in self.gate)

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
                **origin,
            }
        )
