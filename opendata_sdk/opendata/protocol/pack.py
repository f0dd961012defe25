"""Packs: compacted copies of a range of partitions in some order of rows, a pure cache that never serves stale data.

A pack names the digest of exactly the versions it was made from. It enters the record only while the heads in its range
have that digest, and every commit that touches the range drops it: so what a record names is usable, and a reader need
not read the versions that a pack stands for. Several packs may hold the same partitions, sorted differently.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from opendata.contract.canonical import sha256, to_json
from opendata.contract.ids import order_key
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Entry, ObjectRef, Op, Pack, Record
from opendata.errors import Conflict, DatasetNotFound, InvalidValue
from opendata.protocol.commit import MAX_REBASES, Author, Proposal, try_commit
from opendata.protocol.objects import create
from opendata.protocol.operations import PARQUET, Steps
from opendata.protocol.resolve import read_entries
from opendata.protocol.tip import advance_pointer, read_tip


@dataclass(frozen=True)
class PackDraft:
    """A pack that is to be stored: the versions it is made of, in partition order, and its bytes."""

    entries: Sequence[Entry]
    data: bytes | None
    """A Parquet file with the rows of the entries; None if there is one entry, whose file is to be used as it is."""
    sorted_by: str | None
    """The column by which the rows are sorted first; None: as if the versions were read one by one."""
    groups: int
    """Row groups of the file."""
    columns: int
    """Columns of the file."""
    layout: bytes
    """The layout document of the file."""
    since: str | None = None
    """The first day from which on no other partition has rows, up to `until`; None: not known."""
    until: str | None = None


def members_digest(entries: Sequence[Entry]) -> str:
    """Digest of the versions that a pack is made of, in partition order."""
    return sha256(
        to_json([[entry.partition, entry.rev, entry.data.sha256 if entry.data else None] for entry in entries])
    )


def stage_pack(dataset: str, draft: PackDraft, author: Author) -> Steps[Pack]:
    """Store the objects of a pack; nobody sees them before `commit_packs`."""
    versions = [entry.data for entry in draft.entries if entry.data]
    if len({data.schema_hash for data in versions}) != 1:
        raise InvalidValue("entries", len(versions), "must be visible versions of one schema")
    if draft.data is None and len(versions) > 1:
        raise InvalidValue("entries", len(versions), "must be one, to use its file as it is")
    commit_id = author.new_commit_id()

    def key(kind: ObjectKind, digest: str) -> str:
        return object_key(kind, dataset=dataset, commit=commit_id, digest=digest[:12])

    file, size = ObjectRef(versions[0].key(dataset), versions[0].sha256), versions[0].bytes
    if draft.data is not None:
        digest = sha256(draft.data)
        file, size = ObjectRef(key(ObjectKind.PACK, digest), digest), len(draft.data)
        yield from create(file.key, draft.data, PARQUET)
    digest = sha256(draft.layout)
    layout = ObjectRef(key(ObjectKind.LAYOUT, digest), digest)
    yield from create(layout.key, draft.layout)
    return Pack(
        lo=draft.entries[0].partition,
        hi=draft.entries[-1].partition,
        parts=len(versions),
        members=members_digest(draft.entries),
        key=file.key,
        sha256=file.sha256,
        bytes=size,
        rows=sum(data.rows for data in versions),
        min=min((data.min for data in versions if data.min is not None), default=None),
        max=max((data.max for data in versions if data.max is not None), default=None),
        since=draft.since,
        until=draft.until,
        schema_hash=versions[0].schema_hash,
        sorted_by=draft.sorted_by,
        groups=draft.groups,
        columns=draft.columns,
        layout=layout,
    )


def commit_packs(dataset: str, packs: Sequence[Pack], author: Author, drop: Collection[str] = ()) -> Steps[Record]:
    """Make staged packs known, and forget those whose layout keys are in `drop`; returns the new commit.

    Raises Conflict if the heads in the range of a pack are not what it was made from (any more), or others have rows on
    its days.
    """
    for _ in range(MAX_REBASES):
        tip = yield from read_tip(dataset)
        record = tip.record
        if record is None:
            raise DatasetNotFound(f"{dataset} has never been published")
        heads = (yield from read_entries(record)) if packs else ()
        for pack in packs:
            if not fits(pack, heads):
                raise Conflict(
                    f"{dataset}: the partitions {pack.lo} to {pack.hi} changed while they were packed",
                    hint="pack them again",
                )
        ranges = ", ".join(f"{pack.lo} to {pack.hi} by {pack.sorted_by or 'time'}" for pack in packs) or "nothing new"
        proposal = Proposal(
            Op.PACK,
            f"pack {ranges}",
            record.versioning,
            record.metadata,
            (),
            (),
            {},
            new_packs=packs,
            dropped_packs=drop,
        )
        committed = yield from try_commit(tip, proposal, author, author.new_commit_id())
        if committed:
            yield from advance_pointer(committed)
            return committed
    raise Conflict(f"{dataset}: others kept publishing while packs were committed", hint="pack them again")


def fits(pack: Pack, heads: Sequence[Entry]) -> bool:
    """Whether a pack is what a record may say of it, given all heads."""
    lo, hi = order_key(pack.lo), order_key(pack.hi)
    inside: list[Entry] = []
    outside: list[Entry] = []
    for entry in heads:
        (inside if lo <= order_key(entry.partition) <= hi else outside).append(entry)
    others = (entry.data for entry in outside if entry.data)
    return members_digest(inside) == pack.members and not any(pack.owns_days_of(data) for data in others)


def packed_objects(record: Record) -> list[ObjectRef]:
    """The objects of the packs that a record names."""
    return [ref for pack in record.packs for ref in (ObjectRef(pack.key, pack.sha256), pack.layout)]


def uncovered(entries: Sequence[Entry], packs: Sequence[Pack]) -> list[Entry]:
    """The entries that none of these packs stands for."""
    ranges = [(order_key(pack.lo), order_key(pack.hi)) for pack in packs]
    keyed = [(order_key(entry.partition), entry) for entry in entries]
    return [entry for key, entry in keyed if not any(lo <= key <= hi for lo, hi in ranges)]
