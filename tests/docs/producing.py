"""A store that the platform really made from the sandbox, with what the documentation loads.

Two small datasets stand for those whose publishers declare factors of adjustment and times of knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from opendata.contract.schema import Column, TableSchema
from opendata.stores.local import LocalStore

from opendata_platform.datasets.author import make_author
from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sandbox import Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.limiter import Limiter
from opendata_platform.tushare.settings import TushareSettings
from tests.read.publishing import metadata, publish_frames

CANDLES = ("2026-11-20", "2026-11-21", "2026-11-22")
TRADED = ("2026-11-19", "2026-11-20")
RUNS: tuple[tuple[str, Mapping[str, tuple[str, ...]]], ...] = (
    (
        "2026-11-21",
        {"official/stooq-aapl-daily": ("2026-11-21",), "official/binance-btcusdt-kline-1m": CANDLES[:1]},
    ),
    (
        "2026-11-24",
        {
            "official/stooq-aapl-daily": ("2026-11-24",),
            "official/owid-covid-global-daily": ("2026-11-24",),
            "official/binance-btcusdt-kline-1m": CANDLES[1:],
            "tushare-raw/daily": TRADED,
            "tushare-raw/adj-factor": TRADED,
            "tushare/stock-daily": TRADED,
            "tushare/stock-adj-factor": TRADED,
        },
    ),
)
"""The day of each run, and the partitions that it publishes."""
STOCKS = TableSchema(
    (Column("trade_date", "date"), Column("symbol", "string"), Column("close", "float64"), Column("factor", "float64")),
    primary_key=("trade_date", "symbol"),
    partition_column="trade_date",
)
OBSERVATIONS = TableSchema(
    (Column("available", "date"), Column("series", "string"), Column("period", "date"), Column("value", "float64")),
    primary_key=("available", "series", "period"),
    partition_column="available",
)


def publish_all(folder: Path) -> None:
    """Run the platform on each day of `RUNS`, over a store in this folder."""
    for day, wanted in RUNS:
        now = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        with Sandbox(clock=lambda now=now: now) as sandbox:
            _run(folder, sandbox.url, now, wanted)
    _publish_examples(LocalStore(folder / "store"))


def _publish_examples(store: LocalStore) -> None:
    """A stock of which each share became two, and two releases of one figure."""
    days = {"trade_date": [date(2026, 11, 19), date(2026, 11, 20)], "symbol": ["600519.SH"] * 2}
    stocks = pl.DataFrame({**days, "close": [1200.0, 606.0], "factor": [1.0, 2.0]})
    adjustment = {"factor": "factor", "prices": ["close"]}
    described = metadata("example/stock-prices", adjustment=adjustment, calendar="sse")
    publish_frames(store, described, {str(day): rows for (day,), rows in stocks.group_by("trade_date")}, STOCKS)
    period = {"series": ["gdp"] * 2, "period": [date(2024, 3, 31)] * 2}
    releases = pl.DataFrame({"available": [date(2024, 6, 14), date(2024, 7, 15)], **period, "value": [5.0, 5.3]})
    declared = {"available": "available", "key": ["series", "period"]}
    described = metadata("example/macro-observations", "snapshot", point_in_time=declared)
    publish_frames(store, described, {"2024-07-15": releases}, OBSERVATIONS)


def _run(folder: Path, sandbox: str, now: datetime, wanted: Mapping[str, tuple[str, ...]]) -> None:
    publisher = Publisher(LocalStore(folder / "store"), make_author("test", environ={}))
    limiter = Limiter(folder / "limits.sqlite")
    tushare = TushareClient(TushareSettings(f"{sandbox}/tushare", "t" * 56, 0), limiter, clock=lambda: now)
    settings = SourceSettings.from_env({}, sandbox_url=sandbox)
    with SourceClient(settings, clock=lambda: now) as http, tushare:
        for dataset, partitions in wanted.items():
            for partition in partitions:
                result = run_partition(find_spec(dataset), partition, Clients(http, tushare), publisher)
                assert isinstance(result, Visible), result
    publisher.finish()
