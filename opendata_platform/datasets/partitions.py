"""Which partitions a dataset has: days that are slices of one table, or days on which complete copies were taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
