"""Keeping index.json: join at the end of a run, sweep what killed runs left dirty, rebuild from nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opendata.contract.ids import check_dataset_id
from opendata.contract.index import Entries, index_document, index_entry, join, parse_entries, parse_shards
from opendata.contract.keys import DIRTY, INDEX, ObjectKind, object_key, parse_dirty_key
from opendata.contract.metadata import Metadata
from opendata.contract.records import ObjectRef, Record
from opendata.errors import InvalidValue
from opendata.protocol.objects import ATTEMPTS, create_all, get, get_verified
from opendata.protocol.operations import (
    JSON,
    ONE_MINUTE,
    Ambiguous,
    Delete,
    Found,
    Keys,
    List,
    Put,
    Refused,
    Steps,
    Stored,
    Together,
)
from opendata.protocol.publish import Published
from opendata.protocol.tip import advance_pointer, read_tip


def join_index(published: Sequence[Published], bucket: str) -> Steps[bool]:
    """Bring index.json up to what a run has published, and clear the run's dirty markers.

    False if other writers kept winning; the markers then stay and the next sweep settles it.
    """
    updates = [index_entry(item.record, item.metadata, bucket) for item in published]
    joined = yield from _join_into_store(join(*({entry["id"]: entry} for entry in updates)), bucket)
    if joined:
        keys = {object_key(ObjectKind.DIRTY, marker=item.record.dataset, seq=item.record.seq) for item in published}
        yield from _delete(sorted(keys))
    return joined


def sweep_dirty(bucket: str) -> Steps[tuple[str, ...]]:
    """Settle every dirty marker: bring latest.json to the tip, join index.json, delete the markers that were seen.

    Reads only what changed. Returns the ids of the datasets that had markers of landed commits.
    """
    listed: Keys = yield List(DIRTY)
    markers: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key in listed.keys:
        dataset, seq = parse_dirty_key(key)
        markers[dataset].append((seq, key))
    entries, settled = {}, []
    for dataset, attempts in markers.items():
        tip = yield from read_tip(dataset)
        landed = [key for seq, key in attempts if seq <= tip.seq]
        if tip.record is None or not landed:
            continue
        if tip.pointer_seq != tip.seq:
            yield from advance_pointer(tip.record)
        entries[dataset] = yield from _entry(tip.record, bucket)
        settled += landed
    if entries and (yield from _join_into_store(entries, bucket)):
        yield from _delete(settled)
    return tuple(sorted(entries))


def rebuild(bucket: str) -> Steps[dict[str, dict[str, Any]]]:
    """All index entries, from the logs alone."""
    listed: Keys = yield List("datasets/")
    entries = {}
    for dataset in dataset_ids(listed.keys):
        tip = yield from read_tip(dataset)
        if tip.record is not None:
            entries[dataset] = yield from _entry(tip.record, bucket)
    return entries


def _entry(record: Record, bucket: str) -> Steps[dict[str, Any]]:
    metadata = yield from get_verified(record.metadata)
    return index_entry(record, Metadata.from_bytes(metadata), bucket)


def dataset_ids(keys: Iterable[str]) -> list[str]:
    """The ids of the datasets that have a log among these keys."""
    return sorted(
        {check_dataset_id(key.split("/_log/")[0].removeprefix("datasets/")) for key in keys if "/_log/" in key}
    )


def read_index() -> Steps[dict[str, dict[str, Any]] | None]:
    """All entries of index.json and its shards; None if there is no index. Raises InvalidValue if it is damaged."""
    current = yield from get(INDEX)
    return (yield from _entries_of(current.body)) if isinstance(current, Found) else None


def _entries_of(body: bytes) -> Steps[dict[str, dict[str, Any]]]:
    entries = parse_entries(body)
    for key, digest in parse_shards(body):
        shard = yield from get_verified(ObjectRef(key, digest))
        entries.update(parse_entries(shard, key))
    return entries


def _join_into_store(updates: Entries, bucket: str) -> Steps[bool]:
    for _ in range(ATTEMPTS):
        current = yield from get(INDEX)
        before = current.body if isinstance(current, Found) else None
        try:
            known: Entries = (yield from _entries_of(before)) if before is not None else (yield from rebuild(bucket))
        except InvalidValue:
            known = yield from rebuild(bucket)
        body, shards = index_document(join(known, updates))
        if body == before:
            return True
        yield from create_all(shards)
        etag = current.etag if isinstance(current, Found) else None
        reply: Stored | Refused | Ambiguous = yield Put(INDEX, body, etag, JSON, ONE_MINUTE)
        if isinstance(reply, Stored):
            yield from _delete(_replaced_shards(before, shards))
            return True
    return False


def _replaced_shards(before: bytes | None, shards: Mapping[str, bytes]) -> list[str]:
    try:
        return [key for key, _ in parse_shards(before or b"{}") if key not in shards]
    except InvalidValue:
        return []


def _delete(keys: Sequence[str]) -> Steps[None]:
    if keys:
        yield Together(tuple(Delete(key) for key in keys))
