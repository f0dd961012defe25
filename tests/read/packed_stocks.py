"""A dataset of daily prices with packs, for the tests of reading parts of files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
from opendata.contract.records import Record
from opendata.contract.schema import Column, TableSchema
from opendata.contract.selectors import Newest
from opendata.protocol.pack import commit_packs, stage_pack
from opendata.protocol.resolve import find_state, read_entries
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.write.pack import pack_by, pack_by_time
from opendata.write.parquet import decode

from tests.read.publishing import author, metadata, publish_frames

STOCKS = "test/stocks"
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(75)]
SYMBOLS = [f"{600000 + n}.SH" for n in range(40)]
SCHEMA = TableSchema(
    (
        Column("trade_date", "date"),
        Column("symbol", "string"),
        Column("open", "float64"),
        Column("close", "float64"),
        Column("volume", "int64", nullable=True),
    ),
    primary_key=("symbol", "trade_date"),
    partition_column="trade_date",
)


NAMES = [column.name for column in SCHEMA.columns]


def stocks(day: date) -> pl.DataFrame:
    """One day of all symbols, except that each rests now and then."""
    number = DAYS.index(day)
    listed = [n for n in range(len(SYMBOLS)) if (n + number) % 11]
    return pl.DataFrame(
        {
            "trade_date": [day] * len(listed),
            "symbol": [SYMBOLS[n] for n in listed],
            "open": [n + number / 64 for n in listed],
            "close": [n + (number + 1) / 64 for n in listed],
            "volume": [None if n % 7 == 0 else n * number for n in listed],
        },
        schema_overrides={"volume": pl.Int64},
    )


def pack_everything(store: LocalStore) -> Record:
    """Packs by time of January and February, and one by symbol over both."""
    record = run(find_state(STOCKS, Newest()), store).record
    drafts = []
    for first, last in (("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")):
        entries = run(read_entries(record, first, last), store)
        drafts.append(replace(pack_by_time(entries, frames(store, entries), SCHEMA), since=first, until=last))
    entries = run(read_entries(record, "2026-01-01", "2026-02-28"), store)
    by_symbol = pack_by("symbol", entries, frames(store, entries), SCHEMA)
    drafts.append(replace(by_symbol, since="2026-01-01", until="2026-02-28"))
    packs = [run(stage_pack(STOCKS, draft, author()), store) for draft in drafts]
    return run(commit_packs(STOCKS, packs, author()), store)


def frames(store: LocalStore, entries: Any) -> Iterator[pl.DataFrame]:
    """The frames of some versions."""
    for entry in entries:
        yield decode((store.folder / entry.data.key(STOCKS)).read_bytes())


def everything() -> pl.DataFrame:
    """All rows, in order."""
    return pl.concat([stocks(day) for day in DAYS]).sort("trade_date", "symbol")


def publish_stocks(store: LocalStore) -> None:
    """Publish all days."""
    publish_frames(store, metadata(STOCKS), {str(day): stocks(day) for day in DAYS}, SCHEMA)
