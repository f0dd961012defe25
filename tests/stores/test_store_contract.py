"""What every store that can be written to does, on a folder and on a real S3 server."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from opendata.errors import InvalidValue, NotFound
from opendata.protocol.operations import (
    Delete,
    Done,
    Found,
    Get,
    Keys,
    List,
    Missing,
    Put,
    Refused,
    Reply,
    Stored,
)
from opendata.stores.probe import probe
from opendata.stores.store import Store

HOSTILE_KEYS = [
    "",
    "/etc/passwd",
    "../outside",
    "a/../../outside",
    "a//b",
    "a/",
    "a/./b",
    "a\\..\\b",
    ".lock",
    ".tmp/x",
    "a\0b",
    "a/%2e%2e/b",
    "ａ/b",
    "a?b",
    "a b",
]
RANGES = [
    (0, 1),
    (0, 300_000),
    (7, 70_000),
    (65_536, 131_072),
    (299_999, 300_000),
    (250_000, 999_999),
    (300_000, 300_001),
]
WRITERS, ROUNDS, TABLES = 8, 40, 10


def stored(reply: Reply) -> Stored:
    assert isinstance(reply, Stored)
    return reply


def found(store: Store, key: str) -> Found:
    reply = store.perform(Get(key))
    assert isinstance(reply, Found)
    return reply


def test_what_was_created_is_read_back_with_its_etag(store: Store) -> None:
    body = bytes(range(256)) * 5
    etag = stored(store.perform(Put("a/b.json", body))).etag
    assert found(store, "a/b.json").body == body
    assert found(store, "a/b.json").etag == etag


def test_an_empty_object_is_an_object(store: Store) -> None:
    stored(store.perform(Put("empty", b"")))
    assert found(store, "empty").body == b""
    with store.stream("empty") as stream:
        assert list(stream.chunks) == []


def test_a_missing_object_is_said_to_be_missing(store: Store) -> None:
    stored(store.perform(Put("a/b", b"x")))
    for key in ("a/c", "a", "a/b/c"):
        assert isinstance(store.perform(Get(key)), Missing), key


def test_creating_an_existing_object_is_refused_and_changes_nothing(store: Store) -> None:
    stored(store.perform(Put("k", b"first")))
    for body in (b"other", b"first"):
        assert store.perform(Put("k", body)) == Refused()
    assert found(store, "k").body == b"first"


def test_a_replacement_needs_the_current_etag(store: Store) -> None:
    old = stored(store.perform(Put("k", b"one"))).etag
    new = stored(store.perform(Put("k", b"two", if_match=old))).etag
    assert new != old
    assert store.perform(Put("k", b"three", if_match=old)) == Refused()
    assert found(store, "k").body == b"two"


def test_a_replacement_of_a_missing_object_is_refused(store: Store) -> None:
    etag = stored(store.perform(Put("k", b"one"))).etag
    assert store.perform(Put("absent", b"x", if_match=etag)) == Refused()
    store.perform(Delete("k"))
    assert store.perform(Put("k", b"x", if_match=etag)) == Refused()
    assert isinstance(store.perform(Get("k")), Missing)


def test_deleting_is_repeatable_and_makes_room(store: Store) -> None:
    stored(store.perform(Put("a/k", b"one")))
    assert store.perform(Delete("a/k")) == Done()
    assert store.perform(Delete("a/k")) == Done()
    assert isinstance(store.perform(Get("a/k")), Missing)
    stored(store.perform(Put("a/k", b"two")))


def test_a_listing_is_sorted_filtered_and_begins_after_a_key(store: Store) -> None:
    keys = ["a", "b/1", "b/10", "b/2", "b/c/1", "bb/1", "_log/1"]
    for key in keys:
        stored(store.perform(Put(key, b"x")))
    assert store.perform(List("")) == Keys(tuple(sorted(keys)))
    assert store.perform(List("b/")) == Keys(("b/1", "b/10", "b/2", "b/c/1"))
    assert store.perform(List("b/1")) == Keys(("b/1", "b/10"))
    assert store.perform(List("b/", start_after="b/10")) == Keys(("b/2", "b/c/1"))
    assert store.perform(List("nothing/here/")) == Keys(())


def test_a_listing_has_all_pages(store: Store) -> None:
    keys = tuple(f"_log/{number:012d}.json" for number in range(1_203))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: stored(store.perform(Put(key, b"{}"))), keys))
    assert store.perform(List("_log/")) == Keys(keys)
    assert store.perform(List("_log/", start_after=keys[1_100])) == Keys(keys[1_101:])


def test_replies_carry_the_stores_clock_in_utc(store: Store) -> None:
    replies = [store.perform(Get("k")), store.perform(Put("k", b"x")), store.perform(Get("k"))]
    for reply in replies:
        assert isinstance(reply, Missing | Stored | Found)
        assert reply.at.tzinfo is UTC
        assert abs(reply.at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_a_key_that_could_leave_the_store_is_refused(store: Store, key: str) -> None:
    for operation in (Get(key), Put(key, b"x"), Put(key, b"x", if_match="e"), Delete(key)):
        with pytest.raises(InvalidValue):
            store.perform(operation)
    with pytest.raises(InvalidValue), store.stream(key):
        pass


@pytest.mark.parametrize("start", [0, 1, 1_500_000, 2_999_999, 3_000_000, 3_000_001])
def test_a_stream_begins_where_it_is_asked_to(store: Store, start: int) -> None:
    body = bytes(index % 251 for index in range(3_000_000))
    stored(store.perform(Put("big", body)))
    with store.stream("big", start) as stream:
        assert stream.size == len(body)
        assert b"".join(stream.chunks) == body[start:]


@pytest.mark.parametrize(("start", "end"), RANGES)
def test_a_stream_ends_before_the_end_that_is_asked_for(store: Store, start: int, end: int) -> None:
    body = bytes(index % 251 for index in range(300_000))
    stored(store.perform(Put("big", body)))
    with store.stream("big", start, end) as stream:
        assert stream.size == len(body)
        assert b"".join(stream.chunks) == body[start:end]


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4), (0, 0), (-1, 4), (-1, None)])
def test_a_range_without_bytes_is_refused(store: Store, start: int, end: int | None) -> None:
    stored(store.perform(Put("k", b"some bytes")))
    with pytest.raises(InvalidValue, match="start"), store.stream("k", start, end):
        pass


def test_a_stream_of_a_missing_object_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound), store.stream("absent"):
        pass


def race(store: Store, puts: Sequence[Put]) -> None:
    """Let one thread per operation try at the same moment: exactly one wins, and its bytes stay.."""
    barrier = Barrier(len(puts))

    def attempt(put: Put) -> Reply:
        barrier.wait()
        return store.perform(put)

    with ThreadPoolExecutor(len(puts)) as pool:
        replies = list(pool.map(attempt, puts))
    winners = [number for number, reply in enumerate(replies) if isinstance(reply, Stored)]
    assert len(winners) == 1
    assert replies.count(Refused()) == len(puts) - 1
    assert found(store, puts[0].key).body == puts[winners[0]].body


def test_one_of_many_creators_wins_every_round(store: Store) -> None:
    def play(number: int) -> None:
        race(store, [Put(f"race/{number}", b"writer %d" % writer) for writer in range(WRITERS)])

    with ThreadPoolExecutor(TABLES) as pool:
        list(pool.map(play, range(ROUNDS)))


def test_one_of_many_replacers_wins_every_round(store: Store) -> None:
    def play(table: int) -> None:
        key = f"race/{table}"
        etag = stored(store.perform(Put(key, b"start"))).etag
        for number in range(ROUNDS // TABLES):
            race(store, [Put(key, b"round %d writer %d" % (number, writer), etag) for writer in range(WRITERS)])
            etag = found(store, key).etag

    with ThreadPoolExecutor(TABLES) as pool:
        list(pool.map(play, range(TABLES)))


def test_the_probe_accepts_the_store_and_leaves_nothing_behind(store: Store) -> None:
    probe(store)
    assert store.perform(List("")) == Keys(())
