"""A creator's folder that can be deployed, and settings of the test's own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflows.scripted_gateway import ScriptedGateway, scripted_gateway

DATASET = "ada/weather"
METADATA = f"""\
meta_version: 1
id: {DATASET}
title: Weather
description: One row a day.
license: CC-BY-4.0
source: https://example.org/
repo: https://github.com/ada/weather
frequency: daily
versioning: date
primary_key: [day]
columns:
  - {{name: day, type: date, nullable: false}}
  - {{name: celsius, type: float64, nullable: true}}
"""
LOCK = f"opendata[arrow,polars] @ https://example.org/opendata-0.1.0-py3-none-any.whl --hash=sha256:{'0' * 64}\n"


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """SIGTERM as a shell hands it on: what an earlier test ignores or blocks, the processes started here would too."""
    handler = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    yield
    signal.signal(signal.SIGTERM, handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and none of a CI that runs these tests."""
    for name in list(os.environ):
        if name.startswith(("OPENDATA_", "GITHUB_", "ACTIONS_", "RUNNER_", "LC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path / "temp"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A creator's folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "opendata.yaml").write_text(METADATA)
    (folder / "requirements.lock").write_text(LOCK)
    return folder


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedGateway]:
    """A gateway that is the one of the environment."""
    with scripted_gateway() as running:
        monkeypatch.setenv("OPENDATA_GATEWAY", running.url)
        yield running
