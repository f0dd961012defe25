"""`od deploy`: the workflow that publishes this folder on a schedule."""

from __future__ import annotations

import os
from pathlib import Path

import click

from opendata.cli.create import in_folder, with_gateway
from opendata.cli.output import Output, with_output


@click.command(
    epilog="""\b
Examples:
  od deploy --gateway https://data.example.org --dry-run
  od deploy --gateway https://data.example.org --cron "30 6 * * 1-5"
  od deploy --gateway https://data.example.org --runner self-hosted --force
"""
)
@in_folder
@with_gateway
@click.option("--cron", help="When to run, in UTC: five fields; by default what the metadata's frequency says.")
@click.option(
    "--runner",
    type=click.Choice(["hosted", "self-hosted"]),
    default="hosted",
    show_default=True,
    help="On GitHub's machines or on your own.",
)
@click.option("--force", is_flag=True, help="Write it over a workflow with another content.")
@click.option("--dry-run", is_flag=True, help="Print the workflow and write nothing.")
@with_output
def deploy(
    out: Output, folder: Path, gateway: str | None, cron: str | None, runner: str, force: bool, dry_run: bool
) -> None:
    """Write .github/workflows/publish.yml: it runs main.py, validates, publishes without a key, and reports."""
    from opendata.create.deploy import workflow, write_workflow
    from opendata.create.project import read_project

    project = read_project(folder)
    url = gateway or os.environ.get("OPENDATA_GATEWAY", "")
    text = workflow(project, gateway=url, runner=runner, cron=cron)
    if dry_run:
        out.text(text.rstrip("\n"))
        return
    path = write_workflow(project.folder, text, force=force)
    out.note(f"{path}: commit it, and the gateway must trust it to publish {project.metadata.id}")
