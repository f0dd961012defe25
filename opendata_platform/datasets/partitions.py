"""Which partitions a dataset has: days that are slices of one table, or days on which complete copies were taken.

Not here: the trading calendar itself (`calendars`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, TypeAlias
from zoneinfo import ZoneInfo

from opendata import calendars
from opendata.contract.ids import Versioning

from opendata_platform.quality.categories import Category
from opendata_platform.sources.outcome import Empty, NonOk, NotYetAvailable


@dataclass(frozen=True, slots=True)
class UtcDays:
    """Slices: whole UTC days since `start`. The source can be asked for any of them again."""

    start: date

    @property
    def versioning(self) -> Versioning:
        """How the partitions relate as versions."""
        return Versioning.DATE

    def newest(self, now: datetime) -> date:
        """The newest partition that exists at an instant: the last day that is over."""
        return now.date() - timedelta(days=1)

    def refusal(self, partition: str, now: datetime) -> NonOk | None:
        """Connectors know best when a day can be had."""
        return None

    def shifted(self, partition: str, steps: int) -> str | None:
        """The partition `steps` after one (negative: before it)."""
        return _days_after(partition, steps)

    def due(self, day: date) -> date:
        """The newest partition that is to be had of a day."""
        return day


@dataclass(frozen=True, slots=True)
class SnapshotDays:
    """Complete copies, one a UTC day since `start`. A source only has today's: a copy of a past day that was not taken
    then cannot be had any more, and today's data must not pass for it."""

    start: date

    @property
    def versioning(self) -> Versioning:
        """How the partitions relate as versions."""
        return Versioning.SNAPSHOT

    def newest(self, now: datetime) -> date:
        """The newest partition that exists at an instant: today."""
        return now.date()

    def refusal(self, partition: str, now: datetime) -> NonOk | None:
        """Why the copy of a day cannot be taken at an instant; None for today."""
        day, today = date.fromisoformat(partition), now.date()
        if day < today:
            reason = f"the copy of {day} was not taken on that day; a source only has today's ({today})"
            return Empty(reason, Category.VALIDATION, "calendar")
        if day > today:
            wait = (datetime.combine(day, datetime.min.time(), now.tzinfo) - now).total_seconds()
            return NotYetAvailable(f"{day} has not begun", Category.VALIDATION, "calendar", wait)
        return None

    def shifted(self, partition: str, steps: int) -> str | None:
        """The partition `steps` after one (negative: before it)."""
        return _days_after(partition, steps)

    def due(self, day: date) -> date:
        """The newest partition that is to be had of a day."""
        return day


SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class TradingDays:
    """Slices: the open days of the mainland exchanges, or the last one of each week or month.

    A partition's window reaches from the day after the partition before it to its own day, so what happens while the
    exchanges are closed belongs to the next open day.
    """

    period: calendars.Period = "day"

    calendar: ClassVar[str] = "sse"
    """As the metadata name it."""

    @property
    def start(self) -> date:
        """The first partition."""
        return calendars.open_days(self.period)[0]

    @property
    def versioning(self) -> Versioning:
        """How the partitions relate as versions."""
        return Versioning.DATE

    def newest(self, now: datetime) -> date:
        """The newest partition that has begun at an instant."""
        return calendars.newest(now.astimezone(SHANGHAI).date(), self.period)

    def refusal(self, partition: str, now: datetime) -> NonOk | None:
        """Why there cannot be such a partition at an instant."""
        day = date.fromisoformat(partition)
        if day not in calendars.open_days(self.period):
            kind = "trading day" if self.period == "day" else f"last trading day of its {self.period}"
            return Empty(f"{day} is no {kind}", Category.VALIDATION, "calendar")
        wait = (datetime.combine(day, datetime.min.time(), SHANGHAI) - now).total_seconds()
        return NotYetAvailable(f"{day} has not begun", Category.VALIDATION, "calendar", wait) if wait > 0 else None

    def due(self, day: date) -> date:
        """The newest partition that is to be had of a day: its own, or the last one before it."""
        return calendars.newest(day, self.period)

    def shifted(self, partition: str, steps: int) -> str | None:
        """The partition `steps` after one (negative: before it); None outside the calendar."""
        day = calendars.shifted(date.fromisoformat(partition), steps, self.period)
        return day.isoformat() if day else None


Partitions: TypeAlias = UtcDays | SnapshotDays | TradingDays


def _days_after(partition: str, steps: int) -> str:
    return (date.fromisoformat(partition) + timedelta(days=steps)).isoformat()
