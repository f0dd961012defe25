"""`od init`, `od validate`, `od push`: a creator's folder, from its first files to a publication."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opendata.cli.messages import say
from opendata.cli.output import Output, size, with_output

if TYPE_CHECKING:
    from opendata.create.push import Pushed
    from opendata.create.report import Report

in_folder = click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
with_gateway = click.option("--gateway", help="Base URL of the gateway; OPENDATA_GATEWAY by default.")
with_version = click.option("--version", help="What the version is called; today (UTC) by default, 1.2.0 for semver.")
with_breaking = click.option("--allow-breaking", is_flag=True, help="Break readers on purpose: the schema changes.")


@click.command(
    epilog="""\b
Examples:
  od init alice/gold-prices
  od init alice/gold-prices gold --notebook
  od init alice/gold-prices --force
"""
)
@click.argument("id")
@in_folder
@click.option("--notebook", is_flag=True, help="A notebook instead of a script; main.py runs its cells.")
@click.option("--force", is_flag=True, help="Overwrite the files that are there.")
@with_output
def init(out: Output, id: str, folder: Path, notebook: bool, force: bool) -> None:
    """Write the files of a new dataset, which run as they are: change a few lines."""
    from opendata.create.scaffold import write_project

    written = [path.as_posix() for path in write_project(id, folder, notebook=notebook, force=force)]
    if out.format == "json":
        out.json({"id": id, "files": written})
        return
    for path in written:
        out.text(path)
    inside = "" if folder == Path() else f"cd {folder} && "
    out.note(f"{say('next')}: {inside}python main.py && od validate")


@click.command(
    epilog="""\b
Examples:
  od validate
  od validate gold --version 2026-11-20
  od validate --gateway https://data.example.org --md > comment.md
"""
)
@in_folder
@with_version
@with_gateway
@with_breaking
@click.option("--md", "as_markdown", is_flag=True, help="Markdown, as a comment for a pull request.")
@with_output
def validate(
    out: Output, folder: Path, version: str | None, gateway: str | None, allow_breaking: bool, as_markdown: bool
) -> int:
    """Check what main.py wrote, and what it would change for readers. Exit code 1 if anything fails."""
    from opendata.create.validate import validate_project

    report = validate_project(folder, os.environ, version=version, gateway=gateway, allow_breaking=allow_breaking)
    if as_markdown:
        out.text(report.to_markdown())
    else:
        _show(out, report)
    return 0 if report.ok else 1


@click.command(
    epilog="""\b
Examples:
  od push --dry-run
  od push
  od push gold --version 1.2.0 --reason "sources corrected"
  od push --gateway https://data.example.org
"""
)
@in_folder
@with_version
@click.option(
    "--parent",
    type=click.IntRange(0),
    help="The commit that you have seen; else that of the validation.",
)
@click.option("--reason", default="", help="Why; kept in the commit.")
@with_gateway
@with_breaking
@click.option("--dry-run", is_flag=True, help="Say what would be written, and stop.")
@with_output
def push(out: Output, folder: Path, **options: Any) -> None:
    """Validate what main.py wrote and publish it: to a folder, a bucket, or through a gateway.

    OPENDATA_STORAGE says where; with a gateway no key of a bucket is needed.
    """
    from opendata.create.push import PushOptions, push_project

    pushed = push_project(folder, os.environ, PushOptions(**options))
    if options["dry_run"]:
        _show_plan(out, pushed)
    else:
        fields = {
            "id": pushed.dataset,
            "outcome": say(pushed.outcome),
            "version": pushed.version,
            "seq": pushed.seq,
            "rows": pushed.report.rows,
            "where": pushed.store,
        }
        out.fields(fields, pushed.to_dict())


def _show(out: Output, report: Report) -> None:
    from opendata.create.report import summary

    rows = [
        {
            "check": check.name,
            "outcome": say("ok" if check.passed else check.severity.name.lower()),
            "found": check.observed,
            "must be": check.limit,
        }
        for check in report.checks
    ]
    out.table(rows, report.to_dict(), empty="")
    if report.change:
        out.note(summary(report.change))
        for column in report.change.columns:
            out.note(f"{column.column}: {column.before or '-'} → {column.after or '-'}")
    out.note("it can be published" if report.ok else "it cannot be published")


def _show_plan(out: Output, pushed: Pushed) -> None:
    from opendata.create.report import summary

    rows = [
        {"object": upload.object, "size": size(upload.bytes), "to transfer": size(upload.transfer)}
        for upload in pushed.uploads
    ]
    out.table(rows, pushed.to_dict(), empty="")
    total = size(sum(upload.transfer for upload in pushed.uploads))
    out.note(f"{pushed.dataset} → {pushed.store}: {say('to transfer')} {total}")
    if pushed.report.change:
        out.note(summary(pushed.report.change))
