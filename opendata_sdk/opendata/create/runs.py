"""What became of a scheduled run: each step is noted as it ends, and at last one report goes to the gateway.

A step is a command. Its output passes through; of a creator's own program only the name of the exception is kept,
since its messages may hold anything, and of `od` its message, which never holds a secret. A step that is noted a second
time begins a new run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from opendata.contract.canonical import format_instant
from opendata.contract.health import LONGEST_SUMMARY, Outcome, Run
from opendata.errors import NotFound
from opendata.stores.store import utc_now

_EXITS = {
    1: "validation",
    2: "config",
    3: "config",
    4: "integrity",
    5: "network",
    6: "permission",
    7: "conflict",
    8: "validation",
    9: "validation",
    130: "cancelled",
}
"""The category of an exit code of `od`."""
_EXCEPTIONS = (
    (r"Timeout|Connect|URLError|HTTPError|SSL|gaierror|RemoteDisconnected|ProtocolError", "network"),
    (r"JSONDecode|Unicode|Parser|Parse|NoColumns|BadZip", "parse"),
    (r"PermissionError", "permission"),
    (r"MemoryError", "write"),
    (r"ModuleNotFound|ImportError|SyntaxError|FileNotFound|NotADirectory", "config"),
    (r"KeyboardInterrupt", "cancelled"),
)
"""The category of a program's exception, by its name; what is not listed is internal."""
_RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*([A-Z]\w*)(?::|$)")
_TOLD = re.compile(r"(?:error|错误): (.*)")
_SIGNALLED = 128
PUSH = "push"
"""The step that says what was published, or that its checks hold data back."""
TAIL = 400
"""Lines of output that are looked at."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `seconds` is None until it ends, and stays so where it was killed."""

    name: str
    started_at: str
    seconds: float | None = None
    category: str | None = None
    """What kind of failure; None: it succeeded, or has not ended."""
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    """The JSON document that `od` printed."""

    @property
    def failure(self) -> str | None:
        """The category of its failure, if it failed."""
        return self.category if self.seconds is not None else "cancelled"


class RunRecord:
    """The steps of a run, in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def here(cls, env: Mapping[str, str]) -> RunRecord:
        """In the folder that the runner empties for each job, else in .opendata of the working directory."""
        return cls(Path(env.get("RUNNER_TEMP") or ".opendata") / "opendata-run.json")

    def steps(self) -> list[Step]:
        """What was noted, in order. Raises NotFound where nothing was."""
        try:
            return [Step(**step) for step in json.loads(self.path.read_text(encoding="utf-8"))]
        except FileNotFoundError:
            raise NotFound(f"{self.path}: no step was noted", hint="`od report step NAME -- COMMAND`") from None

    def note(self, step: Step) -> None:
        """Note a step that begins, or how it ended."""
        known = self.steps() if self.path.exists() else []
        if known and known[-1].name == step.name and step.seconds is not None:
            known.pop()
        elif any(other.name == step.name for other in known):
            known = []
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps([asdict(item) for item in [*known, step]]), encoding="utf-8")


def run_step(record: RunRecord, name: str, command: Sequence[str], show: Callable[[str], object]) -> tuple[Step, int]:
    """Run a command as a step; what it prints is shown line by line. Returns the step and the command's exit code."""
    step = Step(name, format_instant(utc_now()))
    record.note(step)
    started = time.monotonic()
    lines: deque[str] = deque(maxlen=TAIL)
    code = _run(command, lines, show)
    step = replace(step, seconds=round(time.monotonic() - started, 3))
    by_od = command[0] == "od"
    if code == 0:
        step = replace(step, result=_document(lines) if by_od else {})
    elif by_od:
        message = _told(lines) or f"exit code {code}"
        step = replace(step, category=_category_of_od(name, code), message=message)
    else:
        raised = next((match[1] for line in reversed(lines) if (match := _RAISED.match(line))), None)
        step = replace(step, category=_category(raised, code), message=raised or f"exit code {code}")
    record.note(step)
    return step, code


def summed_up(steps: Sequence[Step], env: Mapping[str, str]) -> Run:
    """The run as a whole: its first failure decides. In GitHub Actions it links to the log."""
    failed = next((step for step in steps if step.failure), None)
    pushed = next((step.result for step in steps if step.name == PUSH), {})
    if failed:
        held_back = failed.name == PUSH and failed.failure == "validation"
        outcome = Outcome.QUARANTINED if held_back else Outcome.FAILED
        summary = f"{failed.name}: {failed.message or 'did not end'}"
    else:
        outcome = Outcome(pushed.get("outcome", Outcome.UNCHANGED.value))
        summary = f"{', '.join(step.name for step in steps)}: done"
    on_github = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"
    return Run(
        outcome=outcome,
        summary=summary[:LONGEST_SUMMARY],
        started_at=steps[0].started_at,
        seconds=round(sum(step.seconds or 0.0 for step in steps), 3),
        category=failed.failure if failed else None,
        rows=pushed.get("rows"),
        link=on_github.format_map(env) if env.get("GITHUB_RUN_ID") else None,
    )


def as_markdown(dataset: str, run: Run, steps: Sequence[Step]) -> str:
    """The report for people: GitHub shows it on the page of the run."""
    rows = [
        f"| {step.name} | {step.failure or 'ok'} | {'' if step.seconds is None else f'{step.seconds:.1f} s'} "
        f"| {step.message.replace('|', '/')} |"
        for step in steps
    ]
    head = f"## {dataset}: {run.outcome.value}\n"
    return "\n".join([head, "| step | outcome | time | |", "|---|---|---|---|", *rows, ""])


def _run(command: Sequence[str], lines: deque[str], show: Callable[[str], object]) -> int:
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    try:
        process = subprocess.Popen(  # noqa: S603 - the command that the workflow names
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=env
        )
    except OSError as error:
        lines.append(f"{type(error).__name__}: {command[0]}")
        show(f"{command[0]}: {error.strerror}")
        return 127
    with process:
        for line in process.stdout or ():
            lines.append(line.rstrip("\n"))
            show(lines[-1])
    return process.returncode if process.returncode >= 0 else _SIGNALLED - process.returncode


def _told(lines: Sequence[str]) -> str | None:
    """The message of the error that `od` printed, in words or in JSON."""
    error = _document(lines).get("error")
    if isinstance(error, dict):
        return str(error.get("message"))
    return next((match[1] for line in reversed(lines) if (match := _TOLD.match(line))), None)


def _category_of_od(name: str, code: int) -> str:
    category = _EXITS.get(code, "internal")
    return "upload" if (name, category) == (PUSH, "network") else category


def _category(raised: str | None, code: int) -> str:
    if code > _SIGNALLED:
        return "cancelled"
    return next((category for pattern, category in _EXCEPTIONS if raised and re.search(pattern, raised)), "internal")


def _document(lines: Sequence[str]) -> dict[str, Any]:
    """The JSON document that the last line is, if it is one."""
    try:
        found = json.loads(lines[-1]) if lines else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
