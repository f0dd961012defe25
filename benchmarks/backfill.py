"""A backfill through the real command line: 250 partitions as one run, against one run per partition."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import report

ROOT = Path(__file__).resolve().parent.parent
FIRST_DAY = date(2026, 1, 1)
PARTITIONS = 250
SINGLE_RUNS = 5
"""Runs of one partition each, from which the cost of 250 such runs is extrapolated."""


def main() -> None:
    """Both ways into fresh stores."""
    days = [(FIRST_DAY + timedelta(days=number)).isoformat() for number in range(PARTITIONS)]
    as_range = _timed([["--partition-range", f"{days[0]}...{days[-1]}"]])
    singles = _timed([["--partition", day] for day in days[:SINGLE_RUNS]])
    report(
        "backfill",
        {
            "partitions": PARTITIONS,
            "one run, seconds": as_range,
            "one run, seconds per partition": as_range / PARTITIONS,
            "one run per partition, seconds per partition": singles / SINGLE_RUNS,
            "one run per partition / one run": (singles / SINGLE_RUNS) / (as_range / PARTITIONS),
        },
    )


def _timed(partitions: list[list[str]]) -> float:
    """Wall seconds of `dagster asset materialize`, once per entry, with an instance and a store of their own."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "dagster.yaml", folder)
        environment = {
            **os.environ,
            "DAGSTER_HOME": folder,
            "PYTHONPATH": str(ROOT),
            "OPENDATA_LOCAL_STORAGE_DIR": f"{folder}/store",
        }
        started = time.perf_counter()
        for arguments in partitions:
            command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "definitions"]
            command += ["--select", "official/binance_btcusdt_kline_1m", *arguments]
            ended = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
            if ended.returncode:
                raise SystemExit(ended.stderr[-2000:])
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
