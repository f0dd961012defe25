"""Packs: compacted copies of a range of partitions, a pure cache that can never serve stale data.

A pack names the digest of exactly the versions it was made from. A reader uses it only while the heads in its range
still have that digest; a commit that touches the range drops it.
"""

from __future__ import annotations

from collections.abc import Sequence

from opendata.contract.canonical import sha256, to_json
from opendata.contract.ids import order_key
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Entry, Op, Pack, Record
from opendata.errors import Conflict, DatasetNotFound, InvalidValue
from opendata.protocol.commit import MAX_REBASES, Author, Proposal, try_commit
from opendata.protocol.objects import create
from opendata.protocol.operations import PARQUET, Steps
from opendata.protocol.resolve import read_entries
from opendata.protocol.tip import advance_pointer, read_tip


def members_digest(entries: Sequence[Entry]) -> str:
    """Digest of the versions that a pack is made of, in partition order."""
    return sha256(
        to_json([[entry.partition, entry.rev, entry.data.sha256 if entry.data else None] for entry in entries])
    )


def add_pack(dataset: str, entries: Sequence[Entry], data: bytes, author: Author) -> Steps[Record]:
    """Publish `data`, a Parquet file with the rows of `entries` in order, as a pack of their range.

    Raises Conflict if the heads in the range are not these entries (any more).
    """
    if not entries:
        raise InvalidValue("entries", [], "must name at least one partition")
    lo, hi, rows = entries[0].partition, entries[-1].partition, sum(entry.data.rows for entry in entries if entry.data)
    for _ in range(MAX_REBASES):
        tip = yield from read_tip(dataset)
        if tip.record is None:
            raise DatasetNotFound(f"{dataset} has never been published")
        current = yield from read_entries(tip.record, lo, hi)
        if members_digest(current) != members_digest(entries):
            break
        commit_id = author.new_commit_id()
        digest = sha256(data)
        key = object_key(ObjectKind.PACK, dataset=dataset, commit=commit_id, digest=digest[:12])
        yield from create(key, data, PARQUET)
        pack = Pack(lo, hi, members_digest(entries), key, digest, len(data), rows)
        record = tip.record
        proposal = Proposal(
            Op.PACK, f"pack {lo} to {hi}", record.versioning, record.metadata, (), (), {}, new_packs=[pack]
        )
        committed = yield from try_commit(tip, proposal, author, commit_id)
        if committed:
            yield from advance_pointer(committed)
            return committed
    raise Conflict(f"{dataset}: the partitions {lo} to {hi} changed while they were packed", hint="pack them again")


def usable_packs(record: Record, entries: Sequence[Entry]) -> tuple[list[Pack], list[Entry]]:
    """Cover `entries` with packs where possible: the packs to read, and the entries still to be read one by one.

    A pack counts only if every one of its members is among `entries` (a reader never fetches days it did not ask for)
    and the digest of the heads in its range is the one it was made from.
    """
    packs: list[Pack] = []
    rest = list(entries)
    for pack in sorted(record.packs, key=lambda p: -p.rows):
        lo, hi = order_key(pack.lo), order_key(pack.hi)
        inside = [entry for entry in rest if lo <= order_key(entry.partition) <= hi]
        if inside and members_digest(inside) == pack.members:
            packs.append(pack)
            covered = {entry.partition for entry in inside}
            rest = [entry for entry in rest if entry.partition not in covered]
    return packs, rest
