"""Writes out/data.parquet. Change `fetch`, and `columns` in opendata.yaml with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

OUTPUT = Path(__file__).parent / "out" / "data.parquet"
SCHEMA = {"date": pl.Date, "symbol": pl.String, "close": pl.Float64, "volume": pl.Int64}


def fetch() -> pl.DataFrame:
    """The rows of this run. Ask your source here; these two are made up.

    A source of text gets its types from SCHEMA: pl.read_csv("https://example.org/prices.csv", schema=SCHEMA).
    """
    rows = [
        (date(2026, 11, 19), "ABC", 101.5, 12_000),
        (date(2026, 11, 20), "XYZ", 102.25, None),
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def main() -> None:
    """Write the rows of this run."""
    frame = fetch()
    OUTPUT.parent.mkdir(exist_ok=True)
    frame.write_parquet(OUTPUT)
    print(f"{OUTPUT.name}: {frame.height} rows")


if __name__ == "__main__":
    main()
