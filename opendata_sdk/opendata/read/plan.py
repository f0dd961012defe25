"""From a state and a slice to the files to read: prune by time range, put packs in place of their partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from opendata.contract.fields import parse_object
from opendata.contract.ids import Version, Versioning, order_key
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Data, Entry, Record
from opendata.contract.schema import TableSchema
from opendata.errors import Gone, IntegrityError, VersionNotFound
from opendata.protocol.objects import get
from opendata.protocol.operations import Found, Steps
from opendata.protocol.pack import usable_packs
from opendata.protocol.resolve import find_version
from opendata.protocol.tree import read_segments
from opendata.read.request import Slice, Target, Window


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file: where it is, what its bytes must hash to, and how much it holds."""

    key: str
    sha256: str
    bytes: int
    rows: int
    schema_hash: str | None
    """None for a pack, which is made of partitions of one schema."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What a load would read (`dry_run=True`); `transfer` is the bytes of it that are not here yet."""

    dataset: str
    version: str | None
    seq: int
    files: int
    rows: int
    bytes: int
    transfer: int


FindParts: TypeAlias = Callable[[Record], Steps[tuple[Part, ...]]]
"""Finds the files to read in the state of a record."""


def find_parts(target: Target, wanted: Slice, record: Record) -> Steps[tuple[Part, ...]]:
    """The files that hold the slice, in row order; never empty, so that an empty slice still has its columns.

    Raises VersionNotFound if nothing is visible.
    """
    if isinstance(target.selector, Version) or record.versioning is not Versioning.DATE:
        return (yield from find_head(target, record))
    newest = _newest_part(record)
    entries = yield from _entries_within(record, wanted.window)
    return tuple(_enough(_cover(record, entries), wanted)) or (newest,)


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


def _entries_within(record: Record, window: Window) -> Steps[list[Entry]]:
    """Visible heads whose time range overlaps the window; reads only the segments that can hold some."""
    refs = [ref for ref in record.tree if ref.parts and window.overlaps(ref.min, ref.max)]
    segments = yield from read_segments(refs)
    return [
        entry
        for ref in refs
        for entry in segments[ref.key]
        if entry.data and window.overlaps(entry.data.min, entry.data.max)
    ]


def _cover(record: Record, entries: Sequence[Entry]) -> list[Part]:
    packs, rest = usable_packs(record, entries)
    placed = [(order_key(pack.lo), Part(pack.key, pack.sha256, pack.bytes, pack.rows, None)) for pack in packs]
    placed += [(order_key(entry.partition), _part(record, entry.data)) for entry in rest if entry.data]
    return [part for _, part in sorted(placed, key=lambda item: item[0])]


def _enough(parts: Iterable[Part], wanted: Slice) -> list[Part]:
    """The first parts that together hold `n_rows`, where no row is filtered out."""
    if wanted.n_rows is None or wanted.window or wanted.filters:
        return list(parts)
    chosen: list[Part] = []
    rows = 0
    for part in parts:
        if chosen and rows >= wanted.n_rows:
            break
        chosen.append(part)
        rows += part.rows
    return chosen


def _part(record: Record, data: Data) -> Part:
    """The file of one version."""
    return Part(data.key(record.dataset), data.sha256, data.bytes, data.rows, data.schema_hash)
