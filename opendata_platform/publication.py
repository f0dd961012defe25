"""Publish what is due now, without the daemon of Dagster: for cron, and for the workflow of the official datasets.

Each partition is `dagster asset materialize`, as a schedule would start it. Not here: what a run does
(`assets/factory.py`), which partitions are due (`datasets/due.py`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from opendata_platform.backfill import Task, environment
from opendata_platform.datasets.due import due_now
from opendata_platform.datasets.spec import DatasetSpec

Say = Callable[[str], object]


def publish_due(specs: Iterable[DatasetSpec], now: datetime, folder: Path, say: Say) -> list[str]:
    """Publish what is due, one after the other; returns what failed. Dagster's own log goes to stderr."""
    failed = []
    for spec in specs:
        for partition in due_now(spec, now):
            started = time.monotonic()
            command = Task(spec.id, ["--partition", partition], frozenset()).command()
            ended = subprocess.run(  # noqa: S603 - our own command line
                [sys.executable, "-m", *command], env=environment(os.environ, folder), cwd=folder, stdout=sys.stderr
            )
            result = "failed / 失败" if ended.returncode else "done / 完成"
            say(f"{spec.id:40} {partition}  {time.monotonic() - started:6.1f} s  {result}")
            if ended.returncode:
                failed.append(f"{spec.id} {partition}")
    return failed
