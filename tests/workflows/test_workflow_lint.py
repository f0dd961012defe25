"""The project's workflows, and those that `od deploy` writes, give linters nothing to find."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from opendata.create.deploy import RUNNERS, workflow
from opendata.create.project import read_project

from opendata_platform.cli import cli
from tests.conftest import ROOT

OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CASES = [*(path.name for path in OWN), *(f"deployed: {runner}" for runner in RUNNERS)]
TOOLS = Path(sys.executable).parent


@pytest.fixture(params=CASES)
def path(request: pytest.FixtureRequest, folder: Path) -> Path:
    """One workflow: the project's own, or one that is deployed."""
    if not request.param.startswith("deployed: "):
        return ROOT / ".github" / "workflows" / request.param
    runner = request.param.removeprefix("deployed: ")
    written = folder / ".github" / "workflows" / "publish.yml"
    written.parent.mkdir(parents=True)
    written.write_text(workflow(read_project(folder), gateway="https://data.example.org", runner=runner))
    return written


def jobs(path: Path) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each job of a workflow with its steps."""
    for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values():
        yield job, job["steps"]


def found(*command: str | Path) -> str:
    """What a linter prints if it finds anything."""
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def actionlint(path: Path) -> str:
    """What actionlint finds, with shellcheck for the scripts."""
    return found(TOOLS / "actionlint", "-no-color", "-shellcheck", TOOLS / "shellcheck", path)


def zizmor(path: Path) -> str:
    """What zizmor finds without asking GitHub."""
    options = ["--offline", "--no-progress", "--no-config", "--persona=pedantic", "--color=never"]
    return found(TOOLS / "zizmor", *options, path)


def test_actionlint_and_shellcheck_find_nothing(path: Path) -> None:
    assert actionlint(path) == ""


def test_zizmor_finds_nothing(path: Path) -> None:
    assert zizmor(path) == ""


@pytest.mark.parametrize(
    ("linter", "before", "after", "finding"),
    [
        (actionlint, "steps.install.outcome", "steps.absent.outcome", "absent"),
        (actionlint, '"$RUNNER_TEMP/venv"', "$RUNNER_TEMP/venv", "SC2086"),
        (zizmor, "od report send", "echo ${{ github.head_ref }}; od report send", "template-injection"),
        (zizmor, "persist-credentials: false", "fetch-depth: 1", "artipacked"),
        (zizmor, "@08c6903cd8c0fde910a37f88322edcfb5dd907a8", "@v5", "unpinned-uses"),
    ],
)
def test_the_linters_find_what_would_be_wrong(
    folder: Path, tmp_path: Path, linter: Callable[[Path], str], before: str, after: str, finding: str
) -> None:
    text = workflow(read_project(folder), gateway="https://data.example.org")
    assert before in text
    spoilt = tmp_path / "spoilt.yml"
    spoilt.write_text(text.replace(before, after, 1))
    assert finding in linter(spoilt)


def test_every_action_is_pinned_to_a_commit_and_says_its_version(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert used
    for line in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_no_context_reaches_a_shell_but_through_its_environment(path: Path) -> None:
    for _, steps in jobs(path):
        assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


def test_every_job_ends_by_itself_and_asks_for_what_it_may_do(path: Path) -> None:
    document = yaml.safe_load(path.read_text("utf-8"))
    for job, _ in jobs(path):
        assert job["timeout-minutes"] <= 120
        allowed = job.get("permissions", document["permissions"])
        assert allowed.get("contents", "read") == "read"


@pytest.mark.parametrize("runner", RUNNERS)
def test_what_is_deployed_holds_no_secret_and_asks_for_no_more_than_to_be_vouched_for(
    folder: Path, runner: str
) -> None:
    text = workflow(read_project(folder), gateway="https://data.example.org", runner=runner)
    job = yaml.safe_load(text)["jobs"]["publish"]
    assert "secrets" not in text
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert yaml.safe_load(text)["permissions"] == {}


def test_one_action_has_one_pin_everywhere(folder: Path) -> None:
    texts = [path.read_text("utf-8") for path in OWN]
    texts.append(workflow(read_project(folder), gateway="https://data.example.org"))
    pins = {tuple(line.split("@")) for text in texts for line in re.findall(r"uses: (.*)", text)}
    assert len({name for name, _ in pins}) == len(pins)


def test_what_the_projects_workflows_call_is_there() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for step in (step for path in OWN for _, steps in jobs(path) for step in steps):
        for target in re.findall(r"\bmake (\S+)", step.get("run", "")):
            assert target in targets
        for command in re.findall(r"\bodp (\S+)", step.get("run", "")):
            assert command in cli.commands


def test_secrets_come_from_an_environment_and_reach_single_steps() -> None:
    for path in OWN:
        for job, steps in jobs(path):
            holders = [step for step in steps if "secrets." in str(step)]
            assert "secrets." not in str({name: part for name, part in job.items() if name != "steps"})
            assert len(holders) <= 1
            assert not holders or job["environment"]
            assert all("secrets." not in str(step["run"]) for step in holders)
