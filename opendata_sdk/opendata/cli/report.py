"""`od report`: what became of a scheduled run, told to the gateway."""

from __future__ import annotations

import os
from pathlib import Path

import click

from opendata.cli.create import with_gateway
from opendata.cli.output import Output, with_output


@click.group(
    epilog="""\b
Examples:
  od report step run -- python main.py
  od report step push -- od push --json
  od report send demo/weather
"""
)
def report() -> None:
    """Note the steps of a scheduled run, and tell the gateway what became of them."""


@report.command("step", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def step(name: str, command: tuple[str, ...]) -> int:
    """Run COMMAND, note how it ended and how long it took, and exit as it did."""
    from opendata.create.runs import RunRecord, run_step

    done, code = run_step(RunRecord.here(os.environ), name, command, lambda line: click.echo(line))
    if done.failure:
        told = f"{name}: {done.failure}: {done.message}"
        click.echo(_annotation(told) if os.environ.get("GITHUB_ACTIONS") else told, err=True)
    return code


@report.command("send")
@click.argument("dataset")
@with_gateway
@with_output
def send(out: Output, dataset: str, gateway: str | None) -> None:
    """Send the report of the steps noted: outcome, category of the failure, duration, rows, link to the log."""
    from opendata.create.gateway import open_gateway
    from opendata.create.runs import RunRecord, as_markdown, summed_up

    steps = RunRecord.here(os.environ).steps()
    run = summed_up(steps, os.environ)
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as page:
            page.write(as_markdown(dataset, run, steps))
    document = {"dataset": dataset, **run.to_dict()}
    open_gateway(gateway, os.environ).ask("POST", "/v1/runs", document, again=True)
    out.fields(run.to_dict(), document)


def _annotation(text: str) -> str:
    """A line that GitHub shows beside the run."""
    return "::error::" + text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
