"""`od load --lock` and `--locked`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from opendata.stores.local import LocalStore

from tests.cli.conftest import Command
from tests.read.publishing import BARS, bars, publish_bars


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of the test's own."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_what_was_locked_is_loaded_again(run: Command, store: LocalStore, here: Path) -> None:
    load = ("load", BARS, "--columns", "symbol,close", "--start", "2026-11-02", "--head", "3")
    code, first, _ = run(*load, "--lock")
    assert code == 0
    assert [path.name for path in here.iterdir()] == ["opendata.lock"]
    publish_bars(store, {"2026-11-02": bars("2026-11-02", close=9)})
    assert run(*load)[1] != first
    assert run("load", BARS, "--locked") == (0, first, "")
    assert run(*load, "--locked") == (0, first, "")


def test_the_lock_file_may_have_any_name(run: Command, here: Path) -> None:
    assert run("load", BARS, "--lock", "--lock-file", "data.json")[0] == 0
    assert json.loads((here / "data.json").read_text())["datasets"][BARS]["rows"] == 48
    assert run("load", BARS, "--locked", "--lock-file", "data.json")[0] == 0
    assert run("load", BARS, "--locked")[0] == 3


def test_another_slice_than_the_locked_one_is_refused(run: Command) -> None:
    run("load", BARS, "--start", "2026-11-02", "--lock")
    code, out, err = run("load", BARS, "--locked", "--start", "2026-11-01")
    assert (code, out) == (1, "")
    assert "2026-11-02" in err


def test_what_is_not_locked_is_not_found(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = run("load", BARS, "--locked", "--json")
    assert (code, out) == (3, "")
    assert json.loads(err)["error"]["code"] == "not_locked"
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "锁文件中没有这个数据集" in run("load", BARS, "--locked")[2]


def test_a_lock_is_written_or_read(run: Command, here: Path) -> None:
    assert run("load", BARS, "--lock", "--locked")[0] == 2
    assert list(here.iterdir()) == []


def test_a_lock_file_that_cannot_be_written_is_an_error(run: Command) -> None:
    code, _, err = run("load", BARS, "--lock", "--lock-file", "missing/opendata.lock")
    assert code == 1
    assert "missing/opendata.lock" in err
