"""The output layer: data on stdout in the format that was asked for, everything else on stderr."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unicodedata import east_asian_width

import click

from opendata.cli.messages import say

FORMATS = ("auto", "human", "json", "quiet")


class Output:
    """Writes what a command found.

    auto: for people on a terminal, else tab-separated for other programs; quiet: nothing but the exit code.
    """

    def __init__(self, format: str) -> None:
        self.format = format
        self.human = format == "human" or (format == "auto" and sys.stdout.isatty())

    def table(self, rows: Sequence[Mapping[str, Any]], document: Any, *, empty: str) -> None:
        """Rows with the same keys, which are the headings; `document` is what JSON shows of them."""
        if self.format == "json":
            self.json(document)
        elif not rows:
            self.note(empty)
        elif self.human:
            self._aligned([[say(key) for key in rows[0]], *([_text(v) for v in row.values()] for row in rows)])
        elif self.format == "auto":
            for row in rows:
                click.echo("\t".join(_text(value).replace("\t", " ").replace("\n", " ") for value in row.values()))

    def fields(self, fields: Mapping[str, Any], document: Any) -> None:
        """Names and values, one a line."""
        if self.format == "json":
            self.json(document)
        elif self.human:
            self._aligned([[say(name), _text(value)] for name, value in fields.items()])
        elif self.format == "auto":
            for name, value in fields.items():
                click.echo(f"{name}\t{_text(value)}")

    def json(self, document: Any) -> None:
        """One JSON document."""
        click.echo(json.dumps(document, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))

    def text(self, text: str) -> None:
        """Text that is data."""
        if self.format != "quiet":
            click.echo(text)

    def note(self, text: str) -> None:
        """A remark for a person."""
        if self.format not in ("json", "quiet"):
            click.echo(say(text), err=True)

    def _aligned(self, lines: Sequence[Sequence[str]]) -> None:
        widths = [max(_width(line[column]) for line in lines) for column in range(len(lines[0]))]
        for line in lines:
            padded = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
            click.echo("  ".join(padded).rstrip())


def with_output(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --format and --json, and the Output they describe as first argument."""

    @click.option("--format", "format", type=click.Choice(FORMATS), default="auto", help="How to write the result.")
    @click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
    @functools.wraps(command)
    def wrapped(*args: Any, format: str, as_json: bool, **options: Any) -> Any:
        return command(Output("json" if as_json else format), *args, **options)

    return wrapped


def size(count: float) -> str:
    """Bytes for people: 1.5 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}" if abs(value) >= 10_000 and sys.stdout.isatty() else str(value)
        case tuple() | list():
            return ", ".join(str(item) for item in value)
        case _:
            return str(value)


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
