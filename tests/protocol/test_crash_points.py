"""A crash at every store operation of everything a writer does, and every answer that is no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from opendata.errors import CommitUncertain, StoreUnavailable
from opendata.protocol.commit import Author
from opendata.protocol.operations import Put, Steps
from opendata.protocol.publish import Published, Unchanged

from tests.protocol.building import ACTIONS, BUCKET, DATASET, author, day, draft, joining, populated, publishing, writer
from tests.protocol.invariants import Invariants
from tests.protocol.simulator import CRASHES, UNANSWERED, Fault, SimulatedStore, Writer, count_operations, run

Action = Callable[[Author], Steps[object]]


def publishing_and_joining(who: Author) -> Steps[object]:
    """What a run does: publish, then join the index; if that fails, the next sweep does it."""
    result = yield from ACTIONS["publish"](who)
    if isinstance(result, Published):
        with suppress(StoreUnavailable):
            yield from joining(result)
    return result


ALL: dict[str, Action] = {**ACTIONS, "publish and join": publishing_and_joining}


@pytest.fixture
def world(small_segments: None) -> Invariants:
    """History, and a commit whose writer died before it wrote the pointer: there is something to sweep."""
    world = populated()
    crashed = writer(world.store, lambda who: publishing([draft(day(5), "not yet swept")], who))
    while not (isinstance(crashed.operation, Put) and crashed.operation.key.endswith("/latest.json")):
        crashed.step()
    crashed.step(Fault.CRASH_BEFORE)
    return world


def operations(world: Invariants, action: Action) -> int:
    """How many operations the action takes when nothing fails."""
    return len(count_operations(world.fork().store, action(author()[0])))


def run_to_end(attempt: Writer, at: int, fault: Fault) -> Writer:
    """Run a writer whose operation number `at` is hit by `fault`."""
    while attempt.running:
        attempt.step(fault if attempt.performed == at else Fault.NONE)
    return attempt


def check_everything(world: Invariants, writers: list[Writer]) -> None:
    """All invariants, after recovery."""
    world.check_outcomes(writers)
    world.check_repaired()
    world.check_time_travel()
    world.check_packs()


def land_all(store: SimulatedStore) -> None:
    """Let every write that is still on its way arrive."""
    while store.in_flight:
        store.perform(store.in_flight.pop(0))


@pytest.mark.parametrize("late", [False, True], ids=["zombie before recovery", "zombie after recovery"])
@pytest.mark.parametrize("name", ALL)
def test_a_crash_at_any_operation_leaves_a_store_that_another_writer_completes(
    world: Invariants, name: str, late: bool
) -> None:
    total = operations(world, ALL[name])
    assert total >= 4
    for at in range(total):
        for fault in CRASHES:
            fork = world.fork()
            crashed = run_to_end(writer(fork.store, ALL[name]), at, fault)
            assert crashed.crashed
            if not late:
                land_all(fork.store)
            other = run_to_end(writer(fork.store, ALL[name]), -1, Fault.NONE)
            land_all(fork.store)
            assert other.error is None, f"{name}: after a crash at {at} ({fault}) the other writer: {other.error!r}"
            check_everything(fork, [crashed, other])


@pytest.mark.parametrize("name", ALL)
def test_after_a_crash_a_sweep_alone_makes_the_store_consistent(world: Invariants, name: str) -> None:
    for at in range(operations(world, ALL[name])):
        for fault in CRASHES:
            fork = world.fork()
            crashed = run_to_end(writer(fork.store, ALL[name]), at, fault)
            check_everything(fork, [crashed])
            land_all(fork.store)
            check_everything(fork, [crashed])


def puts(world: Invariants, action: Action) -> Iterator[tuple[int, Put]]:
    """Number and operation of every write."""
    for number, operation in enumerate(count_operations(world.fork().store, action(author()[0]))):
        if isinstance(operation, Put):
            yield number, operation


@pytest.mark.parametrize("name", ALL)
def test_one_unanswered_write_never_fails_and_never_publishes_twice(world: Invariants, name: str) -> None:
    for at, put in puts(world, ALL[name]):
        for fault in (*UNANSWERED, Fault.ECHO):
            fork = world.fork()
            attempt = run_to_end(writer(fork.store, ALL[name]), at, fault)
            land_all(fork.store)
            assert attempt.error is None, f"{name}: {fault} of {put.key}: {attempt.error!r}"
            check_everything(fork, [attempt])


@pytest.mark.parametrize("name", ALL)
def test_a_zombie_may_land_between_any_two_later_operations(world: Invariants, name: str) -> None:
    total = operations(world, ALL[name])
    for at, put in puts(world, ALL[name]):
        for later in range(at + 1, min(at + 5, total)):
            fork = world.fork()
            attempt = writer(fork.store, ALL[name])
            while attempt.running:
                attempt.step(Fault.ZOMBIE if attempt.performed == at else Fault.NONE)
                if attempt.performed > later:
                    land_all(fork.store)
            land_all(fork.store)
            assert attempt.error is None, f"{name}: {put.key}: {attempt.error!r}"
            check_everything(fork, [attempt])


@pytest.mark.parametrize("name", ALL)
def test_a_write_that_definitely_failed_is_reported_and_changes_nothing(world: Invariants, name: str) -> None:
    for at in range(operations(world, ALL[name])):
        fork = world.fork()
        attempt = run_to_end(writer(fork.store, ALL[name]), at, Fault.FAILED)
        assert isinstance(attempt.error, StoreUnavailable) or attempt.error is None
        attempt.fences_only = name == "gc"
        check_everything(fork, [attempt])


def test_a_commit_stays_acknowledged_when_the_pointer_cannot_be_written(world: Invariants) -> None:
    attempt = writer(world.store, ACTIONS["publish"])
    while attempt.running:
        refuse = isinstance(attempt.operation, Put) and attempt.operation.key.endswith("/latest.json")
        attempt.step(Fault.FAILED if refuse else Fault.NONE)
    assert isinstance(attempt.result, Published)
    assert not attempt.result.pointed
    run(world.store, joining(attempt.result))
    check_everything(world, [attempt])
    assert world.datasets[DATASET].pointer == attempt.result.record.seq


def test_a_commit_that_is_never_answered_is_uncertain_and_settled_by_publishing_again(world: Invariants) -> None:
    for lands in (False, True):
        fork = world.fork()
        attempt = writer(fork.store, ACTIONS["correct"])
        while attempt.running:
            lost = isinstance(attempt.operation, Put) and "/_log/" in attempt.operation.key
            attempt.step(Fault.ZOMBIE if lost else Fault.NONE)
        assert isinstance(attempt.error, CommitUncertain)
        if lands:
            land_all(fork.store)
        again = run_to_end(writer(fork.store, ACTIONS["correct"]), -1, Fault.NONE)
        assert isinstance(again.result, Unchanged if lands else Published)
        land_all(fork.store)
        check_everything(fork, [attempt, again])


def test_an_unreadable_key_after_a_refused_commit_is_uncertain_not_failed(world: Invariants) -> None:
    """A proxy repeats the write, the writer sees the refusal, and then the store goes away."""
    attempt = writer(world.store, ACTIONS["correct"])
    while not (isinstance(attempt.operation, Put) and "/_log/" in attempt.operation.key):
        attempt.step()
    attempt.step(Fault.ECHO)
    attempt.step(Fault.FAILED)
    assert isinstance(attempt.error, CommitUncertain)
    check_everything(world, [attempt])


def test_publishing_again_after_a_crash_writes_only_what_is_missing(world: Invariants) -> None:
    """I14, and the bytes that a crashed attempt staged are used, not doubled."""
    crashed = writer(world.store, lambda who: publishing([draft(day(9), "x")], who))
    while not (isinstance(crashed.operation, Put) and "/_log/" in crashed.operation.key):
        crashed.step()
    crashed.step(Fault.CRASH_BEFORE)
    result = run(world.store, publishing([draft(day(9), "x")], author()[0]))
    assert isinstance(result, Published)
    assert result.versions == (day(9),)
    second = count_operations(world.store, publishing([draft(day(9), "x")], author()[0]))
    assert not [operation for operation in second if isinstance(operation, Put)]
    assert run(world.store, joining(result))
    assert BUCKET.encode() in world.store.objects["index.json"]
