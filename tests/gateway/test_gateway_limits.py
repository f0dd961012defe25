"""Limits and usage: exact however many ask at the same time, kept over a restart, different from key to key."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opendata.errors import StoreUnavailable

from opendata_platform.gateway.database import Database, open_database
from opendata_platform.gateway.errors import RateLimited
from opendata_platform.gateway.limits import (
    Charge,
    Limit,
    Limiter,
    SqlLimiter,
    rate_limit_headers,
)
from opendata_platform.gateway.plans import DAY, MINUTE
from opendata_platform.gateway.principal import ANONYMOUS, Principal
from opendata_platform.gateway.shared_limits import RedisLimiter
from opendata_platform.gateway.usage import DAYS_OF_ADDRESSES, UsageRow
from tests.gateway.access import Clock, Desk

HOME = "192.0.2.7"
FIFTY = Limit("requests", "ada", 50, MINUTE)
BYTES = Limit("bytes", "ada", 1_000, DAY)
ADA = Principal("key:ada", "ada", "pro")
EVE = Principal("key:eve", "eve", "free")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'gateway.db'}")
    yield opened
    opened.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


Reopen = Callable[[], Limiter]


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def limiter(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[Reopen]:
    """Opens a limiter of each kind anew over the same counts, as a restart does."""
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        yield lambda: RedisLimiter(url, clock)
        return
    opened: list[Database] = []
    url = f"sqlite:///{tmp_path / 'g.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")

    def reopen() -> Limiter:
        opened.append(open_database(url))
        return SqlLimiter(opened[-1], clock)

    yield reopen
    for item in opened:
        item.close()


def accepted(limiter: Limiter, *charges: Charge) -> bool:
    try:
        limiter.take(charges)
    except RateLimited:
        return False
    return True


def test_a_limit_is_exact_under_twenty_clients(limiter: Reopen) -> None:
    opened = limiter()
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: accepted(opened, Charge(FIFTY)), range(200)))

    assert sum(outcomes) == 50


def test_what_is_used_up_stays_so_over_a_restart(limiter: Reopen) -> None:
    limiter().take([Charge(FIFTY, 30)])

    after = limiter()
    assert after.left(FIFTY).amount == 20
    assert not accepted(after, Charge(FIFTY, 21))
    assert accepted(after, Charge(FIFTY, 20))
    assert not accepted(after, Charge(FIFTY))


def test_a_new_window_begins_whole(limiter: Reopen, clock: Clock) -> None:
    opened = limiter()
    opened.take([Charge(FIFTY, 50), Charge(BYTES, 1_000)])

    with pytest.raises(RateLimited) as refused:
        opened.take([Charge(FIFTY)])
    assert refused.value.retry_after == 30
    clock.turn(seconds=29)
    assert not accepted(opened, Charge(FIFTY))
    clock.turn(seconds=1)
    assert accepted(opened, Charge(FIFTY, 50))
    assert not accepted(opened, Charge(BYTES))
    clock.turn(days=1)
    assert accepted(opened, Charge(BYTES, 1_000))


def test_a_request_is_charged_to_all_of_its_limits_or_to_none(limiter: Reopen) -> None:
    opened = limiter()
    assert accepted(opened, Charge(FIFTY), Charge(BYTES, 900))

    with pytest.raises(RateLimited, match="1000 bytes per day"):
        opened.take([Charge(FIFTY), Charge(BYTES, 101)])
    assert (opened.left(FIFTY).amount, opened.left(BYTES).amount) == (49, 100)


def test_subjects_have_limits_of_their_own(limiter: Reopen) -> None:
    opened = limiter()
    assert accepted(opened, Charge(FIFTY, 50))
    assert accepted(opened, Charge(Limit("requests", "eve", 50, MINUTE), 50))
    assert accepted(opened, Charge(Limit("downloads", "ada", 50, MINUTE), 50))
    assert not accepted(opened, Charge(FIFTY))


def test_the_answer_says_what_is_left(limiter: Reopen) -> None:
    left = limiter().take([Charge(FIFTY), Charge(BYTES, 400)])

    assert rate_limit_headers(left) == {
        "RateLimit-Policy": '"requests";q=50;w=60, "bytes";q=1000;w=86400',
        "RateLimit": '"requests";r=49;t=30, "bytes";r=600;t=53970',
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["ada", "eve"]), st.integers(1, 70), st.integers(0, 45)), min_size=1, max_size=30
    )
)
def test_no_window_ever_gives_more_than_its_limit_nor_refuses_what_fits(
    steps: list[tuple[str, int, int]], database: Database
) -> None:
    clock = Clock()
    opened = SqlLimiter(database, clock)
    with database.transaction() as tx:
        tx.execute("DELETE FROM limit_counters")
    used: dict[tuple[str, int], int] = {}
    for subject, cost, seconds in steps:
        clock.turn(seconds=seconds)
        window = (subject, int(clock.now.timestamp()) // 60)
        fits = used.get(window, 0) + cost <= 50
        assert accepted(opened, Charge(Limit("requests", subject, 50, MINUTE), cost)) == fits
        used[window] = used.get(window, 0) + cost * fits


def test_windows_that_are_over_are_forgotten(database: Database, clock: Clock) -> None:
    opened = SqlLimiter(database, clock)
    for number in range(5):
        opened.take([Charge(Limit("requests", f"ip:{number}", 50, MINUTE))])
    clock.turn(seconds=60)
    opened.take([Charge(FIFTY)])

    with database.transaction() as tx:
        assert [row["subject"] for row in tx.execute("SELECT subject FROM limit_counters")] == ["ada"]


def take_from_a_process(url: str, attempts: int) -> int:
    opened = RedisLimiter(url, Clock())
    with ThreadPoolExecutor(10) as pool:
        return sum(pool.map(lambda _: accepted(opened, Charge(FIFTY)), range(attempts)))


def test_two_processes_share_one_limit_in_redis(redis_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        counts = list(pool.map(partial(take_from_a_process, redis_url), [100, 100]))

    assert sum(counts) == 50


def test_without_redis_nothing_is_given_away(clock: Clock) -> None:
    opened = RedisLimiter("redis://127.0.0.1:9/0", clock)

    with pytest.raises(StoreUnavailable, match="Redis does not answer"):
        opened.take([Charge(FIFTY)])
    with pytest.raises(StoreUnavailable):
        opened.left(FIFTY)


def requests_until_refused(desk: Desk, principal: Principal, ip: str = HOME) -> int:
    for count in range(1_000):
        try:
            desk.access.charge(principal, ip, "official")
        except RateLimited:
            return count
    raise AssertionError("never refused")


def test_the_same_dataset_shows_different_speed_to_different_callers(desk: Desk) -> None:
    assert requests_until_refused(desk, ANONYMOUS) == 3
    assert requests_until_refused(desk, EVE) == 5
    assert requests_until_refused(desk, ADA) == 100


def test_the_same_dataset_shows_different_quotas_to_different_callers(desk: Desk) -> None:
    assert desk.access.charge(ADA, HOME, "official", downloads=1, size=6_000)
    with pytest.raises(RateLimited, match="6000 bytes at once are more than 5000 bytes per day") as too_much:
        desk.access.charge(EVE, HOME, "official", downloads=1, size=6_000)
    assert too_much.value.hint == "ask for a larger plan"
    for _ in range(4):
        left = desk.access.charge(EVE, HOME, "official", downloads=1, size=100)
    assert [item.amount for item in left] == [1, 0, 4_600]
    with pytest.raises(RateLimited, match="4 downloads per day") as refused:
        desk.access.charge(EVE, HOME, "official", downloads=1, size=100)
    assert refused.value.headers == {
        "Retry-After": "53970",
        "RateLimit-Policy": '"downloads";q=4;w=86400',
        "RateLimit": '"downloads";r=0;t=53970',
    }


def test_anonymous_callers_are_told_apart_by_address(desk: Desk) -> None:
    assert requests_until_refused(desk, ANONYMOUS, "192.0.2.1") == 3
    assert requests_until_refused(desk, ANONYMOUS, "192.0.2.2") == 3


def test_many_keys_behind_one_address_share_its_ceiling(desk: Desk) -> None:
    one, two, three = (Principal(f"key:{name}", name, "pro") for name in "abc")

    assert requests_until_refused(desk, one) == 100
    assert requests_until_refused(desk, two) == 100
    assert requests_until_refused(desk, three) == 0
    assert requests_until_refused(desk, three, "192.0.2.8") == 100


def test_one_namespace_leaves_room_for_the_others(desk: Desk) -> None:
    for number in range(3):
        assert requests_until_refused(desk, Principal(f"key:{number}", "x", "pro"), f"192.0.2.{number}") == 100

    late = Principal("key:late", "x", "pro")
    with pytest.raises(RateLimited, match="requests for this namespace"):
        desk.access.charge(late, "192.0.2.9", "official")
    assert desk.access.charge(late, "192.0.2.9", "other")


def test_usage_is_counted_per_key_address_and_namespace(desk: Desk) -> None:
    desk.access.record(EVE, HOME, "official", downloads=1, size=700)
    desk.access.record(EVE, HOME, "official", failed=True)
    desk.access.record(ANONYMOUS, "2001:db8::1", None)
    desk.clock.turn(days=1)
    desk.access.record(EVE, HOME, "other")

    rows = desk.usage.between(date(2026, 11, 24), date(2026, 11, 24))
    assert rows == [
        UsageRow("2026-11-24", "ip", HOME, 2, 1, 1, 700),
        UsageRow("2026-11-24", "ip", "2001:db8::/64", 1, 0, 0, 0),
        UsageRow("2026-11-24", "key", "key:eve", 2, 1, 1, 700),
        UsageRow("2026-11-24", "namespace", "official", 2, 1, 1, 700),
    ]
    assert rows[0].failure_rate == 0.5
    both = desk.usage.between(date(2026, 11, 24), date(2026, 11, 25), {"key": "key:eve"})
    assert [(row.day, row.requests) for row in both] == [("2026-11-24", 2), ("2026-11-25", 1)]


def test_addresses_are_forgotten_after_their_days_and_other_rows_are_kept(desk: Desk) -> None:
    desk.access.record(EVE, HOME, "official")
    first = desk.clock.now.date()

    desk.clock.turn(days=DAYS_OF_ADDRESSES)
    desk.access.record(EVE, HOME, None)
    assert {row.kind for row in desk.usage.between(first, first)} == {"ip", "key", "namespace"}
    desk.clock.turn(days=1)
    desk.access.record(EVE, HOME, None)
    assert {row.kind for row in desk.usage.between(first, first)} == {"key", "namespace"}


def test_what_is_refused_is_not_counted_as_handed_out(database_url: str) -> None:
    database = open_database(database_url)
    desk = Desk(database)
    desk.access.hand_out(EVE, HOME, "official", downloads=1, size=4_000)
    with pytest.raises(RateLimited):
        desk.access.hand_out(EVE, HOME, "official", downloads=1, size=2_000)

    rows = desk.usage.between(date(2026, 11, 24), date(2026, 11, 24), {"key": "key:eve"})
    assert rows == [UsageRow("2026-11-24", "key", "key:eve", 1, 0, 1, 4_000)]
    database.close()


def test_usage_is_exact_under_twenty_clients(database_url: str) -> None:
    database = open_database(database_url)
    desk = Desk(database)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: desk.access.record(EVE, HOME, "official", downloads=1, size=2**40), range(100)))

    rows = desk.usage.between(date(2026, 11, 24), date(2026, 11, 24), {"namespace": "official"})
    assert rows == [UsageRow("2026-11-24", "namespace", "official", 100, 0, 100, 100 * 2**40)]
    database.close()
