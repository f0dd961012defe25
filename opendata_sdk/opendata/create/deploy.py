"""The workflow that publishes a creator's folder on a schedule: publish.yml beside this module with its gaps filled in.

What goes into a gap has been checked to be plain: nothing that a folder says can become a command of the workflow.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from string import Template

from opendata.create.project import Project
from opendata.errors import Conflict, InvalidValue, NotFound

WORKFLOW = Path(".github/workflows/publish.yml")
LOCK = "requirements.lock"
RUNNERS = {"hosted": "ubuntu-24.04", "self-hosted": "[self-hosted, linux]"}
"""The labels of the machines that a job may run on."""

_TEMPLATE = Path(__file__).with_name("publish.yml")
_GATEWAY = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|http://(?:127\.0\.0\.1|localhost))(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?"
)
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?P<sign>@|==)")
_COMMIT = re.compile(r"@\s*git\+https://[^\s@]+@[0-9a-f]{40}(?:#|\s|$)")
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 6))
_CRON = {
    "hourly": "{minute} * * * *",
    "daily": "{minute} {hour} * * *",
    "weekly": "{minute} {hour} * * 1",
    "monthly": "{minute} {hour} 1 * *",
    "quarterly": "{minute} {hour} 1 1,4,7,10 *",
    "yearly": "{minute} {hour} 1 1 *",
}
SHORTEST_MINUTES = 5
"""GitHub starts no workflow more often."""


class _Gaps(Template):
    """`%{name}` is a gap; `${{ … }}` belongs to GitHub."""

    delimiter = "%"


def workflow(project: Project, *, gateway: str, runner: str = "hosted", cron: str | None = None) -> str:
    """The text of the workflow. Without `cron` the metadata's frequency says when it runs, adhoc: only by hand."""
    if not _GATEWAY.fullmatch(gateway):
        raise InvalidValue("gateway", gateway, "must be an https URL without user, query and fragment")
    when = check_cron(cron) if cron else cron_for(project)
    schedule = f'  schedule:\n    - cron: "{when}"\n' if when else ""
    return _Gaps(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        triggers=f"{schedule}  workflow_dispatch:\n",
        dataset=project.metadata.id,
        labels=RUNNERS[runner],
        gateway=gateway.rstrip("/"),
        lock=LOCK,
        install=_install_options(project.folder / LOCK),
    )


def write_workflow(folder: Path, text: str, *, force: bool = False) -> Path:
    """Write it where GitHub looks for it; another text that is there already is a conflict, unless `force`."""
    inside = next((parent for parent in folder.resolve().parents if (parent / ".git").exists()), None)
    if inside and not (folder / ".git").exists():
        raise InvalidValue(
            "folder", str(folder), f"must be the root of its repository, which is {inside}", hint=f"cd {inside}"
        )
    path = folder / WORKFLOW
    if path.exists() and path.read_text(encoding="utf-8") != text and not force:
        raise Conflict(f"{path} has another content", hint="`od deploy --dry-run` shows the new one; --force writes it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def cron_for(project: Project) -> str | None:
    """When to run by the metadata's frequency, spread over minutes and early hours (UTC) by the dataset's id."""
    frequency = project.metadata.document.get("frequency", "adhoc")
    if frequency == "adhoc":
        return None
    if frequency not in _CRON:
        rule = f"must be given for {frequency} data; GitHub starts nothing more often than every {SHORTEST_MINUTES} min"
        raise InvalidValue("cron", None, rule, hint='add --cron "*/15 * * * *"')
    spread = int(sha256(project.metadata.id.encode()).hexdigest()[:8], 16)
    return _CRON[frequency].format(minute=1 + spread % 58, hour=spread // 58 % 6)


def check_cron(text: str) -> str:
    """Accept five fields of numbers, ranges, lists and steps that GitHub would keep to."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise InvalidValue("cron", text, "must have five fields: minute, hour, day, month, day of the week (UTC)")
    for field, (name, low, high) in zip(fields, _FIELDS, strict=True):
        if not all(_is_part(part, low, high) for part in field.split(",")):
            raise InvalidValue("cron", text, f"{name} must be * or numbers from {low} to {high}, with - , and /")
    often = re.fullmatch(r"\*(?:/(\d+))?", fields[0])
    if often and int(often[1] or 1) < SHORTEST_MINUTES:
        raise InvalidValue("cron", text, f"GitHub starts nothing more often than every {SHORTEST_MINUTES} minutes")
    return " ".join(fields)


def _is_part(part: str, low: int, high: int) -> bool:
    match = re.fullmatch(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", part)
    if not match or match[3] in ("0", "00"):
        return False
    first = low if match[1] is None else int(match[1])
    return low <= first <= (int(match[2]) if match[2] else first) <= high


def _install_options(path: Path) -> str:
    """How to install the lock: every requirement has its hashes, or is a commit, which is one by itself.

    None may take this SDK's name from the public index, where it is somebody else's.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(
            f"there is no {path}", hint="the workflow installs what it names; `od init` writes one"
        ) from None
    lines = re.sub(r"(?:^|\s)#.*", "", text.replace("\\\n", " "), flags=re.MULTILINE).splitlines()
    requirements = [line.strip() for line in lines if line.strip()]
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if not match:
            raise InvalidValue(LOCK, requirement.split()[0], "must be NAME==VERSION or NAME @ URL")
        if match["name"].lower() == "opendata" and match["sign"] != "@":
            raise InvalidValue(LOCK, match["name"], "must say where it is: by its bare name it is another project")
        if "--hash=sha256:" not in requirement and not _COMMIT.search(requirement):
            hint = "uv pip compile --universal --generate-hashes requirements.in -o requirements.lock"
            raise InvalidValue(LOCK, match["name"], "must have its hashes, as everything in a schedule", hint=hint)
    return "--verify-hashes" if any(_COMMIT.search(one) for one in requirements) else "--require-hashes"
