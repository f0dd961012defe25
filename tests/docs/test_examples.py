"""What the documentation shows runs: every Python example, every line of a shell, every example of a docstring."""

from __future__ import annotations

import doctest
import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import opendata
import pytest
from opendata.cli import od

from tests.docs.pages import CHINESE, DOCS, GUIDES, blocks

NOT_RUN = 10
"""Blocks of the guides that need what a test has not: the network, a bucket, a host. Keep them few."""


def pages_with(language: str) -> list[Path]:
    """The guides with a block of this language that is run."""
    return [page for page in GUIDES if runnable(page, language)]


def runnable(page: Path, language: str) -> list[str]:
    """The code of the blocks of this language that are run, in order."""
    return [block.code for block in blocks(page) if block.language == language and not block.reason]


@pytest.mark.filterwarnings("ignore::opendata.errors.StaleState")
@pytest.mark.parametrize("page", pages_with("python"), ids=lambda page: page.stem)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path, endpoint: str) -> None:
    namespace: dict[str, object] = {"endpoint": endpoint}
    for number, code in enumerate(runnable(page, "python")):
        exec(compile(code, f"{page.name}, block {number}", "exec"), namespace)


@pytest.mark.parametrize("page", pages_with("sh"), ids=lambda page: page.stem)
def test_the_shell_of_a_page_runs(page: Path, endpoint: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    code = "\n".join(runnable(page, "sh"))
    done = subprocess.run(["bash", "-euc", code], env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    reasons = [block.reason for page in GUIDES for block in blocks(page) if block.reason]
    assert len(reasons) == NOT_RUN, reasons


def od_lines() -> Iterator[tuple[str, str]]:
    """Every line that calls `od`, in the pages and in the reference, with the name of its page."""
    for page in [*GUIDES, *CHINESE, DOCS / "reference" / "cli.md"]:
        for block in blocks(page):
            for line in block.code.splitlines() if block.language == "sh" else ():
                if found := re.search(r"(?:^|\s)(od .*)", line):
                    yield page.name, found[1]


@pytest.mark.parametrize(("page", "line"), list(od_lines()))
def test_od_understands_every_line(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    ends = next((place for place, word in enumerate(words) if word in ("|", "<", ">", "||", "&&")), len(words))
    command: click.Command = od
    rest = words[1:ends]
    context = click.Context(od, info_name="od")
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(context, rest)
        assert command is not None, name
        context = click.Context(command, info_name=name, parent=context)
    command.parse_args(context, list(rest))


@pytest.mark.parametrize(("chinese", "english"), CHINESE.items(), ids=lambda page: page.name)
def test_both_languages_show_the_same_code(chinese: Path, english: Path) -> None:
    assert [code_only(block.code) for block in blocks(chinese)] == [code_only(block.code) for block in blocks(english)]


def code_only(code: str) -> str:
    """Code without comments and the spaces before them."""
    return re.sub(r"[ \t]+#.*", "", code)


@pytest.mark.parametrize("name", [name for name in opendata.__all__ if inspect.isroutine(getattr(opendata, name))])
def test_the_examples_of_a_docstring_run(name: str, endpoint: str) -> None:
    function = getattr(opendata, name)
    examples = doctest.DocTestFinder(recurse=False).find(function, name, globs={"od": opendata})
    assert any(example.examples for example in examples), "each public function shows how it is called"
    for example in examples:
        outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example)
        assert not outcome.failed
