"""Partitions from the service: which requests make one up, how many at a time, in which order, and how it ends."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opendata_platform.sources.outcome import Denied, Empty, NotOk, Ok
from opendata_platform.tushare.capture import Capture
from opendata_platform.tushare.declare import Api, ByCode, ByEvent, ByWeek, Whole
from opendata_platform.tushare.fetch import Answer, Window, fetch_partitions
from opendata_platform.tushare.reading import read
from tests.fixtures.tushare_server import Reply, Request, paged, refusal, rows
from tests.tushare.conftest import DAILY, NAMES, Bench, an_api, quotes

FIRST = date(2026, 2, 2)


def window(day: date, days: int = 1) -> Window:
    """A partition of some days."""
    return Window(day.isoformat(), day - timedelta(days=days), day)


def days(count: int, first: date = FIRST) -> list[Window]:
    """Partitions of a day each."""
    return [window(first + timedelta(days=n)) for n in range(count)]


def got(answer: Answer) -> Capture:
    """The capture, which there must be."""
    assert isinstance(answer, Ok), answer
    return answer.value


def params(bench: Bench) -> list[dict[str, Any]]:
    """What was asked for, without paging."""
    return [
        {name: value for name, value in request["params"].items() if name not in ("limit", "offset")}
        for request in bench.server.requests
    ]


def by_day(request: Request) -> Reply:
    """Two rows of the day that is asked for."""
    return rows(NAMES, quotes(2, on=request["params"]["trade_date"]))


def test_each_day_is_one_request_and_comes_in_the_order_asked_for(bench: Bench) -> None:
    bench.server.respond = by_day
    windows = days(30)[::-1]
    answers = list(fetch_partitions(DAILY, windows, bench.client()))
    assert [name for name, _ in answers] == [each.partition for each in windows]
    for name, answer in answers:
        assert read(DAILY, got(answer).pages).frame["trade_date"].unique().to_list() == [date.fromisoformat(name)]
    assert bench.asked == 30


def test_an_announcement_may_be_of_any_day_since_the_partition_before(bench: Bench) -> None:
    bench.server.respond = lambda request: rows(NAMES, quotes(1))
    api = an_api(fetch=ByEvent("ann_date", on_day=("ex_date",)))
    ((name, answer),) = fetch_partitions(api, [window(date(2026, 2, 9), 3)], bench.client())
    assert name == "2026-02-09"
    assert params(bench) == [
        {"ann_date": "20260207"},
        {"ann_date": "20260208"},
        {"ann_date": "20260209"},
        {"ex_date": "20260209"},
    ]
    assert len(got(answer).pages) == 4


def test_a_week_is_named_by_its_iso_number(bench: Bench) -> None:
    bench.server.respond = lambda request: rows(NAMES, quotes(1))
    weeks = [window(date(2026, 1, 2), 7), window(date(2026, 2, 13), 7)]
    list(fetch_partitions(an_api(fetch=ByWeek("week", column="trade_date")), weeks, bench.client(), in_flight=1))
    assert params(bench) == [{"week": "202601"}, {"week": "202607"}]


def test_a_complete_copy_is_one_request_per_variant(bench: Bench) -> None:
    bench.server.respond = lambda request: rows(NAMES, quotes(1))
    api = an_api(fetch=Whole(({"list_status": "L"}, {"list_status": "D"})))
    ((_, answer),) = fetch_partitions(api, days(1), bench.client())
    assert params(bench) == [{"list_status": "L"}, {"list_status": "D"}]
    assert got(answer).rows == 2


def test_no_row_is_empty_unless_the_api_is_sparse(bench: Bench) -> None:
    bench.server.respond = lambda request: rows(NAMES, [])
    ((_, empty),) = fetch_partitions(DAILY, days(1), bench.client())
    assert isinstance(empty, Empty)
    assert str(empty.fault) == "validation.empty_day"
    ((_, sparse),) = fetch_partitions(an_api(sparse=True), days(1), bench.client())
    assert got(sparse).rows == 0
    assert read(DAILY, got(sparse).pages).frame.height == 0


# By code

CODES = ("SPX", "HSI", "N225")


def by_code(codes: tuple[str, ...] = CODES) -> Api:
    """An API that wants a code."""
    return an_api(name="index_global", fetch=ByCode("ts_code", codes), page_rows=6000)


def between(request: Request) -> Reply:
    """A row for every day of the span that is asked for, newest first."""
    asked = request["params"]
    start, end = (date.fromisoformat(asked[name]) for name in ("start_date", "end_date"))
    items = [
        [asked["ts_code"], f"{start + timedelta(days=n):%Y%m%d}", n + 0.5, n] for n in range((end - start).days, -1, -1)
    ]
    return paged(NAMES, items)(request)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12, unique=True), st.integers(1, 5), st.integers(4, 60))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_of_a_code_lands_in_the_partition_of_its_day(
    bench: Bench, chosen: list[int], length: int, longest: int
) -> None:
    """Partitions in any order, of several days each, with days between them that belong to none."""
    windows = [window(FIRST + timedelta(days=7 * n), min(length, 7)) for n in chosen]
    bench.server.respond = between
    api = an_api(fetch=ByCode("ts_code", CODES[:2]), page_rows=longest)
    answers = list(fetch_partitions(api, windows, bench.client(calls_per_minute=0)))
    assert [name for name, _ in answers] == [each.partition for each in windows]
    for each, (_, answer) in zip(windows, answers, strict=True):
        kept = Capture.from_body(got(answer).body)
        frame = read(api, kept.pages).frame
        wanted = {each.since + timedelta(days=n + 1) for n in range((each.day - each.since).days)}
        assert set(frame["trade_date"]) == wanted
        assert frame.height == len(wanted) * 2


def test_a_span_of_many_partitions_is_one_request_per_code(bench: Bench) -> None:
    bench.server.respond = between
    answers = dict(fetch_partitions(by_code(), days(400), bench.client()))
    assert bench.asked == 3
    capture = got(answers["2026-02-10"])
    assert [page.params["ts_code"] for page in capture.pages] == list(CODES)
    assert b'"excerpt_of"' in capture.pages[0].body
    assert len(capture.body) < 2000


def test_one_partition_keeps_the_answers_verbatim(bench: Bench) -> None:
    bench.server.respond = between
    ((_, answer),) = fetch_partitions(by_code(), days(1), bench.client())
    assert b"excerpt_of" not in got(answer).pages[0].body


def test_a_code_that_cannot_be_had_leaves_no_partition_of_the_span(bench: Bench) -> None:
    bench.server.respond = lambda request: (
        refusal(-1, "参数校验失败") if request["params"]["ts_code"] == "HSI" else between(request)
    )
    answers = [answer for _, answer in fetch_partitions(by_code(), days(3), bench.client())]
    assert [str(answer.fault) for answer in answers if isinstance(answer, NotOk)] == ["validation.bad_request"] * 3


@pytest.mark.parametrize("odd", ["20250101", None, "2026-02-02", 5])
def test_a_row_of_a_day_that_was_not_asked_for_is_refused(bench: Bench, odd: object) -> None:
    bench.server.respond = lambda request: rows(NAMES, [["SPX", odd, 1.0, 1]])
    answers = [answer for _, answer in fetch_partitions(by_code(("SPX",)), days(2), bench.client())]
    assert [str(answer.fault) for answer in answers if isinstance(answer, NotOk)] == ["parse.bad_date"] * 2


# Threads


def test_a_denied_api_is_not_asked_for_every_partition(bench: Bench) -> None:
    bench.server.respond = lambda request: refusal(40203, "抱歉，您没有接口访问权限")
    answers = list(fetch_partitions(DAILY, days(100), bench.client(), in_flight=2))
    assert len(answers) == 100
    assert all(isinstance(answer, Denied) for _, answer in answers)
    assert bench.asked <= 3


def test_trouble_with_one_partition_leaves_the_others(bench: Bench) -> None:
    bench.server.respond = lambda request: (
        refusal(-1, "参数校验失败") if request["params"]["trade_date"] == "20260204" else by_day(request)
    )
    answers = list(fetch_partitions(DAILY, days(5), bench.client()))
    assert [isinstance(answer, Ok) for _, answer in answers] == [True, True, False, True, True]


def test_a_failure_that_nobody_foresaw_is_a_value_too(bench: Bench) -> None:
    bench.server.respond = by_day
    broken = an_api(page_rows="one")
    answers = list(fetch_partitions(broken, days(2), bench.client()))
    assert [type(answer) for _, answer in answers] == [TypeError, TypeError]


def test_no_more_is_asked_ahead_than_allowed_and_threads_end_with_the_iterator(bench: Bench) -> None:
    together, most, lock = 0, 0, threading.Lock()
    several = threading.Barrier(4, timeout=20)

    def respond(request: Request) -> Reply:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        several.wait()
        with lock:
            together -= 1
        return by_day(request)

    bench.server.respond = respond
    partitions = fetch_partitions(DAILY, days(40), bench.client(), in_flight=4)
    for _ in range(4):
        next(partitions)
    several.abort()
    partitions.close()
    assert most == 4
    assert bench.asked <= 8
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tushare-daily")]


def test_an_abandoned_iterator_does_not_wait_out_a_hold(bench: Bench) -> None:
    bench.server.respond = lambda request: (
        by_day(request)
        if request["params"]["trade_date"] == "20260202"
        else refusal(40203, "抱歉，您每分钟最多访问该接口1次")
    )
    client = bench.client()
    partitions = fetch_partitions(DAILY, days(40), client, in_flight=2)
    next(partitions)
    del partitions
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tushare-daily")]
