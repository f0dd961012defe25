"""A store that the platform really made from the sandbox, with what the documentation loads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from opendata.protocol.author import make_author
from opendata.stores.local import LocalStore

from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.limiter import Limiter
from opendata_platform.tushare.settings import TushareSettings

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
            "tushare-raw/block-trade": TRADED,
            "tushare/daily-prices": TRADED,
            "tushare/corporate-events": TRADED,
        },
    ),
)
"""The day of each run, and the partitions that it publishes."""


def publish_all(folder: Path) -> None:
    """Run the platform on each day of `RUNS`, over a store in this folder."""
    for day, wanted in RUNS:
        now = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        with Sandbox(recordings=Recordings(), clock=lambda now=now: now) as sandbox:
            _run(folder, sandbox.url, now, wanted)


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
