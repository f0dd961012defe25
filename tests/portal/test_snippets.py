"""The code on a dataset's page runs as it is copied. R is not installed: of its code only the address is checked."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.portal.conftest import KLINES, PORTAL
from tests.portal.served import Served

PINNED = "2026-11-20"
_WRITE = """
import { runnerImport } from "vite";
const { module } = await runnerImport("./src/dataset/snippets.ts");
const sources = JSON.parse(process.argv[1]);
console.log(JSON.stringify(sources.map((source) => module.snippets(source))));
"""


@pytest.fixture(scope="module")
def written(shared_site: Served, store_folder: Path) -> dict[str | None, dict[str, str]]:
    """The snippets that the page's own code writes, by version and tool: of the newest state, and of a version."""
    versions = (None, PINNED)
    sources = [
        {"id": KLINES, "store": f"{shared_site.url}store", "version": version, "file": _file(store_folder, version)}
        for version in versions
    ]
    command = ["node", "--input-type=module", "--eval", _WRITE, json.dumps(sources)]
    answer = subprocess.run(command, cwd=PORTAL, check=True, capture_output=True, text=True, timeout=60)
    return {
        version: {snippet["tool"]: snippet["code"] for snippet in snippets}
        for version, snippets in zip(versions, json.loads(answer.stdout), strict=True)
    }


def _file(store: Path, version: str | None) -> dict[str, Any]:
    """The file of a version as the page's document lists it; without one, the newest file."""
    page = json.loads((store / f"portal/d/{KLINES}.json").read_text())
    if version is None:
        return {**page["data"], "version": page["entry"]["version"]}
    return next(item for item in page["versions"] if item["version"] == version)


def _run(command: list[str], folder: Path) -> str:
    """What a command prints, where there is neither a setting nor a cache of OpenData's."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OPENDATA_")}
    environment = plain | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("tool", "version", "told"),
    [
        ("python", None, "shape: (4_320, 10)"),
        ("python", PINNED, "shape: (1_440, 10)"),
        ("pandas", None, "4320.0"),
        ("polars", None, "shape: (10, 10)"),
        ("duckdb", PINNED, "1440"),
    ],
)
def test_python_code_loads_the_newest_state_or_the_pinned_version(
    written: dict[str | None, dict[str, str]], tmp_path: Path, tool: str, version: str | None, told: str
) -> None:
    assert told in _run([sys.executable, "-c", written[version][tool]], tmp_path)


@pytest.mark.parametrize(("version", "rows"), [(None, 4320), (PINNED, 1440)])
def test_the_command_line_writes_a_csv(
    written: dict[str | None, dict[str, str]], tmp_path: Path, version: str | None, rows: int
) -> None:
    _run(["bash", "-c", written[version]["cli"]], tmp_path)
    [file] = tmp_path.glob("*.csv")
    assert len(file.read_text().splitlines()) == 1 + rows


def test_curl_downloads_the_file_and_checks_its_hash(
    written: dict[str | None, dict[str, str]], store_folder: Path, tmp_path: Path
) -> None:
    assert "OK" in _run(["bash", "-e", "-c", written[PINNED]["curl"]], tmp_path)
    [file] = tmp_path.glob("*.parquet")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == _file(store_folder, PINNED)["sha256"]


def test_r_is_given_the_address_of_the_file(
    written: dict[str | None, dict[str, str]], shared_site: Served, store_folder: Path
) -> None:
    address = f"{shared_site.url}store/{_file(store_folder, PINNED)['key']}"
    assert f'download.file("{address}", file, mode = "wb")' in written[PINNED]["r"]
