"""What the rows of a dataset mean: which column holds the symbols, which are prices, when a row became known.

Read from the metadata and the schema of one state; a dataset that does not say it cannot be asked for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from opendata.contract.ids import Version
from opendata.contract.metadata import Adjustment, Metadata, PointInTime
from opendata.contract.records import Data, Record
from opendata.contract.schema import TableSchema
from opendata.contract.selectors import Selector
from opendata.errors import InvalidValue, NotAdjustable, NotPointInTime, VersionNotFound
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps, T
from opendata.protocol.resolve import find_version
from opendata.read.plan import read_schema

SYMBOL_COLUMNS = ("symbol", "ts_code", "code", "instrument")
"""Names by which the column of the symbols is known where the metadata do not name it."""


def find_symbol_column(metadata: Metadata, schema: TableSchema) -> str | None:
    """The column that holds the symbols: the one that the metadata name, else the only one with a usual name."""
    names = [column.name for column in schema.columns]
    declared = metadata.document.get("symbol_column")
    found = [name for name in names if name == declared or (declared is None and name in SYMBOL_COLUMNS)]
    return found[0] if len(found) == 1 else None


class Meaning:
    """One state of a dataset, or one version of it. Documents are read when they are needed."""

    def __init__(self, record: Record, selector: Selector, run: Callable[[Callable[[], Steps[T]]], T]) -> None:
        """`run` runs a protocol function that reads."""
        self._record = record
        self._selector = selector
        self._run: Callable[[Callable[[], Steps[Any]]], Any] = run
        self.committed_at = record.committed_at

    @cached_property
    def metadata(self) -> Metadata:
        """The metadata that the state was published with."""
        return Metadata.from_bytes(self._run(lambda: get_verified(self._record.metadata)))

    @cached_property
    def schema(self) -> TableSchema:
        """The schema of the newest version, or of the one that is meant."""
        schema: TableSchema = self._run(lambda: read_schema(self._record.dataset, self._data))
        return schema

    @property
    def newest(self) -> str | None:
        """The last day or instant of the data; None for a table without a time column."""
        return self._data.max if isinstance(self._selector, Version) else self._record.totals.max

    @cached_property
    def _data(self) -> Data:
        named = self._selector if isinstance(self._selector, Version) else None
        data: Data | None = self._run(lambda: find_version(self._record, named)) if named else self._record.newest
        if data is None:
            raise VersionNotFound(
                f"{self._record.dataset} shows no data at commit {self._record.seq}",
                hint=f"see `od versions {self._record.dataset}`",
            )
        return data

    @property
    def symbol_column(self) -> str:
        """The column that holds the symbols. Raises InvalidValue if it cannot be told which one that is."""
        packed = {pack.sorted_by for pack in self._record.packs if pack.sorted_by in SYMBOL_COLUMNS}
        if len(packed) == 1 and (sorted_by := packed.pop()):
            return sorted_by  # whoever packs sorts by the column that is found below
        if found := find_symbol_column(self.metadata, self.schema):
            return found
        names = ", ".join(column.name for column in self.schema.columns)
        raise InvalidValue(
            "symbols",
            self.metadata.id,
            f"has no column for symbols, or several; its columns are {names}",
            hint='filter the column yourself: filters=[("name", "in", […])]; '
            "a publisher declares `symbol_column` in opendata.yaml",
        )

    @property
    def adjustment(self) -> Adjustment:
        """How prices are adjusted. Raises NotAdjustable."""
        found = self.metadata.adjustment
        if found is None:
            raise NotAdjustable(
                f"{self.metadata.id} does not say which factor adjusts its prices",
                hint="load it without adjust=; a publisher declares `adjustment` in opendata.yaml",
            )
        names = {column.name for column in self.schema.columns}
        if found.factor not in names or self.schema.time_column is None:
            raise NotAdjustable(
                f"{self.metadata.id} has no column {found.factor} or none of time in this state",
                hint="load a newer version, or load it without adjust=",
            )
        return Adjustment(found.factor, tuple(name for name in found.prices if name in names))

    @property
    def point_in_time(self) -> PointInTime:
        """When rows became known. Raises NotPointInTime."""
        found = self.metadata.point_in_time
        if found is None:
            raise NotPointInTime(
                f"{self.metadata.id} does not say when its rows became known",
                hint='version="@2026-11-01T00:00:00Z" reads what was published at that instant',
            )
        return found
