"""A running sandbox and clients that do not really sleep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sandbox.faults import SOURCES
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.retry import RetryBudget, RetryLimits
from opendata_platform.sources.settings import SourceSettings

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Clock:
    """The present, as the tests want it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Bench:
    """One sandbox with a client for it."""

    sandbox: Sandbox
    clock: Clock
    before: dict[str, int]
    waits: list[float] = field(default_factory=list)

    def client(
        self,
        *,
        limits: RetryLimits | None = None,
        budget: RetryBudget | None = None,
        key: str | None = None,
    ) -> SourceClient:
        environ = {"OPENDATA_STOOQ_API_KEY": key} if key else {}
        return SourceClient(
            SourceSettings.from_env(environ, sandbox_url=self.sandbox.url),
            limits=limits,
            budget=budget,
            sleep=self.waits.append,
            clock=self.clock,
        )

    def asked(self, source: str) -> int:
        """How many requests the source has received in this test."""
        return len(self.sandbox.requests(source)) - self.before[source]

    def asked_in_the_end(self, source: str, expected: int) -> int:
        """The same once `expected` have arrived: a client that gives up is ahead of the server."""
        for _ in range(300):
            if self.asked(source) >= expected:
                break
            time.sleep(0.1)
        return self.asked(source)


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[tuple[Sandbox, Clock]]:
    clock = Clock()
    with Sandbox(recordings=Recordings(), clock=clock) as sandbox:
        yield sandbox, clock


@pytest.fixture
def bench(running_sandbox: tuple[Sandbox, Clock]) -> Bench:
    sandbox, clock = running_sandbox
    sandbox.clear_faults()
    clock.now = NOON
    return Bench(sandbox, clock, before={source: len(sandbox.requests(source)) for source in SOURCES})
