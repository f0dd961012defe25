"""Keeping index.json: join at the end of a run, sweep what killed runs left dirty, rebuild from nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from opendata.contract.health import Health
from opendata.contract.index import (
    Entries,
    index_document,
    index_entry,
    join,
    parse_entries,
    parse_shards,
    with_reports,
)
from opendata.contract.keys import DIRTY, INDEX, ObjectKind, object_key, parse_dirty_key, parse_log_key
from opendata.contract.metadata import Metadata
from opendata.contract.records import ObjectRef, Record
from opendata.contract.verification import Verification
from opendata.errors import Gone, IntegrityError, InvalidValue, OpenDataError, StoreUnavailable, UpgradeRequired
from opendata.protocol.objects import ATTEMPTS, UNREADABLE, get, get_verified, swap
from opendata.protocol.operations import (
    IMMUTABLE,
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
from opendata.protocol.tip import advance_pointer, read_tip

if TYPE_CHECKING:  # readers need the index and not the writing
    from opendata.protocol.publish import Published


def join_index(published: Sequence[Published], bucket: str) -> Steps[bool]:
    """Bring index.json up to what a run has published, and clear the dirty markers of what is settled by that.

    False if other writers kept winning; the markers then stay and the next sweep settles it.
    """
    updates = [index_entry(item.record, item.metadata, bucket) for item in published]
    joined = yield from _join_into_store(join(*({entry["id"]: entry} for entry in updates)), bucket)
    if joined:
        settled = [item.record for item in published if item.pointed]
        keys = {object_key(ObjectKind.DIRTY, marker=record.dataset, seq=record.seq) for record in settled}
        yield from _delete(sorted(keys))
    return joined


def join_health(health: Health, bucket: str) -> Steps[bool]:
    """Bring the health that index.json shows of a dataset up to its health.json; nothing to do if it is not listed.

    False if other writers kept winning; the next report or repair settles it.
    """
    return (yield from _join_beside(health.dataset, {"health": health.summary()}, bucket))


def join_verification(verification: Verification, bucket: str) -> Steps[bool]:
    """Bring the badge that index.json shows of a dataset up to its verified.json, as `join_health` does."""
    return (yield from _join_beside(verification.dataset, {"verification": verification.summary()}, bucket))


def _join_beside(dataset: str, summary: Mapping[str, Any], bucket: str) -> Steps[bool]:
    current = yield from get(INDEX)
    known = (yield from _known(current.body, bucket))[0] if isinstance(current, Found) else {}
    entry = known.get(dataset)
    if entry is None:
        return True
    return (yield from _join_into_store({dataset: {**entry, **summary}}, bucket))


def sweep_dirty(bucket: str) -> Steps[tuple[str, ...]]:
    """Settle every dirty marker: bring latest.json to the tip, join index.json, delete the markers that were seen.

    Reads only what changed. Returns the ids of the datasets that had markers of landed commits. A dataset that cannot
    be read keeps its markers and is raised only after all others are settled.
    """
    listed: Keys = yield List(DIRTY)
    markers: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for key in listed.keys:
        if parsed := parse_dirty_key(key):
            markers[parsed[0]].append((parsed[1], key))
    entries: dict[str, dict[str, Any]] = {}
    settled: list[str] = []
    unreadable: list[OpenDataError] = []
    for dataset, attempts in markers.items():
        try:
            tip = yield from read_tip(dataset)
            landed = [key for seq, key in attempts if seq <= tip.seq]
            if tip.record is None or not landed:
                continue
            entries[dataset] = yield from _entry(tip.record, bucket)
        except UNREADABLE as error:
            unreadable.append(error)
            continue
        if tip.pointer_seq == tip.seq or (yield from advance_pointer(tip.record)):
            settled += landed
    if entries and (yield from _join_into_store(entries, bucket)):
        yield from _delete(settled)
    if unreadable:
        raise unreadable[0]
    return tuple(sorted(entries))


def rebuild(bucket: str, known: Iterable[str] = ()) -> Steps[tuple[dict[str, dict[str, Any]], set[str]]]:
    """All index entries from the logs alone, and the ids of the datasets whose tip cannot be read.

    `known` names datasets to look for even if the listing misses them.
    """
    listed: Keys = yield List("datasets/")
    present = set(listed.keys)
    entries, unreadable = {}, set()
    for dataset in sorted({*dataset_ids(listed.keys), *known}):
        try:
            tip = yield from read_tip(dataset)
            if tip.record is not None:
                entry = yield from _entry(tip.record, bucket)
                health = yield from _summary(ObjectKind.HEALTH, Health, dataset, present)
                verification = yield from _summary(ObjectKind.VERIFIED, Verification, dataset, present)
                entries[dataset] = with_reports(entry, health, verification)
        except UNREADABLE:
            unreadable.add(dataset)
    return entries, unreadable


def _summary(
    kind: ObjectKind, report: type[Health] | type[Verification], dataset: str, present: Collection[str]
) -> Steps[dict[str, Any] | None]:
    """The summary of health.json or verified.json; None where there is none that can be read, until the next one."""
    key = object_key(kind, dataset=dataset)
    found = (yield from get(key)) if key in present else None
    try:
        return report.from_bytes(found.body).summary() if isinstance(found, Found) else None
    except (InvalidValue, UpgradeRequired):
        return None


def _entry(record: Record, bucket: str) -> Steps[dict[str, Any]]:
    metadata = yield from get_verified(record.metadata)
    return index_entry(record, Metadata.from_bytes(metadata), bucket)


def dataset_ids(keys: Iterable[str]) -> list[str]:
    """The ids of the datasets that have a log among these keys."""
    return sorted({parsed[0] for key in keys if (parsed := parse_log_key(key))})


def read_index() -> Steps[dict[str, dict[str, Any]] | None]:
    """All entries of index.json and its shards; None if there is no index. Raises InvalidValue if it is damaged."""
    current = yield from get(INDEX)
    return (yield from entries_of(current.body)) if isinstance(current, Found) else None


def entries_of(body: bytes) -> Steps[dict[str, dict[str, Any]]]:
    """All entries of an index.json and the shards it names; raises one of UNREADABLE."""
    entries = parse_entries(body)
    for key, digest in parse_shards(body):
        shard = yield from get_verified(ObjectRef(key, digest))
        entries.update(parse_entries(shard, key))
    return entries


def _join_into_store(updates: Entries, bucket: str) -> Steps[bool]:
    """Join by compare-and-swap. Shards that are replaced stay for readers of a cached index.json; fsck removes them."""
    for _ in range(ATTEMPTS):
        current = yield from get(INDEX)
        before = current.body if isinstance(current, Found) else None
        known, named = yield from _known(before, bucket)
        body, shards = index_document(join(known, updates))
        if body == before:
            return True
        yield from write_shards({key: shard for key, shard in shards.items() if key not in named})
        etag = current.etag if isinstance(current, Found) else None
        reply: Stored | Refused | Ambiguous = yield Put(INDEX, body, etag, JSON, ONE_MINUTE)
        if isinstance(reply, Stored):
            return True
    return False


def write_shards(shards: Mapping[str, bytes]) -> Steps[None]:
    """Write index shards. They can be recomputed, so bytes that are not what the name says are replaced."""
    for key, body in shards.items():
        if not (yield from swap(key, partial(_replace, body), IMMUTABLE)):
            raise StoreUnavailable(f"{key}: the store never settled the write", hint="sweep again later")


def _replace(body: bytes, current: bytes | None) -> bytes:
    return body


def _known(before: bytes | None, bucket: str) -> Steps[tuple[Entries, set[str]]]:
    """The entries of the current index and the shards it names; where it is missing or damaged, the logs tell."""
    if before is None:
        return (yield from rebuild(bucket))[0], set()
    try:
        return (yield from entries_of(before)), {key for key, _ in parse_shards(before)}
    except (Gone, IntegrityError, InvalidValue):
        return (yield from rebuild(bucket))[0], set()


def _delete(keys: Sequence[str]) -> Steps[None]:
    if keys:
        yield Together(tuple(Delete(key) for key in keys))
