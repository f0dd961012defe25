"""Reading: from a selector to a state, and from a state to the versions that make it up."""

from __future__ import annotations

from dataclasses import dataclass

from opendata.contract.canonical import format_instant, parse_instant
from opendata.contract.ids import Version, order_key
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Data, Entry, ObjectRef, Op, Record
from opendata.contract.selectors import AtInstant, AtSeq, Selector
from opendata.errors import DatasetNotFound, VersionNotFound
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps
from opendata.protocol.tip import follow_log, parse_record, pointed_record, read_pointer, read_record
from opendata.protocol.tree import heads, read_segments, segments_between, touched


@dataclass(frozen=True, slots=True)
class State:
    """A dataset as one commit left it."""

    record: Record

    @property
    def ref(self) -> ObjectRef:
        """Key and hash of the commit: together with the dataset id, a pin that reads the same bytes for ever."""
        return ObjectRef(self.record.key, self.record.sha256)


def find_state(dataset: str, selector: Selector) -> Steps[State]:
    """The state that a selector means; a named version is looked up in the newest state.

    Raises DatasetNotFound or VersionNotFound.
    """
    if isinstance(selector, AtSeq):
        record = yield from _record_at(dataset, selector.seq)
    elif isinstance(selector, AtInstant):
        record = yield from _record_as_of(dataset, selector)
    else:
        record = yield from _newest(dataset)
    return State(record)


def find_pinned(dataset: str, seq: int, sha256: str) -> Steps[State]:
    """The state of a pin {dataset, seq, sha256 of the record}; raises IntegrityError if the store holds another."""
    ref = ObjectRef(object_key(ObjectKind.LOG, dataset=dataset, seq=seq), sha256)
    body = yield from get_verified(ref)
    return State(parse_record(dataset, seq, body))


def read_entries(record: Record, lo: str | None = None, hi: str | None = None) -> Steps[tuple[Entry, ...]]:
    """The visible heads from `lo` to `hi` (both included) in partition order; reads only the segments needed."""
    wanted = segments_between(record.tree, lo, hi)
    segments = yield from read_segments(wanted)
    return tuple(
        entry
        for ref in wanted
        for entry in segments[ref.key]
        if entry.rev
        and (lo is None or order_key(entry.partition) >= order_key(lo))
        and (hi is None or order_key(entry.partition) <= order_key(hi))
    )


def find_version(record: Record, version: Version) -> Steps[Data]:
    """A named version that a commit up to `record` really published, replaced and yanked ones included."""
    _, data = yield from _find_head(record, version)
    return data


def find_publication(record: Record, version: Version) -> Steps[Record]:
    """The commit that published a version; not a later one that only showed it again."""
    while True:
        seq, _ = yield from _find_head(record, version)
        published = yield from _record_at(record.dataset, seq)
        if published.op is not Op.ROLLBACK:
            return published
        record = yield from _record_at(record.dataset, seq - 1)


def _find_head(record: Record, version: Version) -> Steps[tuple[int, Data]]:
    """The last commit up to `record` that made a version the head of its partition, and the version.

    Walks back through the commits that changed the partition, so bytes that were staged but never committed are never
    returned, and replaced or yanked versions still are.
    """
    at: Record | None = record
    while at is not None:
        segments = yield from read_segments(touched(at.tree, [version.base]))
        entry = heads(at.tree, segments, [version.base]).get(version.base)
        if entry is None:
            break
        if entry.data and entry.rev == version.revision:
            return entry.at_seq, entry.data
        at = (yield from read_record(record.dataset, entry.at_seq - 1)) if entry.at_seq > 1 else None
    raise VersionNotFound(
        f"{record.dataset} has no version {version}", hint=f"list them with `od versions {record.dataset}`"
    )


def _newest(dataset: str) -> Steps[Record]:
    latest = yield from read_pointer(dataset)
    if latest is not None:
        return (yield from pointed_record(latest))
    record = yield from follow_log(dataset, None)
    if record is None:
        raise DatasetNotFound(
            f"{dataset} has not been published in this store", hint="list what there is with `od search`"
        )
    return record


def _record_at(dataset: str, seq: int) -> Steps[Record]:
    record = yield from read_record(dataset, seq)
    if record is None:
        newest = yield from _newest(dataset)
        raise VersionNotFound(f"{dataset} has no commit {seq}", hint=f"commits are 1 to {newest.seq}")
    return record


def _record_as_of(dataset: str, selector: AtInstant) -> Steps[Record]:
    """The last commit at or before the instant, by binary search over the log."""
    newest = yield from _newest(dataset)
    tip = (yield from follow_log(dataset, newest)) or newest
    found: Record | None = tip
    if parse_instant(tip.committed_at) > selector.instant:
        found, low, high = None, 1, tip.seq - 1
        while low <= high:
            middle = (low + high) // 2
            record = yield from _record_at(dataset, middle)
            if parse_instant(record.committed_at) <= selector.instant:
                found, low = record, middle + 1
            else:
                high = middle - 1
    if found is None:
        raise VersionNotFound(
            f"{dataset} had not been published at {format_instant(selector.instant)}",
            hint=f"the first commit is `seq:1`; list them with `od versions {dataset}`",
        )
    return found
