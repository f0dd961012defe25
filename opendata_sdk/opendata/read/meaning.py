"""What the rows of a dataset mean: which column holds the symbols, which are prices, when a row became known.

Read from the metadata and the schema of one state; a dataset that does not say it cannot be asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from opendata.contract.ids import Version
from opendata.contract.metadata import Adjustment, Metadata, PointInTime
from opendata.contract.records import Record
from opendata.contract.schema import TableSchema
from opendata.contract.selectors import Selector
from opendata.errors import InvalidValue, NotAdjustable, NotPointInTime, VersionNotFound
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import find_version
from opendata.read.plan import read_schema

SYMBOL_COLUMNS = ("symbol", "ts_code", "code", "instrument")
"""Names by which the column of the symbols is known where the metadata do not name it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One state of a dataset, or one version of it."""

    metadata: Metadata
    schema: TableSchema
    newest: str | None
    """The last day or instant of its data; None for a table without a time column."""
    committed_at: str

    @property
    def symbol_column(self) -> str:
        """The column that holds the symbols. Raises InvalidValue if it cannot be told which one that is."""
        names = [column.name for column in self.schema.columns]
        declared = self.metadata.document.get("symbol_column")
        found = [name for name in names if name == declared or (declared is None and name in SYMBOL_COLUMNS)]
        if len(found) != 1:
            raise InvalidValue(
                "symbols",
                self.metadata.id,
                f"has {' and '.join(found) or 'no column'} for symbols; its columns are {', '.join(names)}",
                hint='filter the column yourself: filters=[("name", "in", […])]; '
                "a publisher declares `symbol_column` in opendata.yaml",
            )
        return found[0]

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


def read_meaning(record: Record, selector: Selector) -> Steps[Meaning]:
    """Of the state of a record, or of one version in it. Raises VersionNotFound if it shows no data."""
    metadata = Metadata.from_bytes((yield from get_verified(record.metadata)))
    named = (yield from find_version(record, selector)) if isinstance(selector, Version) else None
    data = named or record.newest
    if data is None:
        raise VersionNotFound(
            f"{record.dataset} shows no data at commit {record.seq}", hint=f"see `od versions {record.dataset}`"
        )
    schema = yield from read_schema(record.dataset, data)
    return Meaning(metadata, schema, data.max if named else record.totals.max, record.committed_at)
