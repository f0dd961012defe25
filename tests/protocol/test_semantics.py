"""What publishing, going back and reading mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from opendata.contract.canonical import format_instant, parse_instant
from opendata.contract.evidence import CheckResult, Evidence, Severity, Verdict
from opendata.contract.ids import Version
from opendata.contract.records import Op
from opendata.contract.selectors import AtInstant, AtSeq, Newest, parse_selector
from opendata.errors import (
    Conflict,
    DatasetNotFound,
    GateFailed,
    Gone,
    IntegrityError,
    InvalidValue,
    VersionNotFound,
)
from opendata.protocol.gc import collect_garbage
from opendata.protocol.history import rollback, yank
from opendata.protocol.operations import Put, Steps
from opendata.protocol.pack import PackDraft, commit_packs, stage_pack, uncovered
from opendata.protocol.publish import Draft, Published, Quarantined, Unchanged, keep_raw, publish
from opendata.protocol.resolve import find_pinned, find_state, find_version, read_entries
from opendata.protocol.tip import read_tip

from tests.protocol.building import (
    ACTIONS,
    BUCKET,
    CHECK,
    DATASET,
    METADATA,
    adding_pack,
    author,
    day,
    draft,
    joining,
    metadata,
    publishing,
    writer,
)
from tests.protocol.invariants import Invariants
from tests.protocol.simulator import SimulatedStore, count_operations, run


@pytest.fixture
def empty(small_segments: None) -> Invariants:
    """An empty store."""
    return Invariants(SimulatedStore())


def put(world: Invariants, *drafts: Draft, **more: object) -> Published:
    """Publish; it must become a commit."""
    result = run(world.store, publish(METADATA, drafts, author()[0], required=[CHECK], **more))  # type: ignore[arg-type]  # keywords of publish
    assert isinstance(result, Published)
    return result


def shown(world: Invariants) -> dict[str, str]:
    """What a reader of the newest state gets."""
    record = run(world.store, find_state(DATASET, Newest())).record
    entries = run(world.store, read_entries(record))
    return {e.partition: world.store.objects[e.data.key(DATASET)].decode() for e in entries if e.data}


def test_a_first_publication_becomes_visible_and_a_second_one_corrects_it(empty: Invariants) -> None:
    assert put(empty, draft(day(0), "a"), draft(day(1), "b")).record.op is Op.PUBLISH
    result = put(empty, draft(day(0), "a, corrected"), draft(day(1), "b"))
    assert (result.record.op, result.versions, result.unchanged) == (Op.CORRECT, (f"{day(0)}.r2",), (day(1),))
    assert shown(empty) == {day(0): "a, corrected", day(1): "b"}
    assert empty.store.objects[f"datasets/{DATASET}/{day(0)}/data.parquet"] == b"a"


def other_hash(evidence: Evidence) -> Evidence:
    return replace(evidence, content_hash="0" * 64)


def other_partition(evidence: Evidence) -> Evidence:
    return replace(evidence, partition=day(5))


def missing_check(evidence: Evidence) -> Evidence:
    return replace(evidence, checks=(CheckResult("another", Severity.BLOCK, True),))


def no_check(evidence: Evidence) -> Evidence:
    return replace(evidence, checks=())


@pytest.mark.parametrize("spoil", [other_hash, other_partition, missing_check, no_check])
def test_stale_foreign_or_missing_evidence_is_refused_before_anything_is_written(empty: Invariants, spoil) -> None:  # type: ignore[no-untyped-def]  # one of the functions above
    good, bad = draft(day(0), "a"), draft(day(1), "b")
    bad = replace(bad, evidence=spoil(bad.evidence))
    with pytest.raises(GateFailed):
        run(empty.store, publishing([good, bad], author()[0]))
    assert empty.store.objects == {}


def test_data_that_changed_after_its_summary_is_refused(empty: Invariants) -> None:
    with pytest.raises(IntegrityError):
        run(empty.store, publishing([replace(draft(day(0), "a"), data=b"b")], author()[0]))
    assert empty.store.objects == {}


@pytest.mark.parametrize(
    ("severity", "verdict"), [(Severity.BLOCK, Verdict.FAIL), (Severity.HOLD, Verdict.HOLD), (Severity.WARN, None)]
)
def test_a_failed_gate_quarantines_and_readers_stay_where_they_were(
    world: Invariants, severity: Severity, verdict: Verdict | None
) -> None:
    before, log = shown(world), len(world.datasets[DATASET].records)
    bad = draft(day(1), "bad")
    bad = replace(bad, evidence=replace(bad.evidence, checks=(CheckResult(CHECK, severity, False),)))
    result = run(world.store, publishing([draft(day(7), "good"), bad], author()[0]))
    if verdict is None:
        assert isinstance(result, Published)
        return
    assert isinstance(result, Quarantined)
    assert (result.verdict, result.partitions) == (verdict, (day(1),))
    assert result.audit_key in world.store.objects
    assert shown(world) == before
    assert len(world.datasets[DATASET].records) == log
    version = Version(day(7))
    with pytest.raises(VersionNotFound):
        run(world.store, find_version(world.datasets[DATASET].records[-1], version))


def test_disjoint_partitions_rebase_and_the_same_partition_conflicts(world: Invariants) -> None:
    for partition, expected in ((day(9), None), (day(1), Conflict)):
        slow = writer(world.store, lambda who, p=partition: publishing([draft(p, "slow")], who))  # type: ignore[misc]  # bound early
        while not (isinstance(slow.operation, Put) and "/_log/" in slow.operation.key):
            slow.step()
        run(world.store, publishing([draft(day(1), f"fast {partition}")], author()[0]))
        while slow.running:
            slow.step()
        if expected is None:
            assert isinstance(slow.result, Published)
        else:
            assert isinstance(slow.error, expected)
        world.check_outcomes([slow])
    assert shown(world)[day(9)] == "slow"
    assert shown(world)[day(1)] == f"fast {day(1)}"


def test_the_same_content_by_two_writers_is_one_commit(world: Invariants) -> None:
    slow = writer(world.store, lambda who: publishing([draft(day(9), "same")], who))
    while not (isinstance(slow.operation, Put) and "/_log/" in slow.operation.key):
        slow.step()
    run(world.store, publishing([draft(day(9), "same")], author()[0]))
    while slow.running:
        slow.step()
    assert isinstance(slow.result, Unchanged)
    world.check_outcomes([slow])


def test_a_stated_parent_is_the_base(world: Invariants) -> None:
    seq = len(world.datasets[DATASET].records)
    put(world, draft(day(1), "newer"))
    put(world, draft(day(9), "elsewhere"), parent=seq)
    with pytest.raises(Conflict):
        put(world, draft(day(1), "based on what was before"), parent=seq)
    put(world, draft(day(1), "based on the head"), parent=seq + 2)
    with pytest.raises(Conflict, match="the log ends at"):
        put(world, draft(day(2), "from another store"), parent=seq + 9)


def test_a_fence_that_gc_raised_is_no_change_to_a_stated_parent(world: Invariants) -> None:
    seq = len(world.datasets[DATASET].records)
    assert run(world.store, collect_garbage(DATASET, author()[0]))
    assert put(world, draft(day(8), "x"), parent=seq).versions == (f"{day(8)}.r2",)


def test_gc_leaves_a_slow_writer_to_stage_again(world: Invariants) -> None:
    """The slow writer found equal bytes of a crashed attempt and reused them; then they are collected."""
    slow = writer(world.store, lambda who: publishing([draft(day(8), "crashed")], who))
    while not (isinstance(slow.operation, Put) and "/_log/" in slow.operation.key):
        slow.step()
    removed = run(world.store, collect_garbage(DATASET, author()[0]))
    assert f"datasets/{DATASET}/{day(8)}/data.parquet" in removed
    while slow.running:
        slow.step()
    assert slow.result.versions == (f"{day(8)}.r2",)
    world.check_repaired()


def test_rollback_shows_what_the_commit_showed_and_never_reuses_a_revision(world: Invariants) -> None:
    run(world.store, collect_garbage(DATASET, author()[0]))
    run(world.store, yank(DATASET, day(2), author()[0], "wrong"))
    put(world, draft(day(8), "later"))
    record = run(world.store, rollback(DATASET, 2, author()[0], "all wrong"))
    assert shown(world) == {day(n): f"day {n}" for n in range(6)}
    assert record.op is Op.ROLLBACK
    assert run(world.store, rollback(DATASET, 2, author()[0], "again")) == record, "nothing left to roll back"
    assert put(world, draft(day(8), "again")).versions == (f"{day(8)}.r3",)
    for seq in (0, -1, 99):
        with pytest.raises(VersionNotFound):
            run(world.store, rollback(DATASET, seq, author()[0], "?"))


def test_yank_hides_from_loads_that_do_not_name_the_version(world: Invariants) -> None:
    record = run(world.store, yank(DATASET, day(4), author()[0], "wrong"))
    assert day(4) not in shown(world)
    assert run(world.store, find_version(record, Version(day(4), 2))).version == f"{day(4)}.r2"
    assert run(world.store, yank(DATASET, day(4), author()[0], "again")) == record
    with pytest.raises(VersionNotFound):
        run(world.store, yank(DATASET, day(11), author()[0], "never there"))
    assert put(world, draft(day(4), "day 4, corrected")).versions == (f"{day(4)}.r3",)


def test_a_named_version_is_only_found_once_it_was_committed(world: Invariants) -> None:
    """Quarantined and crashed bytes lie at keys of versions, and are not versions."""
    tip = world.datasets[DATASET].records[-1]
    staged = {key.split("/")[3] for key in world.store.objects if key.endswith("/data.parquet")}
    committed = {key.split("/")[3] for key in world.named if key.endswith("/data.parquet")}
    assert staged - committed
    for version in staged:
        steps = find_version(tip, Version.parse(version))
        if version in committed:
            assert run(world.store, steps).version == version
        else:
            with pytest.raises(VersionNotFound):
                run(world.store, steps)


def test_time_travel(world: Invariants) -> None:
    records = world.datasets[DATASET].records
    for before, record, after in zip([None, *records], records, [*records[1:], None], strict=False):
        at = parse_instant(record.committed_at)
        assert run(world.store, find_state(DATASET, AtInstant(at))).record == record
        assert run(world.store, find_state(DATASET, AtSeq(record.seq))).record == record
        just_before = AtInstant(at - timedelta(microseconds=1))
        if before:
            assert run(world.store, find_state(DATASET, just_before)).record == before
        else:
            with pytest.raises(VersionNotFound):
                run(world.store, find_state(DATASET, just_before))
        if after is None:
            future = parse_selector(f"@{format_instant(at + timedelta(days=1))}")
            assert run(world.store, find_state(DATASET, future)).record == record
    with pytest.raises(VersionNotFound):
        run(world.store, find_state(DATASET, AtSeq(99)))


def test_what_was_never_published_is_not_found(empty: Invariants) -> None:
    steps: list[Steps[object]] = [find_state(DATASET, s) for s in (Newest(), AtSeq(1), AtInstant(empty.store.now))]
    steps += [rollback(DATASET, 1, author()[0], "?"), yank(DATASET, day(0), author()[0], "?")]
    for attempt in steps:
        with pytest.raises(DatasetNotFound):
            run(empty.store, attempt)
    assert run(empty.store, collect_garbage(DATASET, author()[0])) == ()


def test_a_pin_reads_the_same_state_for_ever_and_notices_another_history(world: Invariants) -> None:
    record = world.datasets[DATASET].records[2]
    before = run(world.store, read_entries(record))
    for name in ("correct", "rollback", "yank", "gc", "pack"):
        run(world.store, ACTIONS[name](author()[0]))
    assert run(world.store, read_entries(run(world.store, find_pinned(DATASET, 3, record.sha256)).record)) == before
    with pytest.raises(IntegrityError):
        run(world.store, find_pinned(DATASET, 3, "0" * 64))
    with pytest.raises(Gone):
        run(world.store, find_pinned(DATASET, 99, record.sha256))


def test_a_semantic_version_is_used_once(empty: Invariants) -> None:
    meta = metadata(versioning="semver")

    def attempt(version: str, content: str, passed: bool = True) -> object:
        return run(empty.store, publish(meta, [draft(version, content, passed)], author()[0], required=[CHECK]))

    assert isinstance(attempt("1.0.0", "a"), Published)
    assert isinstance(attempt("1.0.0", "a"), Unchanged)
    with pytest.raises(Conflict):
        attempt("1.0.0", "b")
    assert isinstance(attempt("1.1.0", "b", passed=False), Quarantined)
    with pytest.raises(Conflict):
        attempt("1.1.0", "other bytes")
    assert isinstance(attempt("1.1.0", "b"), Published), "the same bytes with passing gates are the same version"
    run(empty.store, yank(DATASET, "1.1.0", author()[0], "wrong"))
    with pytest.raises(Conflict):
        attempt("1.1.0", "b")
    result = attempt("1.10.0", "c")
    assert isinstance(result, Published)
    assert result.record.newest
    assert result.record.newest.version == "1.10.0"
    assert (result.record.totals.parts, result.record.totals.rows) == (2, 1), "a complete copy, not a union"


@pytest.mark.parametrize(
    ("versioning", "partitions"),
    [
        ("date", ["1.0.0"]),
        ("semver", [day(0)]),
        ("date", ["2026-01", "2026-01-01"]),
        ("date", [day(0), day(0)]),
        ("date", ["2026-02-30"]),
        ("date", []),
    ],
)
def test_partitions_that_do_not_suit_the_dataset_are_refused(
    empty: Invariants, versioning: str, partitions: list[str]
) -> None:
    drafts = [draft(partition, "x") for partition in partitions]
    with pytest.raises(InvalidValue):
        run(empty.store, publish(metadata(versioning=versioning), drafts, author()[0], required=[CHECK]))
    assert empty.store.objects == {}


def test_granularity_and_versioning_stay_as_they_began(world: Invariants) -> None:
    for meta, partition in (
        (METADATA, "2026-01"),
        (METADATA, "2026-01-01T00"),
        (metadata(versioning="snapshot"), day(0)),
    ):
        with pytest.raises(InvalidValue):
            run(world.store, publish(meta, [draft(partition, "x")], author()[0], required=[CHECK]))


def test_new_metadata_alone_is_a_commit_and_reaches_the_index(world: Invariants) -> None:
    steps = publish(metadata(title="Better"), [], author()[0], required=[CHECK])
    result = run(world.store, steps)
    assert isinstance(result, Published)
    assert (result.record.changes, result.versions) == ((), ())
    run(world.store, joining(result))
    assert b'"Better"' in world.store.objects["index.json"]
    again = publish(metadata(title="Better"), [], author()[0], required=[CHECK])
    assert not [o for o in count_operations(world.store, again) if isinstance(o, Put)]


def test_metadata_may_have_any_unknown_field(world: Invariants) -> None:
    """A field `format` of a creator is not the format of our documents."""
    steps = publish(metadata(format=7, extra={"deep": [1.5, None]}), [], author()[0], required=[CHECK])
    assert isinstance(run(world.store, steps), Published)
    world.check_repaired()


def test_a_pack_stays_only_while_its_members_are_the_heads(world: Invariants) -> None:
    tip = run(world.store, read_tip(DATASET)).record
    assert tip
    entries = run(world.store, read_entries(tip, day(1), day(3)))
    body = "".join(shown(world)[day(n)] for n in (1, 2, 3)).encode()
    record = run(world.store, adding_pack(entries, body, author()[0]))
    everything = run(world.store, read_entries(record))
    assert [pack.lo for pack in record.packs] == [day(1)]
    assert uncovered(everything, record.packs) == [entry for entry in everything if entry not in entries]
    run(world.store, yank(DATASET, day(2), author()[0], "wrong"))
    with pytest.raises(Conflict):
        run(world.store, adding_pack(entries, body, author()[0]))
    tip = run(world.store, read_tip(DATASET)).record
    assert tip
    assert tip.packs == ()
    world.check_packs()


def test_a_pack_is_replaced_by_one_of_the_same_order_and_dropped_on_request(world: Invariants) -> None:
    tip = run(world.store, read_tip(DATASET)).record
    assert tip
    entries = run(world.store, read_entries(tip, day(1), day(2)))
    body = "".join(shown(world)[day(n)] for n in (1, 2)).encode()
    who = author()[0]
    run(world.store, adding_pack(entries, body, who))
    by_symbol = run(world.store, stage_pack(DATASET, PackDraft(entries, body, "symbol", 1, 1, b"another layout"), who))
    both = run(world.store, commit_packs(DATASET, [by_symbol], who))
    assert [pack.sorted_by for pack in both.packs] == ["date", "symbol"]
    again = run(world.store, adding_pack(entries, body, who))
    assert sorted(pack.sorted_by for pack in again.packs) == ["date", "symbol"]
    dropped = run(world.store, commit_packs(DATASET, [], who, drop=[pack.layout.key for pack in again.packs]))
    assert dropped.packs == ()
    world.check_packs()


def test_a_pack_survives_other_commits_while_it_is_made(world: Invariants) -> None:
    packer = writer(world.store, ACTIONS["pack"])
    for number in range(4):
        while not (isinstance(packer.operation, Put) and "/_log/" in packer.operation.key):
            packer.step()
        put(world, draft(day(9), f"{number}"))
        packer.step()
    while packer.running:
        packer.step()
    assert packer.error is None
    world.check_packs()


def test_committed_at_increases_whatever_the_clock_does(world: Invariants) -> None:
    for jump in (-86_400, 3_600, -1, 0):
        world.store.now += timedelta(seconds=jump)
        put(world, draft(day(9), f"{jump}"))
    times = [record.committed_at for record in world.datasets[DATASET].records]
    assert times == sorted(set(times))


def test_an_answer_that_was_no_table_is_kept_once(empty: Invariants) -> None:
    key = run(empty.store, keep_raw(DATASET, b"<html>"))
    assert run(empty.store, keep_raw(DATASET, b"<html>")) == key
    assert list(empty.store.objects) == [key]
    assert BUCKET not in key
