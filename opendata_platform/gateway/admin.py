"""`odp gateway keys | export | publishers | usage`: what an operator does in the gateway's database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click
from opendata.stores.store import utc_now

from opendata_platform.gateway.database import Database, open_database
from opendata_platform.gateway.export import export_statements
from opendata_platform.gateway.keys import ApiKey, Keys
from opendata_platform.gateway.plans import FOR_KEYS
from opendata_platform.gateway.publishers import Publishers, TrustedPublisher
from opendata_platform.gateway.settings import DEFAULT_DATABASE
from opendata_platform.gateway.usage import KINDS, Usage

_database = click.option(
    "--database",
    envvar="OPENDATA_GATEWAY_DATABASE",
    default=DEFAULT_DATABASE,
    help="sqlite:///path or postgresql://…; OPENDATA_GATEWAY_DATABASE by default.",
)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()


@click.group()
def keys() -> None:
    """API keys. 密钥。"""


@keys.command("create")
@click.option("--owner", required=True, help="Whose key it is; the datasets of an owner are its to publish.")
@click.option("--plan", type=click.Choice(FOR_KEYS), default=FOR_KEYS[0], show_default=True, help="What it allows.")
@click.option("--dataset", "datasets", multiple=True, help="Publishes only this; repeat it. Default: all of the owner.")
@_database
def create_key(owner: str, plan: str, datasets: tuple[str, ...], database: str) -> None:
    """Make a key and show it, this once."""
    with _opened(database) as opened:
        issued = Keys(opened, utc_now).create(owner, plan, datasets or None)
    click.echo(issued.token)
    click.echo("keep it now: it is not stored and cannot be shown again / 请立即保存，之后无法再次显示", err=True)


@keys.command("list")
@click.option("--owner", help="Only the keys of this owner.")
@_database
def list_keys(owner: str | None, database: str) -> None:
    """Show the keys by their prefix."""
    with _opened(database) as opened:
        for key in Keys(opened, utc_now).list(owner):
            click.echo(_line(key))


@keys.command("revoke")
@click.argument("prefix")
@_database
def revoke_key(prefix: str, database: str) -> None:
    """End the key with this PREFIX for good."""
    with _opened(database) as opened:
        click.echo(_line(Keys(opened, utc_now).revoke(prefix)))


def _line(key: ApiKey) -> str:
    state = f"revoked {key.revoked_at}" if key.revoked_at else "in force"
    publishes = "all of its owner" if key.datasets is None else ", ".join(key.datasets)
    return f"{key.prefix}  {key.plan:<10}  {key.owner}  publishes {publishes}  since {key.created_at}  {state}"


@click.command("export")
@_database
def export(database: str) -> None:
    """Print the keys' hashes and the datasets' owners as SQL for the D1 of the edge. 导出给边缘。"""
    with _opened(database) as opened:
        for statement in export_statements(opened):
            click.echo(statement)


@click.group()
def publishers() -> None:
    """Workflows that may publish without a key. 可信发布者。"""


def _publisher_options(command: Any) -> Any:
    for option in reversed(
        (
            click.argument("dataset"),
            click.option("--repository-id", required=True, help="Its number: gh api repos/OWNER/NAME --jq .id"),
            click.option("--owner-id", required=True, help="Its owner's number: … --jq .owner.id"),
            click.option("--workflow", required=True, help="File name in .github/workflows, such as publish.yml."),
            click.option("--ref", help="Only runs of this ref, such as refs/heads/main."),
            click.option("--environment", help="Only runs in this GitHub environment."),
            _database,
        )
    ):
        command = option(command)
    return command


@publishers.command("add")
@_publisher_options
def add_publisher(database: str, **given: str) -> None:
    """Trust a workflow to publish DATASET."""
    with _opened(database) as opened:
        Publishers(opened, utc_now).add(_publisher(given))
    click.echo(f"{given['dataset']} trusts {given['workflow']} of repository {given['repository_id']}")


@publishers.command("remove")
@_publisher_options
def remove_publisher(database: str, **given: str) -> None:
    """Trust a workflow no longer to publish DATASET."""
    with _opened(database) as opened:
        Publishers(opened, utc_now).remove(_publisher(given))
    click.echo(f"{given['dataset']} no longer trusts {given['workflow']} of repository {given['repository_id']}")


@publishers.command("list")
@click.argument("dataset")
@_database
def list_publishers(dataset: str, database: str) -> None:
    """Show the workflows that may publish DATASET."""
    with _opened(database) as opened:
        for item in Publishers(opened, utc_now).list(dataset):
            where = [
                item.ref or "any ref",
                f"environment {item.environment}" if item.environment else "any environment",
            ]
            click.echo(
                f"repository {item.repository_id} of {item.repository_owner_id}: {item.workflow}, {', '.join(where)}"
            )


def _publisher(given: dict[str, str]) -> TrustedPublisher:
    return TrustedPublisher(
        given["dataset"],
        given["repository_id"],
        given["owner_id"],
        given["workflow"],
        given["ref"],
        given["environment"],
    )


@click.command()
@click.option("--days", type=click.IntRange(1), default=7, show_default=True, help="Days, today included.")
@click.option("--by", "kind", type=click.Choice(KINDS), help="Only per key, per address or per namespace.")
@_database
def usage(days: int, kind: str | None, database: str) -> None:
    """Show requests, failures, downloads and bytes per day. 用量。"""
    today = utc_now().date()
    with _opened(database) as opened:
        rows = Usage(opened, utc_now).between(today - timedelta(days=days - 1), today)
    for row in rows:
        if kind in (None, row.kind):
            click.echo(
                f"{row.day}  {row.kind:<9}  {row.subject}  {row.requests} requests, {row.failure_rate:.1%} failed, "
                f"{row.downloads} downloads, {row.bytes} bytes"
            )
