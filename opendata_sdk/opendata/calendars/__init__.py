"""The trading calendar of mainland China: the open days of the Shanghai Stock Exchange.

Shenzhen, Beijing, the futures exchanges and the Shanghai Gold Exchange follow the same holidays, so one calendar gives
the partitions of all. It is data with an end: what the vendor publishes is compared with it by a check of `trade_cal`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal, TypeAlias

Period: TypeAlias = Literal["day", "week", "month"]
"""Every open day, or the last one of each ISO week or calendar month."""

FIRST_DAY = date(1990, 12, 19)
LAST_DAY = date(2026, 12, 31)
"""The calendar's ends; after the last one nothing is known yet."""

_CLOSED = Path(__file__).parent / "sse_closed_weekdays.txt"


@cache
def closed_weekdays() -> frozenset[date]:
    """Mondays to Fridays that are no trading days."""
    lines = [line for line in _CLOSED.read_text().splitlines() if not line.startswith("#")]
    pairs = [line.split(": ") for line in lines]
    return frozenset(date.fromisoformat(f"{year}-{day}") for year, days in pairs for day in days.split())


@cache
def open_days(period: Period = "day") -> tuple[date, ...]:
    """All open days, oldest first, or those that end a week or month."""
    span = (LAST_DAY - FIRST_DAY).days + 1
    every = (FIRST_DAY + timedelta(days=n) for n in range(span))
    days = tuple(day for day in every if day.weekday() < 5 and day not in closed_weekdays())
    if period == "week":
        return _last_of_each((day.isocalendar()[:2], day) for day in days)
    if period == "month":
        return _last_of_each(((day.year, day.month), day) for day in days)
    return days


def is_open(day: date) -> bool:
    """Whether a day is a trading day."""
    return FIRST_DAY <= day <= LAST_DAY and day.weekday() < 5 and day not in closed_weekdays()


def shifted(day: date, steps: int, period: Period = "day") -> date | None:
    """The open day `steps` after one (negative: before it); None outside the calendar."""
    days = open_days(period)
    at = bisect_left(days, day) + steps
    return days[at] if 0 <= at < len(days) else None


def newest(until: date, period: Period = "day") -> date:
    """The last open day up to one; raises IndexError before the first."""
    after = bisect_right(open_days(period), until)
    if not after:
        raise IndexError(f"the calendar begins on {open_days(period)[0]}")
    return open_days(period)[after - 1]


def between(first: date, last: date, period: Period = "day") -> tuple[date, ...]:
    """The open days from one to another, both included."""
    days = open_days(period)
    return days[bisect_left(days, first) : bisect_right(days, last)]


def _last_of_each(keyed: Iterable[tuple[tuple[int, ...], date]]) -> tuple[date, ...]:
    """The last day of each group of days with the same key."""
    return tuple([day for _, day in group][-1] for _, group in groupby(keyed, key=lambda pair: pair[0]))
