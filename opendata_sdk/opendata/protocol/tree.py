"""The version tree of a dataset: entries per partition, kept in segments of at most 256, found by binary search.

Pure rules except for `read_segments`. A commit rewrites only the segments it touches.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise

from opendata.contract.canonical import sha256
from opendata.contract.ids import Versioning, order_key
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import (
    SEGMENT_SIZE,
    Data,
    Entry,
    ObjectRef,
    SegmentRef,
    Totals,
    parse_segment,
    segment_bytes,
)
from opendata.errors import Gone, IntegrityError
from opendata.protocol.operations import Found, Get, Steps, Together

Tree = tuple[SegmentRef, ...]
Segments = Mapping[str, tuple[Entry, ...]]
"""Entries of segments that were read, by key."""


def segment_of(tree: Tree, partition: str) -> int:
    """Index of the segment that holds `partition`, or that would: between two, the earlier one unless it is full."""
    wanted = order_key(partition)
    index = max(0, bisect_right(tree, wanted, key=lambda ref: order_key(ref.lo)) - 1)
    full = index + 1 < len(tree) and tree[index].n >= SEGMENT_SIZE and wanted > order_key(tree[index].hi)
    return index + 1 if full else index


def segments_between(tree: Tree, lo: str | None, hi: str | None) -> Tree:
    """The segments that can hold partitions from `lo` to `hi`, both included."""
    return tuple(
        ref
        for ref in tree
        if (lo is None or order_key(ref.hi) >= order_key(lo)) and (hi is None or order_key(ref.lo) <= order_key(hi))
    )


def read_segments(refs: Iterable[SegmentRef]) -> Steps[dict[str, tuple[Entry, ...]]]:
    """Read segments together and check their hashes."""
    wanted = tuple(refs)
    if not wanted:
        return {}
    replies = yield Together(tuple(Get(ref.key, ref.sha256) for ref in wanted))
    segments = {}
    for ref, reply in zip(wanted, replies, strict=True):
        if not isinstance(reply, Found):
            raise Gone(f"{ref.key} is recorded but missing from the store", hint="run `odp fsck` on the store")
        if sha256(reply.body) != ref.sha256:
            raise IntegrityError(f"{ref.key} does not have the recorded sha256", hint="run `odp fsck` on the store")
        segments[ref.key] = parse_segment(reply.body)
    return segments


def touched(tree: Tree, partitions: Iterable[str]) -> Tree:
    """The segments that hold these partitions or would."""
    return tuple(tree[i] for i in sorted({segment_of(tree, p) for p in partitions})) if tree else ()


def heads(tree: Tree, segments: Segments, partitions: Iterable[str]) -> dict[str, Entry]:
    """The entries of these partitions, where there are any."""
    known = {entry.partition: entry for ref in tree if ref.key in segments for entry in segments[ref.key]}
    return {partition: known[partition] for partition in partitions if partition in known}


def replace_entries(
    dataset: str, commit_id: str, tree: Tree, segments: Segments, entries: Sequence[Entry]
) -> tuple[Tree, dict[str, bytes]]:
    """The tree with `entries` put in, and the new segment objects to write (key to bytes).

    `segments` must hold every segment that the entries touch.
    """
    by_segment = {
        index: list(group)
        for index, group in groupby(
            sorted(entries, key=lambda e: order_key(e.partition)), key=lambda e: segment_of(tree, e.partition)
        )
    }
    new_tree: list[SegmentRef] = []
    objects: dict[str, bytes] = {}
    for index in range(max(len(tree), 1)):
        if index not in by_segment:
            new_tree += tree[index : index + 1]
            continue
        old = segments[tree[index].key] if tree else ()
        merged = {entry.partition: entry for entry in (*old, *by_segment[index])}
        ordered = [merged[partition] for partition in sorted(merged, key=order_key)]
        for part in _split(ordered, {entry.partition for entry in old}):
            body = segment_bytes(part)
            digest = sha256(body)
            key = object_key(ObjectKind.SEGMENT, dataset=dataset, commit=commit_id, digest=digest[:12])
            objects[key] = body
            new_tree.append(_reference(part, ObjectRef(key, digest)))
    return tuple(new_tree), objects


def _split(ordered: list[Entry], old: set[str]) -> list[tuple[Entry, ...]]:
    """Cut to segments of at most SEGMENT_SIZE.

    Where the new entries stand beside the newest of the old ones, history is being filled in order: the cut is made
    so that it leaves full segments behind. Elsewhere the parts are even.
    """
    if len(ordered) <= SEGMENT_SIZE:
        return [tuple(ordered)]
    new = [index for index, entry in enumerate(ordered) if entry.partition not in old] or [0]
    before, after = ordered[: new[0]], ordered[new[-1] + 1 :]
    newest = max((entry.at_seq for entry in ordered if entry.partition in old), default=0)
    if not after or (before and before[-1].at_seq == newest):
        blocks = [(ordered[: new[-1] + 1], 0), (after, 0)]
    elif not before or after[0].at_seq == newest:
        rest = ordered[new[0] :]
        blocks = [(before, 0), (rest, len(rest) % SEGMENT_SIZE)]
    else:
        blocks = [(ordered[: len(ordered) // 2], 0), (ordered[len(ordered) // 2 :], 0)]
    return [part for block, odd in blocks for part in _chunks(block, odd)]


def _chunks(entries: list[Entry], odd: int) -> list[tuple[Entry, ...]]:
    """Runs of SEGMENT_SIZE entries, after a first run of `odd` entries."""
    cuts = [*([0] if odd else []), *range(odd, len(entries), SEGMENT_SIZE), len(entries)]
    return [tuple(entries[start:end]) for start, end in pairwise(cuts)]


def _reference(entries: tuple[Entry, ...], ref: ObjectRef) -> SegmentRef:
    visible = [entry.data for entry in entries if entry.data]
    return SegmentRef(
        lo=entries[0].partition,
        hi=entries[-1].partition,
        n=len(entries),
        key=ref.key,
        sha256=ref.sha256,
        parts=len(visible),
        rows=sum(data.rows for data in visible),
        bytes=sum(data.bytes for data in visible),
        min=min((data.min for data in visible if data.min is not None), default=None),
        max=max((data.max for data in visible if data.max is not None), default=None),
    )


def totals(tree: Tree, versioning: Versioning, newest: Data | None) -> Totals:
    """What a reader gets: the union of all partitions, or the newest complete copy."""
    parts = sum(ref.parts for ref in tree)
    if versioning is not Versioning.DATE:
        if newest is None:
            return Totals(parts, 0, 0, None, None)
        return Totals(parts, newest.rows, newest.bytes, newest.min, newest.max)
    return Totals(
        parts,
        sum(ref.rows for ref in tree),
        sum(ref.bytes for ref in tree),
        min((ref.min for ref in tree if ref.min is not None), default=None),
        max((ref.max for ref in tree if ref.max is not None), default=None),
    )


def newest_segment(tree: Tree) -> SegmentRef | None:
    """The last segment in which anything is visible."""
    return next((ref for ref in reversed(tree) if ref.parts), None)


def newest_data(entries: Iterable[Entry]) -> Data | None:
    """The last visible version among the entries of one segment."""
    return next((entry.data for entry in reversed(tuple(entries)) if entry.data), None)
