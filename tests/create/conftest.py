"""A creator's folder whose main.py has run, and the command `od` in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from opendata.create.scaffold import write_project

DATASET = "alice/gold-prices"
OD = Path(sys.executable).with_name("od")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, in English, with a store and a cache of the test's own."""
    for name in os.environ:
        if name.startswith(("OPENDATA_", "GITHUB_", "LC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("OPENDATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("OPENDATA_NO_PROGRESS", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@dataclass(frozen=True)
class Creator:
    """A folder as its creator works in it."""

    folder: Path

    @property
    def output(self) -> Path:
        """What main.py writes."""
        return self.folder / "out" / "data.parquet"

    def rows(self) -> pl.DataFrame:
        """The rows in the output."""
        return pl.read_parquet(self.output)

    def write(self, frame: pl.DataFrame) -> None:
        """Have the output hold other rows."""
        frame.write_parquet(self.output)

    def edit(self, old: str, new: str) -> None:
        """Change opendata.yaml."""
        path = self.folder / "opendata.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def copy(self, folder: Path) -> Creator:
        """The same folder on somebody else's machine."""
        return Creator(Path(shutil.copytree(self.folder, folder)))

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the folder."""
        return subprocess.run([sys.executable, *arguments], cwd=self.folder, capture_output=True, text=True)

    def od(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run `od` in the folder."""
        settings = {**os.environ, **(env or {})}
        return subprocess.run([OD, *arguments], cwd=self.folder, env=settings, capture_output=True, text=True)

    def json(self, *arguments: str, env: Mapping[str, str] | None = None) -> Any:
        """What `od … --json` prints."""
        done = self.od(*arguments, "--json", env=env)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Creator:
    """A folder as `od init` writes it, after its first run; only for copies."""
    creator = Creator(tmp_path_factory.mktemp("pristine") / "gold")
    write_project(DATASET, creator.folder)
    assert creator.python("main.py").returncode == 0
    return creator


@pytest.fixture
def creator(pristine: Creator, tmp_path: Path) -> Creator:
    """A folder of the test's own."""
    return pristine.copy(tmp_path / "gold")
