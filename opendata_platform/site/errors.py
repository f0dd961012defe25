"""The reference of errors: the tree, and each class with its code, exit code and meaning in both languages."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from opendata import errors
from opendata.cli.messages import chinese

from opendata_platform.site.markdown import NOTE, page, table

_INTRO = """\
All of them are in `opendata.errors`. Each has a stable `code`, the `exit_code` of the command and a `hint` that says
what to do next, and is also the built-in that people catch. What to do about them:
[Errors and exit codes](../how-to/errors.md)."""


def errors_page() -> str:
    """The whole page."""
    tree = inspect.getdoc(errors) or ""
    drawn = "\n".join(line for line in tree.splitlines() if line.startswith("    "))
    rows = [
        (f"`{error.__name__}`", f"`{error.code}`", str(error.exit_code), _first_line(error), chinese(error.code))
        for error in _all()
    ]
    heading = ("Error", "Code", "Exit", "Meaning", "含义")
    return page(NOTE, "# Errors", _INTRO, f"```text\n{inspect.cleandoc(drawn)}\n```", table(heading, rows))


def _all() -> Iterator[type[errors.OpenDataError]]:
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.OpenDataError):
            yield value


def _first_line(error: type) -> str:
    return (inspect.getdoc(error) or "").splitlines()[0]
