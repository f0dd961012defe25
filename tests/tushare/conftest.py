"""A scripted server, a clock that only sleeping moves, and an API to ask for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from opendata_platform.sources.retry import RetryBudget, RetryLimits
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.declare import Api, ByDay, PublicationHour, day, integer, number, text
from opendata_platform.tushare.limiter import Limiter
from opendata_platform.tushare.settings import TushareSettings
from tests.fixtures.tushare_server import TushareServer, tushare_server

TOKEN = "0123456789abcdef0123456789abcdef0123456789abcdef01234567"
START = datetime(2026, 2, 10, 2, tzinfo=UTC)
"""Ten in the morning in Shanghai."""

DAILY = Api(
    name="daily",
    title="Daily quotes",
    title_zh="日线行情",
    description="Quotes.",
    description_zh="行情。",
    asset_class="stock",
    batch="P0",
    document=27,
    fields=(
        text("ts_code", "Code", "代码", required=True),
        day("trade_date", "Day", "交易日", required=True),
        number("close", "Close", "收盘价", "CNY"),
        integer("rank", "Rank", "名次"),
    ),
    key=("ts_code", "trade_date"),
    fetch=ByDay(),
    period="day",
    page_rows=5,
    points=120,
    calls_per_minute=500,
    published=PublicationHour(time(16)),
    first_day=date(1990, 12, 19),
)
NAMES = tuple(declared.name for declared in DAILY.fields)


def an_api(**changes: Any) -> Api:
    """The API `daily`, changed."""
    return replace(DAILY, **changes)


def quotes(count: int, first: int = 0, on: str = "20260210") -> list[list[Any]]:
    """Rows of `daily`."""
    return [[f"{number:06}.SZ", on, number + 0.25, number] for number in range(first, first + count)]


@dataclass
class Clock:
    """A time that only sleeping moves; shared by threads."""

    now: float = START.timestamp()
    sleeps: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        with self._lock:
            self.now += seconds
            self.sleeps.append(seconds)

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return self.now - START.timestamp()


@dataclass
class Bench:
    """What a test asks with."""

    server: TushareServer = field(repr=False)
    clock: Clock = field(repr=False)
    folder: Path
    clients: list[TushareClient] = field(default_factory=list, repr=False)

    def client(
        self, *, limits: RetryLimits | None = None, budget: RetryBudget | None = None, **settings: Any
    ) -> TushareClient:
        """A client of the scripted server whose waits cost nothing."""
        client = TushareClient(
            TushareSettings(**{"url": self.server.url, "token": TOKEN, **settings}),
            Limiter(self.folder / "limits.sqlite", clock=self.clock),
            limits=limits or RetryLimits(),
            budget=budget,
            sleep=self.clock.sleep,
            clock=lambda: datetime.fromtimestamp(self.clock.now, UTC),
            jitter=lambda: 1.0,
        )
        self.clients.append(client)
        return client

    @property
    def asked(self) -> int:
        """How many requests the server has seen."""
        return len(self.server.requests)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A scripted server and clients of it."""
    with tushare_server() as server:
        bench = Bench(server, Clock(), tmp_path)
        yield bench
        for client in bench.clients:
            client.close()
