"""Every misbehaviour of a source ends in the right outcome, category and subcode, after a bounded number of requests.

Through the real server and the real client; only the sleeping between attempts is replaced.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from opendata_platform.quality.categories import Stage
from opendata_platform.quality.taxonomy import classify
from opendata_platform.sources import binance, open_meteo, outcome, owid, stooq
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.http import Fetch, SourceClient
from opendata_platform.sources.outcome import (
    ChangedFormat,
    Denied,
    Empty,
    Failed,
    NotOk,
    NotYetAvailable,
    Ok,
    ParseError,
    RateLimited,
    RawCapture,
)
from opendata_platform.sources.retry import RetryBudget, RetryLimits
from opendata_platform.sources.settings import SourceSettings

if TYPE_CHECKING:
    from tests.sources.conftest import Bench

DAY = "2024-03-11"
FETCH: dict[str, Fetch] = {
    "binance": binance.klines_of_day("BTCUSDT"),
    "stooq": stooq.daily_history("aapl.us"),
    "open-meteo": open_meteo.hours_of_day(*open_meteo.BERLIN),
    "owid": owid.global_file,
}
READ: dict[str, Callable[[RawCapture], Parsed]] = {
    "binance": binance.read_klines,
    "stooq": stooq.read_history,
    "open-meteo": open_meteo.read_hours,
    "owid": owid.read_global,
}
SOURCES = list(FETCH)
IMPATIENT = RetryLimits(read_timeout_s=0.25)

EVERY_SOURCE = [
    ("hang", Failed, "network.timeout", 4),
    ("server_error", Failed, "network.upstream_5xx", 4),
    ("bad_gateway", Failed, "network.upstream_5xx", 4),
    ("html", ChangedFormat, "parse.html_page", 2),
    ("cut_body", Failed, "network.truncated_body", 2),
]
ONE_SOURCE = [
    ("binance", "cut_text", ChangedFormat, "parse.bad_shape", 2),
    ("stooq", "cut_text", ChangedFormat, "parse.bad_shape", 2),
    ("open-meteo", "cut_text", ChangedFormat, "parse.not_json", 2),
    ("owid", "cut_text", ChangedFormat, "parse.bad_shape", 2),
    ("binance", "rate_limit", RateLimited, "quota.rate", 3),
    ("stooq", "rate_limit", RateLimited, "quota.daily", 1),
    ("open-meteo", "rate_limit", RateLimited, "quota.rate", 3),
    ("owid", "rate_limit", RateLimited, "quota.rate", 3),
    ("open-meteo", "daily_limit", RateLimited, "quota.daily", 1),
    ("binance", "daily_limit", RateLimited, "quota.rate", 1),
    ("binance", "no_data", Empty, "validation.empty_day", 3),
    ("stooq", "no_data", Empty, "validation.empty_day", 1),
    ("open-meteo", "no_data", Empty, "validation.empty_day", 1),
    ("owid", "no_data", Empty, "validation.empty_day", 1),
    ("stooq", "key_wanted", Denied, "config.missing_secret", 1),
    ("open-meteo", "null_newest", NotYetAvailable, "validation.empty_day", 1),
]
CASES = [(source, *case) for case in EVERY_SOURCE for source in SOURCES] + ONE_SOURCE


@pytest.mark.parametrize(("source", "fault", "kind", "expected", "requests"), CASES)
def test_misbehaviour_ends_in_its_outcome_after_bounded_requests(
    bench: Bench, source: str, fault: str, kind: type[NotOk], expected: str, requests: int
) -> None:
    bench.sandbox.fault(source, fault)
    with bench.client(limits=IMPATIENT if fault == "hang" else None) as client:
        result = FETCH[source](DAY, client)
    assert type(result) is kind
    assert str(result.fault) == expected
    assert bench.asked_in_the_end(source, requests) == requests
    record = classify(result, Stage.FETCH, ts=datetime(2026, 1, 1, tzinfo=UTC))
    assert f"{record.category}.{record.subcode}" == expected


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("fault", ["server_error", "bad_gateway", "html", "cut_body"])
def test_a_passing_fault_is_survived(bench: Bench, source: str, fault: str) -> None:
    with bench.client() as client:
        clean = FETCH[source](DAY, client)
        before = bench.asked(source)
        bench.sandbox.fault(source, fault, times=1)
        again = FETCH[source](DAY, client)
    assert isinstance(clean, Ok)
    assert isinstance(again, Ok)
    assert again.value.sha256 == clean.value.sha256
    assert bench.asked(source) == 2 * before + 1


@pytest.mark.parametrize("source", ["binance", "stooq", "owid"])
@pytest.mark.parametrize("value", ["12.3.4", "NaN", "1e400"])
def test_a_damaged_number_is_refused_by_the_parser(bench: Bench, source: str, value: str) -> None:
    bench.sandbox.fault(source, "bad_number", value=value)
    with bench.client() as client:
        result = FETCH[source](DAY, client)
    assert isinstance(result, Ok)
    with pytest.raises(ParseError) as caught:
        READ[source](result.value)
    assert str(caught.value.fault) == "parse.bad_number"
    assert isinstance(caught.value.outcome(), ChangedFormat)


def test_a_number_that_is_no_json_is_refused_before_parsing(bench: Bench) -> None:
    for value, expected in (("NaN", "parse.bad_number"), ("12.3.4", "parse.not_json")):
        bench.sandbox.clear_faults()
        bench.sandbox.fault("open-meteo", "bad_number", value=value)
        with bench.client() as client:
            result = FETCH["open-meteo"](DAY, client)
        assert isinstance(result, ChangedFormat)
        assert str(result.fault) == expected


@pytest.mark.parametrize(
    ("source", "column"),
    [("stooq", "Volume"), ("open-meteo", "rain"), ("owid", "gdp_per_capita"), ("binance", "close")],
)
def test_a_renamed_column_is_a_changed_format(bench: Bench, source: str, column: str) -> None:
    bench.sandbox.fault(source, "rename_column", column=column)
    with bench.client() as client:
        result = FETCH[source](DAY, client)
    assert isinstance(result, Ok)
    with pytest.raises(ParseError) as caught:
        READ[source](result.value)
    assert str(caught.value.fault) == "parse.bad_shape"


def _parsed(bench: Bench, source: str) -> Parsed:
    with bench.client() as client:
        result = FETCH[source](DAY, client)
    assert isinstance(result, Ok)
    return READ[source](result.value)


@pytest.mark.parametrize("source", ["stooq", "open-meteo", "owid"])
def test_a_new_column_is_reported_and_changes_no_value(bench: Bench, source: str) -> None:
    clean = _parsed(bench, source)
    bench.sandbox.fault(source, "add_column")
    grown = _parsed(bench, source)
    assert clean.unknown_columns == ()
    assert grown.unknown_columns == ("brand_new",)
    assert grown.frame.equals(clean.frame)


def test_a_thirteenth_kline_column_is_a_changed_format(bench: Bench) -> None:
    bench.sandbox.fault("binance", "add_column")
    with pytest.raises(ParseError, match="13"):
        _parsed(bench, "binance")


@pytest.mark.parametrize("source", SOURCES)
def test_exact_duplicates_are_dropped_and_counted_but_conflicting_rows_stay(bench: Bench, source: str) -> None:
    clean = _parsed(bench, source)
    bench.sandbox.fault(source, "duplicate_rows", rows=2)
    twice = _parsed(bench, source)
    assert twice.frame.equals(clean.frame)
    assert (clean.duplicate_rows, twice.duplicate_rows) == (0, 2)
    bench.sandbox.clear_faults()
    bench.sandbox.fault(source, "duplicate_rows", conflicting=True)
    assert _parsed(bench, source).frame.height == clean.frame.height + 1


REVISED = {"binance": "volume", "stooq": "volume", "open-meteo": "temperature_2m", "owid": "new_cases"}


@pytest.mark.parametrize("source", SOURCES)
def test_a_revision_changes_one_value_of_one_day(bench: Bench, source: str) -> None:
    clean = _parsed(bench, source).frame
    bench.sandbox.fault(source, "revise", by=2)
    revised = _parsed(bench, source).frame
    changed = {c: (clean[c] != revised[c]).sum() for c in clean.columns}
    assert {c: n for c, n in changed.items() if n} == {REVISED[source]: 1}
    differences = (revised[REVISED[source]] - clean[REVISED[source]]).drop_nulls().to_list()
    assert sum(abs(difference) for difference in differences) == pytest.approx(2)


def test_a_restated_history_has_other_prices_and_the_same_volumes(bench: Bench) -> None:
    clean = _parsed(bench, "stooq").frame
    bench.sandbox.fault("stooq", "restate", factor=0.5)
    restated = _parsed(bench, "stooq").frame
    assert restated["volume"].equals(clean["volume"])
    assert ((restated["close"] / clean["close"] - 0.5).abs() < 1e-4).all()


def test_an_unfinished_published_day_is_shorter(bench: Bench) -> None:
    bench.sandbox.fault("binance", "unfinished_day", rows=7)
    assert _parsed(bench, "binance").frame.height == 1433


def test_a_file_that_does_not_match_its_checksum_is_refused(bench: Bench) -> None:
    bench.sandbox.fault("binance", "revise", path=".CHECKSUM")
    with bench.client() as client:
        result = FETCH["binance"](DAY, client)
    assert isinstance(result, Failed)
    assert str(result.fault) == "integrity.hash_mismatch"
    assert bench.asked("binance") == 2


def test_a_day_that_is_not_over_is_never_asked_for(bench: Bench) -> None:
    over = datetime(2026, 11, 24, tzinfo=UTC)
    for moment in (over - timedelta(hours=13), over - timedelta(seconds=1), over + timedelta(minutes=4)):
        bench.clock.now = moment
        with bench.client() as client:
            result = FETCH["binance"]("2026-11-23", client)
        assert isinstance(result, NotYetAvailable)
        assert str(result.fault) == "validation.calendar"
        assert result.retry_after is not None
        assert result.retry_after > 0
    assert bench.asked("binance") == 0


def test_rest_serves_a_closed_day_until_its_file_is_published_and_both_agree(bench: Bench) -> None:
    bench.clock.now = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
    with bench.client() as client:
        rest = FETCH["binance"]("2026-11-23", client)
    assert isinstance(rest, Ok)
    assert rest.value.media_type == binance.PAGES_TYPE
    assert bench.asked("binance") == 3
    bench.clock.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    with bench.client() as client:
        published = FETCH["binance"]("2026-11-23", client)
    assert isinstance(published, Ok)
    assert published.value.media_type == "application/zip"
    frame = binance.parse_klines(published.value)
    assert frame.height == 1440
    assert frame.equals(binance.parse_klines(rest.value))


def test_rest_without_the_last_candle_is_not_yet_available(bench: Bench) -> None:
    bench.clock.now = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
    bench.sandbox.fault("binance", "unfinished_day", rows=1)
    with bench.client() as client:
        result = FETCH["binance"]("2026-11-23", client)
    assert isinstance(result, NotYetAvailable)
    assert str(result.fault) == "validation.empty_day"


def test_a_cut_rest_page_is_asked_for_once_more(bench: Bench) -> None:
    bench.clock.now = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
    bench.sandbox.fault("binance", "cut_text", times=1, path="/api/v3/klines")
    with bench.client() as client:
        result = FETCH["binance"]("2026-11-23", client)
    assert isinstance(result, Ok)
    assert bench.asked("binance") == 4


def test_weather_of_the_newest_days_is_not_yet_available(bench: Bench) -> None:
    with bench.client() as client:
        assert isinstance(FETCH["open-meteo"]("2026-11-24", client), NotYetAvailable)
        assert bench.asked("open-meteo") == 0
        assert isinstance(FETCH["open-meteo"]("2026-11-22", client), NotYetAvailable)
        assert isinstance(FETCH["open-meteo"]("2026-11-21", client), Ok)


def test_a_stated_wait_is_honoured_and_one_too_long_is_left_to_the_scheduler(bench: Bench) -> None:
    bench.sandbox.fault("owid", "rate_limit", retry_after=7)
    with bench.client() as client:
        FETCH["owid"](DAY, client)
    assert bench.waits == [7.0, 7.0]
    bench.sandbox.clear_faults()
    bench.sandbox.fault("owid", "rate_limit", retry_after=3600)
    with bench.client() as client:
        result = FETCH["owid"](DAY, client)
    assert isinstance(result, RateLimited)
    assert result.retry_after == 3600
    assert bench.waits == [7.0, 7.0]


def test_all_calls_of_a_run_share_one_retry_budget(bench: Bench) -> None:
    bench.sandbox.fault("stooq", "server_error")
    bench.sandbox.fault("owid", "server_error")
    budget = RetryBudget(retries=4)
    with bench.client(budget=budget) as client:
        for source in ("stooq", "owid", "stooq", "owid"):
            assert isinstance(FETCH[source](DAY, client), Failed)
    assert budget.spent == 4
    assert bench.asked("stooq") + bench.asked("owid") == 4 + 4


def test_waits_between_attempts_are_jittered_and_grow_at_most_exponentially(bench: Bench) -> None:
    bench.sandbox.fault("stooq", "server_error")
    with bench.client() as client:
        FETCH["stooq"](DAY, client)
    assert len(bench.waits) == 3
    assert all(0 <= wait <= ceiling for wait, ceiling in zip(bench.waits, (0.5, 1.0, 2.0), strict=True))


def test_a_body_above_the_limit_is_refused_not_cut(bench: Bench) -> None:
    with bench.client(limits=RetryLimits(largest_body=100_000, attempts=1)) as client:
        result = FETCH["owid"](DAY, client)
    assert isinstance(result, Failed)
    assert "100000 bytes" in result.reason


def test_an_unreachable_source_is_a_network_failure(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    settings = SourceSettings.from_env({}, sandbox_url=nobody)
    with SourceClient(settings, sleep=bench.waits.append) as client:
        result = FETCH["owid"](DAY, client)
    assert isinstance(result, Failed)
    assert str(result.fault) == "network.connect"
    assert len(bench.waits) == 3


@pytest.mark.parametrize(
    ("fault", "kind"), [(None, Ok), ("key_wanted", Denied), ("server_error", Failed), ("cut_body", Failed)]
)
def test_the_api_key_is_sent_and_shown_nowhere(
    bench: Bench, caplog: pytest.LogCaptureFixture, fault: str | None, kind: type[object]
) -> None:
    caplog.set_level("DEBUG")
    key = "k3y-that-nobody-may-see"
    if fault:
        bench.sandbox.fault("stooq", fault)
    with bench.client(key=key) as client:
        result = FETCH["stooq"](DAY, client)
        shown = f"{result!r} {client.settings!r} {client.settings}"
    assert isinstance(result, kind)
    assert "apikey" in bench.sandbox.requests("stooq")[-1].params
    assert key not in shown
    assert key not in caplog.text
    assert "/q/d/l/" in caplog.text
    if isinstance(result, Ok):
        assert result.value.url.endswith("apikey=***")
    if fault == "key_wanted":
        assert isinstance(result, Denied)
        assert str(result.fault) == "permission.token_invalid"


def test_provenance_of_every_answer_is_kept(bench: Bench) -> None:
    wanted: dict[str, outcome.Provenance] = {
        "binance": "synthetic",
        "stooq": "synthetic",
        "open-meteo": "recorded",
        "owid": "recorded",
    }
    with bench.client() as client:
        for source, provenance in wanted.items():
            result = FETCH[source](DAY, client)
            assert isinstance(result, Ok)
            assert result.value.sandbox == provenance
            assert result.value.fetched_at == bench.clock.now


def test_frames_have_exactly_the_declared_types(bench: Bench) -> None:
    klines = _parsed(bench, "binance").frame.schema
    assert klines["open_time"] == pl.Datetime("ms", "UTC")
    assert klines["trades"] == pl.Int64
    assert {klines[c] for c in klines if c not in ("open_time", "trades")} == {pl.Float64}
    history = _parsed(bench, "stooq").frame.schema
    assert history["date"] == pl.Date
    assert _parsed(bench, "open-meteo").frame.schema["time"] == pl.Datetime("ms", "UTC")
    assert len(_parsed(bench, "owid").frame.schema) == 32
