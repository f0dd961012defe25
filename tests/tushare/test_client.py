"""One request of Tushare: what is sent, what every kind of answer ends in, paging, and how long is waited."""

from __future__ import annotations

import json
import logging
import threading

import pytest
from opendata.errors import InvalidValue

from opendata_platform.sources.outcome import NotOk, Ok, RateLimited
from opendata_platform.sources.retry import RetryBudget, RetryLimits
from opendata_platform.tushare.capture import Capture
from opendata_platform.tushare.settings import LIVE_URL, TushareSettings
from tests.fixtures.tushare_server import Reply, Request, paged, refusal, rows
from tests.tushare.conftest import DAILY, NAMES, START, TOKEN, Bench, an_api, quotes

DAY = {"trade_date": "20260210"}
MINUTE = refusal(
    40203, "抱歉，您访问接口(daily)频率超限(60次/分钟)，具体频次详情：https://tushare.pro/document/1?doc_id=108"
)


def refused(outcome: object) -> str:
    """Kind and fault of an outcome without data."""
    assert isinstance(outcome, NotOk)
    return f"{type(outcome).__name__} {outcome.fault}"


def test_all_declared_fields_are_asked_for_by_name(bench: Bench) -> None:
    bench.server.respond = paged(NAMES, quotes(3))
    answered = bench.client().ask(DAILY, DAY)
    assert isinstance(answered, Ok)
    (page,) = answered.value
    assert bench.server.requests == [
        {
            "api_name": "daily",
            "token": TOKEN,
            "params": {"trade_date": "20260210", "limit": 5, "offset": 0},
            "fields": "ts_code,trade_date,close,rank",
        }
    ]
    assert (page.items, page.has_more, page.request_id) == (quotes(3), False, "r-1")
    assert page.sandbox is None


def test_a_connection_is_kept_alive(bench: Bench) -> None:
    bench.server.respond = paged(NAMES, quotes(23))
    assert isinstance(bench.client().ask(DAILY, DAY), Ok)
    assert (bench.asked, bench.server.connections) == (5, 1)


def test_what_the_sandbox_made_is_marked(bench: Bench) -> None:
    made = rows(NAMES, quotes(1))
    bench.server.script(Reply(made.body, headers={"X-OpenData-Sandbox": "synthetic"}))
    answered = bench.client().ask(DAILY, DAY)
    assert isinstance(answered, Ok)
    assert answered.value[0].sandbox == "synthetic"


PAGE = rows(NAMES, quotes(2))
ANSWERS = {
    "minute limit, old text": (
        refusal(40203, "抱歉，您每分钟最多访问该接口200次，权限的具体详情访问：…"),
        "RateLimited quota.rate",
    ),
    "minute limit under another code": (refusal(-2002, "抱歉，您每分钟最多访问该接口200次"), "RateLimited quota.rate"),
    "minute limit": (MINUTE, "RateLimited quota.rate"),
    "hour limit": (refusal(40203, "抱歉，您每小时最多访问该接口1次，权限的具体详情访问：…"), "RateLimited quota.rate"),
    "day limit": (refusal(40203, "抱歉，您每天最多访问该接口5次，权限的具体详情访问：…"), "RateLimited quota.daily"),
    "day limit, new text": (refusal(40203, "抱歉，您访问接口(rt_k)频率超限(2次/天)"), "RateLimited quota.daily"),
    "HTTP 429": (Reply(b"", 429), "RateLimited quota.rate"),
    "no permission": (
        refusal(40203, "抱歉，您没有接口访问权限，权限的具体详情访问：…"),
        "Denied permission.no_api_right",
    ),
    "no permission by name": (refusal(40203, "您没有接口(fund_daily)访问权限"), "Denied permission.no_api_right"),
    "too few points": (refusal(2002, "积分不足"), "Denied permission.no_api_right"),
    "permission code without a text": (refusal(2002, ""), "Denied permission.no_api_right"),
    "wrong token": (refusal(40101, "您的token不对，请确认。"), "Denied permission.token_invalid"),
    "token code without a text": (refusal(40101, ""), "Denied permission.token_invalid"),
    "too many addresses": (refusal(40204, "您的IP数量超限，最大数量为2个"), "Denied permission.token_invalid"),
    "query failed": (
        refusal(50101, "查询数据失败，请确认参数！可以反馈管理员协助您排查问题"),
        "Failed network.upstream_5xx",
    ),
    "missing parameter": (refusal(-2001, "必填参数, trade_date"), "Failed validation.bad_request"),
    "unknown API": (refusal(-1, "请指定正确的接口名"), "Failed validation.bad_request"),
    "bad parameter": (refusal(-1, "参数校验失败"), "Failed validation.bad_request"),
    "anything else": (refusal(99, "?"), "Failed validation.bad_request"),
    "bad gateway": (Reply(b"<html>502 Bad Gateway</html>", 502), "Failed network.upstream_5xx"),
    "not found": (Reply(b"", 404), "Failed validation.bad_request"),
    "web page": (Reply(b"<!doctype html><p>maintenance"), "ChangedFormat parse.html_page"),
    "cut body": (Reply(PAGE.body, cut=40), "Failed network.truncated_body"),
    "cut JSON": (Reply(PAGE.body[:-20]), "ChangedFormat parse.not_json"),
    "empty body": (Reply(b""), "ChangedFormat parse.not_json"),
    "not UTF-8": (Reply(b'{"code": 0, "msg": "\xff"}'), "ChangedFormat parse.encoding"),
    "no data": (Reply(b'{"code": 0, "msg": "", "data": null}'), "ChangedFormat parse.bad_shape"),
    "no code": (Reply(b'{"msg": ""}'), "ChangedFormat parse.bad_shape"),
    "a code that is no number": (Reply(b'{"code": false, "msg": ""}'), "ChangedFormat parse.bad_shape"),
    "a list": (Reply(b"[]"), "ChangedFormat parse.bad_shape"),
    "no items": (Reply(b'{"code": 0, "data": {"fields": ["a"]}}'), "ChangedFormat parse.bad_shape"),
    "a repeated name": (Reply(b'{"code": 0, "code": 0, "data": {}}'), "ChangedFormat parse.bad_shape"),
    "a repeated field": (rows(("a", "a"), [[1, 2]]), "ChangedFormat parse.bad_shape"),
    "a missing key": (rows(NAMES[1:], [["20260210", 1.0, 1]]), "ChangedFormat parse.bad_shape"),
    "a short row": (rows(NAMES, [*quotes(1), ["000001.SZ"]]), "ChangedFormat parse.bad_shape"),
    "a row that is no list": (rows(NAMES, [{"ts_code": "1"}]), "ChangedFormat parse.bad_shape"),  # type: ignore[list-item]  # that is the point
    "an odd has_more": (rows(NAMES, quotes(1), has_more="no"), "ChangedFormat parse.bad_shape"),  # type: ignore[arg-type]  # that is the point
    "the token": (refusal(0, TOKEN), "ChangedFormat parse.bad_shape"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_kind_of_answer_has_its_outcome(bench: Bench, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reply, expected = ANSWERS[name]
    bench.server.script(reply)
    client = bench.client()
    outcome = client.ask(DAILY, DAY)
    assert refused(outcome) == expected
    assert isinstance(outcome, NotOk)
    assert bench.asked <= outcome.fault.attempts
    for shown in (repr(outcome), str(outcome.error()), repr(client), repr(client.settings), caplog.text):
        assert TOKEN not in shown


def test_a_refusal_that_repeats_the_token_is_not_shown(bench: Bench) -> None:
    bench.server.script(Reply(json.dumps({"code": 40101, "msg": f"token {TOKEN} 不对"}).encode()))
    outcome = bench.client().ask(DAILY, DAY)
    assert isinstance(outcome, NotOk)
    assert TOKEN not in repr(outcome)


def test_an_unreachable_service_is_a_network_fault_that_keeps_the_token(bench: Bench) -> None:
    outcome = bench.client(url="http://127.0.0.1:1").ask(DAILY, DAY)
    assert refused(outcome) == "Failed network.connect"
    assert TOKEN not in repr(outcome)


def test_no_token_is_no_request(bench: Bench) -> None:
    assert refused(bench.client(token=None).ask(DAILY, DAY)) == "Denied config.missing_secret"
    assert bench.asked == 0


@pytest.mark.parametrize(
    "trouble",
    [Reply(b"", 502), Reply(PAGE.body, cut=10), Reply(b"<html>"), Reply(b'{"code"'), refusal(50101, "查询数据失败")],
    ids=lambda reply: str(reply.body[:8]),
)
def test_passing_trouble_is_asked_again(bench: Bench, trouble: Reply) -> None:
    bench.server.script(trouble, PAGE)
    assert isinstance(bench.client().ask(DAILY, DAY), Ok)
    assert bench.asked == 2


@pytest.mark.parametrize("lasting", ["no permission", "wrong token", "missing parameter", "hour limit", "day limit"])
def test_lasting_trouble_is_not(bench: Bench, lasting: str) -> None:
    bench.server.script(ANSWERS[lasting][0])
    assert isinstance(bench.client().ask(DAILY, DAY), NotOk)
    assert bench.asked == 1


def test_retries_are_bounded_for_the_run(bench: Bench) -> None:
    bench.server.script(Reply(b"", 503))
    client = bench.client(budget=RetryBudget(retries=1))
    assert [refused(client.ask(DAILY, DAY)) for _ in range(3)] == ["Failed network.upstream_5xx"] * 3
    assert bench.asked == 4


def test_a_body_beyond_the_limit_is_refused(bench: Bench) -> None:
    bench.server.script(rows(NAMES, quotes(4)))
    assert refused(bench.client(limits=RetryLimits(largest_body=100)).ask(DAILY, DAY)) == "Failed parse.bad_shape"


# Limits


def test_after_a_minute_limit_a_whole_minute_passes_and_the_call_goes_on(bench: Bench) -> None:
    bench.server.script(MINUTE, PAGE)
    assert isinstance(bench.client().ask(DAILY, DAY), Ok)
    assert bench.asked == 2
    assert 61 <= bench.clock.passed < 62


def test_the_limit_that_was_named_paces_the_calls_after_it_and_those_of_the_next_run(bench: Bench) -> None:
    bench.server.script(MINUTE, PAGE)
    bench.client().ask(DAILY, DAY)
    for client in (bench.client(), bench.client()):
        before = bench.clock.now
        for _ in range(60):
            client.ask(DAILY, DAY)
        assert 60 < bench.clock.now - before < 60 / 0.95


def test_a_limit_holds_one_api_only(bench: Bench) -> None:
    bench.server.respond = lambda request: MINUTE if request["api_name"] == "daily" else PAGE
    client = bench.client()
    assert isinstance(client.ask(DAILY, DAY), RateLimited)
    before = bench.clock.now
    assert isinstance(client.ask(an_api(name="weekly"), DAY), Ok)
    assert bench.clock.now == before


def test_an_hour_limit_is_told_at_once_and_later_calls_do_not_reach_the_service(bench: Bench) -> None:
    bench.server.script(ANSWERS["hour limit"][0], PAGE)
    client = bench.client()
    first, second = client.ask(DAILY, DAY), client.ask(DAILY, DAY)
    assert (refused(first), refused(second)) == ("RateLimited quota.rate", "RateLimited quota.rate")
    assert isinstance(first, NotOk)
    assert first.retry_after == 3600
    assert (bench.asked, bench.clock.passed) == (1, 0)
    bench.clock.sleep(3601)
    assert isinstance(client.ask(DAILY, DAY), Ok)


def test_a_day_limit_ends_at_midnight_in_shanghai_and_is_kept_the_next_day(bench: Bench) -> None:
    bench.server.script(ANSWERS["day limit"][0], PAGE)
    client = bench.client()
    outcome = client.ask(DAILY, DAY)
    assert isinstance(outcome, RateLimited)
    assert outcome.retry_after == 14 * 3600
    assert isinstance(client.ask(DAILY, DAY), RateLimited)
    bench.clock.sleep(14 * 3600)
    outcomes = [client.ask(DAILY, DAY) for _ in range(6)]
    assert [type(outcome) for outcome in outcomes] == [Ok] * 5 + [RateLimited]
    assert bench.asked == 6


def test_waiting_ends_when_the_caller_no_longer_wants_the_answer(bench: Bench) -> None:
    stop = threading.Event()

    def respond(request: Request) -> Reply:
        stop.set()
        return MINUTE

    bench.server.respond = respond
    assert refused(bench.client().ask(DAILY, DAY, stop=stop)) == "Failed cancelled.sigterm"
    assert (bench.asked, bench.clock.passed) == (1, 0)


# Paging


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10, 23])
@pytest.mark.parametrize("cap", [3, 5, 100])
def test_every_row_comes_once_whatever_the_service_caps_at(bench: Bench, count: int, cap: int) -> None:
    bench.server.respond = paged(NAMES, quotes(count), cap)
    answered = bench.client().ask(DAILY, DAY)
    assert isinstance(answered, Ok)
    assert [row for page in answered.value for row in page.items] == quotes(count)


def test_a_full_page_is_not_the_end_even_without_has_more(bench: Bench) -> None:
    bench.server.script(rows(NAMES, quotes(5), has_more=None), rows(NAMES, quotes(1, first=5), has_more=None))
    answered = bench.client().ask(DAILY, DAY)
    assert isinstance(answered, Ok)
    assert [len(page.items) for page in answered.value] == [5, 1]
    assert [request["params"]["offset"] for request in bench.server.requests] == [0, 5]


REPEATING = {
    "the same page": (rows(NAMES, quotes(5)), rows(NAMES, quotes(5))),
    "a page that overlaps": (rows(NAMES, quotes(5)), rows(NAMES, quotes(3, first=4))),
    "the same keys with other values": (rows(NAMES, quotes(5)), rows(NAMES, [[*row[:2], 9.5, 9] for row in quotes(5)])),
    "nothing but the promise of more": (rows(NAMES, quotes(5)), rows(NAMES, [], has_more=True)),
    "at once nothing but the promise of more": (rows(NAMES, [], has_more=True),),
    "more rows than asked for, again": (rows(NAMES, quotes(7)), rows(NAMES, quotes(7))),
}


@pytest.mark.parametrize("name", REPEATING)
def test_a_service_that_repeats_pages_gives_no_rows(bench: Bench, name: str) -> None:
    bench.server.script(*REPEATING[name])
    assert refused(bench.client().ask(DAILY, DAY)) == "Failed validation.row_cap_suspected"
    assert bench.asked == len(REPEATING[name])


def test_an_api_without_a_key_may_repeat_a_row_but_no_page(bench: Bench) -> None:
    keyless = an_api(key=())
    bench.server.respond = paged(NAMES, [*quotes(5), *quotes(3, first=4)])
    assert isinstance(bench.client().ask(keyless, DAY), Ok)
    bench.server.script(rows(NAMES, quotes(5)))
    assert refused(bench.client().ask(keyless, DAY)) == "Failed validation.row_cap_suspected"


def test_fields_that_change_between_pages_are_refused(bench: Bench) -> None:
    swapped = [[row[1], row[0], *row[2:]] for row in quotes(1, first=5)]
    bench.server.script(rows(NAMES, quotes(5)), rows((NAMES[1], NAMES[0], *NAMES[2:]), swapped))
    assert refused(bench.client().ask(DAILY, DAY)) == "ChangedFormat parse.bad_shape"


def test_trouble_on_a_later_page_leaves_no_rows(bench: Bench) -> None:
    bench.server.script(rows(NAMES, quotes(5)), refusal(40203, "没有访问该接口的权限"))
    assert refused(bench.client().ask(DAILY, DAY)) == "Denied permission.no_api_right"


def test_rows_beyond_the_largest_offset_are_an_error(bench: Bench) -> None:
    bench.server.respond = lambda request: rows(NAMES, quotes(30_000, first=request["params"]["offset"]), has_more=True)
    outcome = bench.client().ask(an_api(page_rows=30_000), DAY)
    assert refused(outcome) == "Failed validation.row_cap_suspected"
    assert [request["params"]["offset"] for request in bench.server.requests] == [0, 30_000, 60_000, 90_000]


# Settings and captures


def test_a_kept_capture_reads_back_as_it_was_and_holds_no_token(bench: Bench) -> None:
    bench.server.respond = paged(NAMES, quotes(7))
    answered = bench.client().ask(DAILY, DAY)
    assert isinstance(answered, Ok)
    capture = Capture(bench.server.url, answered.value, DAILY.page_rows, START, "recorded")
    again = Capture.from_body(capture.body)
    assert again.body == capture.body
    assert [page.items for page in again.pages] == [quotes(5), quotes(2, first=5)]
    assert again.origin() == capture.origin()
    assert [page["rows"] for page in capture.origin()["pages"]] == [5, 2]  # type: ignore[attr-defined]  # an open document
    for shown in (repr(capture), str(capture.origin()), Capture.from_body(capture.body).pages[0].body.decode()):
        assert TOKEN not in shown


def test_the_live_service_is_asked_over_https_with_the_trimmed_token() -> None:
    live = TushareSettings.from_env({"OPENDATA_SOURCES": "live", "OPENDATA_TUSHARE_TOKEN": f" {TOKEN}\n"})
    assert (live.url, live.token) == (LIVE_URL, TOKEN)
    assert TOKEN not in repr(live)
    assert TOKEN not in live.account


def test_the_sandbox_never_gets_the_token() -> None:
    sandbox = TushareSettings.from_env({"OPENDATA_TUSHARE_TOKEN": TOKEN}, sandbox_url="http://127.0.0.1:9/")
    assert (sandbox.url, sandbox.token) == ("http://127.0.0.1:9/tushare", "sandbox")


@pytest.mark.parametrize(
    "environ",
    [
        {"OPENDATA_TUSHARE_URL": "http://api.tushare.pro"},
        {"OPENDATA_TUSHARE_URL": "https://u:p@api.tushare.pro"},
        {"OPENDATA_SOURCES": "sandbox"},
        {"OPENDATA_SOURCES": "live", "OPENDATA_TUSHARE_CALLS_PER_MINUTE": "-1"},
        {"OPENDATA_SOURCES": "live", "OPENDATA_TUSHARE_CALLS_PER_MINUTE": "５"},
    ],
)
def test_settings_that_cannot_be_right_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        TushareSettings.from_env(environ)
