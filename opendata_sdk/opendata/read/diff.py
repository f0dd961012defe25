"""Two states or versions compared: first by hash, tree against tree, then the rows of the files that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opendata.contract.ids import Version, Versioning
from opendata.contract.records import Data, Record
from opendata.contract.schema import Column, TableSchema
from opendata.contract.selectors import Selector
from opendata.errors import VersionNotFound
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import find_version, read_entries
from opendata.read.changes import differing_heads, shared_segments
from opendata.read.engines import get_engine
from opendata.read.html import Shown
from opendata.read.plan import Part, read_schema
from opendata.read.request import Slice
from opendata.read.source import Source
from opendata.read.tables import make_table

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, slots=True)
class Side:
    """One of two things to compare: a dataset in some state, or one version of it."""

    record: Record
    selector: Selector

    @property
    def version(self) -> Version | None:
        """The version, if one was named."""
        return self.selector if isinstance(self.selector, Version) else None

    @property
    def name(self) -> str:
        """What to load to get it, for ever."""
        return str(self.version or f"seq:{self.record.seq}")


@dataclass(frozen=True, slots=True)
class Pair:
    """One partition, or one complete copy, on both sides; None where it is not."""

    before: Data | None
    after: Data | None

    @property
    def is_equal(self) -> bool:
        """Whether the same rows are in it, under the same schema."""
        before, after = self.before, self.after
        if before is None or after is None:
            return before is after
        return (before.content_hash, before.schema_hash) == (after.content_hash, after.schema_hash)

    @property
    def partition(self) -> str:
        """Its name."""
        data = self.after or self.before
        return Version.parse(data.version).base if data else ""


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column that is declared otherwise: type, nullability or unit; None where there is no such column."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What two sides do not have in common, and how many rows are equal by hash."""

    pairs: tuple[Pair, ...]
    equal_rows: int
    columns: tuple[ColumnChange, ...]
    schema: TableSchema
    """That of the second side, or of the first where the second is empty."""
    key: tuple[str, ...]
    """The primary key, if it is the same on both sides."""


def find_difference(a: Side, b: Side) -> Steps[Difference]:
    """Compare two sides of one dataset by hash; segments that both have are not read."""
    pairs, equal_rows = yield from _pairs(a, b)
    before, after = yield from _schemas(a, b, pairs)
    schema = after or before
    if schema is None:
        raise VersionNotFound(f"{a.record.dataset} shows no data at {a.name} and at {b.name}")
    same_key = before is None or before.primary_key == schema.primary_key
    return Difference(
        pairs=tuple(pair for pair in pairs if not pair.is_equal),
        equal_rows=equal_rows + sum(pair.after.rows for pair in pairs if pair.is_equal and pair.after),
        columns=column_changes(before, after) if before and after else (),
        schema=schema,
        key=schema.primary_key if same_key else (),
    )


def _schemas(a: Side, b: Side, pairs: Sequence[Pair]) -> Steps[tuple[TableSchema | None, TableSchema | None]]:
    """The schemas of the newest versions that are compared; None for a side without any."""
    united = a.record.versioning is Versioning.DATE and a.version is None and b.version is None
    first = a.record.newest if united else pairs[0].before
    last = b.record.newest if united else pairs[0].after
    before = (yield from read_schema(a.record.dataset, first)) if first else None
    if first and last and first.schema_hash == last.schema_hash:
        return before, before
    return before, (yield from read_schema(b.record.dataset, last)) if last else None


def _pairs(a: Side, b: Side) -> Steps[tuple[Sequence[Pair], int]]:
    """What is to be compared with what, and the rows in segments that both sides have."""
    united = a.record.versioning is Versioning.DATE
    if united and a.version is None and b.version is None:
        shared = shared_segments(a.record.tree, b.record.tree)
        heads = yield from differing_heads(a.record.tree, b.record.tree)
        pairs = [Pair(h.before.data if h.before else None, h.after.data if h.after else None) for h in heads]
        return pairs, sum(ref.rows for ref in b.record.tree if ref.key in shared)
    named = a.version or b.version
    before = yield from _one_file(a, named if united else None)
    after = yield from _one_file(b, named if united else None)
    return [Pair(before, after)], 0


def _one_file(side: Side, named: Version | None) -> Steps[Data | None]:
    """The version of a side; of a state, the head of the partition `named`, else the newest complete copy."""
    if side.version:
        return (yield from find_version(side.record, side.version))
    if named is None:
        return side.record.newest
    heads = yield from read_entries(side.record, named.base, named.base)
    return heads[0].data if heads else None


def column_changes(before: TableSchema, after: TableSchema) -> tuple[ColumnChange, ...]:
    """The columns that are declared otherwise after than before."""
    old = {column.name: _declaration(column) for column in before.columns}
    new = {column.name: _declaration(column) for column in after.columns}
    return tuple(
        ColumnChange(name, old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)
    )


def _declaration(column: Column) -> str:
    """A column as text: `float64 [USD], nullable`."""
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.type}{unit}{', nullable' if column.nullable else ''}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Diff(Shown):
    """What lies between two states or versions, `a` and `b`."""

    dataset: str
    a: str
    b: str
    partitions_added: tuple[str, ...]
    partitions_removed: tuple[str, ...]
    partitions_changed: tuple[str, ...]
    columns: tuple[ColumnChange, ...]
    rows_added: int
    rows_removed: int
    rows_changed: int
    rows_unchanged: int
    rows: polars.DataFrame
    """The key of each row that is not the same (the whole row, where there is no key), and what happened to it."""
    cells: polars.DataFrame
    """Key, column, before and after, as text, for each cell that changed in a row that both have."""
    added: polars.DataFrame
    """The rows that only `b` has."""
    removed: polars.DataFrame
    """The rows that only `a` has."""

    def __bool__(self) -> bool:
        """Whether anything is different."""
        return bool(self.columns or self.rows.height)

    def shown(self) -> dict[str, object]:
        """The sides and the numbers."""
        return {
            "dataset": self.dataset,
            "a": self.a,
            "b": self.b,
            "partitions_added": self.partitions_added,
            "partitions_removed": self.partitions_removed,
            "partitions_changed": self.partitions_changed,
            "columns": self.columns,
            "rows_added": self.rows_added,
            "rows_removed": self.rows_removed,
            "rows_changed": self.rows_changed,
            "rows_unchanged": self.rows_unchanged,
        }

    def summary(self) -> str:
        """The numbers in a few lines."""
        partitions = self.partitions_added, self.partitions_removed, self.partitions_changed
        lines = [
            f"{self.dataset}: {self.a} → {self.b}",
            "partitions: {} added, {} removed, {} changed".format(*map(len, partitions)),
            *(f"column {c.column}: {c.before or 'absent'} → {c.after or 'absent'}" for c in self.columns),
            f"rows: {self.rows_added} added, {self.rows_removed} removed, {self.rows_changed} changed, "
            f"{self.rows_unchanged} unchanged",
        ]
        return "\n".join(lines)


def compare_sides(source: Source, a: Side, b: Side) -> Diff:
    """Compare two sides of one dataset; only files that differ are read. Raises VersionNotFound if both are empty."""
    engine = get_engine("polars")
    import polars

    from opendata.read.compare import compare

    found = source.run(lambda: find_difference(a, b))

    def load(data: Sequence[Data]) -> polars.DataFrame | None:
        if not data:
            return None
        parts = [Part(d.key(a.record.dataset), d.sha256, d.bytes, d.rows, d.schema_hash) for d in data]
        frame: polars.DataFrame = engine.load(make_table(parts, source.files(parts), Slice(), engine.read_footer, None))
        return frame

    before = load([pair.before for pair in found.pairs if pair.before])
    after = load([pair.after for pair in found.pairs if pair.after])
    nothing = polars.DataFrame(schema={column.name: polars.String() for column in found.schema.columns})
    other = next((frame for frame in (after, before) if frame is not None), nothing).clear()
    compared = compare(other if before is None else before, other if after is None else after, found.key)
    return Diff(
        dataset=a.record.dataset,
        a=a.name,
        b=b.name,
        partitions_added=tuple(pair.partition for pair in found.pairs if not pair.before),
        partitions_removed=tuple(pair.partition for pair in found.pairs if not pair.after),
        partitions_changed=tuple(pair.partition for pair in found.pairs if pair.before and pair.after),
        columns=found.columns,
        rows_added=compared.added.height,
        rows_removed=compared.removed.height,
        rows_changed=compared.changed,
        rows_unchanged=compared.unchanged + found.equal_rows,
        rows=compared.rows,
        cells=compared.cells,
        added=compared.added,
        removed=compared.removed,
    )
