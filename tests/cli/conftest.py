"""The command `od` over a small store, in an environment without settings of the machine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from opendata.cli import main
from opendata.stores.local import LocalStore

from tests.fixtures.web_server import WebServer, web_server
from tests.read.publishing import PRICE_SCHEMA, PRICES, bars, metadata, prices, publish_bars, publish_frames


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: LocalStore) -> None:
    """Settings of the test's own, in English."""
    for name in (*os.environ, "LC_ALL", "LC_MESSAGES"):
        if name.startswith(("OPENDATA_", "LC_")):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("OPENDATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENDATA_ENDPOINT", str(store.folder))


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A store with two days of bars and one copy of prices that is described in Chinese too."""
    store = LocalStore(tmp_path / "store")
    publish_bars(store, {day: bars(day) for day in ("2026-11-01", "2026-11-02")})
    described = metadata(PRICES, "snapshot", title_zh="价格", sandbox="synthetic")
    publish_frames(store, described, {"2026-11-20": prices(date(2026, 11, 20))}, PRICE_SCHEMA)
    return store


@pytest.fixture
def web(environment: None, store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """The store behind a web server, which the command then reads."""
    with web_server(store.folder) as server:
        monkeypatch.setenv("OPENDATA_ENDPOINT", server.url)
        yield server


class Command:
    """Runs the command in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self.capture = capture

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        out, err = self.capture.readouterr()
        assert isinstance(exit_.value.code, int)
        return exit_.value.code, out, err

    def json(self, *arguments: str) -> Any:
        """What --json prints."""
        code, out, err = self(*arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)


@pytest.fixture
def run(environment: None, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command."""
    return Command(capsys)
