"""The commits of a dataset, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from opendata.contract.ids import Version
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Record
from opendata.errors import Gone, IntegrityError
from opendata.protocol.operations import Found, Get, Steps, Together
from opendata.protocol.tip import parse_record
from opendata.read.html import Shown


@dataclass(frozen=True, slots=True, repr=False)
class Commit(Shown):
    """One commit: what it did, and what a reader got from then on. Partitions that it hid are not among `versions`."""

    seq: int
    committed_at: str
    op: str
    versions: tuple[str, ...]
    rows: int
    reason: str
    sha256: str


def read_history(newest: Record, limit: int) -> Steps[list[Commit]]:
    """Up to `limit` commits back from a record, each checked to be the parent of the one after it."""
    seqs = range(newest.seq - 1, max(0, newest.seq - limit), -1)
    keys = [object_key(ObjectKind.LOG, dataset=newest.dataset, seq=seq) for seq in seqs]
    replies = (yield Together(tuple(Get(key) for key in keys))) if keys else ()
    records = [newest]
    for seq, key, reply in zip(seqs, keys, replies, strict=True):
        if not isinstance(reply, Found):
            raise Gone(f"{key} is missing from the store", hint="run `odp fsck` on the store")
        record = parse_record(newest.dataset, seq, reply.body)
        if record.sha256 != records[-1].parent:
            raise IntegrityError(f"{key} is not the parent of the commit after it", hint="run `odp fsck` on the store")
        records.append(record)
    return [_commit(record) for record in records[:limit]]


def _commit(record: Record) -> Commit:
    versions = tuple(str(Version(change.partition, change.to_rev)) for change in record.changes if change.to_rev)
    return Commit(
        record.seq,
        record.committed_at,
        record.op.value,
        versions,
        record.totals.rows,
        record.reason,
        record.sha256,
    )
