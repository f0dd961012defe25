"""`od report`: steps are noted as they end, failures have a category, and a program's words stay on the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from opendata.cli import od
from opendata.contract.health import Outcome, Run
from opendata.create.runs import RunRecord, Step, summed_up
from opendata.errors import NotFound, StoreDenied

from tests.workflows.scripted_gateway import ScriptedGateway

OD = str(Path(sys.executable).with_name("od"))
REPORT = "POST /v1/runs"


def step(name: str, code: str) -> Result:
    """Run a line of Python as a step."""
    return CliRunner().invoke(od, ["report", "step", name, "--", sys.executable, "-c", code])


def exit_code(*arguments: str) -> int:
    """What the command exits with, as a process of its own."""
    return subprocess.run([OD, "report", "step", *arguments], capture_output=True).returncode


def record() -> RunRecord:
    """The record of this job."""
    return RunRecord.here(os.environ)


def send(gateway: ScriptedGateway) -> Any:
    """Send the report, and return what the gateway was told."""
    gateway.answer(REPORT, (201, {}))
    sent = CliRunner().invoke(od, ["report", "send", "ada/weather"])
    assert sent.exit_code == 0, sent.exception
    return gateway.documents(REPORT)[-1]


def test_a_step_shows_what_its_command_prints_and_exits_as_it_does() -> None:
    shown = step("run", "import sys; print('to stdout'); print('to stderr', file=sys.stderr)")
    assert "to stdout\n" in shown.output
    assert "to stderr\n" in shown.output
    assert exit_code("run", "--", sys.executable, "-c", "raise SystemExit(7)") == 7
    assert exit_code("run", "--", "no-such-command") == 127


def test_options_of_the_command_are_its_own() -> None:
    assert "--json --help -x" in step("run", "import sys; print('--json', '--help', '-x')").output
    shown = CliRunner().invoke(od, ["report", "step", "run", "--", "echo", "--help", "-h", "--json"])
    assert shown.output == "--help -h --json\n"


@pytest.mark.parametrize(
    ("code", "category", "message"),
    [
        ("raise TimeoutError('secret')", "network", "TimeoutError"),
        ("import urllib.error; raise urllib.error.URLError('secret')", "network", "URLError"),
        ("raise ConnectionResetError('secret')", "network", "ConnectionResetError"),
        ("import json; json.loads('secret')", "parse", "JSONDecodeError"),
        ("raise PermissionError('secret')", "permission", "PermissionError"),
        ("raise MemoryError('secret')", "write", "MemoryError"),
        ("import no_such_module", "config", "ModuleNotFoundError"),
        ("open('no-such-file')", "config", "FileNotFoundError"),
        ("raise RuntimeError('secret')", "internal", "RuntimeError"),
        ("import sys; sys.exit(3)", "internal", "exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "cancelled", "exit code 143"),
    ],
)
def test_a_program_that_fails_has_a_category_and_its_words_stay_here(
    gateway: ScriptedGateway, code: str, category: str, message: str
) -> None:
    step("run", code)
    told = send(gateway)
    assert (told["outcome"], told["category"], told["summary"]) == ("failed", category, f"run: {message}")
    assert "secret" not in json.dumps(gateway.documents(REPORT))


@pytest.mark.parametrize(
    ("arguments", "category", "says"),
    [
        (["info", "no id"], "validation", "'no id' is not valid"),
        (["info", "--no-such-option"], "config", "No such option"),
        (["info", "ada/nothing"], "config", "ada/nothing has not been published"),
        (["info", "ada/nothing", "--json"], "config", "ada/nothing has not been published"),
        (["info", "ada/weather", "--offline"], "network", "offline"),
    ],
)
def test_a_command_of_od_fails_with_the_category_of_its_error_and_says_why(
    gateway: ScriptedGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    category: str,
    says: str,
) -> None:
    monkeypatch.setenv("OPENDATA_ENDPOINT", gateway.url)
    monkeypatch.setenv("OPENDATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(OD).parent), os.environ["PATH"]]))
    CliRunner().invoke(od, ["report", "step", "validate", "--", "od", *arguments])
    told = send(gateway)
    assert told["category"] == category
    assert says in told["summary"]
    assert "error: " not in told["summary"]


def test_the_first_failure_is_the_one_that_is_told(gateway: ScriptedGateway) -> None:
    step("run", "pass")
    step("validate", "raise ValueError")
    step("push", "raise TimeoutError")
    assert send(gateway)["summary"] == "validate: ValueError"


def test_a_success_says_what_was_pushed(gateway: ScriptedGateway) -> None:
    step("run", "pass")
    pushed = {"outcome": "published", "rows": 12}
    record().note(Step("push", "2026-11-24T12:00:00.000000Z", 1.5, result=pushed))
    told = send(gateway)
    assert (told["outcome"], told["category"], told["rows"]) == ("published", None, 12)
    assert Run.from_dict(told).outcome is Outcome.PUBLISHED


def test_a_program_cannot_say_that_something_was_published(gateway: ScriptedGateway) -> None:
    for name in ("run", "push"):
        step(name, """print('{"outcome": "published", "rows": 12}')""")
    assert (send(gateway)["outcome"], send(gateway)["rows"]) == ("unchanged", None)


def test_data_that_a_push_holds_back_are_in_quarantine() -> None:
    held_back = Step("push", "2026-11-24T12:00:00.000000Z", 1.5, category="validation", message="error: null in day")
    assert summed_up([held_back], {}).outcome is Outcome.QUARANTINED
    assert summed_up([replace(held_back, category="network")], {}).outcome is Outcome.FAILED


def test_a_step_that_never_ended_was_cancelled(gateway: ScriptedGateway) -> None:
    step("run", "pass")
    process = subprocess.Popen(
        [OD, "report", "step", "validate", "--", sys.executable, "-c", "print('up'); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline() == b"up\n"
    process.kill()
    process.communicate()
    told = send(gateway)
    assert (told["category"], told["summary"]) == ("cancelled", "validate: did not end")


def test_a_step_that_comes_again_begins_a_new_run() -> None:
    for _ in range(2):
        step("run", "pass")
        step("push", "pass")
    assert [noted.name for noted in record().steps()] == ["run", "push"]
    assert all(noted.seconds is not None for noted in record().steps())


def test_a_report_links_to_the_run_and_is_shown_on_its_page(
    gateway: ScriptedGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "ada/weather")
    monkeypatch.setenv("GITHUB_RUN_ID", "42")
    step("run", "raise TimeoutError")
    assert send(gateway)["link"] == "https://github.com/ada/weather/actions/runs/42"
    assert page.read_text().startswith("## ada/weather: failed\n")
    assert "| run | network |" in page.read_text()


def test_the_page_is_written_even_if_the_gateway_cannot_be_told(
    gateway: ScriptedGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    gateway.answer(REPORT, (403, {"error": {"code": "forbidden", "message": "not yours"}}))
    step("run", "pass")
    sent = CliRunner().invoke(od, ["report", "send", "ada/weather"])
    assert isinstance(sent.exception, StoreDenied)
    assert sent.exception.request_id == "request-7"
    assert page.exists()


def test_a_gateway_that_is_busy_is_told_again(gateway: ScriptedGateway) -> None:
    gateway.answer(REPORT, (503, {}), (429, {}), (201, {}))
    step("run", "pass")
    assert CliRunner().invoke(od, ["report", "send", "ada/weather"]).exit_code == 0
    assert len(gateway.documents(REPORT)) == 3


def test_without_a_step_there_is_nothing_to_tell(gateway: ScriptedGateway) -> None:
    assert isinstance(CliRunner().invoke(od, ["report", "send", "ada/weather"]).exception, NotFound)


def test_on_github_a_failure_is_an_annotation_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::error::run: network: TimeoutError" in step("run", "raise TimeoutError").output.splitlines()
