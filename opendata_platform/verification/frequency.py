"""Frequency kept: each of the last periods has its data, judged by the log alone.

A period is as long as the declared frequency, or as what a partition spans if that is longer. The present period is
not over, and the one before it may still be on its way; neither is looked at. Where a dataset follows a trading
calendar, which knows days and not hours, only periods with an open day count. Named versions (semver) have no dates:
there the commits count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import pairwise, takewhile
from typing import Any

from opendata import calendars
from opendata.contract.canonical import format_instant
from opendata.contract.ids import base_kind
from opendata.contract.verification import Finding, Rule, RuleVerdict

LATE = 1
"""Periods, beside the present one, for which a source may take its time."""
FEWEST = 3
"""Periods below which nothing can be said yet."""
_SHOWN = 20
"""Missing periods that the evidence names."""


class Unit(IntEnum):
    """The lengths of periods, the shortest first."""

    HOUR = 1
    DAY = 2
    WEEK = 3
    MONTH = 4
    QUARTER = 5
    YEAR = 6


_UNITS = {
    "realtime": Unit.HOUR,
    "minutely": Unit.HOUR,
    "hourly": Unit.HOUR,
    "daily": Unit.DAY,
    "weekly": Unit.WEEK,
    "monthly": Unit.MONTH,
    "quarterly": Unit.QUARTER,
    "yearly": Unit.YEAR,
}
_SPANNED = {"hour": Unit.HOUR, "date": Unit.DAY, "month": Unit.MONTH}
LOOKED_AT = {Unit.HOUR: 48, Unit.DAY: 30, Unit.WEEK: 12, Unit.MONTH: 12, Unit.QUARTER: 8, Unit.YEAR: 5}
"""How many of the last periods are looked at."""


@dataclass(frozen=True, slots=True)
class History:
    """What the log says of when a dataset got its data: its visible partitions, or the instants of its commits."""

    frequency: str | None
    calendar: str | None
    partitions: Sequence[str]
    committed: Sequence[datetime]
    """Of commits that published, for datasets whose versions are names."""


def judge_frequency(history: History, as_of: datetime) -> Finding:
    """The finding about a dataset at an instant."""
    dated = [name for name in history.partitions if base_kind(name) in _SPANNED]
    instants = [_start(name) for name in dated] if dated else list(history.committed)
    by = "partitions" if dated else "commits"
    evidence: dict[str, Any] = {
        "frequency": history.frequency,
        "calendar": history.calendar,
        "as_of": format_instant(as_of),
        "by": by,
    }
    if history.frequency is None:
        return _finding(RuleVerdict.UNKNOWN, "no frequency is declared", "未声明更新频率", evidence)
    if history.frequency not in _UNITS:
        return _finding(RuleVerdict.PASS, "declared adhoc: no date is promised", "声明为不定期：未承诺日期", evidence)
    if history.calendar and as_of.date() > calendars.LAST_DAY:
        reason = f"the calendar {history.calendar} ends on {calendars.LAST_DAY}"
        return _finding(RuleVerdict.UNKNOWN, reason, f"交易日历 {history.calendar} 止于 {calendars.LAST_DAY}", evidence)
    shortest = [Unit.DAY] if history.calendar else []
    unit = max([_UNITS[history.frequency], *shortest, *(_SPANNED[str(base_kind(name))] for name in dated[-1:])])
    present = {_period(instant, unit) for instant in instants}
    expected = _expected(min(present, default=None), as_of, unit, history.calendar)
    missing = [period for period in expected if period not in present]
    evidence |= {
        "unit": unit.name.lower(),
        "periods": len(expected),
        "from": _text(expected[0], unit) if expected else None,
        "to": _text(expected[-1], unit) if expected else None,
        "missing": [_text(period, unit) for period in missing[-_SHOWN:]],
        "missing_count": len(missing),
        "longest_gap": _longest_gap(expected, present),
    }
    name, name_zh = evidence["unit"], _UNITS_ZH[unit]
    if len(expected) < FEWEST:
        return _finding(
            RuleVerdict.UNKNOWN,
            f"too young: {len(expected)} finished {name}s, {FEWEST} are needed",
            f"历史过短：仅有 {len(expected)} 个已结束的{name_zh}，需要 {FEWEST} 个",
            evidence,
        )
    if missing:
        newest = evidence["missing"][-1]
        return _finding(
            RuleVerdict.FAIL,
            f"{len(missing)} of the last {len(expected)} {name}s have no data, the newest of them {newest}",
            f"最近 {len(expected)} 个{name_zh}中有 {len(missing)} 个没有数据，最近的是 {newest}",
            evidence,
        )
    return _finding(
        RuleVerdict.PASS,
        f"each of the last {len(expected)} {name}s has its data",
        f"最近 {len(expected)} 个{name_zh}均有数据",
        evidence,
    )


_UNITS_ZH = {
    Unit.HOUR: "小时",
    Unit.DAY: "日",
    Unit.WEEK: "周",
    Unit.MONTH: "月",
    Unit.QUARTER: "季度",
    Unit.YEAR: "年",
}


def _start(partition: str) -> datetime:
    """The instant at which a dated partition begins."""
    parts = {10: "T00", 7: "-01T00"}.get(len(partition), "")
    return datetime.fromisoformat(f"{partition}{parts}:00+00:00")


def _period(instant: datetime, unit: Unit) -> datetime:
    """The beginning of the period that an instant lies in."""
    day = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case Unit.HOUR:
            return day.replace(hour=instant.hour)
        case Unit.DAY:
            return day
        case Unit.WEEK:
            return day - timedelta(days=day.weekday())
        case Unit.MONTH:
            return day.replace(day=1)
        case Unit.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case Unit.YEAR:
            return day.replace(month=1, day=1)


def _before(period: datetime, unit: Unit) -> datetime:
    return _period(period - timedelta(seconds=1), unit)


def _expected(first: datetime | None, as_of: datetime, unit: Unit, calendar: str | None) -> list[datetime]:
    """The periods that should have data: the last ones that are over, none before the first, the oldest first."""
    if first is None:
        return []
    newest = _period(as_of, unit)
    for _ in range(1 + LATE):
        newest = _before(newest, unit)
    back = takewhile(lambda period: period >= first, _backwards(newest, unit))
    open_ones = (period for period in back if calendar is None or _has_open_day(period, unit))
    return [period for period, _ in zip(open_ones, range(LOOKED_AT[unit]), strict=False)][::-1]


def _backwards(period: datetime, unit: Unit) -> Iterator[datetime]:
    while True:
        yield period
        period = _before(period, unit)


def _has_open_day(period: datetime, unit: Unit) -> bool:
    after = _period(period + timedelta(days=_LONGEST[unit]), unit)
    last = period if unit <= Unit.DAY else after - timedelta(days=1)
    return bool(calendars.between(period.date(), last.date()))


_LONGEST = {Unit.HOUR: 1, Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.QUARTER: 92, Unit.YEAR: 366}
"""Days after the beginning of a period by which the next one has begun."""


def _longest_gap(expected: Sequence[datetime], present: Collection[datetime]) -> int:
    """The most periods in a row without data."""
    there = [-1, *(index for index, period in enumerate(expected) if period in present), len(expected)]
    return max(after - before - 1 for before, after in pairwise(there))


def _text(period: datetime, unit: Unit) -> str:
    return period.strftime("%Y-%m-%dT%H" if unit is Unit.HOUR else "%Y-%m-%d")


def _finding(verdict: RuleVerdict, reason: str, reason_zh: str, evidence: dict[str, Any]) -> Finding:
    return Finding(Rule.FREQUENCY, verdict, reason, reason_zh, evidence)
