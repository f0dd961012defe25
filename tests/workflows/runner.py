"""Executes a job of a workflow as GitHub's runner does: its `run:` steps in order, each in a shell of its own.

What GitHub gives a step is here too: the files behind GITHUB_ENV, GITHUB_PATH, GITHUB_OUTPUT and GITHUB_STEP_SUMMARY,
masks, `if:` with its status functions, time limits, and a token endpoint where the job may have an id token. `uses:`
steps would need the network; the caller says what stands in for each, and an action without one is an error. Not here:
services, containers, matrices, more than one job.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from tests.workflows.expressions import Status, filled_in, holds
from tests.workflows.id_tokens import Mint, id_tokens

Action: TypeAlias = Callable[["Job", Mapping[str, str]], None]
"""What stands in for an action: it is given the job and the step's `with:`."""
GITHUB = {
    "event_name": "schedule",
    "ref": "refs/heads/main",
    "repository": "ada/weather",
    "repository_id": "7001",
    "repository_owner_id": "41",
    "run_attempt": "1",
    "run_id": "32291736541",
    "server_url": "https://github.com",
    "sha": "b8962f4eaff8e14fc646cb22c596c81e67d71362",
    "workflow_ref": "ada/weather/.github/workflows/publish.yml@refs/heads/main",
}
"""The context `github`; a step finds it in GITHUB_REPOSITORY and so on."""
_INHERITED = ("PATH", "HOME", "LANG")


@dataclass
class Step:
    """What became of one step; `outcome` is success, failure, cancelled or skipped."""

    name: str
    outcome: str = "skipped"
    log: str = ""
    seconds: float = 0.0
    outputs: dict[str, str] = field(default_factory=dict)


class Job:
    """One job in a workspace. After `run`, `steps`, `summary` and `log` say what happened."""

    def __init__(
        self,
        workflow: Path,
        job: str,
        workspace: Path,
        temp: Path,
        *,
        actions: Mapping[str, Action],
        mint: Mint,
        machine: Mapping[str, str],
    ) -> None:
        """`temp` is the folder that each job finds empty; `machine` are variables that this machine sets."""
        document = yaml.safe_load(workflow.read_text("utf-8"))
        self._definition: Mapping[str, Any] = document["jobs"][job]
        self._permissions = self._definition.get("permissions", document["permissions"])
        self._shell = document.get("defaults", {}).get("run", {}).get("shell")
        self.workspace, self.temp = workspace, temp
        self.environment = {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            **machine,
            **{f"GITHUB_{name.upper()}": value for name, value in GITHUB.items()},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(workspace),
            "RUNNER_TEMP": str(temp),
        }
        self.declared = {**document.get("env", {}), **self._definition.get("env", {})}
        self.steps: list[Step] = []
        self.summary = ""
        self.masks: list[str] = []
        self._actions, self._mint = actions, mint
        self._by_id: dict[str, Step] = {}

    @property
    def outcome(self) -> str:
        """What the job ends with: the worst of its steps."""
        outcomes = {step.outcome for step in self.steps}
        return next((worst for worst in ("failure", "cancelled") if worst in outcomes), "success")

    @property
    def log(self) -> str:
        """What all steps printed, masked."""
        return "".join(f"## {step.name}: {step.outcome}, {step.seconds:.1f} s\n{step.log}" for step in self.steps)

    def outcomes(self) -> dict[str, str]:
        """The outcome of each step by its name."""
        return {step.name: step.outcome for step in self.steps}

    def run(self) -> None:
        """Execute all steps."""
        with id_tokens(self._mint) as endpoint:
            if self._permissions.get("id-token") == "write":
                self.environment.update(endpoint)
                self.masks.append(endpoint["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
            for definition in self._definition["steps"]:
                self._take(definition)

    def add_path(self, folder: str) -> None:
        """Put a folder in front of PATH for the steps that follow."""
        self.environment["PATH"] = os.pathsep.join([folder, self.environment["PATH"]])

    def _take(self, definition: Mapping[str, Any]) -> None:
        step = Step(str(definition.get("name") or definition.get("uses") or definition["run"]))
        contexts = {
            "github": GITHUB,
            "runner": {"temp": str(self.temp), "os": "Linux"},
            "env": {**self.declared, **self.environment},
            "steps": {
                name: {"outcome": known.outcome, "outputs": known.outputs} for name, known in self._by_id.items()
            },
        }
        status: Status = {
            "always": lambda: True,
            "success": lambda: self.outcome == "success",
            "failure": lambda: self.outcome == "failure",
            "cancelled": lambda: self.outcome == "cancelled",
        }

        def fill(values: Mapping[str, Any]) -> dict[str, str]:
            return {key: filled_in(value, contexts, status) for key, value in values.items()}

        started = time.monotonic()
        if holds(str(definition.get("if", "success()")), contexts, status):
            if "uses" in definition:
                self._actions[definition["uses"].partition("@")[0]](self, fill(definition.get("with", {})))
                step.outcome, step.log = "success", "(a stand-in: the action itself needs GitHub)\n"
            else:
                env = {**self.environment, **fill(self.declared), **fill(definition.get("env", {}))}
                limit = definition.get("timeout-minutes", self._definition["timeout-minutes"]) * 60
                shell = definition.get("shell", self._shell)
                self._execute(step, filled_in(definition["run"], contexts, status), shell, env, limit)
        step.seconds = time.monotonic() - started
        self.steps.append(step)
        if "id" in definition:
            self._by_id[definition["id"]] = step

    def _execute(self, step: Step, script: str, shell: str | None, env: dict[str, str], limit: float) -> None:
        """Run a script; then take over what it wrote into the files that GitHub gives a step."""
        folder = self.temp / "_runner" / str(len(self.steps))
        folder.mkdir(parents=True)
        files = {name: folder / name for name in ("ENV", "PATH", "OUTPUT", "STEP_SUMMARY")}
        for path in files.values():
            path.touch()
        env.update({f"GITHUB_{name}": str(path) for name, path in files.items()})
        (folder / "script.sh").write_text(script)
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if shell == "bash" else ["-e"]
        command = ["bash", *options, str(folder / "script.sh")]
        try:
            done = subprocess.run(
                command,
                env=env,
                cwd=self.workspace,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=limit,
                text=True,
            )
        except subprocess.TimeoutExpired:
            step.outcome = "failure"
            step.log = f"the step took more than {limit} s\n"
            return
        step.outcome = "failure" if done.returncode else "success"
        self.masks += re.findall(r"^::add-mask::(.+)$", done.stdout, re.MULTILINE)
        step.log = self._masked(re.sub(r"^::add-mask::.*\n", "", done.stdout, flags=re.MULTILINE))
        self.environment.update(_pairs(files["ENV"].read_text()))
        step.outputs = _pairs(files["OUTPUT"].read_text())
        self.summary += files["STEP_SUMMARY"].read_text()
        for line in files["PATH"].read_text().splitlines():
            self.add_path(line)

    def _masked(self, text: str) -> str:
        for secret in self.masks:
            text = text.replace(secret, "***")
        return text


def _pairs(text: str) -> dict[str, str]:
    """NAME=value, one a line; NAME<<END begins a value of several lines."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, sign, rest = re.split(r"(<<|=)", line, maxsplit=1)
        found[name] = rest if sign == "=" else "\n".join(iter(lines.__next__, rest))
    return found
