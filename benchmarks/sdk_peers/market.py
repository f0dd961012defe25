"""The data: daily bars of a made-up stock market, published for the SDK and laid out for its peers.

Five years of 243 trading days and the first days of the next; as many symbols as give the number of rows wanted. A day
is a partition for the SDK, packed as the platform packs its datasets; the peers get the same rows as one Parquet file
in date order, written by the same encoder, and the file of one day.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from opendata.contract.evidence import Evidence
from opendata.contract.metadata import Metadata
from opendata.contract.schema import Column, TableSchema
from opendata.contract.selectors import Newest
from opendata.protocol.author import make_author
from opendata.protocol.index import join_index
from opendata.protocol.publish import Draft, Published, publish
from opendata.protocol.resolve import find_state
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.write.encode import encode
from opendata.write.parquet import to_parquet

from opendata_platform.datasets.packing import pack_dataset

DATASET = "bench/stock-daily"
DAYS_A_YEAR, YEARS = 243, (2021, 2022, 2023, 2024, 2025)
NEWEST_DAYS = 5
"""Days of the month that goes on; like every such month it is in no pack yet."""

FULL_ROWS = 5_368_000
"""4,400 symbols: 187 MB as one file, 248 MB as one file per day."""

NUMBERS = ("open", "high", "low", "close", "pre_close", "change", "pct_chg", "volume", "amount")
SCHEMA = TableSchema(
    (Column("trade_date", "date"), Column("symbol", "string"), *(Column(name, "float64") for name in NUMBERS)),
    primary_key=("trade_date", "symbol"),
    partition_column="trade_date",
)


@dataclass(frozen=True)
class Market:
    """Where everything is, and what can be asked for. The last day is made but not published yet."""

    folder: Path
    days: tuple[date, ...]
    symbols: tuple[str, ...]
    last_day: pl.DataFrame

    @property
    def rows(self) -> int:
        """Rows published to begin with."""
        return (len(self.days) - 1) * len(self.symbols)

    @property
    def store(self) -> LocalStore:
        """What the SDK reads."""
        return LocalStore(self.folder / "store")

    @property
    def seq(self) -> int:
        """The newest commit."""
        return run(find_state(DATASET, Newest()), self.store).record.seq

    @property
    def whole(self) -> Path:
        """All rows as one file."""
        return self.folder / "files/all.parquet"

    @property
    def month(self) -> tuple[date, date]:
        """The first and the last trading day of one month in the middle."""
        month = [day for day in self.days if (day.year, day.month) == (YEARS[2], 6)]
        return month[0], month[-1]

    @property
    def years(self) -> tuple[date, date]:
        """The five years."""
        return date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)

    @property
    def symbol(self) -> str:
        """One symbol in the middle."""
        return self.symbols[len(self.symbols) // 2]

    @property
    def day(self) -> date:
        """The day whose file everybody reads in the fault rows."""
        return self.days[len(self.days) // 2]

    def publish_last_day(self) -> None:
        """One more day: a commit for the SDK, a new file for the peers."""
        _publish(self.store, [_draft(self.last_day)])
        self._write_whole(pl.concat([pl.read_parquet(self.whole), self.last_day]))

    def _write_whole(self, frame: pl.DataFrame) -> None:
        new = self.whole.with_suffix(".new")
        new.write_bytes(to_parquet(frame, SCHEMA))
        new.replace(self.whole)


def make_market(folder: Path, rows: int) -> Market:
    """Make the data, publish all days but the last, and write the files for the peers."""
    days = tuple(_trading_days())
    symbols = tuple(_symbols(max(1, round(rows / len(days)))))
    frames = list(_frames(days, symbols))
    market = Market(folder, days, symbols, frames[-1])
    market.store.folder.mkdir(parents=True)
    _publish(market.store, [_draft(frame) for frame in frames[:-1]])
    pack_dataset(DATASET, market.store, make_author("benchmark"), lambda _: None)
    market.whole.parent.mkdir()
    market._write_whole(pl.concat(frames[:-1]))
    os.link(folder / f"store/datasets/{DATASET}/{market.day}/data.parquet", folder / "files/day.parquet")
    return market


def _trading_days() -> Iterator[date]:
    """Of the weekdays of a year 243, the others spread over it; then the newest days and the one to come."""
    for year in YEARS:
        weekdays = _weekdays(year)
        yield from [weekdays[len(weekdays) * number // DAYS_A_YEAR] for number in range(DAYS_A_YEAR)]
    yield from _weekdays(YEARS[-1] + 1)[: NEWEST_DAYS + 1]


def _weekdays(year: int) -> list[date]:
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
    return [day for day in days if day.weekday() < 5]


def _symbols(count: int) -> list[str]:
    """Shanghai and Shenzhen in the vendor's spelling, in order."""
    codes = [f"{number:06d}.SZ" for number in range(1, count // 2 + 1)]
    return codes + [f"{600_000 + number:06d}.SH" for number in range(count - len(codes))]


def _frames(days: Sequence[date], symbols: Sequence[str]) -> Iterator[pl.DataFrame]:
    """A random walk in cents with a limit of ten per cent a day; the same for the same days and symbols."""
    random = np.random.default_rng(20260105)
    count = len(symbols)
    before = np.round(3 + random.lognormal(2.5, 0.8, count), 2)
    for day in days:
        close = np.round(before * (1 + np.clip(random.normal(0.0003, 0.022, count), -0.1, 0.1)), 2)
        close = np.maximum(close, 1.0)
        first = np.round(before * (1 + random.normal(0, 0.007, count)), 2)
        high = np.round(np.maximum(first, close) * (1 + np.abs(random.normal(0, 0.008, count))), 2)
        low = np.round(np.minimum(first, close) * (1 - np.abs(random.normal(0, 0.008, count))), 2)
        volume = np.round(random.lognormal(11, 1.2, count), 2)
        yield pl.DataFrame(
            {
                "trade_date": pl.Series([day], dtype=pl.Date).new_from_index(0, count),
                "symbol": symbols,
                "open": first,
                "high": high,
                "low": low,
                "close": close,
                "pre_close": before,
                "change": np.round(close - before, 2),
                "pct_chg": np.round((close / before - 1) * 100, 4),
                "volume": volume,
                "amount": np.round(volume * (high + low) / 20, 3),
            }
        )
        before = close


def _draft(frame: pl.DataFrame) -> Draft:
    partition = frame["trade_date"][0].isoformat()
    encoded = encode(frame, SCHEMA)
    return encoded.draft(partition, Evidence(partition, encoded.summary.content_hash, ()))


def _publish(store: LocalStore, drafts: Sequence[Draft]) -> None:
    metadata = Metadata.from_dict(
        {
            "meta_version": 1,
            "id": DATASET,
            "title": "Daily bars of a made-up market",
            "description": "A random walk.",
            "license": "CC0-1.0",
            "source": "made here",
            "repo": "https://example.org/benchmark",
            "versioning": "date",
        }
    )
    outcome = run(publish(metadata, drafts, make_author("benchmark"), required=()), store)
    if not isinstance(outcome, Published):
        raise SystemExit(f"the data was not published: {outcome}")
    run(join_index([outcome], store.name), store)
