"""A workshop: a folder with its own store and Dagster instance, a real sandbox server, and the real command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click
import dagster as dg
import polars as pl
import pytest
from click.testing import CliRunner
from dagster._cli import cli as dagster_cli
from opendata.contract.ids import Version
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Data, Record
from opendata.contract.selectors import Newest
from opendata.protocol.index import read_index
from opendata.protocol.resolve import find_state, find_version, read_entries
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.write import decode

from definitions import defs
from opendata_platform.sandbox import Recordings, Sandbox
from resources.naming import asset_key

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Workshop:
    """Where one test works."""

    folder: Path
    sandbox: Sandbox

    @property
    def store(self) -> LocalStore:
        """The embedded store of this folder."""
        return LocalStore(self.folder / ".opendata" / "storage")

    @property
    def env(self) -> dict[str, str]:
        """The environment of its processes: nothing of ours leaks in but the paths."""
        url = self.sandbox.url
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENDATA_", "DAGSTER_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return kept | {
            "DAGSTER_HOME": str(ROOT),
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "OPENDATA_BINANCE_URL": f"{url}/binance",
            "OPENDATA_STOOQ_URL": f"{url}/stooq",
            "OPENDATA_OPEN_METEO_URL": f"{url}/open-meteo",
            "OPENDATA_OWID_URL": f"{url}/owid",
            "OPENDATA_TUSHARE_URL": f"{url}/tushare",
            "OPENDATA_TUSHARE_CALLS_PER_MINUTE": "0",
        }

    def dagster(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `dagster …` in the folder."""
        return self._python("-m", "dagster", *arguments)

    def dagster_daemon(self) -> subprocess.Popen[str]:
        """Start the daemon over the code location in the folder."""
        return self._python("-m", "dagster._daemon", "run", "-m", "definitions")

    def _python(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def here(self, command: click.Command, *arguments: str) -> tuple[int, str]:
        """Exit code and output of a command in the folder, run in this process, which has everything loaded."""
        env = self.env
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name in os.environ.keys() - env.keys():
                patch.delenv(name)
            for name, value in env.items():
                patch.setenv(name, value)
            ended = CliRunner().invoke(command, arguments)
        return ended.exit_code, ended.output

    def start(self, dataset: str, first: str, last: str | None = None) -> subprocess.Popen[str]:
        """Start `dagster asset materialize` on one partition or a range as a process of its own."""
        return self.dagster(*_materialize(dataset, first, last))

    def materialize(self, dataset: str, first: str, last: str | None = None) -> tuple[int, str]:
        """Exit code and output of `dagster asset materialize`."""
        return self.here(dagster_cli, *_materialize(dataset, first, last))

    def kill_after_commits(self, dataset: str, first: str, last: str, *, commits: int) -> list[str]:
        """SIGKILL a range run once it has made so many commits; returns the versions that are committed.

        Readers may see one less until latest.json is repaired: the run can die between the commit and the pointer.
        """
        record = self.store.folder / object_key(ObjectKind.LOG, dataset=dataset, seq=commits)
        process = self.start(dataset, first, last)
        while not record.exists() and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, "the run was over before it could be killed"
        committed = len(list(record.parent.iterdir()))
        return sorted(str(date.fromisoformat(last) - timedelta(days=n)) for n in range(committed))

    def instance(self) -> dg.DagsterInstance:
        """The Dagster instance of the folder."""
        return dg.DagsterInstance.from_ref(
            dg.DagsterInstance.local_temp(str(self.folder / ".opendata" / "dagster")).get_ref()
        )

    def statuses(self, dataset: str, partitions: Sequence[str]) -> Mapping[str, str | None]:
        """What Dagster shows per partition: MATERIALIZED, FAILED, or None."""
        key = asset_key(dataset)
        partitions_def = defs.get_assets_def(key).partitions_def
        with self.instance() as instance:
            found = instance.get_status_by_partition(key, list(partitions), partitions_def)
        return {partition: status and status.value for partition, status in (found or {}).items()}

    def materializations(self, dataset: str, partition: str) -> list[dg.AssetMaterialization]:
        """The materialisations of a partition that Dagster has recorded, newest first."""
        wanted = dg.AssetRecordsFilter(asset_key=asset_key(dataset), asset_partitions=[partition])
        with self.instance() as instance:
            records = instance.fetch_materializations(wanted, limit=100).records
        return [record.asset_materialization for record in records]

    def check_history(self, dataset: str, check: str) -> list[tuple[str | None, bool]]:
        """Partition and outcome of the recorded evaluations of a check, oldest first."""
        key = dg.AssetCheckKey(asset_key(dataset), check)
        with self.instance() as instance:
            history = instance.event_log_storage.get_asset_check_execution_history(key, limit=1000)
        evaluations = [item.event.dagster_event.event_specific_data for item in history if item.event]
        return [(item.partition, item.passed) for item in reversed(evaluations) if hasattr(item, "passed")]

    def record(self, dataset: str) -> Record:
        """The newest commit."""
        return run(find_state(dataset, Newest()), self.store).record

    def head(self, dataset: str, partition: str) -> Data:
        """What readers get of one partition."""
        [entry] = run(read_entries(self.record(dataset), partition, partition), self.store)
        assert entry.data
        return entry.data

    def versions(self, dataset: str) -> list[str]:
        """What readers see, in order."""
        entries = run(read_entries(self.record(dataset)), self.store)
        return [entry.data.version for entry in entries if entry.data]

    def read(self, dataset: str, version: str) -> pl.DataFrame:
        """The rows of one committed version."""
        data = run(find_version(self.record(dataset), Version.parse(version)), self.store)
        with self.store.stream(data.key(dataset)) as stream:
            return decode(b"".join(stream.chunks))

    def index(self) -> Mapping[str, int]:
        """Dataset and seq as listed in index.json."""
        return {dataset: entry["seq"] for dataset, entry in (run(read_index(), self.store) or {}).items()}

    def dirty(self) -> list[str]:
        """The dirty markers: commits whose place in index.json is not settled."""
        return sorted(path.name for path in (self.store.folder / "_dirty").glob("*"))

    def files(self) -> Mapping[str, int]:
        """Every object of the store and when it was written (ns): equal before and after means nothing was written."""
        top = self.store.folder
        objects = (path for path in top.rglob("*") if path.is_file() and ".tmp" not in path.parts)
        return {str(path.relative_to(top)): path.stat().st_mtime_ns for path in objects}


def _materialize(dataset: str, first: str, last: str | None) -> list[str]:
    which = ["--partition", first] if last is None else ["--partition-range", f"{first}...{last}"]
    return ["asset", "materialize", "-m", "definitions", "--select", asset_key(dataset).to_user_string(), *which]


@pytest.fixture(scope="session")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(recordings=Recordings()) as sandbox:
        yield sandbox


@pytest.fixture
def workshop(tmp_path: Path, one_sandbox: Sandbox) -> Iterator[Workshop]:
    """A fresh folder beside a sandbox that behaves."""
    one_sandbox.clear_faults()
    yield Workshop(tmp_path, one_sandbox)
    one_sandbox.clear_faults()
