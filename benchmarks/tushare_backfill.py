"""A backfill of all P0 datasets of Tushare from the sandbox, which enforces a rate limit, into an empty store.

`python -m benchmarks.tushare_backfill --days 250 --json`. Compared with a plain loop over the vendor's own package that
does the same fetches of a few days and keeps nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from opendata import calendars
from opendata.contract.selectors import Newest
from opendata.errors import DatasetNotFound
from opendata.protocol.resolve import find_state
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from benchmarks.measure import report
from opendata_platform.datasets.catalog import all_specs
from opendata_platform.tushare.catalog import all_apis
from opendata_platform.tushare.declare import ByDay

ROOT = Path(__file__).resolve().parent.parent
ODP = str(Path(sys.executable).with_name("odp"))
LAST_DAY = date(2026, 11, 20)
LIMIT_SHARE = 0.95
"""The goal: calls made while a limit binds, as a share of it."""
PLAIN_DAYS = 3


def main() -> None:
    """The backfill, then the plain loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", nargs="*", help="Only these; default all.")
    parser.add_argument("--days", type=int, default=250)
    parser.add_argument("--limit", type=int, default=120, help="Calls per minute that the sandbox allows for each API.")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    days = calendars.open_days()
    end = days.index(LAST_DAY) + 1
    chosen = days[end - arguments.days : end]
    with tempfile.TemporaryDirectory() as name, _sandbox(arguments.limit) as url:
        folder = Path(name)
        shutil.copy(ROOT / "dagster.yaml", folder)
        seconds = _backfill(folder, url, arguments.datasets, chosen[0], chosen[-1], arguments.workers)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        calls = httpx.get(f"{url}/tushare/_stats").json()["apis"]
        totals = _published(LocalStore(folder / "store"))
    with _sandbox(None) as url:
        plain = _plain_loop(url, [day.strftime("%Y%m%d") for day in chosen[-PLAIN_DAYS:]]) / PLAIN_DAYS
    used = {api: _share(count, arguments.limit) for api, count in calls.items() if count["accepted"] >= arguments.days}
    bound = sorted(used.values())
    partitions = sum(entry["partitions"] for entry in totals.values())
    limit_use = bound[len(bound) // 2] if bound else 0.0
    report(
        "tushare_backfill",
        {
            "days": arguments.days,
            "calls per minute allowed": arguments.limit,
            "seconds": seconds,
            "calls": sum(count["accepted"] for count in calls.values()),
            "calls rejected": sum(count["rejected"] for count in calls.values()),
            "limit_use": limit_use,
            "limit_use_by_api": {api: round(share, 3) for api, share in sorted(used.items())},
            "partitions": partitions,
            "seconds_per_partition": seconds / max(1, partitions),
            "rows": sum(entry["rows"] for entry in totals.values()),
            "rows_per_second": sum(entry["rows"] for entry in totals.values()) / seconds,
            "bytes": sum(entry["bytes"] for entry in totals.values()),
            "peak_rss_mb": peak,
            "seconds per day, everything": seconds / arguments.days,
            "seconds per day, plain loop that keeps nothing": plain,
            "budgets": {
                "limit_use": {"ours": limit_use, "budget": LIMIT_SHARE, "held": limit_use >= LIMIT_SHARE},
            },
        },
    )


@contextmanager
def _sandbox(limit: int | None) -> Iterator[str]:
    """A sandbox in a process of its own."""
    command = [ODP, "sandbox", "serve", "--port", "0"]
    if limit is not None:
        command += ["--tushare-calls-per-minute", str(limit)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        found = re.search(r"http://[0-9.:]+", process.stdout.readline())
        assert found is not None, "the sandbox says where it is"
        yield found[0]
    finally:
        process.terminate()
        process.wait()


def _backfill(folder: Path, url: str, datasets: list[str], first: date, last: date, workers: int) -> float:
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "OPENDATA_LOCAL_STORAGE_DIR": f"{folder}/store",
        "OPENDATA_TUSHARE_URL": f"{url}/tushare",
        "OPENDATA_TUSHARE_TOKEN": "sandbox",
        "OPENDATA_TUSHARE_STATE": f"{folder}/limits.sqlite",
    }
    command = [ODP, "backfill", *datasets]
    command += ["--from", str(first), "--to", str(last), "--workers", str(workers)]
    started = time.perf_counter()
    ended = subprocess.run(command, env=environment, cwd=folder, stdout=sys.stderr)
    if ended.returncode:
        print("some datasets failed: their logs follow", file=sys.stderr)
        for log in sorted((folder / ".opendata/backfill").glob("*.log")):
            print(log.name, log.read_text(errors="replace")[-1500:], file=sys.stderr)
    return time.perf_counter() - started


def _share(count: Mapping[str, Any], limit: int) -> float:
    """Calls a minute between the first and the last, as a share of those allowed."""
    minutes = (count["last"] - count["first"]) / 60
    return float((count["accepted"] - 1) / minutes / limit) if minutes > 0 else 0.0


def _published(store: LocalStore) -> dict[str, dict[str, int]]:
    """Partitions, rows and bytes per dataset."""
    found = {}
    for dataset in all_specs():
        try:
            totals = run(find_state(dataset, Newest()), store).record.totals
        except DatasetNotFound:
            continue
        found[dataset] = {"partitions": totals.parts, "rows": totals.rows, "bytes": totals.bytes}
    return found


def _plain_loop(url: str, days: list[str]) -> float:
    """Seconds of the vendor's package asking once per API and day for what the backfill asks: no paging, no checks."""
    warnings.simplefilter("ignore")
    import tushare

    client = tushare.pro_api("sandbox")
    client._DataApi__http_url = f"{url}/tushare"
    started = time.perf_counter()
    for day in days:
        for api in all_apis().values():
            if isinstance(api.fetch, ByDay) and api.period == "day":
                for variant in api.fetch.variants:
                    fields = ",".join(field.name for field in api.fields)
                    client.query(api.name, fields=fields, **variant, **{api.fetch.param: day})
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
