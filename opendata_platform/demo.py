"""The demo: publishes the official datasets through Dagster, builds the portal's files, and says where to look next.

Each dataset is one `dagster asset materialize`, exactly as an operator or a CI job would call it; without network the
sandbox answers in place of the sources. Run again, everything is found unchanged.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from opendata.protocol.index import read_index
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store

from opendata_platform.backfill import environment
from opendata_platform.datasets.catalog import official_specs
from opendata_platform.datasets.partitions import SnapshotDays
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.portal.build import build_portal

LOG = Path(".opendata/demo.log")
RECENT_DAYS = 3
RECORDED: Mapping[str, str] = {"official/open-meteo-berlin-hourly": "2024-03-11"}
"""Days of slice datasets that the shipped recordings hold."""

NEXT = """
Where to look next / 接下来:
  uv run python -c "import opendata as od; print(od.load('official/stooq-aapl-daily'))"
  uv run od search covid            uv run od info official/owid-covid-global-daily
  uv run odp fsck --deep            check every byte that was published / 校验全部已发布的数据
  make portal && uv run odp portal serve             the portal on http://127.0.0.1:8080 / 打开数据门户
  make dev                          the Dagster UI on http://127.0.0.1:3000 / 打开 Dagster 界面
"""

Say = Callable[[str], object]


def run_demo(folder: Path, say: Say) -> int:
    """Run the demo in a folder; returns the exit code: 0 when every dataset is published."""
    say("Publishing the official datasets / 正在发布官方数据集")
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_bytes(b"")
    now = datetime.now(UTC)
    failed = [
        spec.id for spec in official_specs().values() if not _materialise(spec, _arguments(spec, now), folder, say)
    ]
    _summarise(say)
    run(build_portal(datetime.now(UTC)), open_writable_store())
    if failed:
        say(f"\nNot published / 未发布: {', '.join(failed)}; the whole log is in {LOG} / 完整日志见 {LOG}")
        return 1
    say(NEXT)
    return 0


def _arguments(spec: DatasetSpec, now: datetime) -> list[str]:
    """Which partitions: today's snapshot, a recorded day, or the last days that are over."""
    newest = spec.partitions.newest(now)
    if isinstance(spec.partitions, SnapshotDays):
        return ["--partition", newest.isoformat()]
    if spec.id in RECORDED:
        return ["--partition", RECORDED[spec.id]]
    return ["--partition-range", f"{newest - timedelta(days=RECENT_DAYS - 1)}...{newest}"]


def _materialise(spec: DatasetSpec, partitions: list[str], folder: Path, say: Say) -> bool:
    key = spec.id.replace("-", "_")
    command = ["dagster", "asset", "materialize", "-m", "definitions", "--select", key, *partitions]
    say(f"  $ {' '.join(command)}")
    started = time.monotonic()
    with LOG.open("ab") as log:
        env = environment(os.environ, folder)
        ended = subprocess.run([sys.executable, "-m", *command], env=env, cwd=folder, stdout=log, stderr=log)  # noqa: S603 - our own command line
    if ended.returncode:
        say(f"    failed / 失败 (exit {ended.returncode})")
        for line in LOG.read_text(errors="replace").splitlines()[-15:]:
            say(f"    | {line}")
    else:
        say(f"    done in {time.monotonic() - started:.1f} s / 完成")
    return ended.returncode == 0


def _summarise(say: Say) -> None:
    store = open_writable_store()
    entries = run(read_index(), store) or {}
    say(f"\nPublished in {store.describe()} / 已发布:\n")
    say(f"  {'dataset':36} {'version':12} {'rows':>8} {'parts':>5}  {'from … to':24} data")
    for dataset in official_specs():
        if dataset in entries:
            say(_line(entries[dataset]))


def _line(entry: Mapping[str, Any]) -> str:
    span = f"{str(entry['min_date'])[:10]} … {str(entry['max_date'])[:10]}"
    origin = f"sandbox, {entry['sandbox']}" if "sandbox" in entry else "live"
    return (
        f"  {entry['id']:36} {entry['version'] or '':12} {entry['row_count']:>8,} {entry['partitions']:>5}"
        f"  {span:24} {origin}"
    )
