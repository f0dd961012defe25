"""`od auth`: keeping the token of an endpoint, which is read from a prompt or from stdin and never shown."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from opendata.cli.create import with_gateway
from opendata.cli.messages import say
from opendata.cli.output import Output, with_output
from opendata.errors import InvalidValue

if TYPE_CHECKING:
    from opendata.stores.tokens import TokenFile

with_endpoint = click.option("--endpoint", help="Base URL of the endpoint; OPENDATA_ENDPOINT by default.")


@click.group(
    epilog="""\b
Examples:
  od auth login --endpoint https://data.example.org
  od auth login < token.txt
  od auth status
"""
)
def auth() -> None:
    """Keep the tokens that open private data. OPENDATA_TOKEN, where it is set, is used instead of them."""


@auth.command("login")
@with_endpoint
@with_output
def login(out: Output, endpoint: str | None) -> None:
    """Keep a token for the host of an endpoint; it is asked for, or read from stdin."""
    from opendata.stores.tokens import check_token

    host = _host(endpoint)
    asked = click.prompt(say("token"), hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    file = _file()
    file.write({**file.read(), host: check_token(asked.strip())})
    out.note(f"{host}: {file.path}")


@auth.command("github")
@with_gateway
@click.option("--audience", help="Whom the token is for; the gateway's base URL by default.")
@with_output
def github(out: Output, gateway: str | None, audience: str | None) -> None:
    """In GitHub Actions: have GitHub vouch for this job, and keep the session that the gateway gives for it."""
    from opendata.create.gateway import open_gateway
    from opendata.create.github import open_session
    from opendata.stores.tokens import host_of

    asked = open_gateway(gateway, os.environ)
    session = open_session(asked, audience or asked.base_url, os.environ)
    if os.environ.get("GITHUB_ACTIONS"):
        click.echo(f"::add-mask::{session.token}")
    file = _file()
    file.write({**file.read(), host_of(asked.base_url): session.token})
    out.fields({"datasets": session.datasets, "until": session.expires_at}, session.shown())


@auth.command("status")
@with_output
def status(out: Output) -> None:
    """Show the hosts for which there is a token, and where it comes from."""
    file = _file()
    rows = [{"host": host, "from": str(file.path)} for host in sorted(file.read())]
    if os.environ.get("OPENDATA_TOKEN"):
        rows.insert(0, {"host": "*", "from": "OPENDATA_TOKEN"})
    out.table(rows, rows, empty="no token")


@auth.command("logout")
@with_endpoint
@with_output
def logout(out: Output, endpoint: str | None) -> None:
    """Forget the token for the host of an endpoint."""
    host = _host(endpoint)
    file = _file()
    tokens = file.read()
    if tokens.pop(host, None) is None:
        out.note("no token")
    else:
        file.write(tokens)


def _file() -> TokenFile:
    from opendata.stores.tokens import TokenFile

    return TokenFile(os.environ)


def _host(endpoint: str | None) -> str:
    """The host of the endpoint named, else of the one in the environment."""
    from opendata.stores.store import check_url
    from opendata.stores.tokens import host_of

    url = endpoint or os.environ.get("OPENDATA_ENDPOINT")
    if not url:
        raise InvalidValue("endpoint", "", "must be the base URL of an endpoint", hint="pass --endpoint URL")
    return host_of(check_url("endpoint", url))
