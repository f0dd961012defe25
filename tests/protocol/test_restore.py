"""From the contents of the store alone: lost pointers and indexes come back, damage is named, nothing else suffers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from opendata.contract import index as index_contract
from opendata.contract.canonical import sha256
from opendata.contract.index import parse_shards
from opendata.contract.selectors import Newest
from opendata.errors import Gone, IntegrityError, InvalidValue, UpgradeRequired
from opendata.protocol.fsck import check_store
from opendata.protocol.index import join_index, read_index, sweep_dirty
from opendata.protocol.operations import Delete, Get, Put
from opendata.protocol.publish import Published, publish
from opendata.protocol.resolve import find_state

from tests.protocol.building import ACTIONS, BUCKET, CHECK, DATASET, author, draft, joining, metadata, writer
from tests.protocol.invariants import Invariants
from tests.protocol.simulator import Fault, run

LATEST = f"datasets/{DATASET}/latest.json"
OTHER = "official/other"


def publish_other(world: Invariants, dataset: str = OTHER, content: str = "x") -> Published:
    """Publish one day of another dataset."""
    steps = publish(metadata(dataset), [draft("2026-01-01", content)], author()[0], required=[CHECK])
    result = run(world.store, steps)
    assert isinstance(result, Published)
    return result


def test_restore_drill(world: Invariants) -> None:
    run(world.store, joining(publish_other(world)))
    objects = world.store.objects
    intact = dict(objects)
    segment = world.datasets[DATASET].records[-1].tree[0]
    objects[segment.key] = objects[segment.key].replace(b"2026", b"2062")
    for key in ("index.json", LATEST, f"datasets/{OTHER}/latest.json"):
        del objects[key]
    world.indexed.clear()
    findings = run(world.store, check_store(BUCKET, repair=True))
    assert {f.key for f in findings if f.repaired} == {"index.json", LATEST, f"datasets/{OTHER}/latest.json"}
    (damage,) = [f for f in findings if not f.repaired]
    assert damage.key == segment.key
    assert "_log/" in damage.problem
    assert {key for key in objects if objects[key] != intact.get(key)} == {segment.key}
    assert intact.keys() == objects.keys()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"format":1}', b"\xff\xfe", b'{"format":1,"datasets":7}'])
def test_a_damaged_index_or_pointer_is_rebuilt_by_whoever_comes_next(world: Invariants, body: bytes) -> None:
    intact = world.store.objects["index.json"]
    world.store.objects["index.json"] = body
    world.indexed.clear()
    run(world.store, join_index([], BUCKET))
    assert world.store.objects["index.json"] == intact
    world.store.objects[LATEST] = body
    assert run(world.store, find_state(DATASET, Newest())).record == world.datasets[DATASET].records[-1]
    run(world.store, ACTIONS["publish"](author()[0]))
    world.check_repaired()


def test_an_old_copy_of_the_pointer_is_only_late(world: Invariants) -> None:
    old = world.store.objects[LATEST]
    run(world.store, ACTIONS["publish"](author()[0]))
    world.store.objects[LATEST] = old
    world.datasets[DATASET].pointer = 0
    run(world.store, ACTIONS["correct"](author()[0]))
    world.check_repaired()


def test_repair_does_not_touch_what_a_newer_version_wrote(world: Invariants) -> None:
    for key in ("index.json", LATEST):
        world.store.objects[key] = b'{"format":2}'
    findings = run(world.store, check_store(BUCKET, repair=True))
    assert {f.key for f in findings} >= {"index.json", LATEST}
    assert not any(f.repaired for f in findings)
    with pytest.raises(UpgradeRequired):
        run(world.store, join_index([], BUCKET))


@pytest.mark.parametrize("damage", ["tip", "metadata"])
def test_one_damaged_dataset_does_not_stop_the_index_of_the_others(world: Invariants, damage: str) -> None:
    tip = world.datasets[DATASET].records[-1]
    key = tip.key if damage == "tip" else tip.metadata.key
    intact = world.store.objects[key]
    world.store.objects[key] = b"damaged"
    world.store.objects[f"_dirty/{DATASET.replace('/', '~')}~{tip.seq:012d}"] = b"{}"
    publish_other(world)
    with pytest.raises((IntegrityError, InvalidValue)):
        run(world.store, sweep_dirty(BUCKET))
    assert OTHER in (run(world.store, read_index()) or {})
    findings = run(world.store, check_store(BUCKET, repair=True))
    assert key in {finding.key for finding in findings}
    assert DATASET in (run(world.store, read_index()) or {}), "the entry that cannot be recomputed stays"
    world.store.objects[key] = intact
    world.check_repaired()


@pytest.mark.parametrize(
    "stray",
    ["_dirty/.DS_Store", f"datasets/{DATASET}/_log/notes.txt", "datasets/x/_log/000000000001.json", "datasets/z"],
)
def test_a_foreign_object_disturbs_nobody(world: Invariants, stray: str) -> None:
    world.store.objects[stray] = b"?"
    run(world.store, ACTIONS["publish"](author()[0]))
    world.check_repaired()


def test_a_listing_that_misses_keys_loses_no_dataset_from_the_index(world: Invariants) -> None:
    world.store.hidden = lambda key: key.startswith(f"datasets/{DATASET}/_log/")
    findings = run(world.store, check_store(BUCKET, repair=True))
    assert findings == ()
    assert DATASET in (run(world.store, read_index()) or {})


def lose(world: Invariants, key: str) -> None:
    del world.store.objects[key]


def spoil(world: Invariants, key: str) -> None:
    world.store.objects[key] = b"other bytes"


@pytest.mark.parametrize("harm", [lose, spoil])
@pytest.mark.parametrize("kind", ["_log/", "_seg/", "_audit/", "_meta/", "_pack/", "data.parquet", "schema.json"])
def test_every_kind_of_damage_is_named(world: Invariants, kind: str, harm: Callable[[Invariants, str], None]) -> None:
    run(world.store, ACTIONS["pack"](author()[0]))
    named = {*world.named, *(record.key for record in world.datasets[DATASET].records)}
    for key in sorted(key for key in named if f"/{kind}" in key or key.endswith(f"/{kind}")):
        if harm is spoil and kind == "schema.json":
            continue  # its hash is not recorded; readers compare its schema_hash and data sha256 with the commit
        intact = dict(world.store.objects)
        harm(world, key)
        findings = run(world.store, check_store(BUCKET, deep=True))
        assert key in {finding.key for finding in findings}, f"{harm.__name__} {key}"
        world.store.objects = intact


def test_a_concurrent_publication_is_no_finding(world: Invariants) -> None:
    """Keys listed before a commit, the log read after it."""
    checker = writer(world.store, lambda who: check_store(BUCKET, deep=True))
    while not isinstance(checker.operation, Get):
        checker.step()
    run(world.store, ACTIONS["publish"](author()[0]))
    run(world.store, sweep_dirty(BUCKET))
    while checker.running:
        checker.step()
    assert checker.result == ()


def big_index(world: Invariants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_contract, "SPLIT_ABOVE", 1_000)
    for name in ("a/one", "a/two", "b/one"):
        run(world.store, joining(publish_other(world, name)))


def test_a_large_index_is_split_switched_whole_and_cleaned_up(
    world: Invariants, monkeypatch: pytest.MonkeyPatch
) -> None:
    big_index(world, monkeypatch)
    objects = world.store.objects
    first = objects["index.json"]
    shards = dict(parse_shards(first))
    assert {key.split("-")[0] for key in shards} == {"index/a", "index/b", "index/official"}
    entries = run(world.store, read_index()) or {}
    assert entries.keys() == {DATASET, "a/one", "a/two", "b/one"}
    run(world.store, joining(publish_other(world, "b/one", "y")))
    changed = dict(parse_shards(objects["index.json"]))
    assert len(shards.keys() - changed.keys()) == 1, "only the shard of the namespace that changed is another one"
    assert shards.keys() <= objects.keys(), "a reader with a cached index.json still finds its shards"
    run(world.store, check_store(BUCKET, repair=True))
    assert {key for key in objects if key.startswith("index/")} == changed.keys()
    assert sha256(objects[min(changed)]) == changed[min(changed)]


@pytest.mark.parametrize("harm", [lose, spoil])
def test_a_damaged_shard_is_noticed_and_rebuilt(
    world: Invariants, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Invariants, str], None]
) -> None:
    big_index(world, monkeypatch)
    run(world.store, check_store(BUCKET, repair=True))
    key, _ = parse_shards(world.store.objects["index.json"])[0]
    intact = dict(world.store.objects)
    harm(world, key)
    with pytest.raises((Gone, IntegrityError)):
        run(world.store, read_index())
    assert "index.json" in {finding.key for finding in run(world.store, check_store(BUCKET))}
    run(world.store, check_store(BUCKET, repair=True))
    assert world.store.objects == intact


def test_a_deleted_marker_never_hides_a_commit(world: Invariants) -> None:
    """A run that could not write the pointer keeps its marker, whatever it joins."""
    attempt = writer(world.store, ACTIONS["publish"])
    while attempt.running:
        pointer = isinstance(attempt.operation, Put) and attempt.operation.key == LATEST
        attempt.step(Fault.DROPPED if pointer else Fault.NONE)
    assert not attempt.result.pointed
    joiner = writer(world.store, lambda who: joining(attempt.result))
    while joiner.running:
        assert not isinstance(joiner.operation, Delete)
        joiner.step()
    run(world.store, joining(replace(attempt.result, pointed=True)))
    assert world.datasets[DATASET].pointer < len(world.datasets[DATASET].records)
