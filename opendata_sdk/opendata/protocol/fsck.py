"""Check a store against the invariants, and repair what can be recomputed: latest.json and index.json.

Damage never stops the check: every finding names the object and what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import count

from opendata.contract.index import index_document, parse_shards
from opendata.contract.keys import INDEX, INDEX_SHARDS, ObjectKind, object_key, parse_log_key
from opendata.contract.records import Entry, Latest, ObjectRef, Record
from opendata.errors import Gone, IntegrityError, InvalidValue, UpgradeRequired
from opendata.protocol.index import dataset_ids, entries_of, rebuild, write_shards
from opendata.protocol.objects import UNREADABLE, get, get_verified
from opendata.protocol.operations import (
    JSON,
    NO_CACHE,
    ONE_MINUTE,
    Delete,
    Found,
    Keys,
    List,
    Missing,
    Put,
    Steps,
    Stored,
    Together,
)
from opendata.protocol.pack import fits, packed_objects
from opendata.protocol.resolve import read_entries
from opendata.protocol.tip import parse_pointer, read_record
from opendata.protocol.tree import read_segments


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the log says it must be."""

    key: str
    problem: str
    repaired: bool = False


def check_store(bucket: str, *, repair: bool = False, deep: bool = False) -> Steps[tuple[Finding, ...]]:
    """Check every dataset and the index. `deep` re-hashes all data, else only its presence is checked.

    `repair` rewrites latest.json and index.json where they differ from the logs, and removes index shards that
    index.json no longer names.
    """
    shards: Keys = yield List(INDEX_SHARDS)
    listed: Keys = yield List("datasets/")
    findings: list[Finding] = []
    for dataset in dataset_ids(listed.keys):
        findings += yield from check_dataset(dataset, listed.keys, repair=repair, deep=deep)
    findings += yield from _check_index(bucket, repair)
    if repair:
        yield from _drop_shards(shards.keys)
    return tuple(findings)


def check_dataset(
    dataset: str, listed: Collection[str], *, repair: bool = False, deep: bool = False
) -> Steps[list[Finding]]:
    """Check the log of one dataset, everything it names, and its pointer. `listed` are the keys that a listing gave."""
    findings: list[Finding] = []
    present = set(listed)
    last = max((found[1] for key in listed if (found := parse_log_key(key)) and found[0] == dataset), default=0)
    seen: set[str] = set()
    revisions: dict[str, int] = {}
    previous: Record | None = None
    for seq in count(1):
        try:
            record = yield from read_record(dataset, seq)
        except UNREADABLE as error:
            key = object_key(ObjectKind.LOG, dataset=dataset, seq=seq)
            return [*findings, Finding(key, f"the commit cannot be read: {error.message}")]
        if record is None:
            break
        findings += _check_chain(record, previous)
        for change in record.changes:
            if revisions.get(change.partition, 0) != change.from_rev:
                findings.append(Finding(record.key, f"{change.partition}: from_rev {change.from_rev} was not the head"))
            revisions[change.partition] = change.to_rev
        findings += yield from _check_objects(record, present, seen, revisions, deep)
        previous = record
    if seq <= last:
        missing = object_key(ObjectKind.LOG, dataset=dataset, seq=seq)
        return [*findings, Finding(missing, f"the log has a gap: commit {seq} is missing, {last} exists")]
    if previous is None:
        return findings
    findings += yield from _check_packs(previous)
    return [*findings, *(yield from _check_pointer(previous, repair))]


def _check_packs(record: Record) -> Steps[list[Finding]]:
    """Readers trust the newest record that its packs are made of the heads that it shows."""
    try:
        heads = (yield from read_entries(record)) if record.packs else ()
    except UNREADABLE:  # found with the segment itself
        return []
    return [
        Finding(record.key, f"keeps a pack that does not fit what it shows: {pack.layout.key}")
        for pack in record.packs
        if not fits(pack, heads)
    ]


def _check_chain(record: Record, previous: Record | None) -> list[Finding]:
    findings = []
    if record.parent != (previous.sha256 if previous else None):
        findings.append(Finding(record.key, "its parent is not the commit before it"))
    if previous and record.committed_at <= previous.committed_at:
        findings.append(Finding(record.key, "committed_at is not later than that of the commit before it"))
    return findings


def _check_objects(
    record: Record, present: set[str], seen: set[str], revisions: dict[str, int], deep: bool
) -> Steps[list[Finding]]:
    """Everything the record names exists with its hash; objects seen with an earlier record are not read again."""
    findings: list[Finding] = []
    refs = [ObjectRef(ref.key, ref.sha256) for ref in (record.metadata, record.audit, *packed_objects(record)) if ref]
    for ref in refs:
        if ref.key not in seen:
            seen.add(ref.key)
            findings += yield from _check_object(record, ref)
    for segment in record.tree:
        if segment.key in seen:
            continue
        seen.add(segment.key)
        try:
            entries = (yield from read_segments([segment]))[segment.key]
        except UNREADABLE as error:
            findings.append(Finding(segment.key, f"{error.message} (named by {record.key})"))
            continue
        for entry in entries:
            if revisions.get(entry.partition, 0) != entry.rev:
                findings.append(
                    Finding(segment.key, f"{entry.partition} shows revision {entry.rev}, not what the log adds up to")
                )
            findings += yield from _check_data(record, entry, present, seen, deep)
    return findings


def _check_data(record: Record, entry: Entry, present: set[str], seen: set[str], deep: bool) -> Steps[list[Finding]]:
    if entry.data is None or entry.data.version in seen:
        return []
    seen.add(entry.data.version)
    findings = []
    for kind in (ObjectKind.DATA, ObjectKind.SCHEMA, ObjectKind.PREVIEW):
        key = object_key(kind, dataset=record.dataset, version=entry.data.version)
        if deep and kind is ObjectKind.DATA:
            findings += yield from _check_object(record, ObjectRef(key, entry.data.sha256))
        elif key not in present and isinstance((yield from get(key)), Missing):
            findings.append(Finding(key, f"missing (named by {record.key})"))
    return findings


def _check_object(record: Record, ref: ObjectRef) -> Steps[list[Finding]]:
    try:
        yield from get_verified(ref)
    except UNREADABLE as error:
        return [Finding(ref.key, f"{error.message} (named by {record.key})")]
    return []


def _check_pointer(tip: Record, repair: bool) -> Steps[list[Finding]]:
    key = object_key(ObjectKind.LATEST, dataset=tip.dataset)
    reply = yield from get(key)
    findings: list[Finding] = []
    if isinstance(reply, Found):
        if reply.body == Latest.document(tip):
            return []
        try:
            shown = parse_pointer(tip.dataset, reply.body)
        except UpgradeRequired as error:
            return [Finding(key, error.message)]
        if shown and shown.seq > tip.seq:
            if (yield from read_record(tip.dataset, shown.seq)):
                return []  # somebody published while we were looking
            findings.append(Finding(shown.commit.key, f"missing (named by {key})"))
    problem = "does not show the newest commit" if isinstance(reply, Found) else "missing"
    repaired = repair and (yield from _replace(key, reply, Latest.document(tip), NO_CACHE))
    return [*findings, Finding(key, problem, repaired)]


def _check_index(bucket: str, repair: bool) -> Steps[list[Finding]]:
    """Compare index.json with the logs. The entry of a dataset whose own tip cannot be read stays as it is."""
    reply = yield from get(INDEX)
    try:
        shown = (yield from entries_of(reply.body)) if isinstance(reply, Found) else {}
    except UpgradeRequired as error:
        return [Finding(INDEX, error.message)]
    except (Gone, IntegrityError, InvalidValue):
        shown = {}
    entries, unreadable = yield from rebuild(bucket, known=shown)
    wanted, shards = index_document(entries | {dataset: shown[dataset] for dataset in unreadable & shown.keys()})
    if isinstance(reply, Found) and reply.body == wanted and (shown or not entries):
        return []
    problem = "differs from what the logs say" if isinstance(reply, Found) else "missing"
    if not repair:
        return [Finding(INDEX, problem)]
    yield from write_shards(shards)
    return [Finding(INDEX, problem, (yield from _replace(INDEX, reply, wanted, ONE_MINUTE)))]


def _drop_shards(listed: Collection[str]) -> Steps[None]:
    """Remove the shards that were there before the check began and that index.json does not name at its end."""
    reply = yield from get(INDEX)
    try:
        named = {key for key, _ in parse_shards(reply.body if isinstance(reply, Found) else b"")}
    except UNREADABLE:
        return  # what an index names that cannot be read is not known, so nothing is garbage
    garbage = tuple(Delete(key) for key in listed if key not in named)
    if garbage:
        yield Together(garbage)


def _replace(key: str, seen: Found | Missing, body: bytes, cache_control: str) -> Steps[bool]:
    """Write unless somebody else did since we looked; an unanswered write is not counted as a repair."""
    if isinstance(seen, Found) and seen.body == body:
        return True
    etag = seen.etag if isinstance(seen, Found) else None
    reply = yield Put(key, body, etag, JSON, cache_control)
    return isinstance(reply, Stored)
