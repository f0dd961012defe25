"""`od registry`: which datasets there are, at a gateway or in a store itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from opendata.cli.completion import dataset_id
from opendata.cli.create import in_folder, with_gateway
from opendata.cli.messages import say
from opendata.cli.output import Output, with_output

_SAID = {
    "registered": "registered",
    "updated": "its metadata were replaced",
    "unchanged": "it is registered",
    "not_yet": "a store without a gateway registers it with its first publication: `od push`",
}


@click.group(
    epilog="""\b
Examples:
  od registry add --gateway https://data.example.org
  od registry trust --repository-id 1339936803 --owner-id 285964
  od registry show alice/gold-prices
  od registry refresh
"""
)
def registry() -> None:
    """Register datasets, and look at what is registered."""


@registry.command("add")
@in_folder
@with_gateway
@click.option("--update", is_flag=True, help="Replace the metadata that it is registered with.")
@with_output
def add_dataset(out: Output, folder: Path, gateway: str | None, update: bool) -> None:
    """Register what opendata.yaml describes at a gateway.

    A store without one is not written to: there the first publication registers it.
    """
    from opendata.create.project import read_project
    from opendata.create.register import add, find_gateway

    project = read_project(folder)
    outcome = add(find_gateway(gateway, os.environ), project, os.environ, update=update)
    if out.format == "json":
        out.json({"id": project.metadata.id, "outcome": outcome})
    else:
        out.note(f"{project.metadata.id}: {say(_SAID[outcome])}")


@registry.command("trust")
@in_folder
@with_gateway
@click.option("--repository-id", required=True, help="The repository's number: gh api repos/OWNER/NAME --jq .id")
@click.option(
    "--owner-id",
    "repository_owner_id",
    required=True,
    help="Its owner's number: gh api repos/OWNER/NAME --jq .owner.id",
)
@click.option("--workflow", default="publish.yml", show_default=True, help="The file in .github/workflows.")
@click.option("--ref", default="refs/heads/main", show_default=True, help="Only runs of this branch or tag.")
@click.option("--environment", help="Only runs in this environment of GitHub's.")
@with_output
def trust_workflow(out: Output, folder: Path, gateway: str | None, **publisher: str | None) -> None:
    """Let a workflow on GitHub publish this dataset without a key, as `od deploy` writes it."""
    from opendata.create.gateway import open_gateway
    from opendata.create.project import read_project
    from opendata.create.register import trust

    project = read_project(folder)
    trusted = trust(open_gateway(gateway, os.environ), project, publisher)
    out.fields(trusted, trusted)


@registry.command("refresh")
@with_gateway
@click.option("--rebuild", is_flag=True, help="From all commits of the store, not only from what was left unsettled.")
@with_output
def refresh_index(out: Output, gateway: str | None, rebuild: bool) -> None:
    """Bring the index up to what is published. A gateway does so by itself with each publication."""
    from opendata.create.register import find_gateway, refresh

    settled = refresh(find_gateway(gateway, os.environ), os.environ, rebuild=rebuild)
    rows = [{"updated": name} for name in settled]
    out.table(rows, list(settled), empty="the index is up to date")


@registry.command("show")
@dataset_id
@with_gateway
@with_output
def show_dataset(out: Output, id: str, gateway: str | None) -> None:
    """Show what the registry says of a dataset."""
    from opendata.create.register import find_gateway, show

    found = show(find_gateway(gateway, os.environ), id, os.environ)
    out.fields({name: _plain(value) for name, value in found.items()}, found)


def _plain(value: Any) -> Any:
    """A nested value on one line."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
