"""The writer processes of the kill loop, and what must be true of a bucket however they died."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from opendata.contract.evidence import CheckResult, Evidence, Severity
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.metadata import Metadata
from opendata.contract.records import Entry, Latest, Record, parse_segment
from opendata.contract.schema import DataSummary
from opendata.errors import CommitUncertain, Conflict
from opendata.protocol.commit import Author
from opendata.protocol.index import join_index, sweep_dirty
from opendata.protocol.operations import Found, Get, Keys, List
from opendata.protocol.publish import Draft, Published, publish
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store
from opendata.stores.store import Store
from ulid import ULID

DATASET = "official/kill-loop"
METADATA = Metadata.from_dict(
    {
        "meta_version": 1,
        "id": DATASET,
        "title": "Kill loop",
        "description": "Written by processes that are killed.",
        "license": "CC0-1.0",
        "source": "made here",
        "repo": "https://example.org/kill-loop",
        "versioning": "date",
    }
)
PARTITIONS = [str(date(2026, 1, 1) + timedelta(days=day)) for day in range(30)]


def draft(partition: str, content: bytes) -> Draft:
    """A draft whose data is opaque bytes; the protocol does not look into them."""
    digest = sha256(content).hexdigest()
    evidence = Evidence(partition, digest, (CheckResult("always", Severity.BLOCK, True),))
    summary = DataSummary(digest, len(content), 1, digest, {})
    description = b'{"data": "%s"}' % digest.encode()
    return Draft(partition, content, description, b"[]", summary, "0" * 64, partition, partition, evidence)


def write_for_ever(env: Mapping[str, str], diary: str, seed: int) -> None:
    """Publish, correct, repeat and sweep until killed; every outcome is a line in the diary once it is known."""
    store, choose = open_writable_store(env), random.Random(seed)
    descriptor = os.open(diary, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while True:
        if choose.random() < 0.1:
            run(sweep_dirty(store.name), store)
            continue
        attempts: list[str] = []
        partitions = choose.sample(PARTITIONS, choose.randint(1, 3))
        content = b"%d" % choose.randrange(3) if choose.random() < 0.2 else choose.randbytes(choose.choice((9, 99_999)))
        drafts = [draft(partition, partition.encode() + content) for partition in sorted(partitions)]

        def fresh(attempts: list[str] = attempts) -> str:
            attempts.append(str(ULID()))
            return attempts[-1]

        try:
            outcome = run(publish(METADATA, drafts, Author({"kind": "test"}, fresh), required=["always"]), store)
        except CommitUncertain:
            continue
        except Conflict:
            _note(descriptor, {"failed": attempts})
            continue
        if isinstance(outcome, Published):
            record = outcome.record
            _note(descriptor, {"commit": record.commit_id, "seq": record.seq, "failed": attempts[:-1]})
            run(join_index([outcome], store.name), store)


def _note(descriptor: int, line: Mapping[str, object]) -> None:
    os.write(descriptor, json.dumps(line).encode() + b"\n")


def read(store: Store, key: str) -> bytes:
    """The bytes at a key that must exist."""
    reply = store.perform(Get(key))
    assert isinstance(reply, Found), f"{key} is missing"
    return reply.body


def keys(store: Store, prefix: str) -> tuple[str, ...]:
    """The keys under a prefix."""
    reply = store.perform(List(prefix))
    assert isinstance(reply, Keys)
    return reply.keys


def write_once_objects(store: Store) -> dict[str, str]:
    """The hash of every object that must never change (I1)."""
    listed = keys(store, "datasets/")
    return {key: sha256(read(store, key)).hexdigest() for key in listed if not key.endswith("/latest.json")}


def read_log(store: Store) -> list[Record]:
    """The log; asserts that it has no gap, a valid parent chain and strictly increasing times (I2)."""
    records: list[Record] = []
    parent = None
    for number, key in enumerate(keys(store, f"datasets/{DATASET}/_log/"), start=1):
        assert key == object_key(ObjectKind.LOG, dataset=DATASET, seq=number)
        body = read(store, key)
        record = Record.from_bytes(body)
        assert record.parent == parent
        assert not records or record.committed_at > records[-1].committed_at
        parent = sha256(body).hexdigest()
        records.append(record)
    return records


def assert_named_objects_exist(store: Store, records: list[Record], hashes: Mapping[str, str]) -> None:
    """Every object that a record names is there with its hash (I3)."""
    for record in records:
        named = {record.metadata.key: record.metadata.sha256}
        assert record.audit is not None
        named[record.audit.key] = record.audit.sha256
        named.update({ref.key: ref.sha256 for ref in record.tree})
        named.update({e.data.key(DATASET): e.data.sha256 for e in entries(store, record) if e.data})
        assert named.items() <= hashes.items()


def entries(store: Store, record: Record) -> Iterator[Entry]:
    """The version tree of a record."""
    for ref in record.tree:
        yield from parse_segment(read(store, ref.key))


def assert_tree_is_the_fold_of_changes(store: Store, records: list[Record]) -> None:
    """The tree of every record is what the changes up to it add up to (I5), each from its stated base (I7)."""
    heads: dict[str, int] = {}
    for record in records:
        for change in record.changes:
            assert heads.get(change.partition, 0) == change.from_rev
            assert change.to_rev > change.from_rev
            heads[change.partition] = change.to_rev
        assert {entry.partition: entry.rev for entry in entries(store, record)} == heads


def assert_diary_agrees_with_log(diaries: Path, records: list[Record]) -> int:
    """Acknowledged: in the log exactly once. Reported failed: not in the log (I6). Returns how many acknowledged."""
    seqs = {record.commit_id: record.seq for record in records}
    assert len(seqs) == len(records)
    lines = [json.loads(line) for diary in diaries.iterdir() for line in diary.read_text().splitlines()]
    acknowledged = [line for line in lines if "commit" in line]
    for line in acknowledged:
        assert seqs.get(line["commit"]) == line["seq"]
    assert not {commit for line in lines for commit in line["failed"]} & seqs.keys()
    return len(acknowledged)


def assert_pointer_is_repaired(store: Store, tip: Record) -> None:
    """After a sweep latest.json is the pure function of the tip (I4, I10)."""
    run(sweep_dirty(store.name), store)
    assert read(store, object_key(ObjectKind.LATEST, dataset=DATASET)) == Latest.document(tip)
