"""Garbage collection: removes what crashed, lost or quarantined attempts staged and no commit names.

First a commit raises the fence above every revision that is about to go, so that no writer can still commit it; only
then are the objects deleted. Evidence (`_audit/`, `_raw/`) and content-addressed metadata stay.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from opendata.contract.ids import Version, base_kind
from opendata.contract.keys import dataset_prefix
from opendata.contract.records import Entry, Op, Record
from opendata.errors import Conflict, InvalidValue
from opendata.protocol.commit import Author, Proposal, try_commit
from opendata.protocol.operations import Delete, Keys, List, Steps, Together
from opendata.protocol.tip import Tip, advance_pointer, read_record, read_tip
from opendata.protocol.tree import heads, read_segments, touched


def collect_garbage(dataset: str, author: Author) -> Steps[tuple[str, ...]]:
    """Delete unreferenced staged versions, segments and packs; returns their keys.

    Raises Conflict, having deleted nothing, if somebody commits meanwhile.
    """
    tip = yield from read_tip(dataset)
    if tip.record is None:
        return ()
    listed: Keys = yield List(dataset_prefix(dataset))
    referenced = yield from referenced_keys(tip.record)
    orphans = tuple(key for key in listed.keys if _is_collectable(dataset, key) and key not in referenced)
    if not orphans:
        return ()
    record = yield from _raise_fence(tip, tip.record, orphans, author)
    if record is None:
        raise Conflict(f"{dataset}: somebody published meanwhile; nothing was deleted", hint="run it again later")
    yield from advance_pointer(record)
    yield Together(tuple(Delete(key) for key in orphans))
    return orphans


def referenced_keys(record: Record) -> Steps[set[str]]:
    """Keys of every segment, pack and version directory object that the log up to `record` names."""
    keys: set[str] = set()
    prefix = dataset_prefix(record.dataset)
    at: Record | None = record
    while at is not None:
        new = [ref for ref in at.tree if ref.key not in keys]
        segments = yield from read_segments(new)
        keys.update(ref.key for ref in new)
        keys.update(key for pack in at.packs for key in (pack.key, pack.layout.key))
        for entry in (entry for entries in segments.values() for entry in entries):
            if entry.data:
                keys.update(f"{prefix}{entry.data.version}/{name}" for name in _VERSION_OBJECTS)
        at = (yield from read_record(record.dataset, at.seq - 1)) if at.seq > 1 else None
    return keys


_VERSION_OBJECTS = ("data.parquet", "schema.json", "preview.json")


def _is_collectable(dataset: str, key: str) -> bool:
    name = key.removeprefix(dataset_prefix(dataset))
    return name.startswith(("_seg/", "_pack/")) or _staged_version(dataset, key) is not None


def _staged_version(dataset: str, key: str) -> Version | None:
    directory, _, name = key.removeprefix(dataset_prefix(dataset)).partition("/")
    if name not in _VERSION_OBJECTS:
        return None
    try:
        return Version.parse(directory)
    except InvalidValue:
        return None


def _raise_fence(tip: Tip, record: Record, orphans: Collection[str], author: Author) -> Steps[Record | None]:
    fences: dict[str, int] = {}
    for key in orphans:
        version = _staged_version(tip.dataset, key)
        if version and base_kind(version.base) == base_kind(record.tree[0].lo):
            fences[version.base] = max(fences.get(version.base, 0), version.revision + 1)
    segments = yield from read_segments(touched(record.tree, fences))
    current = heads(record.tree, segments, fences)
    entries = []
    for partition, fence in fences.items():
        entry = current.get(partition) or Entry(partition, 0, 1, 1, None)
        entries.append(replace(entry, next_rev=max(entry.next_rev, fence)))
    proposal = Proposal(Op.GC, "collect garbage", record.versioning, record.metadata, entries, (), segments)
    return (yield from try_commit(tip, proposal, author, author.new_commit_id()))
