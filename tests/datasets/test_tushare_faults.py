"""Whatever Tushare does, from its answer to the store: how it ends, what is asked again, what is never published."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opendata.contract.evidence import CheckResult, Severity
from opendata.protocol.author import make_author
from opendata.stores.local import LocalStore

from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.pipeline import Rejected, Result, Run, Stopped, Visible
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sandbox.tushare.protocol import Account
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.retry import RetryLimits
from opendata_platform.sources.settings import SourceSettings
from opendata_platform.tushare.capture import Capture
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.limiter import Limiter
from opendata_platform.tushare.settings import TushareSettings
from tests.tushare.conftest import Clock

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, BEFORE = "2026-11-20", "2026-11-19"
METALS = "tushare-raw/sge-daily"
UNITS = "tushare-raw/fund-share"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4"
IMPATIENT = RetryLimits(read_timeout_s=0.3)


@dataclass
class Bench:
    """Publishes partitions of Tushare's datasets; every `publish` is a run of its own. Waiting costs no time."""

    sandbox: Sandbox
    folder: Path
    clock: Clock = field(default_factory=lambda: Clock(NOW.timestamp()))
    url: str = ""
    results: list[Result] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = LocalStore(self.folder / "store")
        self.url = self.url or f"{self.sandbox.url}/tushare"

    def publish(
        self,
        dataset: str,
        *partitions: str,
        accepted: tuple[str, ...] = (),
        now: datetime = NOW,
        limits: RetryLimits | None = None,
    ) -> list[Result]:
        """One run over these partitions."""
        publisher = self.publisher()
        client = TushareClient(
            TushareSettings(self.url, TOKEN, 0),
            Limiter(self.folder / "limits.sqlite", clock=self.clock),
            limits=limits or RetryLimits(),
            sleep=self.clock.sleep,
            clock=lambda: now,
        )
        settings = SourceSettings.from_env({}, sandbox_url=self.sandbox.url)
        with SourceClient(settings, clock=lambda: now) as http, client:
            run = Run(find_spec(dataset), Clients(http, client), publisher, accepted=frozenset(accepted))
            results = list(run.partitions(partitions))
        publisher.finish()
        self.results += results
        return results

    def one(self, dataset: str = METALS, partition: str = DAY, **how: Any) -> Result:
        """A run over one partition."""
        (result,) = self.publish(dataset, partition, **how)
        return result

    def publisher(self) -> Publisher:
        """A fresh look at the store."""
        return Publisher(self.store, make_author("test", environ={}))

    def published(self, dataset: str, partition: str = DAY) -> pl.DataFrame | None:
        """What readers see of a partition."""
        publisher = self.publisher()
        entry = publisher.newest_entry(dataset, partition, partition)
        return publisher.read(dataset, entry.data) if entry and entry.data else None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Everything in the store by key."""
        root = self.folder / "store"
        for path in sorted(root.rglob("*")):
            if path.is_file():
                yield path.relative_to(root).as_posix(), path.read_bytes()

    def kept_answers(self, dataset: str) -> list[Capture]:
        """The answers that were kept as received."""
        return [Capture.from_body(body) for key, body in self.files() if f"{dataset}/_raw/" in key]

    def calls(self, api: str) -> int:
        """How often an API was asked."""
        calls = self.sandbox.tushare.calls[api]
        return calls.accepted + calls.rejected


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(recordings=Recordings(), clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def bench(running: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Bench]:
    """A bench whose token must be nowhere in the end: not in results, logs or files of the store."""
    caplog.set_level(logging.DEBUG)
    running.clear_faults()
    running.tushare.account = Account()
    running.tushare.calls.clear()
    bench = Bench(running, tmp_path)
    yield bench
    running.clear_faults()
    running.tushare.account = Account()
    assert TOKEN not in repr(bench.results)
    assert TOKEN not in caplog.text
    for key, body in bench.files():
        plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        assert TOKEN.encode() not in key.encode() + plain, key


def failed(result: Result) -> dict[str, CheckResult]:
    """The checks that a partition failed."""
    assert isinstance(result, Visible | Rejected), result
    return {check.name: check for check in result.audited.draft.evidence.checks if not check.passed}


def blocked_by(result: Result) -> set[str]:
    """The checks that a rejected partition was rejected for."""
    assert isinstance(result, Rejected), result
    return {check.name for check in failed(result).values() if check.severity is not Severity.WARN}


def audit_of(bench: Bench, dataset: str) -> list[dict[str, Any]]:
    """The audit documents of a dataset's commits."""
    return [json.loads(body) for key, body in bench.files() if f"{dataset}/_audit/" in key]


# Trouble of the service --------------------------------------------------------------------------------------------

ENDINGS = [
    ("bad_gateway", "network.upstream_5xx", 4),
    ("server_error", "network.upstream_5xx", 4),
    ("query_failed", "network.upstream_5xx", 4),
    ("html", "parse.html_page", 2),
    ("cut_body", "network.truncated_body", 2),
    ("cut_text", "parse.not_json", 2),
    ("null_data", "parse.bad_shape", 2),
    ("rate_limit", "quota.rate", 3),
    ("rate_limit_old", "quota.rate", 3),
    ("hourly_limit", "quota.rate", 1),
    ("daily_limit", "quota.daily", 1),
    ("no_permission", "permission.no_api_right", 1),
    ("bad_token", "permission.token_invalid", 1),
    ("ip_limit", "permission.token_invalid", 1),
    ("missing_param", "validation.bad_request", 1),
    ("unknown_api", "validation.bad_request", 1),
    ("late", "validation.empty_day", 1),
]


@pytest.mark.parametrize(("fault", "ending", "calls"), ENDINGS)
def test_trouble_is_classified_asked_again_as_often_as_is_useful_and_never_an_empty_day(
    bench: Bench, fault: str, ending: str, calls: int
) -> None:
    bench.sandbox.fault("tushare", fault, path="sge_daily")
    result = bench.one()
    assert isinstance(result, Stopped), result
    assert f"{result.error.category.value}.{result.error.subcode}" == ending
    assert bench.published(METALS) is None
    assert bench.calls("sge_daily") == calls


@pytest.mark.parametrize(
    ("fault", "times"),
    [("bad_gateway", 3), ("query_failed", 1), ("html", 1), ("cut_body", 1), ("cut_text", 1), ("rate_limit", 2)],
)
def test_trouble_that_passes_costs_nothing_but_time(bench: Bench, fault: str, times: int) -> None:
    bench.sandbox.fault("tushare", fault, path="sge_daily", times=times)
    assert isinstance(bench.one(), Visible)
    assert bench.calls("sge_daily") == times + 1


def test_a_limit_per_minute_is_waited_for_a_whole_minute(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "rate_limit", path="sge_daily", times=1)
    assert isinstance(bench.one(), Visible)
    assert bench.clock.now - NOW.timestamp() >= 61


def test_after_a_limit_per_day_the_service_is_not_asked_until_the_next_day(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "daily_limit", path="sge_daily", times=1, n=1)
    for _ in range(3):
        result = bench.one()
        assert isinstance(result, Stopped)
        assert result.error.category.value == "quota"
    assert bench.calls("sge_daily") == 1
    bench.clock.sleep(86_400)
    assert isinstance(bench.one(), Visible)


def test_a_service_that_hangs_is_given_up(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "hang", path="sge_daily", seconds=1.5)
    result = bench.one(limits=IMPATIENT)
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("network", "timeout")
    assert bench.published(METALS) is None


def test_a_service_that_is_not_there_is_a_network_error(running: Sandbox, bench: Bench) -> None:
    bench.url = "http://127.0.0.1:9/tushare"
    result = bench.one()
    assert isinstance(result, Stopped)
    assert result.error.category.value == "network"
    assert bench.published(METALS) is None


def test_a_run_over_many_days_stops_asking_when_the_api_is_denied_and_other_apis_go_on(bench: Bench) -> None:
    bench.sandbox.tushare.account = Account(denied=frozenset({"fund_daily"}))
    days = [f"2026-10-{day:02d}" for day in range(12, 31) if day not in (17, 18, 24, 25)]
    results = bench.publish("tushare-raw/fund-daily", *days)
    assert len(results) == len(days)
    assert {r.error.subcode for r in results if isinstance(r, Stopped)} == {"no_api_right"}
    assert bench.calls("fund_daily") <= 8, "as many as were under way"
    assert isinstance(bench.one(), Visible)


def test_a_page_that_does_not_come_means_no_data_at_all(bench: Bench) -> None:
    bench.sandbox.tushare.account = Account(calls_per_minute=1)
    result = bench.one("tushare-raw/stk-limit")
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("quota", "rate")
    assert bench.published("tushare-raw/stk-limit") is None
    calls = bench.sandbox.tushare.calls["stk_limit"]
    assert (calls.accepted, calls.rejected) == (1, 3)


PASSING = ("bad_gateway", "server_error", "html", "cut_body", "cut_text", "null_data", "rate_limit", "no_permission")
SPOILING = ("late", "duplicate_rows")


@pytest.fixture
def metals(bench: Bench) -> pl.DataFrame:
    """What is published of a day without any fault."""
    assert isinstance(bench.one(), Visible)
    published = bench.published(METALS)
    assert published is not None
    return published


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(PASSING + SPOILING), st.integers(1, 2)), min_size=1, max_size=4))
def test_whatever_goes_wrong_before_what_is_published_in_the_end_is_the_answer(
    bench: Bench, metals: pl.DataFrame, faults: list[tuple[str, int]]
) -> None:
    bench.sandbox.clear_faults()
    for fault, times in faults:
        bench.sandbox.fault("tushare", fault, path="sge_daily", times=times)
    with TemporaryDirectory() as folder:
        trial = Bench(bench.sandbox, Path(folder))
        while not isinstance(result := trial.one(), Visible):
            assert trial.published(METALS) is None
            assert not isinstance(result, Stopped) or result.error.category.value != "internal"
            assert len(trial.results) <= 8, "every run uses up a fault at least"
        published = trial.published(METALS)
        assert published is not None
        assert published.equals(metals)


def test_one_bad_day_does_not_stop_the_days_beside_it(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "edit", path="sge_daily", where={"trade_date": "20261119"}, drop=True)
    results = bench.publish(METALS, DAY, BEFORE, "2026-11-18")
    assert [type(result) for result in results] == [Visible, Stopped, Visible]


# Days --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-11-21", "2026-10-01"])
def test_a_day_without_trading_is_refused_without_asking(bench: Bench, day: str) -> None:
    result = bench.one(partition=day)
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("validation", "calendar")
    assert bench.calls("sge_daily") == 0


def test_a_day_that_is_not_over_is_refused_without_asking(bench: Bench) -> None:
    result = bench.one("tushare-raw/daily", now=datetime(2026, 11, 20, 7, tzinfo=UTC))
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("validation", "calendar")
    assert bench.calls("daily") == 0


def test_rows_of_another_day_are_rejected(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "edit", path="sge_daily", rows=1, set={"trade_date": "20261119"})
    assert "single_day" in blocked_by(bench.one())
    assert bench.published(METALS) is None


def test_late_data_of_shares_are_rejected_as_soon_as_the_universe_is_known(bench: Bench) -> None:
    for dataset, partition in (("stock-basic", "2026-11-22"), ("suspend-d", DAY), ("adj-factor", DAY)):
        assert isinstance(bench.one(f"tushare-raw/{dataset}", partition), Visible)
    bench.sandbox.fault("tushare", "late", path="daily", share=0.5)
    assert "universe_equation" in blocked_by(bench.one("tushare-raw/daily"))
    assert bench.published("tushare-raw/daily") is None
    bench.sandbox.clear_faults()
    assert isinstance(bench.one("tushare-raw/stk-limit"), Visible)
    whole = bench.one("tushare-raw/daily")
    assert isinstance(whole, Visible)
    assert failed(whole) == {}


def test_rows_of_a_day_that_was_not_asked_for_are_refused_for_an_api_by_code(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "edit", path="fut_index_daily", set={"trade_date": "20261119"})
    result = bench.one("tushare-raw/fut-index-daily")
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("parse", "bad_date")
    assert bench.published("tushare-raw/fut-index-daily") is None


def test_a_complete_copy_that_shrinks_is_held(bench: Bench) -> None:
    dataset = "tushare-raw/sge-basic"
    assert isinstance(bench.one(dataset, "2026-11-22"), Visible)
    bench.sandbox.fault("tushare", "late", path="sge_basic", share=0.5)
    shrunk = bench.one(dataset, "2026-11-23", now=NOW + timedelta(days=1))
    assert blocked_by(shrunk) == {"copy_kept"}
    assert bench.published(dataset, "2026-11-23") is None


def test_late_data_are_held_when_the_day_before_had_more(bench: Bench) -> None:
    assert isinstance(bench.one(UNITS, BEFORE), Visible)
    bench.sandbox.fault("tushare", "late", path="fund_share", share=0.5)
    assert "universe_drift" in blocked_by(bench.one(UNITS))
    assert bench.published(UNITS) is None


# Revisions ---------------------------------------------------------------------------------------------------------


def test_a_restated_cell_becomes_a_revision_with_its_old_and_new_value(bench: Bench) -> None:
    first = bench.one()
    assert isinstance(first, Visible)
    assert first.data.version == DAY
    old = bench.published(METALS)
    assert old is not None
    bench.sandbox.fault("tushare", "edit", path="sge_daily", where={"ts_code": "Ag(T+D)"}, add={"oi": 5})
    second = bench.one()
    assert isinstance(second, Visible)
    assert second.data.version == f"{DAY}.r2"
    new = bench.published(METALS)
    assert new is not None
    chosen = pl.col("ts_code") == "Ag(T+D)"
    before, after = old.filter(chosen)["oi"].item(), new.filter(chosen)["oi"].item()
    assert after == before + 5
    origins = [document["partitions"][0]["origin"] for document in audit_of(bench, METALS)]
    (changes,) = [origin["changes"] for origin in origins if "changes" in origin]
    assert {name: changes[name] for name in ("before", "inserted", "updated", "unchanged", "removed", "cells")} == {
        "before": 12,
        "inserted": 0,
        "updated": 1,
        "unchanged": 11,
        "removed": 0,
        "cells": {"oi": 1},
    }
    (cell,) = changes["sample"]
    assert (cell["column"], float(cell["old"]), float(cell["new"])) == ("oi", before, after)
    assert "Ag(T+D)" in cell["key"]
    assert len(bench.kept_answers(METALS)) == 2


def test_the_same_answer_again_changes_nothing(bench: Bench) -> None:
    assert isinstance(bench.one(), Visible)
    files = dict(bench.files())
    again = bench.one()
    assert isinstance(again, Visible)
    assert not again.new
    assert dict(bench.files()) == files


def test_a_large_revision_waits_for_somebody_who_accepts_it(bench: Bench) -> None:
    assert isinstance(bench.one(UNITS), Visible)
    bench.sandbox.fault("tushare", "edit", path="fund_share", rows=60, scale={"fd_share": 1.01})
    held = bench.one(UNITS)
    assert blocked_by(held) == {"revision"}
    assert failed(held)["revision"].severity is Severity.HOLD
    assert isinstance(held, Rejected)
    assert held.quarantined.verdict.value == "hold"
    accepted = bench.one(UNITS, accepted=("revision",))
    assert isinstance(accepted, Visible)
    assert accepted.data.version == f"{DAY}.r2"
    assert failed(accepted)["revision"].severity is Severity.WARN


def test_accepting_does_not_help_what_is_blocked(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "duplicate_rows", path="sge_daily")
    assert "primary_key" in blocked_by(bench.one(accepted=("primary_key", "revision")))


# Shape and rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["rename_column", "drop_column"])
def test_a_column_that_is_missing_is_an_error(bench: Bench, fault: str) -> None:
    bench.sandbox.fault("tushare", fault, path="sge_daily", column="close")
    result = bench.one()
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("parse", "bad_shape")
    assert "close" in result.error.summary
    assert len(bench.kept_answers(METALS)) == 1
    assert bench.published(METALS) is None
    assert bench.calls("sge_daily") == 1


@pytest.mark.parametrize("value", ["1e400", "NaN", "inf", "12,5", "１２", "0x10", "99999999999999999999999"])
def test_a_number_that_cannot_be_held_exactly_is_an_error(bench: Bench, value: str) -> None:
    bench.sandbox.fault("tushare", "text_cell", path="sge_daily", column="close", value=value)
    result = bench.one()
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("parse", "bad_number")
    assert bench.published(METALS) is None


def test_a_number_that_is_none_is_an_error_and_the_answer_is_kept(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "text_cell", path="sge_daily", column="close", rows=1)
    result = bench.one()
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("parse", "bad_number")
    assert bench.published(METALS) is None
    (answer,) = bench.kept_answers(METALS)
    assert b"12.3.4" in answer.pages[0].body
    assert result.error.trace_key is not None
    assert result.error.trace_key in dict(bench.files())


def test_a_date_that_is_none_is_an_error(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "edit", path="sge_daily", set={"trade_date": "20260230"})
    result = bench.one()
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("parse", "bad_date")


def test_a_new_column_warns_and_is_in_the_kept_answer(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "add_column", path="sge_daily", column="mood")
    result = bench.one()
    assert isinstance(result, Visible)
    found = failed(result)["known_columns"]
    assert (found.severity, found.observed) == (Severity.WARN, "mood")
    published = bench.published(METALS)
    assert published is not None
    assert "mood" not in published.columns
    (answer,) = bench.kept_answers(METALS)
    assert "mood" in answer.pages[0].fields


def test_an_answer_that_repeats_the_token_is_an_error_and_not_kept(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "add_column", path="sge_daily", column=TOKEN)
    result = bench.one()
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("parse", "bad_shape")
    assert bench.kept_answers(METALS) == []


def test_whole_numbers_before_a_fraction_do_not_cut_it(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "int_then_float", path="fund_share", column="fd_share")
    assert isinstance(bench.one(UNITS), Visible)
    published = bench.published(UNITS)
    assert published is not None
    fractions = published.filter(pl.col("fd_share") != pl.col("fd_share").round(0))["fd_share"].to_list()
    assert fractions == [10.5, 10.5], "one in the answer for each of the two markets"


@pytest.mark.parametrize("change", [{}, {"close": 9.5}])
def test_rows_that_come_twice_are_rejected_equal_or_not(bench: Bench, change: dict[str, float]) -> None:
    bench.sandbox.fault("tushare", "duplicate_rows", path="sge_daily", rows=2, set=change)
    result = bench.one()
    assert "primary_key" in blocked_by(result)
    assert isinstance(result, Rejected)
    assert bench.published(METALS) is None
    assert len(bench.kept_answers(METALS)) == 1
    assert result.quarantined.audit_key in dict(bench.files()), "with the evidence"


@pytest.mark.parametrize(
    ("edit", "check"),
    [
        ({"set": {"ts_code": None}}, "nulls"),
        ({"set": {"high": 0.5}}, "ohlc"),
        ({"set": {"vol": -1.0}}, "non_negative"),
        ({"scale": {"amount": 1000}, "rows": 12}, "amount_value"),
    ],
)
def test_rows_that_cannot_be_are_rejected(bench: Bench, edit: dict[str, Any], check: str) -> None:
    bench.sandbox.fault("tushare", "edit", path="sge_daily", **edit)
    result = bench.one()
    assert check in failed(result)
    assert isinstance(result, Rejected)
    assert bench.published(METALS) is None


def test_an_answer_that_is_rejected_leaves_the_day_before_it_as_it_was(bench: Bench) -> None:
    assert isinstance(bench.one(), Visible)
    before = bench.published(METALS)
    bench.sandbox.fault("tushare", "duplicate_rows", path="sge_daily", rows=2)
    assert isinstance(bench.one(), Rejected)
    after = bench.published(METALS)
    assert before is not None
    assert after is not None
    assert before.equals(after)


# Pages -------------------------------------------------------------------------------------------------------------


def test_repeated_pages_are_an_error(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "repeated_pages", path="stk_limit")
    result = bench.one("tushare-raw/stk-limit")
    assert isinstance(result, Stopped)
    assert (result.error.category.value, result.error.subcode) == ("validation", "row_cap_suspected")
    assert bench.published("tushare-raw/stk-limit") is None


def test_a_full_page_is_not_taken_for_the_whole_although_the_flag_says_so(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "unflagged", path="stk_limit")
    assert isinstance(bench.one("tushare-raw/stk-limit"), Visible)
    published = bench.published("tushare-raw/stk-limit")
    assert published is not None
    assert published.height > find_api("stk_limit").page_rows
    assert published["ts_code"].is_unique().all()


def test_an_answer_cut_at_the_cap_without_a_word_is_held_by_the_day_before(bench: Bench) -> None:
    dataset = "tushare-raw/stk-limit"
    assert isinstance(bench.one(dataset, BEFORE), Visible)
    bench.sandbox.fault("tushare", "capped", path="stk_limit")
    assert "universe_drift" in blocked_by(bench.one(dataset))
    assert bench.published(dataset) is None


def test_an_answer_cut_at_the_cap_without_a_word_is_not_published_even_alone(bench: Bench) -> None:
    bench.sandbox.fault("tushare", "capped", path="stk_limit")
    assert "row_cap" in blocked_by(bench.one("tushare-raw/stk-limit"))
    assert bench.published("tushare-raw/stk-limit") is None


def test_an_answer_cut_below_the_cap_is_held_by_the_day_before(bench: Bench) -> None:
    assert isinstance(bench.one(UNITS, BEFORE), Visible)
    bench.sandbox.fault("tushare", "capped", path="fund_share", rows=500)
    assert "universe_drift" in blocked_by(bench.one(UNITS))
    assert bench.published(UNITS) is None


def test_a_restated_day_is_held_with_its_old_and_new_values(bench: Bench) -> None:
    assert isinstance(bench.one(UNITS), Visible)
    bench.sandbox.fault("tushare", "restated", path="fund_share", column="fd_share", share=0.5)
    held = bench.one(UNITS)
    assert "revision" in blocked_by(held)
    assert isinstance(held, Rejected)
    changes = held.audited.changes
    assert changes is not None
    assert changes.updated > 500
    assert changes.cells == {"fd_share": changes.updated}
    assert all(cell.old != cell.new for cell in changes.sample)


@pytest.mark.parametrize("literal", ["1e400", "NaN", "Infinity", "1" * 5000])
def test_a_number_of_json_that_no_float_holds_is_an_error(bench: Bench, literal: str) -> None:
    bench.sandbox.fault("tushare", "bad_number", path="sge_daily", column="close", value=literal)
    result = bench.one()
    assert isinstance(result, Stopped)
    assert result.error.category.value == "parse"
    assert bench.published(METALS) is None
