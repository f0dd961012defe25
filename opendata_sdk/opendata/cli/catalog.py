"""`od info`, `od search`, `od versions`, `od verify`: what there is, its history, and whether it is intact."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from opendata.cli.completion import dataset_id
from opendata.cli.messages import is_chinese, say
from opendata.cli.output import Output, size, with_output
from opendata.errors import IntegrityError


@click.command(
    epilog="""\b
Examples:
  od info official/owid-covid-global-daily
  od info official/binance-btcusdt-kline-1m@2026-11-20 --json
"""
)
@dataset_id
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@with_output
def info(out: Output, id: str, offline: bool | None) -> None:
    """Show what a dataset is: licence, source, size, dates, columns."""
    from opendata.client import Client

    found = Client(offline=offline).info(id)
    columns = found.schema.columns if found.schema else ()
    document = {**asdict(found), "schema": found.schema.to_dict() if found.schema else None}
    metadata = found.metadata
    title = metadata.get("title_zh") if is_chinese() else None
    description = metadata.get("description_zh") if is_chinese() else None
    fields: dict[str, Any] = {
        "id": found.id,
        "title": title or found.title,
        "description": description or found.description,
        "license": found.license,
        "source": found.source,
        "version": found.version,
        "commit": found.seq,
        "updated": found.committed_at,
        "versioning": found.versioning,
        "partitions": found.partitions,
        "rows": found.rows,
        "size": size(found.bytes),
        "from": found.first,
        "to": found.last,
    }
    if found.sandbox:
        fields["sandbox"] = f"{found.sandbox}: {say('not live data')}"
    out.fields(fields, document)
    if out.human and columns:
        out.text("")
        rows = [{"column": c.name, "type": c.type, "nullable": c.nullable, "unit": c.unit or ""} for c in columns]
        out.table(rows, None, empty="")


@click.command(
    epilog="""\b
Examples:
  od search covid
  od search 比特币
  od search "daily stock" --json
"""
)
@click.argument("words", nargs=-1)
@click.option("-n", "limit", type=click.IntRange(1), default=20, show_default=True, help="At most this many.")
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@with_output
def search(out: Output, words: tuple[str, ...], limit: int, offline: bool | None) -> None:
    """Find datasets in which every word occurs, in English or Chinese; all of them without a word."""
    from opendata.client import Client

    matches = Client(offline=offline).search(" ".join(words), limit=limit)
    rows = [
        {
            "id": match.id,
            "title": (match.entry.get("title_zh") if is_chinese() else None) or match.title,
            "rows": match.rows,
            "updated": match.updated_at,
        }
        for match in matches
    ]
    out.table(rows, [dict(match.entry) for match in matches], empty="nothing found")


@click.command(
    epilog="""\b
Examples:
  od versions official/stooq-aapl-daily
  od versions official/stooq-aapl-daily -n 100 --json
"""
)
@dataset_id
@click.option("-n", "limit", type=click.IntRange(1), default=20, show_default=True, help="At most this many.")
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@with_output
def versions(out: Output, id: str, limit: int, offline: bool | None) -> None:
    """Show the commits of a dataset, newest first."""
    from opendata.client import Client

    commits = Client(offline=offline).versions(id, limit=limit)
    rows = [
        {
            "seq": commit.seq,
            "committed at": commit.committed_at,
            "operation": commit.op,
            "versions": _shortened(commit.versions),
            "rows": commit.rows,
            "reason": commit.reason,
        }
        for commit in commits
    ]
    out.table(rows, [asdict(commit) for commit in commits], empty="")


@click.command(
    epilog="""\b
Examples:
  od verify official/stooq-aapl-daily
  od verify official/stooq-aapl-daily --version seq:3
"""
)
@dataset_id
@click.option("--version", help="A version or state; the newest state by default.")
@with_output
def verify(out: Output, id: str, version: str | None) -> int | None:
    """Hash every object of a state again, in the store itself. Exit code 4 if anything is not as recorded."""
    from opendata.client import Client

    quiet = False if out.format in ("json", "quiet") else None
    result = Client(progress=quiet).verify(id, version=version)
    rows = [{"object": finding.key, "problem": finding.problem} for finding in result.findings]
    findings = [{"key": finding.key, "problem": finding.problem} for finding in result.findings]
    document = {"dataset": result.dataset, "seq": result.seq, "objects": result.objects, "bytes": result.bytes}
    out.table(rows, {**document, "findings": findings}, empty="every object is as the commit says")
    return None if result.ok else IntegrityError.exit_code


def _shortened(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} … {names[-1]} ({len(names)})"
