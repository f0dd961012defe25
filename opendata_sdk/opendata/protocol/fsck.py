"""Check a store against the invariants, and repair what can be recomputed: latest.json and index.json.

Damage never stops the check: every finding names the object and what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from opendata.contract.canonical import sha256
from opendata.contract.index import index_document
from opendata.contract.keys import INDEX, ObjectKind, log_prefix, object_key, parse_log_key
from opendata.contract.records import Entry, Latest, ObjectRef, Record
from opendata.errors import Gone, IntegrityError, InvalidValue
from opendata.protocol.index import dataset_ids, rebuild
from opendata.protocol.objects import create_all, get
from opendata.protocol.operations import JSON, NO_CACHE, ONE_MINUTE, Found, Keys, List, Missing, Put, Steps, Stored
from opendata.protocol.tip import parse_pointer, parse_record, read_record
from opendata.protocol.tree import read_segments


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the log says it must be."""

    key: str
    problem: str
    repaired: bool = False


def check_store(bucket: str, *, repair: bool = False, deep: bool = False) -> Steps[tuple[Finding, ...]]:
    """Check every dataset and the index. `deep` re-hashes all data, else only its presence is checked."""
    listed: Keys = yield List("datasets/")
    findings: list[Finding] = []
    for dataset in dataset_ids(listed.keys):
        findings += yield from check_dataset(dataset, listed.keys, repair=repair, deep=deep)
    findings += yield from _check_index(bucket, repair)
    return tuple(findings)


def check_dataset(
    dataset: str, listed: Collection[str], *, repair: bool = False, deep: bool = False
) -> Steps[list[Finding]]:
    """Check the log of one dataset, everything it names, and its pointer."""
    findings: list[Finding] = []
    present = set(listed)
    seen: set[str] = set()
    revisions: dict[str, int] = {}
    previous: Record | None = None
    seqs = sorted(parse_log_key(key) for key in listed if key.startswith(log_prefix(dataset)))
    for expected, seq in enumerate(seqs, start=1):
        key = object_key(ObjectKind.LOG, dataset=dataset, seq=seq)
        if seq != expected:
            missing = object_key(ObjectKind.LOG, dataset=dataset, seq=expected)
            return [*findings, Finding(missing, f"the log has a gap: commit {expected} is missing, {seq} exists")]
        try:
            reply = yield from get(key)
            record = parse_record(dataset, seq, reply.body if isinstance(reply, Found) else b"")
        except (InvalidValue, IntegrityError) as error:
            return [*findings, Finding(key, f"the commit cannot be read: {error.message}")]
        findings += _check_chain(record, previous)
        for change in record.changes:
            if revisions.get(change.partition, 0) != change.from_rev:
                findings.append(Finding(key, f"{change.partition}: from_rev {change.from_rev} was not the head"))
            revisions[change.partition] = change.to_rev
        findings += yield from _check_objects(record, present, seen, revisions, deep)
        previous = record
    if previous:
        findings += yield from _check_pointer(previous, repair)
    return findings


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
    refs = [ObjectRef(ref.key, ref.sha256) for ref in (record.metadata, record.audit, *record.packs) if ref]
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
        except (Gone, IntegrityError, InvalidValue) as error:
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
        if key not in present:
            findings.append(Finding(key, f"missing (named by {record.key})"))
        elif deep and kind is ObjectKind.DATA:
            findings += yield from _check_object(record, ObjectRef(key, entry.data.sha256))
    return findings


def _check_object(record: Record, ref: ObjectRef) -> Steps[list[Finding]]:
    reply = yield from get(ref.key)
    if not isinstance(reply, Found):
        return [Finding(ref.key, f"missing (named by {record.key})")]
    if sha256(reply.body) != ref.sha256:
        return [Finding(ref.key, f"does not have the recorded sha256 (named by {record.key})")]
    return []


def _check_pointer(tip: Record, repair: bool) -> Steps[list[Finding]]:
    key = object_key(ObjectKind.LATEST, dataset=tip.dataset)
    reply = yield from get(key)
    if isinstance(reply, Found):
        shown = parse_pointer(tip.dataset, reply.body)
        if reply.body == Latest.document(tip):
            return []
        if shown and shown.seq > tip.seq and (yield from read_record(tip.dataset, shown.seq)):
            return []  # somebody published while we were looking
    problem = "does not show the newest commit" if isinstance(reply, Found) else "missing"
    return [Finding(key, problem, repair and (yield from _replace(key, reply, Latest.document(tip), NO_CACHE)))]


def _check_index(bucket: str, repair: bool) -> Steps[list[Finding]]:
    reply = yield from get(INDEX)
    try:
        wanted, shards = index_document((yield from rebuild(bucket)))
    except (Gone, IntegrityError, InvalidValue) as error:
        return [Finding(INDEX, f"cannot be compared with the logs: {error.message}")]
    if isinstance(reply, Found) and reply.body == wanted:
        return []
    problem = "differs from what the logs say" if isinstance(reply, Found) else "missing"
    if not repair:
        return [Finding(INDEX, problem)]
    yield from create_all(shards)
    return [Finding(INDEX, problem, (yield from _replace(INDEX, reply, wanted, ONE_MINUTE)))]


def _replace(key: str, seen: Found | Missing, body: bytes, cache_control: str) -> Steps[bool]:
    """Write unless somebody else did since we looked; an unanswered write is not counted as a repair."""
    etag = seen.etag if isinstance(seen, Found) else None
    reply = yield Put(key, body, etag, JSON, cache_control)
    return isinstance(reply, Stored)
