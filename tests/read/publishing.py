"""Publishing small datasets through the real protocol, for the reading tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from opendata.contract.evidence import Evidence
from opendata.contract.metadata import Metadata
from opendata.contract.records import Record
from opendata.contract.schema import Column, TableSchema
from opendata.protocol.commit import Author
from opendata.protocol.index import join_index
from opendata.protocol.publish import Draft, Published, publish
from opendata.stores.driver import run
from opendata.stores.store import Store
from opendata.write.encode import encode
from ulid import ULID

BARS = "test/bars"
PRICES = "test/prices"

BAR_SCHEMA = TableSchema(
    (
        Column("open_time", "timestamp[ms, UTC]"),
        Column("symbol", "string"),
        Column("close", "float64", unit="USD"),
        Column("trades", "int64"),
    ),
    primary_key=("open_time", "symbol"),
    partition_column="open_time",
)
PRICE_SCHEMA = TableSchema((Column("date", "date"), Column("close", "float64", nullable=True)), primary_key=("date",))


def author() -> Author:
    """Somebody who publishes."""
    return Author({"kind": "test"}, lambda: str(ULID()))


def metadata(dataset: str, versioning: str = "date", **more: Any) -> Metadata:
    """Valid metadata."""
    document = {
        "meta_version": 1,
        "id": dataset,
        "title": f"Title of {dataset}",
        "description": "Made up for a test.",
        "license": "CC0-1.0",
        "source": "nowhere",
        "repo": "https://example.org/repo",
        "versioning": versioning,
    }
    return Metadata.from_dict(document | more)


def bars(day: str, rows: int = 24, close: float = 1.0) -> pl.DataFrame:
    """Bars of one UTC day, evenly spread, of two symbols by turns."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    times = [start + timedelta(seconds=86_400 * row // rows) for row in range(rows)]
    return pl.DataFrame(
        {
            "open_time": times,
            "symbol": ["BTC" if row % 2 else "ETH" for row in range(rows)],
            "close": [close + row / 8 for row in range(rows)],
            "trades": list(range(rows)),
        },
        schema_overrides={"open_time": pl.Datetime("ms", "UTC")},
    )


def prices(last: date, days: int = 10, close: float = 1.0) -> pl.DataFrame:
    """A series of daily prices that ends on a day."""
    return pl.DataFrame(
        {
            "date": [last - timedelta(days=days - 1 - day) for day in range(days)],
            "close": [close + day for day in range(days)],
        }
    )


def draft(partition: str, frame: pl.DataFrame, schema: TableSchema) -> Draft:
    """One partition with evidence that says that all is well."""
    encoded = encode(frame, schema)
    return encoded.draft(partition, Evidence(partition, encoded.summary.content_hash, ()))


def publish_frames(
    store: Store, description: Metadata, frames: Mapping[str, pl.DataFrame], schema: TableSchema
) -> Record:
    """Publish partitions in one commit and bring the index up to date."""
    drafts = [draft(partition, frame, schema) for partition, frame in frames.items()]
    outcome = run(publish(description, drafts, author(), required=()), store)
    assert isinstance(outcome, Published)
    run(join_index([outcome], store.name), store)
    return outcome.record


def publish_bars(store: Store, frames: Mapping[str, pl.DataFrame]) -> Record:
    """Publish days of `test/bars`."""
    return publish_frames(store, metadata(BARS), frames, BAR_SCHEMA)


def publish_prices(store: Store, frames: Mapping[str, pl.DataFrame]) -> Record:
    """Publish copies of `test/prices`, a snapshot dataset."""
    return publish_frames(store, metadata(PRICES, "snapshot"), frames, PRICE_SCHEMA)
