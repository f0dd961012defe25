"""The SDK alone, in environments with nothing else: every Python it is for, with its oldest and newest dependencies.

They install from a package registry and take minutes: `uv run pytest -m slow tests/read/test_clean_environment.py`.
A Python that this machine does not have is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from opendata.stores.local import LocalStore

from tests.conftest import ROOT
from tests.fixtures.web_server import WebServer
from tests.read.publishing import PRICES, prices, publish_prices

pytestmark = pytest.mark.slow

SDK = ROOT / "opendata_sdk"
MOST_BYTES = 25_000_000
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
ENGINES = ("polars", "pandas", "arrow", "duckdb")

USE = f"""
import json
import opendata as od
import opendata.stores.s3
import polars as pl
slice = {{"start": "2026-11-15", "columns": ["date", "close"], "filters": [("close", ">", 7)]}}
rows = {{engine: len(od.load("{PRICES}", engine=engine, **slice)) for engine in {ENGINES}}}
rows["scan"] = od.scan("{PRICES}").filter(pl.col("close") > 7).collect().height
print(json.dumps(rows))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDK as it is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--out-dir", folder, SDK)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def settings(store: LocalStore, web: WebServer) -> dict[str, str]:
    """The environment of a reader of a small dataset."""
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    return {**os.environ, "OPENDATA_ENDPOINT": web.url}


def test_the_sdk_works_alone_and_small(settings: dict[str, str], wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    uv("venv", environment)
    uv("pip", "install", "--python", environment, wheel)
    assert sum(file.stat().st_size for file in environment.rglob("*") if file.is_file()) <= MOST_BYTES
    od = environment / "bin" / "od"
    found = subprocess.run([od, "search", "prices", "--json"], env=settings, capture_output=True, check=True)
    assert [entry["id"] for entry in json.loads(found.stdout)] == [PRICES]
    refused = subprocess.run([od, "load", PRICES], env=settings, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "pip install polars" in refused.stderr
    uv("pip", "install", "--python", environment, f"{wheel}[polars]")
    loaded = subprocess.run([od, "load", PRICES, "--json"], env=settings, capture_output=True, check=True)
    assert len(json.loads(loaded.stdout)) == 10


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
@pytest.mark.parametrize("python", PYTHONS)
def test_every_python_loads_with_every_engine(
    settings: dict[str, str], wheel: Path, tmp_path: Path, python: str, resolution: str
) -> None:
    environment = tmp_path / "environment"
    if uv("python", "find", "--no-python-downloads", python, check=False).returncode:
        pytest.skip(f"there is no Python {python} here")
    uv("venv", "--no-python-downloads", "--python", python, environment)
    extras = f"{wheel}[polars,pandas,arrow,duckdb,s3]"
    uv("pip", "install", "--python", environment, "--only-binary", ":all:", "--resolution", resolution, extras)
    done = subprocess.run(
        [environment / "bin" / "python", "-c", USE], env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == dict.fromkeys((*ENGINES, "scan"), 3)
    od = environment / "bin" / "od"
    loaded = subprocess.run([od, "load", PRICES, "--json"], env=settings, capture_output=True, check=True)
    assert len(json.loads(loaded.stdout)) == 10
    script = subprocess.run([od, "completion", "zsh"], env=settings, capture_output=True, text=True, check=True)
    assert "#compdef od" in script.stdout
    publish_a_new_dataset(environment / "bin", tmp_path / "gold")


def publish_a_new_dataset(programs: Path, folder: Path) -> None:
    """What `od init` writes runs in this environment, passes its test and is published."""
    env = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "OPENDATA_ENDPOINT": ""}
    steps = (
        "od init alice/gold .",
        "python main.py",
        "python -m unittest",
        "od validate",
        "od push",
        "od load alice/gold",
    )
    folder.mkdir()
    for step in steps:
        done = subprocess.run(step.split(), cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{step}: {done.stderr}"


def uv(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of uv, which must be there to test installations; it sees all the Pythons of pyenv, too."""
    if not shutil.which("uv"):
        pytest.skip("uv is not installed")
    settings = dict(os.environ)
    if shutil.which("pyenv"):
        listed = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=True)
        settings["PYENV_VERSION"] = ":".join(listed.stdout.split())
    return subprocess.run(["uv", *arguments], env=settings, check=check, capture_output=True, text=True)
