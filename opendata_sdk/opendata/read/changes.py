"""The partitions whose heads differ between two states of a dataset; segments that both have are not read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from opendata.contract.ids import order_key
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Data, Entry, Record
from opendata.contract.selectors import AtInstant, Selector, parse_selector
from opendata.errors import Gone, IntegrityError, InvalidValue
from opendata.protocol.operations import Found, Get, Steps, Together
from opendata.protocol.tip import parse_record
from opendata.protocol.tree import Tree, read_segments
from opendata.read.html import Shown
from opendata.read.request import parse_day


@dataclass(frozen=True, slots=True, repr=False)
class PartitionChange(Shown):
    """One partition that shows something else than before, or was touched since, and the commit that did it last."""

    partition: str
    before: str | None
    """The version that was shown; None if there was none."""
    after: str | None
    """The version to load now; None if the partition is hidden."""
    seq: int
    op: str
    """publish, correct, rollback or yank."""
    reason: str
    committed_at: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The head of one partition in two trees."""

    partition: str
    before: Entry | None
    after: Entry | None


def parse_since(since: str | date) -> Selector:
    """`seq:12` or `@instant`, or a date, which means the moment before it begins (UTC)."""
    if isinstance(since, str) and since.startswith(("@", "seq:")):
        return parse_selector(since)
    day = parse_day(since, "since")
    if day is None:
        raise InvalidValue("since", since, "must be seq:N, @instant or a date")
    return AtInstant(datetime.combine(day, time(), timezone.utc) - timedelta(milliseconds=1))


def differing_heads(before: Tree, after: Tree) -> Steps[list[Pair]]:
    """The heads in all segments that are not in both trees, in partition order; some of them may be equal."""
    shared = shared_segments(before, after)
    old = [ref for ref in before if ref.key not in shared]
    new = [ref for ref in after if ref.key not in shared]
    segments = yield from read_segments([*old, *new])
    was = {entry.partition: entry for ref in old for entry in segments[ref.key]}
    now = {entry.partition: entry for ref in new for entry in segments[ref.key]}
    return [Pair(name, was.get(name), now.get(name)) for name in sorted({*was, *now}, key=order_key)]


def shared_segments(before: Tree, after: Tree) -> set[str]:
    """The keys of the segments that two trees have in common."""
    return {ref.key for ref in before} & {ref.key for ref in after}


def changes_since(then: Record | None, newest: Record) -> Steps[list[PartitionChange]]:
    """The partitions that commits after `then` (None: all commits) touched, with the last of these commits."""
    pairs = yield from differing_heads(then.tree if then else (), newest.tree)
    since = then.seq if then else 0
    touched = [(pair, pair.after) for pair in pairs if pair.after and pair.after.at_seq > since]
    records = yield from _read_records(newest.dataset, sorted({head.at_seq for _, head in touched}))
    changes = []
    for pair, head in touched:
        record = records[head.at_seq]
        stated = {change.partition: change.to_rev for change in record.changes}
        if pair.partition not in stated and head.data is None:
            continue  # the fence of something that was staged and never published
        if stated.get(pair.partition) != head.rev:
            raise IntegrityError(f"{record.key} did not make {pair.partition} what it is", hint="run `odp fsck`")
        changes.append(
            PartitionChange(
                pair.partition,
                _version(pair.before.data if pair.before else None),
                _version(head.data),
                record.seq,
                record.op.value,
                record.reason,
                record.committed_at,
            )
        )
    return changes


def _read_records(dataset: str, seqs: list[int]) -> Steps[dict[int, Record]]:
    keys = [object_key(ObjectKind.LOG, dataset=dataset, seq=seq) for seq in seqs]
    replies = (yield Together(tuple(Get(key) for key in keys))) if keys else ()
    records = {}
    for seq, key, reply in zip(seqs, keys, replies, strict=True):
        if not isinstance(reply, Found):
            raise Gone(f"{key} is missing from the store", hint="run `odp fsck` on the store")
        records[seq] = parse_record(dataset, seq, reply.body)
    return records


def _version(data: Data | None) -> str | None:
    return data.version if data else None
