"""The declarations of `opendata_platform.tushare` as datasets: one per API as returned, one per table built of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from opendata import calendars

from opendata_platform.datasets.origin import Answer, Built, Clients, Fetched, FetchMany
from opendata_platform.datasets.partitions import SHANGHAI, Partitions, SnapshotDays, TradingDays
from opendata_platform.datasets.spec import DatasetSpec, PublicationTime
from opendata_platform.quality.categories import Category
from opendata_platform.quality.checks import SMALL_REVISION
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.outcome import Denied, Empty, NonOk, NotYetAvailable
from opendata_platform.status import table as status_table
from opendata_platform.tushare.catalog import all_apis
from opendata_platform.tushare.declare import Api, Period
from opendata_platform.tushare.fetch import Window, fetch_partitions
from opendata_platform.tushare.gates import checks_of
from opendata_platform.tushare.reading import read
from opendata_platform.tushare.schema import api_schema
from opendata_platform.tushare.table import Table
from opendata_platform.tushare.table_catalog import all_tables

LICENSE = "Tushare terms of use; redistribution is the operator's own matter"
HOMEPAGE = "https://tushare.pro"
SNAPSHOTS = SnapshotDays(date(2026, 1, 1))
REVISITED = (1, 2, 5, 20)
"""Which partitions before the newest one are asked for again each time, to find the vendor's corrections."""
FREQUENCIES = {"day": "daily", "week": "weekly", "month": "monthly", "snapshot": "daily"}


def specs() -> list[DatasetSpec]:
    """All of them, the APIs first."""
    return [api_spec(api) for api in all_apis().values()] + [table_spec(table) for table in all_tables().values()]


def api_spec(api: Api) -> DatasetSpec:
    """The dataset of an API's answers as returned."""
    column = getattr(api.fetch, "column", None)
    return DatasetSpec(
        id=api.id,
        title=f"{api.title} (Tushare {api.name}, as returned)",
        title_zh=f"{api.title_zh}（Tushare {api.name}，原样）",
        description=api.description,
        description_zh=api.description_zh,
        license=LICENSE,
        source=f"Tushare Pro API {api.name}" + (f", document {api.document}" if api.document else ""),
        homepage=HOMEPAGE,
        tags=("tushare", api.asset_class, api.batch.lower(), "raw"),
        frequency=FREQUENCIES[api.period],
        schema=api_schema(api),
        partitions=_partitions(api.period),
        origin=Fetched(f"tushare/{api.name}", _fetch(api), _read(api), keeps_answers=True),
        due=PublicationTime(api.published.at, api.published.lag_days, _revisited(api.period), SHANGHAI),
        partition_column=column if api.period != "snapshot" else None,
        checks=(*checks_of(api), SMALL_REVISION),
        sparse=api.sparse,
        visibility="private",
    )


def table_spec(table: Table) -> DatasetSpec:
    """The dataset of a table; due when the last of its inputs is."""
    inputs = [api for api in all_apis().values() if any(item.dataset == api.id for item in table.inputs)]
    # What comes on a later day is not waited for: it is added when the day is revisited.
    hours = sorted((api.published.lag_days, api.published.at) for api in inputs) or [(0, LATE)]
    last = max(hour for hour in hours if hour[0] == hours[0][0])
    at = (datetime.combine(date(2026, 1, 1), last[1]) + SETTLING).time()
    return DatasetSpec(
        id=table.id,
        title=table.title,
        title_zh=table.title_zh,
        description=table.description,
        description_zh=table.description_zh,
        license=LICENSE,
        source="Tushare Pro, units normalised",
        homepage=HOMEPAGE,
        tags=("tushare", *([table.asset_class] if table.asset_class else []), "unified"),
        frequency=FREQUENCIES[table.period],
        schema=table.schema,
        partitions=_partitions(table.period),
        origin=Built(table.build, table.inputs),
        due=PublicationTime(at, last[0], _revisited(table.period), SHANGHAI),
        partition_column=table.partition_column if table.period != "snapshot" else None,
        checks=(*table.checks, SMALL_REVISION),
        sparse=table.sparse,
        visibility="private",
        adjustment=table.adjustment,
        point_in_time=table.point_in_time,
    )


def matrix_spec() -> DatasetSpec:
    """The dataset of the status matrix, which is computed of the tables: late data may change as much of a day as it
    likes."""
    return replace(table_spec(status_table.TABLE), source="The published tables of this platform", checks=())


SETTLING = timedelta(minutes=15)
"""How long after its last input a table is built."""
LATE = datetime(2026, 1, 1, 22, 0, tzinfo=UTC).time()


def _partitions(period: Period) -> Partitions:
    return SNAPSHOTS if period == "snapshot" else TradingDays(period)


def _revisited(period: Period) -> tuple[int, ...]:
    return REVISITED if period == "day" else (1,) if period != "snapshot" else ()


def _fetch(api: Api) -> FetchMany:
    def fetch(partitions: Sequence[str], clients: Clients) -> Generator[tuple[str, Answer]]:
        if clients.tushare is None:
            missing = Denied("no Tushare token: set OPENDATA_TUSHARE_TOKEN", Category.CONFIG, "missing_secret")
            yield from ((name, missing) for name in partitions)
            return
        now = clients.now()
        early = {name: why for name in partitions if (why := _too_early(api, name, now))}
        windows = [_window(api, name) for name in partitions if name not in early]
        yield from fetch_partitions(api, windows, clients.tushare)
        yield from early.items()

    return fetch


def _read(api: Api) -> Callable[[Any], Parsed]:
    return lambda capture: read(api, capture.pages)


def _window(api: Api, partition: str) -> Window:
    day = date.fromisoformat(partition)
    before = None if api.period == "snapshot" else calendars.shifted(day, -1, api.period)
    return Window(partition, before or day - timedelta(days=1), day)


def _too_early(api: Api, partition: str, now: datetime) -> NonOk | None:
    """Why a partition cannot be had yet, or never."""
    day = date.fromisoformat(partition)
    if api.period == "snapshot":
        return None
    if day < api.first_day:
        return Empty(f"{api.name} begins on {api.first_day}", Category.VALIDATION, "calendar")
    out = datetime.combine(day + timedelta(days=api.published.lag_days), api.published.at, SHANGHAI)
    if now < out:
        wait = (out - now).total_seconds()
        return NotYetAvailable(
            f"{api.name} of {day} is out at {out:%Y-%m-%d %H:%M} Shanghai", Category.VALIDATION, "calendar", wait
        )
    return None
