"""The command `od`: one module per group of verbs, one output layer, one table from errors to exit codes.

What costs time to import (the client, the engines) is imported by the verb that needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from opendata.cli.auth import auth
from opendata.cli.cache import cache
from opendata.cli.catalog import info, search, verify, versions
from opendata.cli.compare import changes, cite, diff
from opendata.cli.completion import completion
from opendata.cli.create import init, push, validate
from opendata.cli.data import explain, head, load
from opendata.cli.deploy import deploy
from opendata.cli.environment import env
from opendata.cli.failures import guarded
from opendata.cli.messages import is_chinese
from opendata.cli.registry import registry
from opendata.cli.report import report


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 validation failed, 2 usage, 3 not found, 4 integrity, 5 network, 6 authorisation, "
    "7 conflict, 8 quality gate, 9 licence, 130 interrupted.",
)
@click.version_option(package_name="opendata", prog_name="od")
def od() -> None:
    """Load verified, versioned open data.

    \b
    od search covid                                  what is there
    od info official/owid-covid-global-daily         what it is
    od load official/stooq-aapl-daily -o aapl.csv    get it
    od verify official/stooq-aapl-daily              check it
    """


for command in (
    *(load, explain, head, info, search, versions, diff, changes, verify, cite),
    *(init, validate, push, registry, deploy, report),
    *(cache, env, auth, completion),
):
    od.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `od` and exit with the code of the outcome."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command: click.Command = od
    if is_chinese():
        from opendata.cli.help_zh import translated

        command = translated(od)
    sys.exit(guarded(lambda: command.main(given, prog_name="od", standalone_mode=False), given))
