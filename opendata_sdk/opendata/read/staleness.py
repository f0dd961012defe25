"""How old the newest data may be: `1 trading day`, `2 days`, `36 hours`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from opendata import calendars
from opendata.contract.canonical import parse_instant
from opendata.contract.metadata import Metadata
from opendata.errors import InvalidValue, StaleData

_LIMIT = re.compile(r"([0-9]{1,5}) (trading day|day|hour)s?")
_SHANGHAI = timezone(timedelta(hours=8))
"""The time of the exchanges; it had no summer time since 1991."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` of a unit: trading day, day or hour."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


def parse_limit(text: str | None) -> Limit | None:
    """Read `1 trading day`, `2 days` or `36 hours`."""
    if text is None:
        return None
    found = _LIMIT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise InvalidValue("max_staleness", text, "must be such as '1 trading day', '2 days' or '36 hours'")
    return Limit(int(found[1]), found[2])


def check_fresh(metadata: Metadata, newest: str, limit: Limit, now: datetime) -> None:
    """Raises StaleData if the newest data, of this day or instant, is older than the limit."""
    if limit.unit == "trading day":
        age = len(_trading_days_since(_day_of(newest), metadata, limit, now))
        found = str(Limit(age, limit.unit))
        is_stale = age > limit.count
    else:
        elapsed = now - _end_of(newest)
        found = f"{elapsed.days} days and {elapsed.seconds // 3600} hours"
        is_stale = elapsed > timedelta(**{f"{limit.unit}s": limit.count})
    if is_stale:
        dataset = metadata.id
        raise StaleData(
            f"the newest data of {dataset} is of {newest}, {found} old; at most {limit} was asked for",
            hint=f"see `od versions {dataset}`, or load it without max_staleness",
        )


def _trading_days_since(day: date, metadata: Metadata, limit: Limit, now: datetime) -> tuple[date, ...]:
    """The open days after a day, up to today."""
    if "calendar" not in metadata.document:
        raise InvalidValue(
            "max_staleness",
            str(limit),
            f"cannot be counted for {metadata.id}, which follows no trading calendar",
            hint="use days or hours; a publisher declares `calendar: sse` in opendata.yaml",
        )
    today = now.astimezone(_SHANGHAI).date()
    if today > calendars.LAST_DAY:
        raise InvalidValue(
            "max_staleness",
            str(limit),
            f"cannot be counted after {calendars.LAST_DAY}, where the trading calendar ends",
            hint="upgrade opendata, or use days or hours",
        )
    return calendars.between(day + timedelta(days=1), today)


def _day_of(text: str) -> date:
    """The day in Shanghai of a date or an instant."""
    if len(text) == len("2026-11-20"):
        return date.fromisoformat(text)
    return parse_instant(text).astimezone(_SHANGHAI).date()


def _end_of(text: str) -> datetime:
    """An instant itself, or the end of a date in UTC."""
    if len(text) == len("2026-11-20"):
        return datetime.fromisoformat(text).replace(tzinfo=timezone.utc) + timedelta(days=1)
    return parse_instant(text)
