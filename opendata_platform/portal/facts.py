"""Everything that the portal shows of one dataset, read from the store as one commit left it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opendata.contract.fields import Fields, parse_object
from opendata.contract.health import Health, Run
from opendata.contract.ids import Versioning
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.metadata import Metadata
from opendata.contract.records import Change, Data, Entry, ObjectRef, Op, Record
from opendata.contract.schema import TableSchema
from opendata.contract.verification import Verification
from opendata.errors import Gone, InvalidValue, UpgradeRequired
from opendata.protocol.objects import get, get_verified
from opendata.protocol.operations import Found, Get, Steps, Together
from opendata.protocol.resolve import read_entries
from opendata.protocol.tip import parse_record, read_record
from opendata.protocol.tree import heads, read_segments, touched
from opendata.read.plan import read_schema

MOST_VERSIONS = 60
"""Versions that are shown."""
MOST_COMMITS = 200
"""Commits that are looked at for them; packing and rolling back publish none."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A version, the commit that published it, and what the gates found about it (None where that is not known)."""

    data: Data
    change: Change
    record: Record
    evidence: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is to show."""

    record: Record
    metadata: Metadata
    schema: TableSchema | None
    """Of the newest version; None while nothing is visible."""
    partitions: tuple[str, ...]
    """Those that are visible, in order."""
    corrections: int
    """How many of them show a corrected version."""
    slices: tuple[Data, ...]
    """What is visible of the newest partitions of a table in slices, the newest first; else the newest version."""
    newest: Publication | None
    """The newest version; None while nothing is visible."""
    publications: tuple[Publication, ...]
    """The last versions, the newest first. Only those of corrections have their evidence."""
    runs: tuple[Run, ...]
    verification: Verification | None


def read_facts(dataset: str, seq: int) -> Steps[Facts]:
    """The facts as commit `seq` left them. Raises one of UNREADABLE if an object is missing or damaged."""
    record = yield from read_record(dataset, seq)
    if record is None:
        key = object_key(ObjectKind.LOG, dataset=dataset, seq=seq)
        raise Gone(f"{key} is listed in index.json but missing from the store", hint="run `odp fsck` on the store")
    metadata = Metadata.from_bytes((yield from get_verified(record.metadata)))
    schema = (yield from read_schema(dataset, record.newest)) if record.newest else None
    entries = yield from read_entries(record)
    newest = yield from _newest(record, entries)
    publications = yield from _publications(record)
    health: Health | None = yield from _report(ObjectKind.HEALTH, Health, dataset)
    verification: Verification | None = yield from _report(ObjectKind.VERIFIED, Verification, dataset)
    return Facts(
        record,
        metadata,
        schema,
        tuple(entry.partition for entry in entries),
        sum(entry.rev > 1 for entry in entries),
        _slices(record, entries),
        newest,
        publications,
        health.runs if health else (),
        verification,
    )


def _slices(record: Record, entries: Sequence[Entry]) -> tuple[Data, ...]:
    if record.versioning is not Versioning.DATE:
        return (record.newest,) if record.newest else ()
    return tuple(entry.data for entry in reversed(entries[-MOST_VERSIONS:]) if entry.data)


def _newest(record: Record, entries: Sequence[Entry]) -> Steps[Publication | None]:
    """The newest version, with what its checks found."""
    entry = next((entry for entry in entries if entry.data and entry.data == record.newest), None)
    published = (yield from read_record(record.dataset, entry.at_seq)) if entry else None
    if entry is None or entry.data is None or published is None:
        return None
    change = next(change for change in published.changes if change.partition == entry.partition)
    evidence = yield from _evidence([published])
    return Publication(entry.data, change, published, evidence.get((published.seq, entry.partition)))


def _publications(tip: Record) -> Steps[tuple[Publication, ...]]:
    """The last publications. A backfill commits the newest day first, so within a day the versions count."""
    commits = yield from _last_commits(tip)
    published = [record for record in commits if record.op in (Op.PUBLISH, Op.CORRECT)]
    changes = [(record, change) for record in published for change in record.changes if change.to_rev]
    changes.sort(key=lambda one: (one[0].committed_at[:10], one[1].partition), reverse=True)
    shown = changes[:MOST_VERSIONS]
    refs = {ref.key: ref for record, change in shown for ref in touched(record.tree, [change.partition])}
    segments = yield from read_segments(refs.values())
    corrections = {record.seq: record for record, change in shown if change.to_rev > 1}
    evidence = yield from _evidence(corrections.values())
    found = []
    for record, change in shown:
        entry = heads(record.tree, segments, [change.partition])[change.partition]
        if entry.data:
            found.append(Publication(entry.data, change, record, evidence.get((record.seq, change.partition))))
    return tuple(found)


def _last_commits(tip: Record) -> Steps[list[Record]]:
    """The last commits up to `tip`, the newest first."""
    seqs = range(tip.seq - 1, max(tip.seq - MOST_COMMITS, 0), -1)
    keys = [object_key(ObjectKind.LOG, dataset=tip.dataset, seq=seq) for seq in seqs]
    replies = (yield Together(tuple(Get(key) for key in keys))) if keys else ()
    records = [tip]
    for seq, key, reply in zip(seqs, keys, replies, strict=True):
        if not isinstance(reply, Found):
            raise Gone(f"{key} is missing from the store", hint="run `odp fsck` on the store")
        records.append(parse_record(tip.dataset, seq, reply.body))
    return records


def _evidence(records: Iterable[Record]) -> Steps[dict[tuple[int, str], Mapping[str, Any]]]:
    """What the audit records of commits say, by commit and partition."""
    found: dict[tuple[int, str], Mapping[str, Any]] = {}
    for record in records:
        if record.audit is None:
            continue
        key = record.audit.key
        body = yield from get_verified(ObjectRef(key, record.audit.sha256))
        for item in Fields(parse_object(body, key), key).items("partitions"):
            fields = Fields(item, f"{key}.partitions")
            found[record.seq, fields.text("partition")] = fields.document
    return found


def _report(kind: ObjectKind, report: type[Any], dataset: str) -> Steps[Any]:
    """health.json or verified.json; None where there is none that can be read, until the next report."""
    found = yield from get(object_key(kind, dataset=dataset))
    try:
        return report.from_bytes(found.body) if isinstance(found, Found) else None
    except (InvalidValue, UpgradeRequired):
        return None
