"""The SDK alone, in an environment with nothing else."""

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

SDK = ROOT / "opendata_sdk"
MOST_BYTES = 25_000_000


@pytest.mark.slow
def test_the_sdk_works_alone_and_small(store: LocalStore, web: WebServer, tmp_path: Path) -> None:
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    environment = tmp_path / "environment"
    run("uv", "venv", environment)
    run("uv", "pip", "install", "--python", environment, SDK)
    assert sum(file.stat().st_size for file in environment.rglob("*") if file.is_file()) <= MOST_BYTES
    od = environment / "bin" / "od"
    settings = {**os.environ, "OPENDATA_ENDPOINT": web.url}
    found = subprocess.run([od, "search", "prices", "--json"], env=settings, capture_output=True, check=True)
    assert [entry["id"] for entry in json.loads(found.stdout)] == [PRICES]
    refused = subprocess.run([od, "load", PRICES], env=settings, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "pip install polars" in refused.stderr
    run("uv", "pip", "install", "--python", environment, f"{SDK}[polars]")
    loaded = subprocess.run([od, "load", PRICES, "--json"], env=settings, capture_output=True, check=True)
    assert len(json.loads(loaded.stdout)) == 10


def run(*command: str | Path) -> None:
    """Run a command of uv, which must be there to test installations."""
    if not shutil.which("uv"):
        pytest.skip("uv is not installed")
    subprocess.run(command, check=True, capture_output=True)
