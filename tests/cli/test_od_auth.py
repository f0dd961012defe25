"""`od auth`: tokens are kept for their owner alone, and never shown."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from opendata.cli import main, od
from opendata.errors import InvalidValue, StoreDenied
from opendata.stores.tokens import TokenFile, find_token

TOKEN = "secret-of-the-test"
URL = "https://data.example/bucket"


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where tokens are kept, in a configuration of the test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("OPENDATA_TOKEN", raising=False)
    monkeypatch.delenv("OPENDATA_ENDPOINT", raising=False)
    return tmp_path / "opendata" / "tokens.json"


def login(url: str, token: str = TOKEN) -> Result:
    """Keep a token."""
    return CliRunner().invoke(od, ["auth", "login", "--endpoint", url], input=f"{token}\n")


def test_a_token_is_kept_by_host_and_only_its_owner_can_read_it(file: Path) -> None:
    assert login(URL).exit_code == 0
    assert json.loads(file.read_text()) == {"data.example": TOKEN}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert find_token("https://DATA.example/another", os.environ) == TOKEN
    assert find_token("https://data.example:8443/", os.environ) is None


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    login(URL)
    monkeypatch.setenv("OPENDATA_TOKEN", "another")
    assert find_token(URL, os.environ) == "another"


def test_the_token_is_shown_by_no_command(file: Path) -> None:
    runner = CliRunner()
    shown = login(URL).output
    for arguments in (["auth", "status"], ["auth", "status", "--json"], ["env"], ["auth", "logout", "--endpoint", URL]):
        result = runner.invoke(od, arguments, env={"OPENDATA_ENDPOINT": URL})
        assert result.exit_code == 0, result.output
        shown += result.output
    assert "data.example" in shown
    assert TOKEN not in shown


def test_a_token_is_no_argument() -> None:
    """The arguments of a process are for all to see."""
    result = CliRunner().invoke(od, ["auth", "login", "--help"])
    assert "TOKEN" not in result.output.replace("OPENDATA_TOKEN", "")
    assert CliRunner().invoke(od, ["auth", "login", TOKEN, "--endpoint", URL]).exit_code == 2


def test_logging_out_forgets_one_host(file: Path) -> None:
    login(URL)
    login("https://other.example")
    assert CliRunner().invoke(od, ["auth", "logout", "--endpoint", URL]).exit_code == 0
    assert list(TokenFile(os.environ).read()) == ["other.example"]
    again = CliRunner().invoke(od, ["auth", "logout", "--endpoint", URL])
    assert (again.exit_code, again.stderr.strip()) == (0, "no token")


def test_a_token_is_asked_for_on_a_terminal_without_an_echo(file: Path) -> None:
    pty = pytest.importorskip("pty")
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from opendata.cli import main; main()", "auth", "login", "--endpoint", URL],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    shown = b""
    while b"token" not in shown:
        shown += os.read(controller, 1000)
    os.write(controller, f"{TOKEN}\n".encode())
    assert process.wait(timeout=60) == 0
    shown += os.read(controller, 10_000)
    os.close(controller)
    assert TOKEN.encode() not in shown
    assert json.loads(file.read_text()) == {"data.example": TOKEN}


@pytest.mark.parametrize("token", ["", "two words", "line\x0bend", "密码"])
def test_what_cannot_be_a_token_is_refused_without_being_shown(file: Path, token: str) -> None:
    result = login(URL, token)
    assert isinstance(result.exception, InvalidValue)
    assert "(not shown)" in str(result.exception)
    assert not file.exists()


def test_a_file_that_others_can_read_is_refused(file: Path) -> None:
    login(URL)
    file.chmod(0o644)
    with pytest.raises(StoreDenied, match="chmod 600"):
        find_token(URL, os.environ)


@pytest.mark.parametrize("body", ["{", "[]", '{"data.example": 1}'])
def test_a_damaged_file_is_told_without_what_it_holds(file: Path, body: str) -> None:
    login(URL)
    file.write_text(body)
    with pytest.raises(InvalidValue, match="not shown"):
        find_token(URL, os.environ)


def test_without_an_endpoint_it_says_what_to_pass(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["auth", "login"])
    assert exited.value.code == 1
    assert "--endpoint" in capsys.readouterr().err


def test_a_configuration_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert isinstance(login(URL).exception, StoreDenied)
