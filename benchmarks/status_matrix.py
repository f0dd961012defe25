"""The status matrix of a full sandbox day: CPU and memory of computing it, and of checking and publishing it too.

The day's tables are published before anything is measured; the measuring is a process of its own, so that its peak
memory is the matrix's.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from opendata import calendars
from opendata.protocol.author import make_author
from opendata.stores.local import LocalStore

from benchmarks.measure import report
from opendata_platform.datasets.catalog import all_specs, find_spec, partitions_of
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.partitions import TradingDays
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.datasets.related import RelatedData
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.sandbox import Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings
from opendata_platform.status.matrix import compute
from opendata_platform.status.suggest import MATRIX
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.limiter import Limiter
from opendata_platform.tushare.settings import TushareSettings

DAY = "2026-11-20"


def main() -> None:
    """Publish the day, then measure in another process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        publish_day(folder, DAY)
        command = [sys.executable, "-m", "benchmarks.status_matrix", str(folder)]
        measured = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        report("status_matrix", json.loads(measured.stdout))


def publish_day(folder: Path, day: str) -> Publisher:
    """Publish everything of Tushare that a day's matrix looks at, from a sandbox, into `folder`/store."""
    with Sandbox() as sandbox:
        settings = TushareSettings.from_env({"OPENDATA_TUSHARE_CALLS_PER_MINUTE": "0"}, sandbox_url=sandbox.url)
        http = SourceClient(SourceSettings.from_env({}, sandbox_url=sandbox.url))
        with http, TushareClient(settings, Limiter(folder / "limits.sqlite")) as client:
            clients = Clients(http, client)
            publisher = _publisher(folder, "tables")
            for spec in dict.fromkeys(_needed(MATRIX)):
                partition = _partition(spec, day, clients)
                result = run_partition(spec, partition, clients, publisher)
                if not isinstance(result, Visible):
                    raise SystemExit(f"{spec.id} {partition}: {result}")
    return publisher


def _publisher(folder: Path, run_id: str) -> Publisher:
    return Publisher(LocalStore(folder / "store"), make_author("benchmark", run_id))


def _needed(dataset: str) -> Iterator[DatasetSpec]:
    """What a dataset is made of, before what is made of it."""
    for name in all_specs()[dataset].upstream:
        yield from _needed(name)
        yield find_spec(name)


def _partition(spec: DatasetSpec, day: str, clients: Clients) -> str:
    """The day, or the last week or month before it, or today's copy."""
    if isinstance(spec.partitions, TradingDays):
        return calendars.newest(date.fromisoformat(day), spec.partitions.period).isoformat()
    return clients.now().date().isoformat()


def measure(folder: Path) -> dict[str, object]:
    """Compute the matrix twice, the first time to load what is loaded once; then run it through the pipeline."""
    publisher = _publisher(folder, "matrix")
    day = date.fromisoformat(DAY)
    compute(day, RelatedData(publisher, DAY, partitions_of))
    wall, cpu = time.perf_counter(), time.process_time()
    cells = compute(day, RelatedData(publisher, DAY, partitions_of))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = _peak()
    started = time.process_time()
    with SourceClient(SourceSettings({})) as http:
        result = run_partition(find_spec(MATRIX), DAY, Clients(http), publisher)
    if not isinstance(result, Visible):
        raise SystemExit(f"{MATRIX}: {result}")
    listed = cells.filter(cells["reason_code"].fill_null("") != "not_listed")
    return {
        "instruments": cells["symbol"].n_unique(),
        "instruments listed": listed["symbol"].n_unique(),
        "cells": cells.height,
        "cells of listed instruments": listed.height,
        "seconds, computing": wall,
        "CPU seconds, computing": cpu,
        "peak MB, computing": memory,
        "CPU seconds, with checks and publishing": time.process_time() - started,
        "peak MB, with checks and publishing": _peak(),
        "bytes published": result.data.bytes,
    }


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("--"):
        print(json.dumps(measure(Path(sys.argv[1]))))
    else:
        main()
