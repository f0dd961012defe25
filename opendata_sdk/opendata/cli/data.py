"""`od load` and `od head`: tables to the terminal or to a file."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opendata.cli.completion import dataset_id
from opendata.cli.messages import say
from opendata.cli.output import Output, size, with_output

if TYPE_CHECKING:
    import polars

    from opendata.read.plan import LoadPlan

SUFFIXES = (".csv", ".parquet", ".json", ".jsonl")
INSTANT = "%Y-%m-%dT%H:%M:%S%.3fZ"


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which state, rows and columns are meant, together as `chosen`."""

    @click.option("--version", help="2026-11-20, 2026-11-20.r2, 1.2.0, @INSTANT or seq:N; the newest state by default.")
    @click.option("--columns", help="Names of columns, separated by commas.")
    @click.option("--start", help="First day (2026-11-20 or 20261120).")
    @click.option("--end", help="Last day.")
    @click.option("--symbols", help="Symbols in any spelling, separated by commas: 600000.SH,sz000001,BTCUSDT.")
    @click.option("--as-of", help="Only what was knowable at the end of this day (UTC) or at this instant.")
    @click.option(
        "--adjust", type=click.Choice(("qfq", "hfq")), help="Adjust prices, forwards (qfq) or backwards (hfq)."
    )
    @click.option("--adjust-base", help="The day whose factor divides prices; for qfq by default the newest.")
    @click.option("--max-staleness", help="How old the newest data may be: '1 trading day', '2 days', '36 hours'.")
    @click.option("--head", "rows", type=click.IntRange(0), help="Only the first rows, as many as this.")
    @functools.wraps(command)
    def wrapped(*args: Any, columns: str | None, symbols: str | None, **options: Any) -> Any:
        names = ("version", "start", "end", "as_of", "adjust", "adjust_base", "max_staleness")
        chosen = {name: options.pop(name) for name in names}
        chosen["n_rows"] = options.pop("rows")
        chosen["columns"] = columns.split(",") if columns else None
        chosen["symbols"] = symbols.split(",") if symbols else None
        return command(*args, chosen=chosen, **options)

    return wrapped


@click.command(
    epilog="""\b
Examples:
  od load official/stooq-aapl-daily
  od load official/stooq-aapl-daily -o aapl.parquet --start 2026-01-01 --columns date,close
  od load official/binance-btcusdt-kline-1m@2026-11-20 -o day.csv
  od load official/stooq-aapl-daily --version @2026-11-01T00:00:00Z --head 10
  od load official/owid-covid-global-daily --dry-run
  od load official/stooq-aapl-daily --start 2026-01-01 --lock
  od load official/stooq-aapl-daily --locked
  od load tushare/daily-prices --symbols 600519.SH,000001.SZ --adjust qfq --max-staleness "1 trading day"
"""
)
@dataset_id
@selection
@click.option("-o", "--output", type=click.Path(path_type=Path), help=f"Write to this file ({', '.join(SUFFIXES)}).")
@click.option("--dry-run", is_flag=True, help="Say what would be read and transferred, and stop.")
@click.option("--force", is_flag=True, help="Download also what the cache holds.")
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@click.option("--allow-rollback", is_flag=True, help="Accept an older state than was seen before.")
@click.option("--lock", is_flag=True, help="Record what was loaded in the lock file.")
@click.option("--locked", is_flag=True, help="Load the very state and slice that the lock file has recorded.")
@click.option(
    "--lock-file", type=click.Path(path_type=Path), default="opendata.lock", show_default=True, help="Its name."
)
@click.option("--workers", type=click.IntRange(1), help="Files to download at the same time.")
@with_output
def load(
    out: Output,
    id: str,
    chosen: dict[str, Any],
    output: Path | None,
    dry_run: bool,
    force: bool,
    offline: bool | None,
    allow_rollback: bool,
    lock: bool,
    locked: bool,
    lock_file: Path,
    workers: int | None,
) -> None:
    """Load a dataset, verified, and write it to the terminal or to a file."""
    from opendata.client import Client

    if lock and locked:
        raise click.UsageError("--lock writes the lock file and --locked reads it: give one of them")
    if output and output.suffix not in SUFFIXES:
        raise click.BadParameter(f"the name must end in {', '.join(SUFFIXES)}", param_hint="-o")
    quiet = False if out.format in ("json", "quiet") else None
    client = Client(offline=offline, allow_rollback=allow_rollback, max_workers=workers, progress=quiet)
    options: dict[str, Any] = {
        **chosen,
        "force_download": force,
        "lock": lock_file if lock or locked else None,
        "locked": locked,
    }
    if dry_run:
        _show_plan(out, client.explain(id, **options))
        return
    frame = client.load(id, **options)
    if output:
        write_file(frame, output)
        out.note(f"{output}: {frame.height} rows, {frame.width} columns, {size(output.stat().st_size)}")
    else:
        _show(out, frame)


@click.command(
    epilog="""\b
Examples:
  od head official/stooq-aapl-daily
  od head official/binance-btcusdt-kline-1m@2026-11-20 -n 20 --json
"""
)
@dataset_id
@click.option("-n", "rows", type=click.IntRange(0), default=10, show_default=True, help="How many rows.")
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@with_output
def head(out: Output, id: str, rows: int, offline: bool | None) -> None:
    """Show the first rows of the newest version."""
    from opendata.client import Client

    _show(out, Client(offline=offline).head(id, rows))


@click.command(
    epilog="""\b
Examples:
  od explain official/binance-btcusdt-kline-1m --start 2026-11-01 --columns open_time,close
  od explain tushare/daily-prices --symbols 600519.SH --json
"""
)
@dataset_id
@selection
@click.option("--offline", is_flag=True, default=None, help="Use only what the cache holds.")
@with_output
def explain(out: Output, id: str, chosen: dict[str, Any], offline: bool | None) -> None:
    """Say what a load would read: objects, bytes and requests. No data is fetched."""
    from opendata.client import Client

    _show_plan(out, Client(offline=offline).explain(id, **chosen))


def write_file(frame: polars.DataFrame, path: Path) -> None:
    """Write a table in the format of the file's name; the file appears whole or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        match path.suffix:
            case ".parquet":
                frame.write_parquet(temporary)
            case ".csv":
                frame.write_csv(temporary, datetime_format=INSTANT)
            case ".json":
                plain(frame).write_json(temporary)
            case _:
                plain(frame).write_ndjson(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _show(out: Output, frame: polars.DataFrame) -> None:
    if out.format == "json":
        out.text(plain(frame).write_json())
    elif out.human:
        out.text(str(frame))
    else:
        out.text(frame.write_csv(datetime_format=INSTANT).removesuffix("\n"))


def _show_plan(out: Output, plan: LoadPlan) -> None:
    rows = [
        {
            "object": wanted.key.removeprefix(f"datasets/{plan.dataset}/"),
            "row groups": f"{wanted.groups[0]}/{wanted.groups[1]}" if wanted.groups else say("all"),
            "columns": f"{wanted.columns[0]}/{wanted.columns[1]}" if wanted.columns else say("all"),
            "rows": wanted.rows,
            "size": size(wanted.bytes),
            "of": size(wanted.size),
            "to transfer": size(wanted.transfer),
            "requests": wanted.requests,
        }
        for wanted in plan.objects
    ]
    out.table(rows, asdict(plan), empty="")
    total = {"files": plan.files, "size": size(plan.bytes), "to transfer": size(plan.transfer)}
    text = ", ".join(f"{say(name)} {value}" for name, value in {**total, "requests": plan.requests}.items())
    out.note(f"{plan.dataset}@seq:{plan.seq}: {text}")


def plain(frame: polars.DataFrame) -> polars.DataFrame:
    """Instants as ISO text, since JSON has none."""
    import polars as pl
    import polars.selectors as cs

    return frame.with_columns(cs.datetime().dt.to_string(INSTANT), cs.date().cast(pl.String))
