"""Going back: rollback to an earlier commit, and yanking a version. Both are new commits; no bytes are removed."""

from __future__ import annotations

from collections.abc import Sequence

from opendata.contract.records import Change, Entry, Op, Record
from opendata.errors import Conflict, DatasetNotFound, VersionNotFound
from opendata.protocol.commit import Author, Proposal, try_commit
from opendata.protocol.operations import Steps
from opendata.protocol.tip import Tip, advance_pointer, read_record, read_tip
from opendata.protocol.tree import Segments, heads, read_segments, touched


def rollback(dataset: str, to_seq: int, author: Author, reason: str) -> Steps[Record]:
    """Make visible again what commit `to_seq` showed; returns the new commit (or the tip if nothing differs).

    Fences stay where they are, so revisions published since are never reused. Raises Conflict if somebody publishes
    meanwhile: rolling back over a commit that one has not seen must be decided anew.
    """
    tip, record = yield from _existing_tip(dataset)
    target = (yield from read_record(dataset, to_seq)) if 0 < to_seq <= record.seq else None
    if target is None:
        raise VersionNotFound(f"{dataset} has no commit {to_seq}", hint=f"commits are 1 to {record.seq}")
    same = {ref.key for ref in record.tree} & {ref.key for ref in target.tree}
    segments = yield from read_segments(ref for ref in record.tree if ref.key not in same)
    wanted = yield from read_segments(ref for ref in target.tree if ref.key not in same)
    before = {entry.partition: entry for entries in wanted.values() for entry in entries}
    entries, changes = [], []
    for entry in (entry for group in segments.values() for entry in group):
        old = before.get(entry.partition)
        revision = old.rev if old else 0
        if revision != entry.rev:
            data = old.data if old else None
            entries.append(Entry(entry.partition, revision, entry.next_rev, record.seq + 1, data))
            changes.append(Change(entry.partition, entry.rev, revision))
    if not changes:
        return record
    return (yield from _commit(tip, record, Op.ROLLBACK, reason, entries, changes, segments, author))


def yank(dataset: str, partition: str, author: Author, reason: str) -> Steps[Record]:
    """Hide a partition from loads that do not name its version; returns the new commit (or the tip if it is hidden)."""
    tip, record = yield from _existing_tip(dataset)
    segments = yield from read_segments(touched(record.tree, [partition]))
    entry = heads(record.tree, segments, [partition]).get(partition)
    if entry is None:
        raise VersionNotFound(f"{dataset} has no version {partition}", hint=f"list them with `od versions {dataset}`")
    if entry.rev == 0:
        return record
    hidden = Entry(partition, 0, entry.next_rev, record.seq + 1, None)
    changes = [Change(partition, entry.rev, 0)]
    return (yield from _commit(tip, record, Op.YANK, reason, [hidden], changes, segments, author))


def _existing_tip(dataset: str) -> Steps[tuple[Tip, Record]]:
    tip = yield from read_tip(dataset)
    if tip.record is None:
        raise DatasetNotFound(f"{dataset} has never been published")
    return tip, tip.record


def _commit(
    tip: Tip,
    record: Record,
    op: Op,
    reason: str,
    entries: Sequence[Entry],
    changes: Sequence[Change],
    segments: Segments,
    author: Author,
) -> Steps[Record]:
    proposal = Proposal(op, reason, record.versioning, record.metadata, entries, changes, segments)
    committed = yield from try_commit(tip, proposal, author, author.new_commit_id())
    if committed is None:
        raise Conflict(
            f"{tip.dataset}: somebody else committed {tip.seq + 1} meanwhile; nothing was changed",
            hint="look at the new state, then decide again",
        )
    yield from advance_pointer(committed)
    return committed
