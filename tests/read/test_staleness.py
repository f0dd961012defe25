"""How old the newest data may be: counted in days, hours, and the days on which the exchange was open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata import calendars
from opendata.client import Client
from opendata.contract.schema import Column, TableSchema
from opendata.errors import InvalidValue, StaleData
from opendata.read.staleness import check_fresh, parse_limit
from opendata.stores.local import LocalStore

from tests.read.publishing import BARS, PRICES, bars, metadata, prices, publish_bars, publish_frames, publish_prices

SCHEMA = TableSchema((Column("n", "int64"),), ("n",))


def is_stale(newest: str, limit: str, now: str, **more: Any) -> bool:
    """Whether data of a day are too old at a time."""
    parsed = parse_limit(limit)
    assert parsed is not None
    try:
        check_fresh(metadata("test/any", **more), newest, parsed, datetime.fromisoformat(now).astimezone(UTC))
    except StaleData:
        return True
    return False


@pytest.mark.parametrize(
    ("newest", "limit", "now", "stale"),
    [
        ("2026-11-20", "36 hours", "2026-11-22T12:00:00Z", False),  # a date counts to its end
        ("2026-11-20", "36 hours", "2026-11-22T12:00:01Z", True),
        ("2026-11-20T10:00:00.000Z", "36 hours", "2026-11-21T22:00:00Z", False),
        ("2026-11-20T10:00:00.000Z", "36 hours", "2026-11-21T22:00:01Z", True),
        ("2026-11-20", "2 days", "2026-11-23T00:00:00Z", False),
        ("2026-11-20", "1 day", "2026-11-23T00:00:00Z", True),
        ("2026-11-20", "0 days", "2026-11-20T18:00:00Z", False),
    ],
)
def test_days_and_hours_count_from_the_end_of_the_newest_data(newest: Any, limit: str, now: str, stale: bool) -> None:
    assert is_stale(newest, limit, now) is stale


@pytest.mark.parametrize(
    ("newest", "limit", "now", "stale"),
    [
        ("2026-11-20", "0 trading days", "2026-11-20T08:00:00Z", False),
        ("2026-11-20", "0 trading days", "2026-11-22T15:59:59Z", False),  # a Friday, and the Sunday after it
        ("2026-11-20", "0 trading days", "2026-11-22T16:00:00Z", True),  # in Shanghai it is Monday
        ("2026-11-20", "1 trading day", "2026-11-22T16:00:00Z", False),
        ("2026-11-20", "1 trading day", "2026-11-24T01:00:00Z", True),
        ("2026-09-30", "0 trading days", "2026-10-07T12:00:00Z", False),  # a week of holidays
        ("2026-09-30", "1 trading day", "2026-10-08T12:00:00Z", False),
        ("2026-09-30", "1 trading day", "2026-10-09T12:00:00Z", True),
        ("2026-11-19T17:00:00.000Z", "0 trading days", "2026-11-20T08:00:00Z", False),  # Friday's, in Shanghai
        ("2026-11-19T15:00:00.000Z", "0 trading days", "2026-11-20T08:00:00Z", True),
    ],
)
def test_trading_days_are_the_open_days_since(newest: str, limit: str, now: str, stale: bool) -> None:
    assert is_stale(newest, limit, now, calendar="sse") is stale


@given(newest=st.sampled_from(calendars.open_days()[-400:-60]), count=st.integers(0, 40))
def test_data_is_stale_when_one_trading_day_more_has_begun(newest: date, count: int) -> None:
    last = calendars.shifted(newest, count)
    assert last is not None
    too_late = calendars.shifted(newest, count + 1)
    limit = f"{count} trading days"
    assert not is_stale(newest.isoformat(), limit, f"{last}T12:00:00+08:00", calendar="sse")
    assert is_stale(newest.isoformat(), limit, f"{too_late}T00:00:00+08:00", calendar="sse")


def test_trading_days_need_a_calendar_that_the_dataset_declares_and_that_reaches_today() -> None:
    with pytest.raises(InvalidValue, match=r"follows no trading calendar(.|\n)*hint: use days or hours"):
        is_stale("2026-11-20", "1 trading day", "2026-11-20T08:00:00Z")
    with pytest.raises(InvalidValue, match="calendar ends"):
        is_stale("2026-11-20", "1 trading day", f"{calendars.LAST_DAY + timedelta(days=1)}T08:00:00Z", calendar="sse")


@pytest.mark.parametrize("text", ["", "1", "one day", "-1 days", "1 week", "1 trading hour", "1.5 days", "2days", 2])
def test_a_limit_must_be_one(text: Any, store: LocalStore) -> None:
    with pytest.raises(InvalidValue, match="max_staleness"):
        Client(str(store.folder)).load(PRICES, max_staleness=text)


def test_stale_data_is_not_loaded_by_anything_that_is_told_how_old_it_may_be(store: LocalStore) -> None:
    today = datetime.now(UTC).date()
    publish_prices(store, {"2026-11-20": prices(today - timedelta(days=5))})
    client = Client(str(store.folder))
    assert client.load(PRICES, max_staleness="5 days").height == 10
    for read in (client.load, client.scan):
        with pytest.raises(StaleData, match=r"at most 2 days was asked for(.|\n)*hint: see `od versions") as caught:
            read(PRICES, max_staleness="2 days")
        assert caught.value.exit_code == 8
    with pytest.raises(StaleData):
        client.load(PRICES, max_staleness="2 days", dry_run=True)


def test_of_slices_the_newest_one_counts_and_of_a_version_its_own(store: LocalStore) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    days = [(yesterday - timedelta(days=back)).isoformat() for back in (3, 0)]
    publish_bars(store, {day: bars(day) for day in days})
    client = Client(str(store.folder))
    assert client.load(BARS, max_staleness="36 hours", end=days[0]).height == 24
    with pytest.raises(StaleData):
        client.load(f"{BARS}@{days[0]}", max_staleness="36 hours")


def test_a_table_without_time_is_as_old_as_its_commit(store: LocalStore) -> None:
    publish_frames(store, metadata("test/numbers", "semver"), {"1.0.0": pl.DataFrame({"n": [1]})}, SCHEMA)
    assert Client(str(store.folder)).load("test/numbers", max_staleness="1 hour").height == 1
