"""Finding and reading commits: the tip of a dataset's log, single records, and the pointer to the tip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from opendata.contract.canonical import format_instant, parse_instant
from opendata.contract.ids import check_dataset_id
from opendata.contract.keys import ObjectKind, log_prefix, object_key, parse_log_key
from opendata.contract.records import Latest, Record
from opendata.errors import Gone, IntegrityError, InvalidValue, OpenDataError
from opendata.protocol.objects import get, get_verified, swap
from opendata.protocol.operations import Found, Keys, List, Steps


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest commit of a dataset (None before the first), and the seq that latest.json shows (0: it is missing)."""

    dataset: str
    record: Record | None
    pointer_seq: int

    @property
    def seq(self) -> int:
        """Seq of the newest commit, 0 before the first."""
        return self.record.seq if self.record else 0

    def commit_time(self, now: datetime) -> str:
        """The store's clock, but later than the previous commit: `committed_at` strictly increases."""
        if self.record:
            now = max(now, parse_instant(self.record.committed_at) + timedelta(milliseconds=1))
        return format_instant(now)


def parse_record(dataset: str, seq: int, body: bytes) -> Record:
    """Read a log object and check that it is the commit its key says."""
    record = Record.from_bytes(body)
    if (record.dataset, record.seq) != (dataset, seq):
        raise IntegrityError(f"{record.key}: the log of {dataset} holds a foreign commit at {seq}")
    return record


def read_record(dataset: str, seq: int) -> Steps[Record | None]:
    """The commit `seq`, or None if there is none."""
    reply = yield from get(object_key(ObjectKind.LOG, dataset=dataset, seq=seq))
    return parse_record(dataset, seq, reply.body) if isinstance(reply, Found) else None


def read_pointer(dataset: str) -> Steps[Latest | None]:
    """latest.json, or None if it is missing or unreadable: it can always be recomputed from the log."""
    reply = yield from get(object_key(ObjectKind.LATEST, dataset=check_dataset_id(dataset)))
    return parse_pointer(dataset, reply.body) if isinstance(reply, Found) else None


def parse_pointer(dataset: str, body: bytes) -> Latest | None:
    """latest.json, or None if it is damaged or belongs to another dataset."""
    try:
        latest = Latest.from_bytes(body)
    except InvalidValue:
        return None
    return latest if latest.dataset == dataset else None


def pointed_record(latest: Latest) -> Steps[Record]:
    """The record that latest.json names, checked against its hash."""
    body = yield from get_verified(latest.commit)
    return parse_record(latest.dataset, latest.seq, body)


def read_tip(dataset: str) -> Steps[Tip]:
    """The newest commit: from latest.json, which may lag, or else from a listing, follow the log to its end."""
    latest = yield from read_pointer(dataset)
    record: Record | None = None
    if latest is not None:
        record = yield from pointed_record(latest)
    else:
        listed: Keys = yield List(log_prefix(dataset))
        seqs = [found[1] for key in listed.keys if (found := parse_log_key(key))]
        if seqs:
            record = yield from read_record(dataset, seqs[-1])
            if record is None:
                raise Gone(f"the log of {dataset} was listed but is missing", hint="run `odp fsck` on the store")
    record = yield from follow_log(dataset, record)
    return Tip(dataset, record, latest.seq if latest else 0)


def follow_log(dataset: str, record: Record | None) -> Steps[Record | None]:
    """The last commit at or after `record` (None: from the beginning).

    The log has no gap, so its end is found by doubling steps and then halving them: one request when `record` is the
    last, and a few, not thousands, when a pointer lags far behind.
    """
    seq, step = record.seq if record else 0, 1
    missing: int | None = None
    while missing is None or seq + 1 < missing:
        probe = (seq + missing) // 2 if missing else seq + step
        following = yield from read_record(dataset, probe)
        if following is None:
            missing = probe
        elif probe == seq + 1 and following.parent != (record.sha256 if record else None):
            raise IntegrityError(f"{following.key}: the commit does not continue the log", hint="run `odp fsck`")
        else:
            record, seq, step = following, probe, step * 2
    return record


def advance_pointer(record: Record) -> Steps[bool]:
    """Bring latest.json up to `record`; a pointer that is already further on stays. False if that did not work out.

    The commit is written by then, so trouble here is no failure: the dirty marker stays and the next sweep settles it.
    """

    def update(current: bytes | None) -> bytes | None:
        latest = parse_pointer(record.dataset, current) if current is not None else None
        return None if latest and latest.seq > record.seq else Latest.document(record)

    try:
        return (yield from swap(object_key(ObjectKind.LATEST, dataset=record.dataset), update))
    except OpenDataError:
        return False
