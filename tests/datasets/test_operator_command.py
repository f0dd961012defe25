"""`odp`: looking after a store, and errors that end in a message, a hint and an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from opendata.contract.keys import INDEX, ObjectKind, object_key
from opendata.contract.selectors import Newest
from opendata.protocol.index import read_index
from opendata.protocol.resolve import find_state, read_entries
from opendata.stores.driver import run

from opendata_platform import cli
from opendata_platform.progress import Progress
from tests.datasets.conftest import Bench

KLINE = "official/binance-btcusdt-kline-1m"
DAYS = ["2024-03-10", "2024-03-11"]

Odp = Callable[..., tuple[int, str]]


@pytest.fixture
def odp(bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Odp:
    """Calls `odp …` on the bench's store; returns exit code and output."""
    monkeypatch.setenv("OPENDATA_STORAGE", "local")
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(bench.store.behind.folder))

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["odp", *arguments])
        code: object = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        shown = capsys.readouterr()
        assert isinstance(code, int)
        return code, shown.out + shown.err

    return call


def _visible(bench: Bench) -> list[str]:
    entries = run(read_entries(run(find_state(KLINE, Newest()), bench.store).record), bench.store)
    return [entry.data.version for entry in entries if entry.data]


def test_rollback_and_yank_change_what_readers_see_and_the_index_follows(bench: Bench, odp: Odp) -> None:
    for day in DAYS:
        bench.publish(KLINE, day)
    assert odp("yank", KLINE, DAYS[0], "--reason", "wrong source")[0] == 0
    assert _visible(bench) == [DAYS[1]]
    code, output = odp("rollback", KLINE, "1", "--reason", "trial")
    assert code == 0, output
    assert _visible(bench) == [DAYS[0]]
    assert (run(read_index(), bench.store) or {})[KLINE]["seq"] == 4


def test_fsck_finds_and_repairs_what_can_be_recomputed(bench: Bench, odp: Odp) -> None:
    bench.publish(KLINE, DAYS[0])
    folder = bench.store.behind.folder
    (folder / INDEX).unlink()
    (folder / object_key(ObjectKind.LATEST, dataset=KLINE)).write_bytes(b"{}")
    code, output = odp("fsck")
    assert code == 4
    assert "index.json: missing" in output
    code, output = odp("fsck", "--repair")
    assert code == 0, output
    assert odp("fsck", "--deep")[0] == 0


def test_fsck_deep_finds_a_changed_byte_that_it_cannot_repair(bench: Bench, odp: Odp) -> None:
    bench.publish(KLINE, DAYS[0])
    data = bench.store.behind.folder / object_key(ObjectKind.DATA, dataset=KLINE, version=DAYS[0])
    data.write_bytes(data.read_bytes()[:-1] + b"\0")
    assert odp("fsck", "--repair")[0] == 0
    code, output = odp("fsck", "--deep", "--repair")
    assert code == 4
    assert "does not have the recorded sha256" in output


def test_garbage_of_a_rejected_day_is_removed_and_nothing_else(bench: Bench, odp: Odp) -> None:
    bench.publish(KLINE, DAYS[0])
    bench.sandbox.fault("binance", "unfinished_day")
    bench.publish(KLINE, DAYS[1])
    assert odp("gc", KLINE, "--yes")[0] == 0
    assert not bench.store.behind.folder.joinpath(object_key(ObjectKind.DATA, dataset=KLINE, version=DAYS[1])).exists()
    assert _visible(bench) == [DAYS[0]]
    assert odp("fsck", "--deep")[0] == 0


def test_an_error_ends_in_its_message_hint_and_exit_code(odp: Odp) -> None:
    code, output = odp("rollback", "official/nothing", "1", "--reason", "x")
    assert code == 3
    assert output.startswith("odp: official/nothing has never been published")
    code, output = odp("yank", "Not An Id", "2024-01-01", "--reason", "x")
    assert code == 1
    assert "must be namespace/name" in output
    assert odp("rollback", KLINE)[0] == 2


def test_progress_says_how_much_how_fast_and_how_long() -> None:
    now, lines = [0.0], []
    progress = Progress(30, lines.append, lambda: now[0])
    for _ in range(30):
        now[0] += 2.0
        progress.step("last x")
    assert lines[0] == "5 of 30 (17%), 0.5/s, 50 s to go; last x"
    assert len(lines) == 6
    assert lines[-1].startswith("30 of 30 (100%)")


def _demo(folder: Path) -> tuple[str, dict[Path, int]]:
    """What `odp demo` prints, and the data that it leaves with the instants when they were written."""
    root = Path(cli.__file__).resolve().parent.parent
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENDATA_", "DAGSTER_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    ended = subprocess.run(
        [sys.executable, "-c", "from opendata_platform.cli import main; main()", "demo"],
        cwd=folder,
        env=kept | {"DAGSTER_HOME": str(root), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    objects = (folder / ".opendata" / "storage" / "datasets").rglob("*.*")
    data = [path for path in objects if path.is_file() and path.name != "health.json"]
    return ended.stdout, {path: path.stat().st_mtime_ns for path in data}


def test_the_demo_publishes_everything(tmp_path: Path) -> None:
    output, _ = _demo(tmp_path)
    for dataset in ("owid-covid-global-daily", "stooq-aapl-daily", "open-meteo-berlin-hourly"):
        assert f"official/{dataset}" in output
    assert "20,124" in output
    assert "sandbox, recorded" in output
    assert (tmp_path / ".opendata/storage/portal/d/official/stooq-aapl-daily.json").is_file()


@pytest.mark.slow
def test_a_second_demo_finds_everything_unchanged(tmp_path: Path) -> None:
    assert _demo(tmp_path)[1] == _demo(tmp_path)[1]
