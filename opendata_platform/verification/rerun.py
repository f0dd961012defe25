"""Running a creator's job again: main.py in a copy of its folder, without what the operator's environment holds.

The program is somebody else's. It gets no credential, but it runs with the rights of whoever started `odp verify`:
judge what you do not know in a container.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from opendata.create.output import mismatches, read_output, table_of
from opendata.create.project import read_project
from opendata.errors import InvalidValue
from opendata.write import content_hash

from opendata_platform.verification.reproducible import Attempt, NotRebuilt, Rebuilt

Runner: TypeAlias = Callable[[Path], int]
"""Runs the job of the project in a folder; returns its exit code."""

TIMEOUT_S = 3600
_LEFT_BEHIND = ("out", ".git", ".venv", ".opendata", "__pycache__")
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "HTTPS_PROXY", "SSL_CERT_FILE")
"""Variables that a program needs to find its interpreter and the network, and that hold no secret."""


def rerun(folder: Path, dataset: str, runner: Runner | None = None) -> Attempt:
    """Run the job of a project and hash what it writes; raises InvalidValue for the folder of another dataset."""
    declared = read_project(folder).metadata.id
    if declared != dataset:
        raise InvalidValue("project", declared, f"must be the project of {dataset}")
    with TemporaryDirectory() as place:
        copy = Path(place) / "project"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))
        code = (runner or main_of(folder))(copy)
        if code:
            return NotRebuilt(f"the job ended with exit code {code}", f"任务以退出码 {code} 结束")
        return _hashed(copy)


def main_of(folder: Path) -> Runner:
    """Runs main.py with the project's own environment (.venv) where it has one, else with this one's Python."""
    own = folder.resolve() / ".venv" / "bin" / "python"
    python = str(own) if own.is_file() else sys.executable

    def run_main(copy: Path) -> int:
        home = copy.parent / "home"
        home.mkdir()
        env = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"HOME": str(home)}
        try:
            return subprocess.run(  # noqa: S603 - the operator names the project
                [python, "main.py"], cwd=copy, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S
            ).returncode
        except subprocess.TimeoutExpired:
            return 124  # as `timeout` says it

    return run_main


def _hashed(folder: Path) -> Attempt:
    project = read_project(folder)
    try:
        frame = read_output(project).frame
    except InvalidValue as error:
        return NotRebuilt(f"the job wrote no table: {error.message}", "任务未写出数据表")
    table = table_of(project, frame)
    if wrong := mismatches(frame, table):
        return NotRebuilt(f"the job wrote another table than is declared: {wrong[0]}", "任务写出的表与声明不符")
    return Rebuilt(content_hash(frame, table), "running main.py again")
