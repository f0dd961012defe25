"""Words and times: what a dataset is found by, when it is expected, and how its coverage is counted."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from opendata.contract.canonical import parse_instant
from opendata.contract.metadata import FREQUENCIES

from opendata_platform.datasets.catalog import all_specs, find_spec
from opendata_platform.datasets.due import due_partitions
from opendata_platform.datasets.partitions import TradingDays, UtcDays
from opendata_platform.portal.coverage import MOST_MONTHS, coverage, expected_partitions
from opendata_platform.portal.keywords import keywords, synonyms
from opendata_platform.portal.schedule import newest_due, next_expected_at, schedule
from opendata_platform.portal.search import ASSET_CLASSES
from tests.conftest import ROOT

TITLE = "币安比特币/泰达币一分钟 K 线"
DAYS = st.dates(date(2024, 1, 1), date(2026, 11, 30))


@pytest.mark.parametrize("wanted", ["btc", "加密货币", "bianbitebi", "babtb", "taidabi", "tdbyfz", "candlestick"])
def test_a_dataset_is_found_in_either_language_and_by_pinyin(wanted: str) -> None:
    said = ["official/binance-btcusdt-kline-1m", "Bitcoin / Tether, one-minute candles", TITLE, "crypto"]
    assert wanted in "\n".join([*said, keywords(said, TITLE)]).lower()


@pytest.mark.parametrize("word", ["eth", "us", "gold", "share"])
def test_a_word_within_another_word_is_no_mention(word: str) -> None:
    assert keywords([f"x{word}x"], None) == ""


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=40))
def test_keywords_never_repeat_what_is_said_or_themselves(said: list[str], title: str) -> None:
    words = [word for word in keywords(said, title).split(" ") if word]
    assert keywords(said, title) == keywords(list(said), title)
    for _, group in synonyms():
        assert len(group) == len(set(group))
    for word in words:
        assert word not in said


def test_no_word_stands_in_two_groups_that_would_make_each_other_hits() -> None:
    every = [word for _, group in synonyms() for word in group]
    assert sorted(every) == sorted(set(every))


def test_after_a_holiday_the_next_trading_day_is_expected() -> None:
    spec = find_spec("tushare-raw/daily")
    assert next_expected_at(spec, "2026-09-30") == "2026-10-08T08:30:00.000Z"
    assert next_expected_at(spec, "2026-11-20") == "2026-11-23T08:30:00.000Z"
    assert next_expected_at(spec, "2026-12-31") is None
    assert next_expected_at(spec, None) is None


@given(st.sampled_from(sorted(all_specs())), DAYS)
def test_what_is_expected_next_is_due_at_that_instant_and_not_a_day_before(dataset: str, day: date) -> None:
    spec = find_spec(dataset)
    newest = spec.partitions.due(day).isoformat()
    assume(newest >= spec.partitions.start.isoformat())
    expected = next_expected_at(spec, newest)
    following = spec.partitions.shifted(newest, 1)
    assert expected is not None
    at = parse_instant(expected)
    assert due_partitions(spec, at)[0] == following
    assert due_partitions(spec, at - timedelta(days=1))[0] <= newest
    assert newest_due(spec, at) == following
    assert newest_due(spec, at - timedelta(milliseconds=1)) <= newest


def test_a_schedule_is_told_in_both_languages() -> None:
    told = schedule(find_spec("official/open-meteo-berlin-hourly"))
    assert told == {
        "text": "every day at 06:00 (UTC), 3 days after the day of the data",
        "text_zh": "每天 06:00（UTC），数据日之后 3 天",
        "timezone": "UTC",
        "cron": "0 6 * * *",
    }
    trading = schedule(find_spec("tushare-raw/daily"))
    assert (trading["text"], trading["cron"]) == ("every trading day at 16:30 (Asia/Shanghai)", "30 16 * * *")


def test_holidays_are_not_missing_days() -> None:
    found = coverage(TradingDays(), ["2026-09-30", "2026-10-08"], "2026-10-09")
    assert found == {
        "by": "month",
        "cells": [
            {"period": "2026-09", "present": 1, "expected": 1, "ratio": 1.0},
            {"period": "2026-10", "present": 1, "expected": 2, "ratio": 0.5},
        ],
    }
    assert coverage(TradingDays(), [], "2026-10-09") is None


@given(st.sets(DAYS, min_size=1, max_size=60), DAYS)
def test_cells_add_up_to_what_is_published_and_what_is_expected(days: set[date], due: date) -> None:
    names = sorted(day.isoformat() for day in days)
    found = coverage(UtcDays(date(2020, 1, 1)), names, due.isoformat())
    assert found
    last = max(names[-1], due.isoformat())
    span = (date.fromisoformat(last) - date.fromisoformat(names[0])).days + 1
    cells = found["cells"]
    assert sum(cell["expected"] for cell in cells) == span
    assert sum(cell["present"] for cell in cells) == len(names)
    assert all(0 <= cell["ratio"] <= 1 for cell in cells)
    assert all(one["period"] < other["period"] for one, other in pairwise(cells))


def test_many_months_are_shown_as_years() -> None:
    first = date(2010, 1, 1)
    until = first + timedelta(days=31 * MOST_MONTHS + 31)
    found = coverage(UtcDays(first), [first.isoformat()], until.isoformat())
    assert found
    assert found["by"] == "year"
    assert len(found["cells"]) == until.year - first.year + 1


def test_expected_partitions_end_where_they_are_told_to() -> None:
    assert expected_partitions(TradingDays("week"), "2026-11-13", "2026-11-24") == ["2026-11-13", "2026-11-20"]


def test_the_site_has_a_name_in_both_languages_for_every_frequency_and_asset_class() -> None:
    lines = (ROOT / "portal" / "src" / "texts" / "terms.ts").read_text(encoding="utf-8").splitlines()
    named = [line.split(":")[0].strip() for line in lines if line.startswith("      ")]
    assert sorted(named) == sorted([*FREQUENCIES, *ASSET_CLASSES] * 2)
