"""Writing one commit: changed segments, dirty marker, then the log record, whose creation is the commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opendata.contract.ids import Versioning, order_key
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import (
    AuditRef,
    Change,
    Data,
    Entry,
    ObjectRef,
    Op,
    Pack,
    Record,
    parse_segment,
)
from opendata.errors import CommitUncertain, OpenDataError, StoreUnavailable
from opendata.protocol.objects import ATTEMPTS, create_all, get
from opendata.protocol.operations import Ambiguous, Found, Put, Refused, Steps, Stored
from opendata.protocol.tip import Tip
from opendata.protocol.tree import (
    Segments,
    Tree,
    newest_data,
    newest_segment,
    read_segments,
    replace_entries,
    totals,
)

MARKER = b"{}"
MAX_REBASES = 50
"""Times that a commit which still applies is proposed anew because somebody else took its seq."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who commits (`actor`: kind, run id, repository, commit, workflow …) and how fresh commit ids are made."""

    actor: Mapping[str, Any]
    new_commit_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a commit would do on top of a tip: the new heads, and the segments that were read to make them."""

    op: Op
    reason: str
    versioning: Versioning
    metadata: ObjectRef
    entries: Sequence[Entry]
    changes: Sequence[Change]
    segments: Segments
    audit: AuditRef | None = None
    new_packs: Sequence[Pack] = ()
    dropped_packs: Collection[str] = ()
    """Layout keys of packs to forget."""


def try_commit(tip: Tip, proposal: Proposal, author: Author, commit_id: str) -> Steps[Record | None]:
    """Write the commit `tip.seq + 1`. None if somebody else took that seq: read the tip again and propose anew.

    Raises CommitUncertain when the store never said whether the record was written.
    """
    old_tree = tip.record.tree if tip.record else ()
    tree, objects = replace_entries(tip.dataset, commit_id, old_tree, proposal.segments, proposal.entries)
    newest = yield from _newest(tip, tree, objects)
    yield from create_all(objects)
    marked_at = yield from _mark_dirty(tip.dataset, tip.seq + 1)
    record = Record(
        dataset=tip.dataset,
        versioning=proposal.versioning,
        seq=tip.seq + 1,
        commit_id=commit_id,
        parent=tip.record.sha256 if tip.record else None,
        committed_at=tip.commit_time(marked_at),
        op=proposal.op,
        reason=proposal.reason,
        actor=author.actor,
        changes=tuple(proposal.changes),
        tree=tree,
        packs=_packs(tip, proposal),
        totals=totals(tree, proposal.versioning, newest),
        newest=newest,
        metadata=proposal.metadata,
        audit=proposal.audit,
    )
    return record if (yield from _create_record(record)) else None


def _newest(tip: Tip, tree: Tree, objects: Mapping[str, bytes]) -> Steps[Data | None]:
    ref = newest_segment(tree)
    if ref is None:
        return None
    if ref.key in objects:
        return newest_data(parse_segment(objects[ref.key]))
    if tip.record and ref == newest_segment(tip.record.tree):
        return tip.record.newest
    segments = yield from read_segments([ref])
    return newest_data(segments[ref.key])


def _packs(tip: Tip, proposal: Proposal) -> tuple[Pack, ...]:
    """A pack is only a cache: it goes when a partition within its range or on its days changes, or when a new one
    replaces it."""
    changed = [order_key(change.partition) for change in proposal.changes]
    new = [entry.data for entry in proposal.entries if entry.data]
    replaced = {(pack.lo, pack.hi, pack.sorted_by) for pack in proposal.new_packs}
    kept = [
        pack
        for pack in (tip.record.packs if tip.record else ())
        if (pack.lo, pack.hi, pack.sorted_by) not in replaced
        and pack.layout.key not in proposal.dropped_packs
        and not any(order_key(pack.lo) <= partition <= order_key(pack.hi) for partition in changed)
        and not any(pack.owns_days_of(data) for data in new)
    ]
    return (*kept, *proposal.new_packs)


def _mark_dirty(dataset: str, seq: int) -> Steps[datetime]:
    """Announce commit `seq`, so that the index follows even if this writer dies; returns the store's time."""
    key = object_key(ObjectKind.DIRTY, marker=dataset, seq=seq)
    for _ in range(ATTEMPTS):
        reply: Stored | Refused | Ambiguous = yield Put(key, MARKER)
        if isinstance(reply, Stored):
            return reply.at
        current = yield from get(key)
        if isinstance(current, Found):
            return current.at
    raise StoreUnavailable(f"{key}: the store never settled the write", hint="publish again later")


def _create_record(record: Record) -> Steps[bool]:
    """Create the log object. True: committed. False: the seq belongs to somebody else, and ours can never land.

    Once a write went unanswered it may land at any later time while the key is free, and a refusal may be the echo of
    one's own write that a proxy repeated. So after the first write every way of giving up is uncertain, never "failed".
    """
    body, sent = record.to_bytes(), False
    try:
        for _ in range(ATTEMPTS):
            reply: Stored | Refused | Ambiguous = yield Put(record.key, body)
            if isinstance(reply, Stored):
                return True
            sent = True
            current = yield from get(record.key)
            if isinstance(current, Found):
                return current.body == body
    except OpenDataError as error:
        if sent:
            raise _uncertain(record) from error
        raise
    raise _uncertain(record)


def _uncertain(record: Record) -> CommitUncertain:
    return CommitUncertain(
        f"{record.key}: the store never said whether the commit was written",
        hint="publish again: if it was written, the same content is found and nothing is published twice",
    )
