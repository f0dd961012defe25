"""`od diff`, `od changes`, `od cite`: what changed between two states, what changed since, and how to cite one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from opendata.cli.completion import dataset_id
from opendata.cli.data import plain
from opendata.cli.messages import say
from opendata.cli.output import Output, with_output

if TYPE_CHECKING:
    from opendata.read.diff import Diff

HAPPENED = ("added", "removed", "changed", "unchanged")


@click.command(
    epilog="""\b
Examples:
  od diff official/stooq-aapl-daily seq:11 seq:12
  od diff official/stooq-aapl-daily @2026-11-01T00:00:00Z
  od diff official/binance-btcusdt-kline-1m 2026-11-20 2026-11-20.r2 --rows -n 50
"""
)
@dataset_id
@click.argument("a")
@click.argument("b", required=False)
@click.option("--cells/--rows", "cells", default=True, help="Show the cells that changed, or the rows.")
@click.option("-n", "limit", type=click.IntRange(0), default=20, show_default=True, help="At most this many of them.")
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@with_output
def diff(out: Output, id: str, a: str, b: str | None, cells: bool, limit: int, offline: bool | None) -> None:
    """Compare A with B, two states or versions; without B, with the newest state."""
    from opendata.client import Client

    quiet = False if out.format in ("json", "quiet") else None
    found = Client(offline=offline, progress=quiet).diff(id, a, b)
    listed = json.loads(plain((found.cells if cells else found.rows).head(limit)).write_json())
    out.fields(_fields(found), {**_document(found), "listed": listed})
    if listed and out.format != "json":
        if out.human:
            out.text("")
        out.table(listed, None, empty="")


@click.command(
    epilog="""\b
Examples:
  od changes official/binance-btcusdt-kline-1m --since seq:12
  od changes official/binance-btcusdt-kline-1m --since 2026-11-01
  od changes official/binance-btcusdt-kline-1m --since @2026-11-01T12:00:00Z --json
"""
)
@dataset_id
@click.option("--since", required=True, help="seq:N, @INSTANT, or a day: since it began, in UTC.")
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@with_output
def changes(out: Output, id: str, since: str, offline: bool | None) -> None:
    """List the partitions that were published, corrected, rolled back or yanked since then."""
    from opendata.client import Client

    found = Client(offline=offline).changes(id, since)
    rows = [
        {
            "partition": change.partition,
            "before": change.before,
            "after": change.after,
            "seq": change.seq,
            "committed at": change.committed_at,
            "operation": change.op,
            "reason": change.reason,
        }
        for change in found
    ]
    out.table(rows, [asdict(change) for change in found], empty="nothing has changed since then")


@click.command(
    epilog="""\b
Examples:
  od cite official/stooq-aapl-daily
  od cite official/stooq-aapl-daily@2026-11-20 --style apa
  od cite official/stooq-aapl-daily --style gbt7714
"""
)
@dataset_id
@click.option("--version", help="A version or state; the newest state by default.")
@click.option("--style", type=click.Choice(("bibtex", "apa", "gbt7714")), default="bibtex", show_default=True)
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@with_output
def cite(out: Output, id: str, version: str | None, style: str, offline: bool | None) -> None:
    """Print how to cite a dataset in a paper."""
    from opendata.client import Client

    text = Client(offline=offline).cite(id, version=version, style=style)
    if out.format == "json":
        out.json({"id": id, "style": style, "citation": text})
    else:
        out.text(text)


def _document(found: Diff) -> dict[str, Any]:
    return {
        "dataset": found.dataset,
        "a": found.a,
        "b": found.b,
        "partitions": dict(zip(HAPPENED, _partitions(found), strict=False)),
        "columns": [asdict(change) for change in found.columns],
        "rows": dict(zip(HAPPENED, _rows(found), strict=True)),
    }


def _fields(found: Diff) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": found.dataset,
        "from": found.a,
        "to": found.b,
        "partitions": _counts(len(names) for names in _partitions(found)),
        "rows": _counts(_rows(found)),
    }
    if found.columns:
        fields["columns"] = "; ".join(f"{c.column}: {c.before or '-'} → {c.after or '-'}" for c in found.columns)
    return fields


def _partitions(found: Diff) -> tuple[tuple[str, ...], ...]:
    return found.partitions_added, found.partitions_removed, found.partitions_changed


def _rows(found: Diff) -> tuple[int, ...]:
    return found.rows_added, found.rows_removed, found.rows_changed, found.rows_unchanged


def _counts(numbers: Iterable[int]) -> str:
    return ", ".join(f"{number:,} {say(happened)}" for number, happened in zip(numbers, HAPPENED, strict=False))
