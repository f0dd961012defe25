"""Macro series: which values were known on a day, and which of them are fresh.

A value is fresh if its period is at most two periods older than the newest one whose release has passed by the rule for
series without a known release day. Of the US rates those count that have the newest day that any of them has.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

import polars as pl
from opendata import calendars

from opendata_platform.status.evidence import Evidence
from opendata_platform.status.facts import EMPTY, Facts
from opendata_platform.status.rules import US_RATES

Frequency: TypeAlias = Literal["trading day", "weekday", "month", "quarter"]
AUCTION = time(9, 15)
"""What is released before it is known on that trading day."""
OLDEST_PERIODS = 2


@dataclass(frozen=True, slots=True)
class Release:
    """When a period's value is out at the latest: days after its end, at a time of Shanghai."""

    frequency: Frequency
    days: int
    at: time


RELEASES: Mapping[str, Release] = MappingProxyType(
    {
        "cn.shibor": Release("trading day", 0, time(12)),
        "cn.shibor_lpr": Release("month", -5, time(9, 30)),
        "cn.cpi": Release("month", 18, time(9, 30)),
        "cn.ppi": Release("month", 18, time(9, 30)),
        "cn.m2": Release("month", 20, time(18)),
        "cn.social_financing": Release("month", 20, time(18)),
        "cn.gdp": Release("quarter", 30, time(0)),
        **{item.name: Release("weekday", 1, time(12)) for item in US_RATES},
    }
)
"""The rules of the series that modules look at. The prime rate of a month is out on its 20th or soon after."""


def macro_facts(day: date, facts: Facts, items: tuple[Evidence, ...]) -> dict[Evidence, pl.DataFrame]:
    """Of each series what `Facts.of` has of other tables; its `last` day is that of its newest period with a value."""
    values = _known(items[0].dataset, day, facts)
    found = {item: _newest(item.name, values) for item in items}
    of_us = [last for item, (last, _) in found.items() if item in US_RATES and last is not None]
    newest = max(of_us, default=None)
    facts_of: dict[Evidence, pl.DataFrame] = {}
    for item, (last, null) in found.items():
        fresh = last is not None and is_fresh(item.name, last, day) and (item not in US_RATES or last == newest)
        facts_of[item] = pl.DataFrame([(item.name, last, null, fresh)], schema=EMPTY.schema, orient="row")
    return facts_of


def is_fresh(name: str, period: date, day: date) -> bool:
    """Whether a period of a series is not too old on a day."""
    release = RELEASES[name]
    return _ordinal(release.frequency, newest_due(release, day)) - _ordinal(release.frequency, period) <= OLDEST_PERIODS


def newest_due(release: Release, day: date) -> date:
    """The newest period whose release has passed before the auction of a day."""
    ends = (day + timedelta(days=31 - n) for n in range(200))
    auction = datetime.combine(day, AUCTION)
    return next(
        end
        for end in ends
        if _ends(release.frequency, end) and datetime.combine(end + timedelta(days=release.days), release.at) < auction
    )


def _known(dataset: str, day: date, facts: Facts) -> pl.DataFrame | None:
    """The newest revision of each series and period that was available on a day; the table is a complete copy."""
    rows = facts.newest(dataset)
    if rows is None:
        return None
    available = rows.filter(pl.col("available_date") <= day)
    return available.sort("revision_no").unique(["series_key", "period_end"], keep="last")


def _newest(name: str, values: pl.DataFrame | None) -> tuple[date | None, bool]:
    """The newest period of a series or of any of its tenors that has a value, and whether a later one has none."""
    if values is None:
        return None, False
    own = values.filter((pl.col("series_key") == name) | pl.col("series_key").str.starts_with(f"{name}."))
    last = own.filter(pl.col("value").is_not_null())["period_end"].max()
    latest = own["period_end"].max()
    assert last is None or isinstance(last, date), "period_end is a date"
    return last, latest != last


def _ends(frequency: Frequency, day: date) -> bool:
    """Whether a period ends on a day."""
    if frequency == "trading day":
        return calendars.is_open(day)
    if frequency == "weekday":
        return day.weekday() < 5
    last_of_month = (day + timedelta(days=1)).day == 1
    return last_of_month and (frequency == "month" or day.month % 3 == 0)


def _ordinal(frequency: Frequency, day: date) -> int:
    """A number that grows by one from period to period."""
    if frequency == "trading day":
        return bisect_right(calendars.open_days(), day)
    if frequency == "weekday":
        return (day.toordinal() - 1) // 7 * 5 + min(day.weekday(), 4)
    months = day.year * 12 + day.month - 1
    return months if frequency == "month" else months // 3
