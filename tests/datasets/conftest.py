"""A bench for the pipeline without Dagster: a sandbox at a fixed instant, a store that counts, a publisher."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opendata.protocol.author import make_author
from opendata.protocol.operations import Operation, Put, Reply
from opendata.stores.local import LocalStore
from opendata.stores.store import Stream

from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.pipeline import Result, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.retry import RetryLimits
from opendata_platform.sources.settings import SourceSettings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = "2026-11-22"


class CountingStore:
    """A local store that notes every operation but those of the start-up probe."""

    name = "local"

    def __init__(self, folder: Path) -> None:
        self.behind = LocalStore(folder)
        self.asked: list[Operation] = []

    def perform(self, operation: Operation) -> Reply:
        if not getattr(operation, "key", "").startswith("_probe/"):
            self.asked.append(operation)
        return self.behind.perform(operation)

    def stream(self, key: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Stream]:
        return self.behind.stream(key, start, end)

    def describe(self) -> str:
        return self.behind.describe()

    @property
    def puts(self) -> list[str]:
        return [operation.key for operation in self.asked if isinstance(operation, Put)]


@dataclass
class Bench:
    """Publishes partitions; every `publish` is a run of its own."""

    sandbox: Sandbox
    store: CountingStore
    settings: SourceSettings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = SourceSettings.from_env({}, sandbox_url=self.sandbox.url)

    def publisher(self) -> Publisher:
        return Publisher(self.store, make_author("test", environ={}))

    def publish(self, dataset: str, *partitions: str) -> list[Result]:
        """One run over these partitions, its index included."""
        publisher = self.publisher()
        limits = RetryLimits(attempts=2, base_wait_s=0.01)
        with SourceClient(self.settings, limits=limits, clock=lambda: NOW) as client:
            clients = Clients(client)
            results = [run_partition(find_spec(dataset), partition, clients, publisher) for partition in partitions]
        publisher.finish()
        return results


def _bench(tmp_path: Path, recordings: Recordings) -> Iterator[Bench]:
    with Sandbox(recordings=recordings, clock=lambda: NOW) as sandbox:
        yield Bench(sandbox, CountingStore(tmp_path))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """With the recordings that are shipped."""
    yield from _bench(tmp_path, Recordings())


@pytest.fixture
def full_bench(tmp_path: Path, shared_data: Path) -> Iterator[Bench]:
    """With the larger set of recordings."""
    yield from _bench(tmp_path, Recordings(shared_data))
