"""`od completion`: what the shell offers, asked of bash itself where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from opendata.cli import od
from opendata.client import Client
from opendata.stores.local import LocalStore

from tests.fixtures.web_server import WebServer, web_server
from tests.read.publishing import BARS, PRICES, bars, prices, publish_bars, publish_prices

ASK = """
source <(od completion bash)
read -ra COMP_WORDS <<< "$1"; [[ "$1" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_od_completion "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[WebServer]:
    """A server of two datasets."""
    store = LocalStore(tmp_path / "store")
    publish_bars(store, {"2026-11-01": bars("2026-11-01")})
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    with web_server(store.folder) as server:
        yield server


@pytest.fixture
def settings(served: WebServer, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OPENDATA_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**plain, "PATH": path, "OPENDATA_ENDPOINT": served.url, "OPENDATA_CACHE": str(tmp_path / "cache")}


def ask_bash(line: str, settings: dict[str, str]) -> list[str]:
    """What bash offers at the end of a line."""
    if not shutil.which("bash"):
        pytest.skip("there is no bash")
    done = subprocess.run(["bash", "-c", ASK, "bash", line], env=settings, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_options_and_shells(settings: dict[str, str]) -> None:
    assert ask_bash("od loa", settings) == ["load"]
    assert "--offline" in ask_bash("od load --off", settings)
    assert ask_bash("od completion ", settings) == ["bash", "zsh", "fish"]


def test_bash_completes_dataset_ids_from_the_index_that_was_read_without_a_request(
    settings: dict[str, str], served: WebServer, tmp_path: Path
) -> None:
    assert ask_bash("od load test/", settings) == []
    Client(served.url, cache_dir=tmp_path / "cache").search()
    served.requests.clear()
    assert sorted(ask_bash("od load test/", settings)) == [BARS, PRICES]
    assert ask_bash("od info test/p", settings) == [PRICES]
    assert served.requests == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_a_script_that_asks_od(shell: str) -> None:
    result = CliRunner().invoke(od, ["completion", shell])
    assert result.exit_code == 0
    assert f"_OD_COMPLETE={shell}_complete" in result.stdout
