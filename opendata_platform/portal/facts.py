"""Everything that the portal shows of one dataset, read from the store as one commit left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
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
from opendata.protocol.operations import Found, Steps
from opendata.protocol.resolve import read_entries
from opendata.protocol.tip import read_record
from opendata.protocol.tree import heads, read_segments, touched
from opendata.read.plan import read_schema

MOST_VERSIONS = 60
"""Versions that are shown."""
MOST_COMMITS = 200
"""Commits that are looked at for them; packing and rolling back publish none."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A version, the commit that published it, and what the gates found about it (None where no evidence is kept)."""

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
    publications: tuple[Publication, ...]
    """The newest versions, the newest first."""
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
        publications,
        health.runs if health else (),
        verification,
    )


def _slices(record: Record, entries: Sequence[Entry]) -> tuple[Data, ...]:
    if record.versioning is not Versioning.DATE:
        return (record.newest,) if record.newest else ()
    return tuple(entry.data for entry in reversed(entries[-MOST_VERSIONS:]) if entry.data)


def _publications(tip: Record) -> Steps[tuple[Publication, ...]]:
    """The last publications. A backfill commits the newest day first, so within a day the versions count."""
    changes: list[tuple[Record, Change]] = []
    record: Record | None = tip
    for seq in range(tip.seq - 1, max(tip.seq - MOST_COMMITS, 0) - 1, -1):
        if record is None:
            break
        if record.op in (Op.PUBLISH, Op.CORRECT):
            changes += [(record, change) for change in record.changes if change.to_rev]
        record = (yield from read_record(tip.dataset, seq)) if seq else None
    changes.sort(key=lambda one: (one[0].committed_at[:10], one[1].partition), reverse=True)
    found: list[Publication] = []
    for _, members in groupby(changes[:MOST_VERSIONS], key=lambda one: one[0].seq):
        shown = list(members)
        found += yield from _published_by(shown[0][0], {change.partition: change for _, change in shown})
    return tuple(found)


def _published_by(record: Record, changes: Mapping[str, Change]) -> Steps[list[Publication]]:
    segments = yield from read_segments(touched(record.tree, changes))
    entries = heads(record.tree, segments, changes)
    evidence = yield from _evidence(record)
    return [
        Publication(entry.data, changes[name], record, evidence.get(name))
        for name, entry in sorted(entries.items(), reverse=True)
        if entry.data
    ]


def _evidence(record: Record) -> Steps[dict[str, Mapping[str, Any]]]:
    """What the audit record of a commit says, by partition."""
    if record.audit is None:
        return {}
    key = record.audit.key
    body = yield from get_verified(ObjectRef(key, record.audit.sha256))
    items = [Fields(item, f"{key}.partitions") for item in Fields(parse_object(body, key), key).items("partitions")]
    return {item.text("partition"): item.document for item in items}


def _report(kind: ObjectKind, report: type[Any], dataset: str) -> Steps[Any]:
    """health.json or verified.json; None where there is none that can be read, until the next report."""
    found = yield from get(object_key(kind, dataset=dataset))
    try:
        return report.from_bytes(found.body) if isinstance(found, Found) else None
    except (InvalidValue, UpgradeRequired):
        return None
