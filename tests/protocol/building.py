"""Small datasets for the protocol tests: metadata, drafts with evidence, authors, and the actions of writers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

from opendata.contract.canonical import sha256
from opendata.contract.evidence import CheckResult, Evidence, Severity
from opendata.contract.metadata import Metadata
from opendata.contract.records import Entry, ObjectRef, Record
from opendata.contract.schema import DataSummary
from opendata.protocol.commit import Author
from opendata.protocol.gc import collect_garbage
from opendata.protocol.history import rollback, yank
from opendata.protocol.index import join_index, sweep_dirty
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Put, Steps
from opendata.protocol.pack import PackDraft, commit_packs, stage_pack
from opendata.protocol.publish import Draft, Published, Quarantined, Unchanged, publish
from opendata.protocol.resolve import read_entries
from opendata.protocol.tip import read_tip

from tests.protocol.invariants import Invariants
from tests.protocol.simulator import Fault, SimulatedStore, Writer, run

DATASET = "official/prices"
BUCKET = "bucket"
CHECK = "rows"
SCHEMA_HASH = sha256(b"schema")

_fresh = count(1)


def metadata(dataset: str = DATASET, versioning: str = "date", **more: Any) -> Metadata:
    """Valid metadata."""
    fields = {"title": "Prices", "description": "Test", "license": "CC0-1.0", "source": "test"}
    return Metadata.from_dict(
        {"meta_version": 1, "id": dataset, "repo": "https://example.org/r", "versioning": versioning, **fields, **more}
    )


METADATA = metadata()


def draft(partition: str, content: str, passed: bool = True) -> Draft:
    """One partition whose bytes are `content`, and evidence about it."""
    body = content.encode()
    digest = sha256(body)
    evidence = Evidence(partition, digest, (CheckResult(CHECK, Severity.BLOCK, passed),))
    summary = DataSummary(digest, len(body), len(body), digest, {})
    return Draft(partition, body, b"{}", b"[]", summary, SCHEMA_HASH, partition, partition, evidence)


def author() -> tuple[Author, list[str]]:
    """An author, and the list that its commit ids are added to."""
    used: list[str] = []

    def new_commit_id() -> str:
        used.append(f"{next(_fresh):026d}")
        return used[-1]

    return Author({"kind": "test"}, new_commit_id), used


def day(number: int) -> str:
    """The date of a small number, in order."""
    return f"2026-{number // 28 + 1:02d}-{number % 28 + 1:02d}"


def publishing(drafts: Iterable[Draft], who: Author, **more: Any) -> Steps[Published | Unchanged | Quarantined]:
    """Publish to the dataset of these tests."""
    return publish(METADATA, list(drafts), who, required=[CHECK], **more)


def packing(lo: str, hi: str, who: Author) -> Steps[Record | None]:
    """Pack the visible partitions from `lo` to `hi`, if there are any: their bytes, one after the other."""
    tip = yield from read_tip(DATASET)
    entries = (yield from read_entries(tip.record, lo, hi)) if tip.record else ()
    if not entries:
        return None
    return (yield from adding_pack(entries, b"".join((yield from _bodies(entries))), who))


def adding_pack(entries: Sequence[Entry], data: bytes, who: Author) -> Steps[Record]:
    """Make these bytes a pack of these entries."""
    pack = yield from stage_pack(DATASET, PackDraft(entries, data, "date", 1, 1, b"layout of " + data), who)
    return (yield from commit_packs(DATASET, [pack], who))


def _bodies(entries: Sequence[Entry]) -> Steps[list[bytes]]:
    bodies = []
    for entry in entries:
        assert entry.data
        bodies.append((yield from get_verified(ObjectRef(entry.data.key(DATASET), entry.data.sha256))))
    return bodies


def writer(store: SimulatedStore, make: Callable[[Author], Steps[Any]]) -> Writer:
    """A writer of a fresh author."""
    who, used = author()
    return Writer(make(who), store, used)


ACTIONS: dict[str, Callable[[Author], Steps[Any]]] = {
    "publish": lambda who: publishing([draft(day(8), "new"), draft(day(9), "newer")], who),
    "correct": lambda who: publishing([draft(day(1), "corrected")], who),
    "rollback": lambda who: rollback(DATASET, 2, who, "wrong"),
    "yank": lambda who: yank(DATASET, day(2), who, "wrong"),
    "gc": lambda who: collect_garbage(DATASET, who),
    "pack": lambda who: packing(day(0), day(3), who),
    "sweep": lambda who: sweep_dirty(BUCKET),
}
"""One of everything, on top of `populated`."""


def populated() -> Invariants:
    """Eight partitions in three segments, a correction, a pack, a quarantined and a crashed attempt."""
    invariants = Invariants(SimulatedStore())
    store = invariants.store
    for numbers in ((0, 1, 2, 3), (4, 5)):
        result = run(store, publishing([draft(day(n), f"day {n}") for n in numbers], author()[0]))
        assert isinstance(result, Published)
        run(store, joining(result))
    run(store, publishing([draft(day(4), "day 4, corrected")], author()[0]))
    run(store, packing(day(0), day(1), author()[0]))
    run(store, publishing([draft(day(1), "wrong")], author()[0]))
    run(store, publishing([draft(day(1), "rejected", passed=False)], author()[0]))
    crashed = writer(store, lambda who: publishing([draft(day(8), "crashed")], who))
    while not (isinstance(crashed.operation, Put) and "/_log/" in crashed.operation.key):
        crashed.step()
    crashed.step(Fault.CRASH_BEFORE)
    run(store, sweep_dirty(BUCKET))
    return invariants


def joining(result: Published) -> Steps[bool]:
    """Bring the index up to a publication."""
    return join_index([result], BUCKET)
