"""What publishing a day costs: store operations and time, for a new day and for one that is unchanged."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from opendata.protocol.author import make_author
from opendata.protocol.operations import Delete, Get, List, Operation, Put, Reply
from opendata.stores.local import LocalStore

from benchmarks.measure import budget, report
from opendata_platform.datasets.catalog import all_specs
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sandbox import Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings

DATASET = "official/binance-btcusdt-kline-1m"
FIRST_DAY = date(2026, 1, 1)
DAYS = 40
MOST_OPERATIONS = 16
"""Store operations of a daily publication beyond the data, with the index."""


class CountingStore(LocalStore):
    """A local store that counts what it is asked beyond the data files themselves."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.counts: Counter[str] = Counter()

    def perform(self, operation: Operation) -> Reply:
        """Count, then perform."""
        key = getattr(operation, "key", "")
        if not key.startswith("_probe/") and not key.endswith("/data.parquet"):
            self.counts[type(operation).__name__] += 1
        return super().perform(operation)


def main() -> None:
    """Publish days one by one, each as a run of its own would, then all of them again."""
    spec = all_specs()[DATASET]
    days = [(FIRST_DAY + timedelta(days=number)).isoformat() for number in range(DAYS)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox() as sandbox,
        SourceClient(SourceSettings.from_env(sandbox_url=sandbox.url)) as client,
    ):
        store = CountingStore(Path(folder))

        def run_day(day: str) -> tuple[Counter[str], float]:
            store.counts.clear()
            started = time.perf_counter()
            publisher = Publisher(store, make_author("benchmark", None))
            result = run_partition(spec, day, Clients(client), publisher)
            publisher.finish()
            if not isinstance(result, Visible):
                raise SystemExit(f"{day} was not published: {result}")
            return Counter(store.counts), time.perf_counter() - started

        new = [run_day(day) for day in days][1:]
        again = [run_day(day) for day in days][1:]
    total = statistics.median(counts.total() for counts, _ in new)
    report(
        "publish",
        {
            **_counted("new day", new[-1][0]),
            **_counted("unchanged day", again[-1][0]),
            "new day, ms": 1000 * statistics.median(seconds for _, seconds in new),
            "unchanged day, ms": 1000 * statistics.median(seconds for _, seconds in again),
            "budgets": {
                "store operations of a new day beyond the data": budget(total, MOST_OPERATIONS),
                "writes of an unchanged day": budget(max(counts["Put"] for counts, _ in again), 0),
            },
        },
    )


def _counted(what: str, counts: Counter[str]) -> dict[str, int]:
    return {f"{what}, {kind.__name__} operations": counts[kind.__name__] for kind in (Get, Put, List, Delete)}


if __name__ == "__main__":
    main()
