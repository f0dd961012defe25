"""The one place that turns errors into messages on stderr and exit codes."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TextIO

import click

from opendata.cli.messages import is_chinese, say
from opendata.errors import OpenDataError, StaleState, UnknownSymbol

OK, USAGE, INTERRUPTED = 0, 2, 130
"""The other exit codes are the `exit_code` of the error classes (1 and 3 to 9)."""


def guarded(run: Callable[[], Any], arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; what goes wrong is told on stderr, in JSON if JSON was asked for."""
    as_json = asks_for_json(arguments)
    with warnings.catch_warnings():
        for category in (StaleState, UnknownSymbol):
            warnings.simplefilter("always", category)
        warnings.showwarning = _show_warning
        try:
            code = run()
            sys.stdout.flush()
            return code if isinstance(code, int) else OK
        except OpenDataError as error:
            _tell(as_json, error.code, type(error).__name__, error.message, error.hint, error.request_id)
            return error.exit_code
        except click.UsageError as error:
            hint = f"{error.ctx.command_path} --help" if error.ctx else "od --help"
            _tell(as_json, "usage", "UsageError", error.format_message(), hint)
            return USAGE
        except (KeyboardInterrupt, click.Abort):
            click.echo(say("interrupted"), err=True)
            return INTERRUPTED
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether the arguments ask for JSON, also where they cannot be parsed."""
    return "--json" in arguments or "--format=json" in arguments or ("--format", "json") in pairwise(arguments)


def _tell(as_json: bool, code: str, kind: str, message: str, hint: str | None, request_id: str | None = None) -> None:
    if as_json:
        error = {"code": code, "type": kind, "message": message, "hint": hint, "request_id": request_id}
        click.echo(json.dumps({"error": error}, ensure_ascii=False), err=True)
        return
    summary = f"{say(code)}: " if is_chinese() else ""
    click.echo(f"{say('error')}: {summary}{message}", err=True)
    if hint:
        click.echo(f"{say('hint')}: {hint}", err=True)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    click.echo(f"{say('warning')}: {message}", err=True)
