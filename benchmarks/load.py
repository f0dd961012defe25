"""od.load against polars and pandas reading the very same file, which they open without verifying it.

A small file (one day of candles) shows what the call costs; a large one (four million rows) what verification costs.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
from opendata import Client
from opendata.contract.evidence import Evidence
from opendata.contract.metadata import Metadata
from opendata.contract.schema import Column, TableSchema
from opendata.protocol.author import make_author
from opendata.protocol.publish import publish
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.write.encode import encode

from benchmarks.measure import budget, call_cpu, in_turn, ratio, report

DATASET = "benchmark/bars"
SMALL, LARGE = 1_440, 4_000_000
MOST = 1.15
"""A verified load of a large file may cost at most this many times the CPU of `pl.read_parquet`."""


def main() -> None:
    """Both sizes, all readers in turn."""
    small, large = _compare("small", SMALL, rounds=30), _compare("large", LARGE, rounds=15)
    held = {"large file, od.load / pl.read_parquet": budget(large["large, od.load / pl.read_parquet"], MOST)}
    report("load", {**small, **large, "budgets": held})


def _compare(size: str, rows: int, rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        file = _publish(Path(folder), rows)
        client = Client(folder, cache_dir=Path(folder) / "cache")
        time.sleep(2.5)  # a file that changed a moment ago is hashed at every load
        samples = in_turn(
            call_cpu,
            {
                "od.load": lambda: client.load(DATASET),
                "pl.read_parquet": lambda: pl.read_parquet(file),
                "od.load, engine pandas": lambda: client.load(DATASET, engine="pandas"),
                "pd.read_parquet": lambda: pd.read_parquet(file),
            },
            rounds=rounds,
        )
        return {
            f"{size}, bytes": file.stat().st_size,
            **{f"{size}, {name}, CPU ms": 1000 * statistics.median(values) for name, values in samples.items()},
            f"{size}, od.load / pl.read_parquet": ratio(samples, "od.load", "pl.read_parquet"),
            f"{size}, engine pandas / pd.read_parquet": ratio(samples, "od.load, engine pandas", "pd.read_parquet"),
        }


def _publish(folder: Path, rows: int) -> Path:
    """One complete copy of a table of `rows` minutes; returns its Parquet file."""
    schema = TableSchema(
        (Column("time", "timestamp[ms, UTC]"), *(Column(name, "float64") for name in ("open", "high", "low", "close"))),
        primary_key=("time",),
    )
    start = datetime(2010, 1, 1, tzinfo=UTC)
    times = pl.datetime_range(start, start + timedelta(minutes=rows - 1), "1m", time_unit="ms", eager=True)
    walk = 100 + (pl.int_range(rows, eager=True).hash(7) % 2_001).cast(pl.Float64).cum_sum() / 1e6
    frame = pl.DataFrame(
        {"time": times, "open": walk, "high": walk + 0.5, "low": walk - 0.5, "close": walk.shift(-1, fill_value=100.0)}
    )
    encoded = encode(frame, schema)
    metadata = Metadata.from_dict(
        {
            "meta_version": 1,
            "id": DATASET,
            "title": "Benchmark",
            "description": "A random walk.",
            "license": "CC0-1.0",
            "source": "made here",
            "repo": "https://example.org/benchmark",
            "versioning": "snapshot",
        }
    )
    draft = encoded.draft("2026-01-01", Evidence("2026-01-01", encoded.summary.content_hash, ()))
    run(publish(metadata, [draft], make_author("benchmark", None), required=()), LocalStore(folder))
    return folder / f"datasets/{DATASET}/2026-01-01/data.parquet"


if __name__ == "__main__":
    main()
