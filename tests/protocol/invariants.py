"""The invariants of the storage contract, checked at every change of the store and at the end of a history.

The checks read the objects themselves; of the code under test they use only the parsers of the contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from opendata.contract.canonical import parse_instant, sha256
from opendata.contract.evidence import Verdict
from opendata.contract.fields import parse_object
from opendata.contract.ids import order_key
from opendata.contract.index import parse_entries, parse_shards
from opendata.contract.keys import DIRTY, INDEX, INDEX_SHARDS, dataset_prefix, parse_dirty_key, parse_log_key
from opendata.contract.records import Data, Entry, Latest, Op, Record, parse_segment
from opendata.contract.selectors import AtInstant
from opendata.errors import CommitUncertain, Conflict, NotFound, StoreUnavailable
from opendata.protocol import tree
from opendata.protocol.fsck import check_store
from opendata.protocol.index import sweep_dirty
from opendata.protocol.pack import members_digest, packed_objects, uncovered
from opendata.protocol.publish import Published, Quarantined, Unchanged
from opendata.protocol.resolve import find_pinned, find_state, read_entries

from tests.protocol.simulator import SimulatedStore, Writer, run

EXPECTED_ERRORS = (Conflict, NotFound, StoreUnavailable)
"""What a writer may raise in a world with faults; damage (Gone, IntegrityError, …) is never among it."""
MUTABLE = ("latest.json", INDEX)


class Violation(AssertionError):
    """An invariant does not hold."""


def require(condition: bool, invariant: str, *about: object) -> None:
    """Raise Violation naming the invariant unless the condition holds."""
    if not condition:
        raise Violation(f"{invariant}: {' '.join(map(str, about))}")


@dataclass
class DatasetHistory:
    """What the log of one dataset has said so far."""

    records: list[Record] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    """Fold of the changes: visible revision by partition, 0 for none."""
    pointer: int = 0


@dataclass
class Invariants:
    """Watches a store. `named` are all objects that a record names, with the sha256 where it is recorded."""

    store: SimulatedStore
    datasets: dict[str, DatasetHistory] = field(default_factory=dict)
    named: dict[str, str | None] = field(default_factory=dict)
    commits: Counter[str] = field(default_factory=Counter)
    indexed: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store.watch = self.changed

    def fork(self) -> Invariants:
        """A copy that watches a copy of the store."""
        store = SimulatedStore(dict(self.store.objects), self.store.now)
        datasets = {
            name: DatasetHistory(list(h.records), dict(h.entries), dict(h.heads), h.pointer)
            for name, h in self.datasets.items()
        }
        return Invariants(store, datasets, dict(self.named), Counter(self.commits), dict(self.indexed))

    def changed(self, key: str, before: bytes | None, after: bytes | None) -> None:
        """Check one change of the store."""
        if after is None:
            require(key not in self.named, "I9", key, "is named by a record and was deleted")
            if key.startswith(INDEX_SHARDS):
                shown = {shard for shard, _ in parse_shards(self.store.objects[INDEX])}
                require(key not in shown, "I11", key, "is named by index.json and was deleted")
            else:
                require(key.startswith(DIRTY) or _collectable(key), "I9", key, "is never deleted")
            return
        mutable = key.endswith(MUTABLE) or key.startswith((DIRTY, INDEX_SHARDS))
        require(before in (None, after) or mutable, "I1", key, "was overwritten with other bytes")
        if (found := parse_log_key(key)) is not None:
            self._committed(*found, after)
        elif key.endswith("/latest.json"):
            self._pointed(key, after)
        elif key == INDEX:
            documents = [after, *(self.store.objects[key] for key, _ in parse_shards(after))]
            seqs = {dataset: e["seq"] for body in documents for dataset, e in parse_entries(body).items()}
            for dataset, seq in self.indexed.items():
                require(seqs.get(dataset, 0) >= seq, "I11", dataset, "went back in the index")
            self.indexed = seqs

    def _committed(self, dataset: str, seq: int, body: bytes) -> None:
        history = self.datasets.setdefault(dataset, DatasetHistory())
        record, previous = Record.from_bytes(body), history.records[-1] if history.records else None
        require((record.dataset, record.seq) == (dataset, seq), "I2", dataset, seq, "holds a foreign record")
        require(seq == len(history.records) + 1, "I2", dataset, f"commit {seq} after {len(history.records)}")
        require(record.parent == (previous.sha256 if previous else None), "I2", record.key, "breaks the chain")
        if previous:
            require(record.committed_at > previous.committed_at, "I2", record.key, "goes back in time")
        self.commits[record.commit_id] += 1
        entries = self._named_by(record)
        self._check_fold(record, history, entries)
        self._check_evidence(record, entries)
        self._check_summary(record, entries)
        history.records.append(record)
        history.entries = entries

    def _named_by(self, record: Record) -> dict[str, Entry]:
        """I3: everything the record names is there with its hash. Returns the entries of its tree."""
        for ref in (record.metadata, record.audit, *packed_objects(record), *record.tree):
            if ref:
                self._name(record, ref.key, ref.sha256)
        listed = [entry for ref in record.tree for entry in parse_segment(self.store.objects[ref.key])]
        entries = {entry.partition: entry for entry in listed}
        ordered = sorted(entries, key=order_key)
        require([entry.partition for entry in listed] == ordered, "I5", record.key, "has a tree out of order")
        for entry in listed:
            if entry.data:
                directory = f"{dataset_prefix(record.dataset)}{entry.data.version}"
                self._name(record, f"{directory}/data.parquet", entry.data.sha256)
                self._name(record, f"{directory}/schema.json", None)
                self._name(record, f"{directory}/preview.json", None)
        return entries

    def _name(self, record: Record, key: str, digest: str | None) -> None:
        if key in self.named:
            require(digest == self.named[key], "I1", key, "is recorded with two hashes")
            return
        require(key in self.store.objects, "I3", key, "is missing, named by", record.key)
        require(digest in (None, sha256(self.store.objects[key])), "I3", key, "has other bytes than", record.key)
        self.named[key] = digest

    def _check_fold(self, record: Record, history: DatasetHistory, entries: dict[str, Entry]) -> None:
        """I5 and I7: the tree is the fold of the changes, each change starts from the head, fences never go down."""
        changed = set()
        for change in record.changes:
            head = history.heads.get(change.partition, 0)
            require(change.from_rev == head, "I7", record.key, change, f"but the head was {head}")
            history.heads[change.partition] = change.to_rev
            changed.add(change.partition)
            old = history.entries.get(change.partition)
            if record.op in (Op.PUBLISH, Op.CORRECT):
                require(change.to_rev >= (old.next_rev if old else 1), "fence", record.key, change, "is below", old)
        for partition, entry in entries.items():
            require(entry.rev == history.heads.get(partition, 0), "I5", record.key, entry, "is not the fold")
            old = history.entries.get(partition)
            require(entry.next_rev >= (old.next_rev if old else 1), "fence", record.key, entry, "was", old)
            if partition in changed:
                require(entry.at_seq == record.seq, "I5", record.key, entry, "changed at another commit")
            elif old:
                require(replace(old, next_rev=entry.next_rev) == entry, "I5", record.key, entry, "was", old)
        require(entries.keys() >= history.entries.keys(), "I5", record.key, "forgot partitions")
        require(entries.keys() >= history.heads.keys(), "I5", record.key, "lacks changed partitions")

    def _check_evidence(self, record: Record, entries: dict[str, Entry]) -> None:
        if record.op not in (Op.PUBLISH, Op.CORRECT) or not record.changes:
            return
        require(record.audit is not None and record.audit.verdict == Verdict.PASS.value, "gate", record.key)
        assert record.audit is not None
        audit = parse_object(self.store.objects[record.audit.key], "audit")
        checked = {item["partition"]: item["content_hash"] for item in audit["partitions"]}
        for change in record.changes:
            data = entries[change.partition].data
            require(data is not None and checked.get(change.partition) == data.content_hash, "gate", record.key, change)

    def _check_summary(self, record: Record, entries: dict[str, Entry]) -> None:
        """What the record says of its tree is true, and so are its packs (I12)."""
        ordered = list(entries.values())
        for ref in record.tree:
            inside, ordered = ordered[: ref.n], ordered[ref.n :]
            require(0 < ref.n <= segment_size(), "I5", ref, "has a wrong size")
            require((inside[0].partition, inside[-1].partition) == (ref.lo, ref.hi), "I5", ref, "has a wrong range")
            visible = [entry.data for entry in inside if entry.data]
            require((len(visible), sum(d.rows for d in visible)) == (ref.parts, ref.rows), "I5", ref, "counts wrongly")
        require(not ordered, "I5", record.key, "has entries outside its segments")
        shown = _visible(entries)
        require(record.newest == (shown[-1] if shown else None), "I5", record.key, "names a wrong newest version")
        require(record.totals.parts == len(shown), "I5", record.key, "counts partitions wrongly")
        for pack in record.packs:
            lo, hi = order_key(pack.lo), order_key(pack.hi)
            inside = [e for e in entries.values() if e.rev and lo <= order_key(e.partition) <= hi]
            require(members_digest(inside) == pack.members, "I12", record.key, "keeps a stale pack", pack.key)

    def _pointed(self, key: str, body: bytes) -> None:
        latest = Latest.from_bytes(body)
        history = self.datasets.get(latest.dataset, DatasetHistory())
        require(latest.seq <= len(history.records), "I4", key, f"names commit {latest.seq}, which does not exist")
        require(latest.seq >= history.pointer, "I4", key, f"went back from {history.pointer} to {latest.seq}")
        require(body == Latest.document(history.records[latest.seq - 1]), "I4", key, "is not f(record)")
        history.pointer = latest.seq

    def check_outcomes(self, writers: Iterable[Writer]) -> None:
        """I6: acknowledged exactly once, failed never, crashed or uncertain at most once."""
        for writer in writers:
            landed = sum(self.commits[commit_id] for commit_id in writer.commit_ids)
            error = writer.error
            require(error is None or isinstance(error, EXPECTED_ERRORS), "damage", repr(error))
            if isinstance(writer.result, Published):
                require(landed == 1, "I6", "acknowledged, but in the log", landed, "times")
                record = writer.result.record
                shown = self.datasets[record.dataset].records[record.seq - 1]
                require(shown == record, "I6", "acknowledged as", record.key, "but another commit is there")
            elif isinstance(writer.result, (Unchanged, Quarantined)):
                require(landed == 0, "I6", type(writer.result).__name__, "but in the log")
            elif error is not None and not isinstance(error, CommitUncertain) and not writer.fences_only:
                require(landed == 0, "I6", "reported failed, but in the log:", repr(error))
            else:
                require(landed <= 1, "I6", "committed", landed, "times")

    def check_repaired(self, *, deep: bool = True) -> None:
        """I10, I11: after a sweep everything shows the tips; markers are left only for commits that never landed.

        `deep`: the store's own check finds nothing either.
        """
        run(self.store, sweep_dirty("bucket"))
        for dataset, history in self.datasets.items():
            require(history.pointer == len(history.records), "I10", dataset, "has a pointer that lags")
            require(self.indexed[dataset] == len(history.records), "I11", dataset, "lags in the index")
        if deep:
            findings = run(self.store, check_store("bucket", deep=True))
            require(not findings, "I10", *findings)
        for key in self.store.objects:
            if marker := parse_dirty_key(key):
                history = self.datasets.get(marker[0], DatasetHistory())
                require(marker[1] > len(history.records), "I10", key, "was not settled")

    def check_time_travel(self) -> None:
        """I8 and I13: a pin reads its record, an instant shows the last commit up to it: first, middle and last one."""
        for dataset, history in self.datasets.items():
            for seq in {1, (len(history.records) + 1) // 2, len(history.records)}:
                record = history.records[seq - 1]
                state = run(self.store, find_pinned(dataset, record.seq, record.sha256))
                require(state.record == record, "I8", record.key, "is another one now")
                instant = parse_instant(record.committed_at)
                shown = run(self.store, find_state(dataset, AtInstant(instant + timedelta(microseconds=500)))).record
                require(shown == record, "I13", instant, "shows", shown.key, "not", record.key)

    def check_packs(self) -> None:
        """I12: reading through packs gives the bytes that reading one by one gives."""
        for history in self.datasets.values():
            for record in (record for record in history.records if record.packs):
                entries = run(self.store, read_entries(record))
                plain = self._bytes_of(record, entries)
                for pack in record.packs:
                    read = self.store.objects[pack.key] + self._bytes_of(record, uncovered(entries, [pack]))
                    require(sorted(read) == sorted(plain), "I12", record.key, pack.key)

    def _bytes_of(self, record: Record, entries: Iterable[Entry]) -> bytes:
        files = [entry.data.key(record.dataset) for entry in entries if entry.data]
        return b"".join(self.store.objects[key] for key in files)


def segment_size() -> int:
    """The size of segments that is in force, which tests make small."""
    size: int = vars(tree)["SEGMENT_SIZE"]
    return size


def _visible(entries: dict[str, Entry]) -> list[Data]:
    return [entry.data for entry in entries.values() if entry.data]


def _collectable(key: str) -> bool:
    return key.endswith(("/data.parquet", "/schema.json", "/preview.json")) or any(
        part in key for part in ("/_seg/", "/_pack/")
    )
