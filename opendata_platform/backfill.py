"""Backfill of many datasets over a range of days: one Dagster run per dataset, in the order of their dependencies.

Each run is `dagster asset materialize` over the whole range, as an operator would start it; as many run side by side as
there are workers. A dataset is begun when those that it needs have ended, well or not: what a partition misses, it says
itself. Not here: what happens within a run (`assets/factory.py`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from opendata import calendars

from opendata_platform.datasets.catalog import all_specs
from opendata_platform.datasets.partitions import SnapshotDays, TradingDays
from opendata_platform.datasets.spec import DatasetSpec

LOGS = Path(".opendata/backfill")
POLL_S = 0.2
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Task:
    """One dataset of a backfill."""

    dataset: str
    partitions: Sequence[str]
    """Arguments that name them."""
    needs: frozenset[str]
    """Datasets of the same backfill that must have ended before."""

    def command(self) -> list[str]:
        """The command line of its run."""
        key = self.dataset.replace("-", "_")
        return ["dagster", "asset", "materialize", "-m", "definitions", "--select", key, *self.partitions]


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    started: float


def plan(specs: Iterable[DatasetSpec], first: date, last: date, now: datetime) -> list[Task]:
    """The tasks, each after those that it needs. Datasets without a partition in the range are left out."""
    chosen = {spec.id: arguments for spec in specs if (arguments := _arguments(spec, first, last, now))}
    tasks: dict[str, Task] = {}

    def add(dataset: str) -> None:
        if dataset in tasks or dataset not in chosen:
            return
        upstream = all_specs()[dataset].upstream
        for name in upstream:
            add(name)
        tasks[dataset] = Task(dataset, chosen[dataset], frozenset(upstream) & chosen.keys())

    for dataset in chosen:
        add(dataset)
    return list(tasks.values())


def backfill(tasks: Sequence[Task], folder: Path, workers: int, say: Say) -> list[str]:
    """Run the tasks; returns the datasets whose run failed. An interrupt ends the runs at their next partition."""
    waiting, running = list(tasks), dict[str, _Running]()
    ended: dict[str, int] = {}
    LOGS.mkdir(parents=True, exist_ok=True)
    _prepare(folder)
    try:
        while waiting or running:
            for task in [task for task in waiting if task.needs <= ended.keys()][: workers - len(running)]:
                waiting.remove(task)
                running[task.dataset] = _start(task, folder)
            for dataset in [name for name, run in running.items() if run.process.poll() is not None]:
                run = running.pop(dataset)
                ended[dataset] = run.process.returncode
                result = "done / 完成" if not run.process.returncode else f"failed / 失败, see {_log(dataset)}"
                say(f"  {len(ended):3} of {len(tasks)}  {dataset:40} {time.monotonic() - run.started:7.1f} s  {result}")
            time.sleep(POLL_S)
    finally:
        for run in running.values():
            run.process.terminate()
        for run in running.values():
            run.process.wait()
    return [dataset for dataset, code in ended.items() if code]


def _arguments(spec: DatasetSpec, first: date, last: date, now: datetime) -> list[str]:
    if isinstance(spec.partitions, SnapshotDays):
        return ["--partition", now.astimezone(UTC).date().isoformat()]
    if isinstance(spec.partitions, TradingDays):
        days = calendars.between(first, min(last, spec.partitions.newest(now)), spec.partitions.period)
        if not days:
            return []
        return ["--partition", str(days[0])] if len(days) == 1 else ["--partition-range", f"{days[0]}...{days[-1]}"]
    return ["--partition-range", f"{max(first, spec.partitions.start)}...{min(last, spec.partitions.newest(now))}"]


def _prepare(folder: Path) -> None:
    """Create or upgrade Dagster's databases once: two runs that found none would both create them, and spoil them."""
    command = [sys.executable, "-m", "dagster", "instance", "migrate"]
    with (LOGS / "instance.log").open("wb") as log:
        subprocess.run(command, env=environment(os.environ, folder), cwd=folder, stdout=log, stderr=log, check=True)  # noqa: S603 - our own command line


def _start(task: Task, folder: Path) -> _Running:
    with _log(task.dataset).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-m", *task.command()],
            env=environment(os.environ, folder),
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    return _Running(process, time.monotonic())


def environment(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What a run of Dagster needs beside the operator's own settings."""
    return {**environ, "DAGSTER_HOME": environ.get("DAGSTER_HOME") or str(folder), "PYTHONWARNINGS": "ignore"}


def _log(dataset: str) -> Path:
    return LOGS / f"{dataset.replace('/', '~')}.log"
