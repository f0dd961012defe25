"""Usage statistics: requests, failures, downloads and bytes per day, by key, by address and by namespace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from opendata_platform.gateway.database import Database
from opendata_platform.gateway.limits import Clock

KINDS = ("key", "ip", "namespace")
DAYS_OF_ADDRESSES = 30
"""How many days before today the rows of addresses, which are personal data, are kept. Other rows are kept."""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What one key, address or namespace asked for on one UTC day."""

    day: str
    kind: str
    subject: str
    requests: int
    failures: int
    downloads: int
    bytes: int

    @property
    def failure_rate(self) -> float:
        """Failed requests among all, from 0 to 1."""
        return self.failures / self.requests if self.requests else 0.0


class Usage:
    """The statistics in the gateway's database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._cleared_on: date | None = None

    def record(self, subjects: Mapping[str, str], *, failed: bool = False, downloads: int = 0, size: int = 0) -> None:
        """Add one request to each of `subjects` (kind to name); `size` is the bytes handed out."""
        today = self._clock().date()
        with self._database.transaction() as tx:
            if today != self._cleared_on:
                oldest = (today - timedelta(days=DAYS_OF_ADDRESSES)).isoformat()
                tx.execute("DELETE FROM usage WHERE kind = 'ip' AND day < :oldest", oldest=oldest)
                self._cleared_on = today
            for kind, subject in subjects.items():
                tx.execute(
                    "INSERT INTO usage (day, kind, subject, requests, failures, downloads, bytes) "
                    "VALUES (:day, :kind, :subject, 1, :failures, :downloads, :size) "
                    "ON CONFLICT (day, kind, subject) DO UPDATE SET requests = usage.requests + 1, "
                    "failures = usage.failures + excluded.failures, "
                    "downloads = usage.downloads + excluded.downloads, bytes = usage.bytes + excluded.bytes",
                    day=today.isoformat(),
                    kind=kind,
                    subject=subject,
                    failures=int(failed),
                    downloads=downloads,
                    size=size,
                )

    def between(self, first: date, last: date, subjects: Mapping[str, str] | None = None) -> list[UsageRow]:
        """The rows of these days, both included; only those of `subjects` (kind to name) where given."""
        with self._database.transaction() as tx:
            rows = tx.execute(
                "SELECT day, kind, subject, requests, failures, downloads, bytes FROM usage "
                "WHERE day BETWEEN :first AND :last ORDER BY day, kind, subject",
                first=first.isoformat(),
                last=last.isoformat(),
            )
        wanted = None if subjects is None else set(subjects.items())
        return [UsageRow(**row) for row in rows if wanted is None or (row["kind"], row["subject"]) in wanted]
