"""From a state and a slice to what is read: partitions pruned by time, packs in place of partitions where that moves
fewer bytes, and of a pack only the column chunks that can hold the rows and columns wanted.

Nothing is fetched here but documents: the segments of the tree and the layouts of packs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias, TypeVar

from opendata.contract.fields import parse_object
from opendata.contract.footer import Span
from opendata.contract.ids import Version, Versioning, order_key
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.layout import Layout
from opendata.contract.records import Data, ObjectRef, Pack, Record, SegmentRef
from opendata.contract.schema import TableSchema
from opendata.errors import Gone, IntegrityError, VersionNotFound
from opendata.protocol.objects import get, verified_body
from opendata.protocol.operations import Found, Get, Steps, Together
from opendata.protocol.pack import uncovered
from opendata.protocol.resolve import find_version
from opendata.protocol.tree import read_segments
from opendata.read.conditions import conditions_of, may_hold, values_of
from opendata.read.html import Shown
from opendata.read.request import Slice, Target, Window

FOOTER_KEY = "opendata.schema"
"""Where a data file's footer has the declared schema."""

REQUEST = 100_000
"""What a request costs, in bytes that could be transferred meanwhile."""

WHOLE = 0.7
"""Share of a file from which it is read as a whole: one object to keep and to verify instead of many chunks."""


@dataclass(frozen=True)
class Selection:
    """Some row groups and columns of a file, by their numbers."""

    layout: Layout
    groups: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def chunks(self) -> list[tuple[str, Span]]:
        """The sha256 and place of each column chunk, in the order of the file made of them."""
        footer = self.layout.footer
        return [(self.layout.digest(g, c), footer.span(g, c)) for g in self.groups for c in self.columns]

    @property
    def shape(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """How many of how many row groups, and of how many columns."""
        footer = self.layout.footer
        return (len(self.groups), len(footer.rows)), (len(self.columns), len(footer.columns))

    @property
    def bytes(self) -> int:
        """The size of all chunks."""
        return sum(span.size for _, span in self.chunks)


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file: where it is, what its bytes must hash to, and how much of it is wanted."""

    key: str
    sha256: str
    bytes: int
    rows: int
    schema_hash: str
    layout: ObjectRef | None = None
    """What must be known to read parts of the file, if there is such a document."""
    sorted_by: str | None = None
    """The column that its rows are sorted by first, where that is not the order of storage."""
    selection: Selection | None = None
    """What is wanted of it; None: all of it."""

    @property
    def size(self) -> int:
        """Bytes that are wanted."""
        return self.selection.bytes if self.selection else self.bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a load would read of one object; `transfer` is the bytes of it that are not here yet."""

    key: str
    rows: int
    bytes: int
    size: int
    """Bytes of the whole object."""
    groups: tuple[int, int] | None
    """How many of how many row groups; None: the object is read as a whole."""
    columns: tuple[int, int] | None
    """How many of how many columns."""
    transfer: int
    requests: int


@dataclass(frozen=True, slots=True, repr=False)
class LoadPlan(Shown):
    """What a load would read (`explain`, `dry_run=True`); `transfer` is the bytes of it that are not here yet."""

    dataset: str
    version: str | None
    seq: int
    files: int
    rows: int
    """Rows within what is read: filters may leave out some."""
    bytes: int
    transfer: int
    requests: int
    objects: tuple[Wanted, ...]


_Rows = TypeVar("_Rows", Part, SegmentRef)

FindSlice: TypeAlias = Callable[[Slice, Record], Steps[tuple[Part, ...]]]
"""Finds the files that hold a slice in the state of a record."""


def find_parts(target: Target, wanted: Slice, record: Record) -> Steps[tuple[Part, ...]]:
    """The files that hold the slice, in row order; never empty, so that an empty slice still has its columns.

    Raises VersionNotFound if nothing is visible.
    """
    if isinstance(target.selector, Version) or record.versioning is not Versioning.DATE:
        parts = yield from find_head(target, record)
    else:
        newest = _newest_part(record)
        parts = (yield from _parts_within(record, wanted)) or (newest,)
    return (yield from _selected(parts, wanted))


def find_head(target: Target, record: Record) -> Steps[tuple[Part, ...]]:
    """The file of the version asked for, else of the newest one."""
    if isinstance(target.selector, Version):
        return (_part(record, (yield from find_version(record, target.selector))),)
    return (_newest_part(record),)


def missing_schema(target: Target, parts: Sequence[Part], record: Record) -> Steps[TableSchema | None]:
    """The schema of the newest version, if none of these parts of a united table shows it: it has all columns."""
    newest = record.newest
    united = record.versioning is Versioning.DATE and not isinstance(target.selector, Version)
    if not united or newest is None or newest.schema_hash in {part.schema_hash for part in parts}:
        return None
    return (yield from read_schema(record.dataset, newest))


def read_schema(dataset: str, data: Data) -> Steps[TableSchema]:
    """The schema of a version; what schema.json says must be what the commit recorded."""
    key = object_key(ObjectKind.SCHEMA, dataset=dataset, version=data.version)
    reply = yield from get(key)
    if not isinstance(reply, Found):
        raise Gone(f"{key} is missing from the store", hint="run `odp fsck` on the store")
    schema = TableSchema.from_dict(parse_object(reply.body, key))
    if schema.schema_hash != data.schema_hash:
        raise IntegrityError(f"{key} does not have the recorded schema_hash", hint="run `odp fsck` on the store")
    return schema


def _newest_part(record: Record) -> Part:
    """The file of the newest version. Raises VersionNotFound if nothing is visible."""
    if record.newest is None:
        raise VersionNotFound(
            f"{record.dataset} shows no data at commit {record.seq}", hint=f"see `od versions {record.dataset}`"
        )
    return _part(record, record.newest)


def _parts_within(record: Record, wanted: Slice) -> Steps[tuple[Part, ...]]:
    refs = [ref for ref in record.tree if ref.parts and wanted.window.overlaps(ref.min, ref.max)]
    packs = _cheapest(record, refs, wanted)
    rest = _enough([ref for ref in refs if not _stands_for(packs, ref, wanted.window)], wanted)
    segments = yield from read_segments(rest)
    entries = [
        entry
        for ref in rest
        for entry in segments[ref.key]
        if entry.data and wanted.window.overlaps(entry.data.min, entry.data.max)
    ]
    placed = [(order_key(pack.lo), _pack_part(pack)) for pack in packs]
    placed += [(order_key(e.partition), _part(record, e.data)) for e in uncovered(entries, packs) if e.data]
    return tuple(_enough([part for _, part in sorted(placed, key=lambda item: item[0])], wanted))


def _stands_for(packs: Sequence[Pack], ref: SegmentRef, window: Window) -> bool:
    """Whether one of the packs stands for all of a segment, or for all days of it that are wanted."""
    lo, hi = order_key(ref.lo), order_key(ref.hi)
    if any(order_key(pack.lo) <= lo and hi <= order_key(pack.hi) for pack in packs):
        return True
    if ref.min is None or ref.max is None:
        return False
    first = max(ref.min[:10], window.first.isoformat() if window.first else "")
    last = min(ref.max[:10], window.last.isoformat() if window.last else "9999")
    return any(pack.since and pack.until and pack.since <= first and last <= pack.until for pack in packs)


def _cheapest(record: Record, refs: Sequence[SegmentRef], wanted: Slice) -> list[Pack]:
    """The packs to read in place of their partitions; none where reading the partitions costs less."""
    if not refs or (wanted.n_rows is not None and not wanted.filters and not wanted.window):
        return []
    per_file = REQUEST + record.totals.bytes / max(1, record.totals.parts)
    files = sum(ref.parts * _share(wanted.window, ref.min, ref.max) for ref in refs)
    best: list[Pack] = []
    least = per_file * max(1.0, files)
    for sorted_by in {pack.sorted_by: None for pack in record.packs}:
        if sorted_by is not None and values_of(wanted, sorted_by) is None:
            continue  # it would have to be read whole and sorted back
        chosen: list[Pack] = []
        cost, left = 0.0, files
        for pack in _disjoint(record, sorted_by, wanted.window):
            stands_for = pack.parts * _share(wanted.window, pack.min, pack.max)
            if (price := _price(pack, wanted)) < per_file * max(1.0, stands_for):
                chosen.append(pack)
                cost += price
                left -= stands_for
        cost += per_file * max(0.0, left)
        if chosen and cost < least:
            best, least = chosen, cost
    return best


def _disjoint(record: Record, sorted_by: str | None, window: Window) -> list[Pack]:
    """Packs of one order that can hold rows of the window, the big ones first, none with partitions of another."""
    chosen: list[Pack] = []
    for pack in sorted(record.packs, key=lambda pack: -pack.rows):
        if pack.sorted_by != sorted_by or not window.overlaps(pack.min, pack.max):
            continue
        lo, hi = order_key(pack.lo), order_key(pack.hi)
        if all(hi < order_key(other.lo) or order_key(other.hi) < lo for other in chosen):
            chosen.append(pack)
    return chosen


def _price(pack: Pack, wanted: Slice) -> float:
    """About how many bytes reading a slice from a pack costs: the chunks that it needs, and requests."""
    if pack.sorted_by is None:
        groups = min(float(pack.groups), _share(wanted.window, pack.min, pack.max) * pack.groups + 1)
    else:
        groups = float(min(values_of(wanted, pack.sorted_by) or 0, pack.groups))
    used = {*(wanted.columns or ()), *(c.column for group in wanted.filters for c in group)}
    columns = min(len(used) + 1, pack.columns) if wanted.columns else pack.columns
    return pack.bytes * groups / pack.groups * columns / pack.columns + REQUEST * 2


def _share(window: Window, minimum: str | None, maximum: str | None) -> float:
    """About which share of a range of time lies within the window."""
    if not window or minimum is None or maximum is None:
        return 1.0
    first, last = date.fromisoformat(minimum[:10]), date.fromisoformat(maximum[:10])
    low, high = max(first, window.first or first), min(last, window.last or last)
    return max(0, (high - low).days + 1) / ((last - first).days + 1)


def _enough(items: Sequence[_Rows], wanted: Slice) -> list[_Rows]:
    """The first items that together hold `n_rows`, where no row is filtered out."""
    if wanted.n_rows is None or wanted.window or wanted.filters:
        return list(items)
    chosen: list[_Rows] = []
    rows = 0
    for item in items:
        if chosen and rows >= wanted.n_rows:
            break
        chosen.append(item)
        rows += item.rows
    return chosen


def _part(record: Record, data: Data) -> Part:
    """The file of one version."""
    key = data.key(record.dataset)
    layout = next((pack.layout for pack in record.packs if pack.key == key), None)
    return Part(key, data.sha256, data.bytes, data.rows, data.schema_hash, layout)


def _pack_part(pack: Pack) -> Part:
    return Part(pack.key, pack.sha256, pack.bytes, pack.rows, pack.schema_hash, pack.layout, pack.sorted_by)


def _selected(parts: Iterable[Part], wanted: Slice) -> Steps[tuple[Part, ...]]:
    """The parts, with what is wanted of those that can be read by column chunk; at least one stays."""
    everything = not (wanted.columns or wanted.window or wanted.filters or wanted.n_rows is not None)
    layouts = {} if everything else (yield from _read_layouts(parts))
    chosen = [_select(part, layouts[part.sha256], wanted) if part.sha256 in layouts else part for part in parts]
    filled = [part for part in chosen if part.selection is None or part.selection.groups]
    return tuple(filled or chosen[-1:])


def _read_layouts(parts: Iterable[Part]) -> Steps[dict[str, Layout]]:
    """The layouts of the parts that have one, by the hash of the file."""
    described = [(part, part.layout) for part in parts if part.layout]
    if not described:
        return {}
    replies = yield Together(tuple(Get(ref.key, ref.sha256) for _, ref in described))
    layouts = {}
    for (part, ref), reply in zip(described, replies, strict=True):
        layout = Layout.from_bytes(verified_body(ref, reply))
        if layout.sha256 != part.sha256:
            raise IntegrityError(f"{ref.key} describes another file", hint="run `odp fsck` on the store")
        layouts[part.sha256] = layout
    return layouts


def _select(part: Part, layout: Layout, wanted: Slice) -> Part:
    """What a slice needs of one file."""
    footer = layout.footer
    schema = TableSchema.from_dict(json.loads(footer.metadata[FOOTER_KEY]))
    types = {column.name: column.type for column in schema.columns}
    conditions = conditions_of(schema, wanted)

    def holds(group: int) -> bool:
        return may_hold(conditions, lambda name: footer.range(group, name, types[name]))

    groups = [group for group in range(len(footer.rows)) if holds(group)]
    if wanted.n_rows is not None and not conditions and part.sorted_by is None:
        groups = [group for group in groups if sum(footer.rows[:group]) < max(1, wanted.n_rows)]
    needed = {column for alternative in conditions for column, _, _ in alternative}
    needed.update(wanted.columns or types)
    if part.sorted_by:
        needed.update(schema.storage_order)
    columns = [index for index, name in enumerate(footer.columns) if name in needed] or [0]
    selection = Selection(layout, tuple(groups), tuple(columns))
    if selection.bytes > WHOLE * part.bytes:
        return part
    return replace(part, rows=sum(footer.rows[group] for group in groups), selection=selection)
