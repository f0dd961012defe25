"""The driver and the probe that it makes before the first write."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from opendata.errors import BackendUnsafe, Conflict, StoreDenied, StoreError, StoreUnavailable
from opendata.protocol.operations import (
    Ambiguous,
    Delete,
    Found,
    Get,
    Keys,
    List,
    Missing,
    Operation,
    Put,
    Refused,
    Reply,
    Steps,
    Stored,
    Together,
)
from opendata.stores import retry
from opendata.stores.driver import WIDTH, run
from opendata.stores.https import HttpStore
from opendata.stores.local import LocalStore
from opendata.stores.probe import probe
from opendata.stores.store import Stream

Twist = Callable[[LocalStore, Operation], Reply]


class Twisted:
    """A local store whose operations are performed by `twist`; it keeps what it was asked for."""

    name = "twisted"

    def __init__(self, inner: LocalStore, twist: Twist) -> None:
        self.inner = inner
        self.twist = twist
        self.asked: list[Operation] = []

    def perform(self, operation: Operation) -> Reply:
        self.asked.append(operation)
        return self.twist(self.inner, operation)

    def stream(self, key: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Stream]:
        return self.inner.stream(key, start, end)

    def describe(self) -> str:
        return "twisted store"


def overwrite(store: LocalStore, put: Put) -> Reply:
    store.perform(Delete(put.key))
    return store.perform(Put(put.key, put.body))


def ignores_create_only(store: LocalStore, operation: Operation) -> Reply:
    if isinstance(operation, Put) and operation.if_match is None:
        return overwrite(store, operation)
    return store.perform(operation)


def ignores_stale_etags(store: LocalStore, operation: Operation) -> Reply:
    if isinstance(operation, Put) and isinstance(store.perform(Get(operation.key)), Found):
        return store.perform(operation) if operation.if_match is None else overwrite(store, operation)
    return store.perform(operation)


def creates_despite_if_match(store: LocalStore, operation: Operation) -> Reply:
    if isinstance(operation, Put) and isinstance(store.perform(Get(operation.key)), Missing):
        return overwrite(store, operation)
    return store.perform(operation)


def says_refused_and_writes(store: LocalStore, operation: Operation) -> Reply:
    reply = store.perform(operation)
    if isinstance(operation, Put) and reply == Refused():
        overwrite(store, operation)
    return reply


def refuses_everything(store: LocalStore, operation: Operation) -> Reply:
    return Refused() if isinstance(operation, Put) else store.perform(operation)


def honest(store: LocalStore, operation: Operation) -> Reply:
    return store.perform(operation)


def never_clear(store: LocalStore, operation: Operation) -> Reply:
    return Ambiguous("no answer") if isinstance(operation, Put) else store.perform(operation)


def write(key: str) -> Steps[Reply]:
    reply: Reply = yield Put(key, b"x")
    return reply


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses made instead of sleeping."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


@pytest.mark.parametrize(
    "twist",
    [
        ignores_create_only,
        ignores_stale_etags,
        creates_despite_if_match,
        says_refused_and_writes,
        refuses_everything,
    ],
)
def test_a_store_that_ignores_a_condition_is_never_written_to(local_store: LocalStore, twist: Twist) -> None:
    with pytest.raises(BackendUnsafe, match="twisted store"):
        run(write("k"), Twisted(local_store, twist))
    assert local_store.perform(List("")) == Keys(())


def test_a_store_is_probed_once_and_only_by_writers(local_store: LocalStore) -> None:
    def look() -> Steps[Reply]:
        reply: Reply = yield Get("k")
        return reply

    store = Twisted(local_store, honest)
    run(look(), store)
    assert store.asked == [Get("k")]
    assert isinstance(run(write("k"), store), Stored)
    after_first = len(store.asked)
    run(write("l"), store)
    assert len(store.asked) == after_first + 1


def test_a_write_within_a_group_is_probed_for_too(local_store: LocalStore) -> None:
    def group() -> Steps[tuple[Reply, ...]]:
        replies: tuple[Reply, ...] = yield Together((Get("a"), Put("b", b"x")))
        return replies

    with pytest.raises(BackendUnsafe):
        run(group(), Twisted(local_store, ignores_create_only))


def test_a_store_that_gives_no_clear_answers_cannot_be_probed(local_store: LocalStore) -> None:
    with pytest.raises(StoreUnavailable, match="no answer"):
        probe(Twisted(local_store, never_clear))


def test_one_unclear_answer_starts_the_probe_again(local_store: LocalStore) -> None:
    answers = iter([Ambiguous("no answer")])

    def unclear_once(store: LocalStore, operation: Operation) -> Reply:
        return (next(answers, None) if isinstance(operation, Put) else None) or store.perform(operation)

    probe(Twisted(local_store, unclear_once))
    assert next(answers, None) is None


def test_publishing_to_a_web_server_is_denied() -> None:
    with pytest.raises(StoreDenied, match="read-only"):
        run(write("k"), HttpStore("https://data.example"))


def test_replies_of_a_group_come_in_its_order_and_together(local_store: LocalStore) -> None:
    barrier = threading.Barrier(WIDTH)

    def all_at_once(store: LocalStore, operation: Operation) -> Reply:
        barrier.wait(timeout=30)
        return store.perform(operation)

    def group() -> Steps[tuple[Reply, ...]]:
        replies: tuple[Reply, ...] = yield Together(tuple(Get(f"k/{number}") for number in range(WIDTH)))
        return replies

    for number in range(0, WIDTH, 2):
        local_store.perform(Put(f"k/{number}", b"%d" % number))
    replies = run(group(), Twisted(local_store, all_at_once))
    bodies = [reply.body if isinstance(reply, Found) else None for reply in replies]
    assert bodies == [b"%d" % number if number % 2 == 0 else None for number in range(WIDTH)]


def test_an_empty_group_has_no_replies(local_store: LocalStore) -> None:
    def group() -> Steps[tuple[Reply, ...]]:
        replies: tuple[Reply, ...] = yield Together(())
        return replies

    assert run(group(), local_store) == ()


@pytest.mark.parametrize("request_", [Get("k"), Together((Get("k"), Get("l")))])
def test_a_failed_operation_is_thrown_into_the_protocol(local_store: LocalStore, request_: Get | Together) -> None:
    def fails(store: LocalStore, operation: Operation) -> Reply:
        raise StoreUnavailable("down")

    def translate() -> Steps[str]:
        try:
            yield request_
        except StoreUnavailable as error:
            return f"handled: {error.message}"
        return "not thrown"

    def give_up() -> Steps[None]:
        try:
            yield request_
        except StoreError as error:
            raise Conflict("translated") from error

    store = Twisted(local_store, fails)
    assert run(translate(), store) == "handled: down"
    with pytest.raises(Conflict, match="translated"):
        run(give_up(), store)


def test_ambiguous_replies_are_handed_over_after_growing_pauses(local_store: LocalStore, slept: list[float]) -> None:
    def unclear(store: LocalStore, operation: Operation) -> Reply:
        is_ours = isinstance(operation, Put) and operation.key == "k"
        return Ambiguous("busy") if is_ours else store.perform(operation)

    def persist() -> Steps[int]:
        for _ in range(6):
            reply = yield Put("k", b"x")
            assert reply == Ambiguous("busy")
        return 6

    assert run(persist(), Twisted(local_store, unclear)) == 6
    assert len(slept) == 6
    for number, pause in enumerate(slept):
        assert retry.FIRST_PAUSE * 2**number / 2 <= pause <= retry.FIRST_PAUSE * 2**number


def test_the_observer_sees_what_the_protocol_asks_for(local_store: LocalStore) -> None:
    def work() -> Steps[None]:
        yield Put("k", b"x")
        yield Together((Get("k"), Get("l"), Delete("k")))

    counts: Counter[type[Operation]] = Counter()
    run(work(), local_store, observe=lambda operation: counts.update([type(operation)]))
    assert counts == {Put: 1, Get: 2, Delete: 1}
