"""The reference of `od`: every command with its arguments, options and examples, from what click knows."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
from opendata.cli import od

from opendata_platform.site.markdown import NOTE, code, page, table

_INTRO = """\
Data goes to stdout, everything else to stderr. Every command takes `--help`, and those that print data `--json` and
`--format auto|human|json|quiet`. Errors and exit codes are in [Errors](errors.md), settings in
[Environment variables](environment.md)."""
_SHARED = {"format", "as_json", "help"}


def commands_page() -> str:
    """The whole page."""
    sections = [_section(context) for context in _walk(click.Context(od, info_name="od"))]
    return page(NOTE, "# Command `od`", _INTRO, *sections)


def _walk(context: click.Context) -> Iterator[click.Context]:
    """The context of each command below a group, in the order in which they were added."""
    group = context.command
    assert isinstance(group, click.Group)
    for name, command in group.commands.items():
        if command.hidden:
            continue
        below = click.Context(command, info_name=name, parent=context)
        yield below
        if isinstance(command, click.Group):
            yield from _walk(below)


def _section(context: click.Context) -> str:
    command = context.command
    level = "##" if context.parent and context.parent.parent is None else "###"
    options = [
        parameter
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden and parameter.name not in _SHARED
    ]
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    return page(
        f"{level} {context.command_path}",
        _prose(command.help or ""),
        f"```text\n{usage}\n```",
        table(("Option", "Meaning"), [_option(option, context) for option in options]) if options else "",
        _examples(command.epilog or ""),
    )


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    record = option.get_help_record(context)
    names, meaning = record or ("", "")
    return code(names), meaning


def _examples(epilog: str) -> str:
    """The commands of an epilog, which click shows as they are written."""
    lines = inspect.cleandoc(epilog.replace("\b", "")).splitlines()
    commands = [line.strip() for line in lines if line.strip().startswith("od ")]
    return "```sh\n" + "\n".join(commands) + "\n```" if commands else ""


def _prose(text: str) -> str:
    """Help text as paragraphs; what click leaves as it is becomes a block."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        f"```text\n{inspect.cleandoc(paragraph.replace(chr(8), ''))}\n```" if "\b" in paragraph else paragraph
        for paragraph in paragraphs
    )
