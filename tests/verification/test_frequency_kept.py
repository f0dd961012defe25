"""The rule `frequency`: a gap among the last periods fails, closed days of a calendar are none, the young stay open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata import calendars
from opendata.contract.verification import Finding, RuleVerdict

from opendata_platform.verification.frequency import LOOKED_AT, History, Unit, judge_frequency

AS_OF = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = AS_OF.date()


def judged(partitions: list[str], frequency: str | None = "daily", calendar: str | None = None) -> Finding:
    return judge_frequency(History(frequency, calendar, partitions, []), AS_OF)


def days(count: int, ending: int = 2) -> list[str]:
    """That many days, the last of them `ending` days ago, the oldest first."""
    return [(TODAY - timedelta(days=ending + back)).isoformat() for back in reversed(range(count))]


def months(count: int) -> list[str]:
    """That many months up to the last but one, the oldest first."""
    return [f"{2026 - (back > 9)}-{(9 - back) % 12 + 1:02}" for back in reversed(range(count))]


def test_a_dataset_without_a_gap_passes() -> None:
    finding = judged(days(40))
    assert finding.verdict is RuleVerdict.PASS
    assert (finding.evidence["periods"], finding.evidence["missing_count"]) == (30, 0)
    assert (finding.evidence["from"], finding.evidence["to"]) == ("2026-10-24", "2026-11-22")


@given(st.integers(4, 80), st.sets(st.integers(0, 79), max_size=10))
def test_every_missing_period_is_found_and_named(count: int, dropped: set[int]) -> None:
    every = days(count)
    there = [day for index, day in enumerate(every) if index == 0 or index not in dropped]
    missing = [day for day in every[-LOOKED_AT[Unit.DAY] :] if day not in there]
    finding = judged(there)
    assert finding.verdict is (RuleVerdict.FAIL if missing else RuleVerdict.PASS)
    assert finding.evidence["missing"] == missing
    assert finding.evidence["missing_count"] == len(missing)
    if missing:
        assert missing[-1] in finding.reason
        assert missing[-1] in finding.reason_zh


@given(st.integers(1, 40))
def test_a_dataset_that_stopped_fails_by_as_many_periods(stopped: int) -> None:
    finding = judged(days(60, ending=2 + stopped))
    assert finding.verdict is RuleVerdict.FAIL
    assert finding.evidence["longest_gap"] == min(stopped, 30)


def test_the_present_period_and_the_one_before_may_be_on_their_way() -> None:
    assert judged(days(10, ending=2)).verdict is RuleVerdict.PASS
    assert judged(days(10, ending=0)).verdict is RuleVerdict.PASS
    assert judged(days(10, ending=3)).verdict is RuleVerdict.FAIL


def test_what_is_too_young_stays_open() -> None:
    assert [judged(days(count)).verdict for count in (0, 1, 2, 3)] == [*[RuleVerdict.UNKNOWN] * 3, RuleVerdict.PASS]


def test_closed_days_of_the_calendar_are_no_gaps() -> None:
    trading = [day.isoformat() for day in calendars.between(date(2026, 8, 1), TODAY)]
    assert judged(trading, calendar="sse").verdict is RuleVerdict.PASS
    assert judged(trading).verdict is RuleVerdict.FAIL, "without the calendar the weekends are gaps"
    without_one = [day for day in trading if day != "2026-11-19"]
    assert judged(without_one, calendar="sse").evidence["missing"] == ["2026-11-19"]


def test_weeks_without_a_trading_day_are_no_gaps() -> None:
    weeks = [day.isoformat() for day in calendars.open_days("week") if date(2025, 6, 1) <= day <= TODAY]
    as_of = datetime(2025, 11, 3, tzinfo=UTC)
    finding = judge_frequency(History("weekly", "sse", weeks, []), as_of)
    assert finding.verdict is RuleVerdict.PASS
    assert finding.evidence["periods"] == 12


def test_after_the_end_of_the_calendar_nothing_is_said() -> None:
    after = datetime(2027, 2, 1, tzinfo=UTC)
    assert judge_frequency(History("daily", "sse", days(30), []), after).verdict is RuleVerdict.UNKNOWN


@pytest.mark.parametrize(
    ("frequency", "partitions", "unit"),
    [
        ("minutely", [f"2026-11-{day:02}T{hour:02}" for day in range(20, 25) for hour in range(24)], "hour"),
        ("hourly", days(10), "day"),
        ("weekly", days(60), "week"),
        ("monthly", months(20), "month"),
        ("daily", months(20), "month"),
        ("quarterly", months(30), "quarter"),
        ("yearly", ["2019-12-31", "2020-12-31", "2021-01-01", "2022-05-05", "2023-01-01", "2024-07-07"], "year"),
    ],
)
def test_a_period_is_the_longer_of_the_frequency_and_the_partition(
    frequency: str, partitions: list[str], unit: str
) -> None:
    finding = judged(partitions, frequency)
    assert (finding.verdict, finding.evidence["unit"]) == (RuleVerdict.PASS, unit)


def test_named_versions_are_judged_by_their_commits() -> None:
    weekly = [AS_OF - timedelta(weeks=back) for back in range(20)]
    assert judge_frequency(History("weekly", None, [], weekly), AS_OF).verdict is RuleVerdict.PASS
    finding = judge_frequency(History("weekly", None, [], weekly[:3] + weekly[5:]), AS_OF)
    assert (finding.verdict, finding.evidence["by"]) == (RuleVerdict.FAIL, "commits")
    assert finding.evidence["missing_count"] == 2


def test_adhoc_promises_nothing_and_no_frequency_says_nothing() -> None:
    assert judged(days(1), "adhoc").verdict is RuleVerdict.PASS
    assert judged(days(60), None).verdict is RuleVerdict.UNKNOWN
