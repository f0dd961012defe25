"""The pace: never more calls in a minute than allowed, nearly as many as allowed, shared by processes, and learned."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opendata_platform.sources.outcome import RateLimited
from opendata_platform.tushare.limiter import Limiter, Turn
from tests.tushare.conftest import Clock


@contextmanager
def limiter(clock: Clock) -> Iterator[Limiter]:
    """A limiter with a state of its own."""
    with tempfile.TemporaryDirectory() as folder:
        made = Limiter(Path(folder) / "limits.sqlite", clock=clock)
        yield made
        made.close()


def turn(made: Limiter, limit: int, at_most: int | None = None, api: str = "daily", account: str = "a") -> Turn:
    """The next turn, which there must be."""
    reserved = made.reserve(account, api, limit, at_most)
    assert isinstance(reserved, Turn)
    return reserved


def most_in_a_minute(times: list[float]) -> int:
    """The most calls in any 60 seconds."""
    times = sorted(times)
    return max(sum(1 for other in times if start <= other < start + 60) for start in times)


@given(
    st.integers(1, 80),
    st.lists(st.one_of(st.just(0.0), st.floats(0, 5), st.floats(0, 90)), min_size=1, max_size=160),
)
def test_no_minute_has_more_calls_than_the_limit(limit: int, gaps: list[float]) -> None:
    clock = Clock()
    with limiter(clock) as made:
        times = []
        for gap in gaps:
            clock.sleep(gap)
            times.append(turn(made, limit).at)
    assert most_in_a_minute(times) <= limit
    assert times == sorted(times)


@given(st.integers(20, 120))
def test_callers_that_always_want_more_use_nearly_all_of_the_limit(limit: int) -> None:
    with limiter(Clock()) as made:
        times = [turn(made, limit).at for _ in range(2 * limit)]
    assert len(times) / ((times[-1] - times[0]) / 60) >= 0.96 * limit
    assert most_in_a_minute(times) <= limit


def test_apis_and_accounts_have_a_pace_of_their_own() -> None:
    clock = Clock()
    with limiter(clock) as made:
        waits = [
            made.wait(turn(made, 1, api=api, account=account))
            for account, api in (("a", "daily"), ("a", "weekly"), ("b", "daily"), ("a", "daily"))
        ]
        assert waits[:3] == [0, 0, 0]
        assert 60 < waits[3] < 62


def test_an_operator_can_slow_down_and_switch_off_the_pace() -> None:
    with limiter(Clock()) as made:
        slow = [turn(made, 500, 6).at for _ in range(2)]
        assert slow[1] - slow[0] > 10
        made.learn_minute("a", turn(made, 500, 6), 1000)
        slow = [turn(made, 500, 6).at for _ in range(2)]
        assert slow[1] - slow[0] > 10
        off = [turn(made, 500, 0, api="weekly").at for _ in range(100)]
        assert off[0] == off[-1]


def spacing(made: Limiter) -> float:
    """Seconds between the next two turns."""
    return -turn(made, 500).at + turn(made, 500).at


def test_the_limit_that_was_named_replaces_the_declared_one() -> None:
    with limiter(Clock()) as made:
        made.learn_minute("a", turn(made, 500), 60)
        assert spacing(made) == pytest.approx(1 / 0.97, rel=1e-6)
        made.learn_minute("a", turn(made, 500), 120)
        assert spacing(made) == pytest.approx(0.5 / 0.97, rel=1e-6)


def test_a_refusal_at_the_pace_that_was_named_slows_down_and_one_from_before_does_not() -> None:
    with limiter(Clock()) as made:
        under_way = [turn(made, 500) for _ in range(3)]
        for refused in under_way:
            made.learn_minute("a", refused, 60)
        assert spacing(made) == pytest.approx(1 / 0.97, rel=1e-6)
        made.learn_minute("a", turn(made, 500), 60)
        assert spacing(made) == pytest.approx(1 / 0.8, rel=1e-6)


def test_a_hold_makes_turns_that_were_reserved_before_it_void() -> None:
    clock = Clock()
    with limiter(clock) as made:
        early, later = turn(made, 60), turn(made, 60)
        made.hold("a", "daily", 61)
        assert not made.stands("a", early)
        assert not made.stands("a", later)
        after = turn(made, 60)
        assert after.at >= clock.now + 61
        assert made.stands("a", after)
        made.hold("a", "daily", 3600)
        held = made.reserve("a", "daily", 60)
        assert isinstance(held, RateLimited)
        assert held.retry_after == 3600


def test_a_days_calls_are_counted_by_the_day_in_shanghai() -> None:
    clock = Clock()
    with limiter(clock) as made:
        made.learn_day("a", "daily", 3)
        for _ in range(3):
            turn(made, 500)
        turn(made, 500, api="weekly")
        refused = made.reserve("a", "daily", 500)
        assert isinstance(refused, RateLimited)
        assert refused.subcode == "daily"
        assert refused.retry_after == made.until_midnight() == 14 * 3600
        assert (made.calls_today("a"), made.calls_today("b")) == (4, 0)
        clock.sleep(14 * 3600 - 1)
        assert isinstance(made.reserve("a", "daily", 500), RateLimited)
        clock.sleep(1)
        turn(made, 500)
        assert made.calls_today("a") == 1


def test_what_was_learned_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "limits.sqlite"
    first = Limiter.from_env({"OPENDATA_TUSHARE_STATE": str(path)})
    first.learn_minute("a", turn(first, 500), 30)
    first.close()
    second = Limiter(path)
    assert turn(second, 500).learned == 30
    second.close()


LIMIT = 3000
EACH = 30


def reserve_many(path: Path) -> list[float]:
    """What one process does: several threads that reserve and wait for their turns."""
    made = Limiter(path)

    def one(_: int) -> float:
        reserved = turn(made, LIMIT)
        time.sleep(made.wait(reserved))
        assert made.stands("a", reserved)
        return reserved.at

    with ThreadPoolExecutor(4) as pool:
        times = list(pool.map(one, range(EACH)))
    made.close()
    return times


def test_processes_and_threads_share_one_pace(tmp_path: Path) -> None:
    path = tmp_path / "limits.sqlite"
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as pool:
        times = sorted(at for part in pool.map(reserve_many, [path] * 3) for at in part)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == 3 * EACH
    assert min(gaps) > 60 / LIMIT
    counted = Limiter(path)
    assert counted.calls_today("a") == 3 * EACH
    counted.close()
