"""The trading calendar against what others recorded, and its arithmetic."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from opendata import calendars


def _day(text: str) -> date:
    return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 else text)


def test_open_days_are_those_that_the_exchange_had(shared_data: Path) -> None:
    recorded = json.loads((shared_data / "tushare/calendar/trading_days_1990_2026.json").read_text())
    assert list(calendars.open_days()) == [_day(text) for text in recorded]


def test_open_days_are_those_that_the_vendor_served(shared_data: Path) -> None:
    with (shared_data / "tushare/calendar/trade_cal_SSE_2016_2025_wire_order.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3653
    for row in rows:
        assert calendars.is_open(_day(row["cal_date"])) is (row["is_open"] == "1"), row["cal_date"]


def test_there_are_8768_days_up_to_a_known_one() -> None:
    assert len(calendars.between(date(1990, 12, 19), date(2026, 11, 20))) == 8768


@given(st.dates(calendars.FIRST_DAY, calendars.LAST_DAY), st.sampled_from(["day", "week", "month"]))
def test_the_newest_partition_is_the_last_one_up_to_a_day(day: date, period: calendars.Period) -> None:
    earlier = [open_day for open_day in calendars.open_days(period) if open_day <= day]
    if earlier:
        assert calendars.newest(day, period) == earlier[-1]


@given(st.sampled_from(calendars.open_days()), st.integers(-30, 30))
def test_shifting_there_and_back_is_no_shift(day: date, steps: int) -> None:
    there = calendars.shifted(day, steps)
    if there is not None:
        assert calendars.shifted(there, -steps) == day


def test_a_week_or_month_ends_on_its_last_open_day() -> None:
    for period, key in (("week", lambda day: day.isocalendar()[:2]), ("month", lambda day: (day.year, day.month))):
        ends = calendars.open_days(period)  # type: ignore[arg-type] # a literal of the tuple above
        for end in ends:
            after = calendars.shifted(end, 1)
            assert after is None or key(after) != key(end)
        assert len(ends) == len({key(day) for day in calendars.open_days()})


def test_weekends_and_holidays_are_closed() -> None:
    assert not calendars.is_open(date(2026, 10, 1))
    assert not calendars.is_open(date(2026, 11, 21))
    assert calendars.is_open(date(2026, 11, 20))
    assert calendars.shifted(date(2026, 9, 30), 1) == date(2026, 9, 30) + timedelta(days=8)
