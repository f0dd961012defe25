"""Days of the made-up market as the gate sees them: fetched page by page, read, and judged beside what is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
from opendata import calendars
from opendata.calendars import Period
from opendata.contract.canonical import to_json
from opendata.contract.evidence import CheckResult, Evidence

from opendata_platform.quality.checks import STANDARD, Context, Related
from opendata_platform.quality.gate import examine
from opendata_platform.quality.rows import RowAudit
from opendata_platform.quality.schemas import table_schema
from opendata_platform.sandbox.tushare import market
from opendata_platform.sources.outcome import Ok, Outcome
from opendata_platform.tushare.capture import Page
from opendata_platform.tushare.catalog import all_apis, find_api
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.declare import Api, Params
from opendata_platform.tushare.fetch import Window, fetch_partitions
from opendata_platform.tushare.gates import checks_of
from opendata_platform.tushare.reading import read
from opendata_platform.tushare.schema import api_schema

NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)
"""When everything is asked for: the snapshots are of this day."""
HASH = "0" * 64


@dataclass(frozen=True)
class Day:
    """The rows of one partition, and what is known of the answer that they came in."""

    frame: pl.DataFrame
    answer: Mapping[str, Any] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()


class MarketClient:
    """Answers from the made-up market, cut into pages, without a server between."""

    settings = SimpleNamespace(url="http://127.0.0.1/tushare")

    def now(self) -> datetime:
        """The instant of all requests."""
        return NOW

    def ask(self, api: Api, params: Params, *, stop: object = None) -> Outcome[tuple[Page, ...]]:
        """All pages of one request; the last one is short."""
        frame = market.table(api, params, NOW)
        starts = range(0, frame.height + 1, api.page_rows)
        return Ok(tuple(self._page(api, params, frame, start) for start in starts))

    def _page(self, api: Api, params: Params, frame: pl.DataFrame, start: int) -> Page:
        rows = [list(row) for row in frame.slice(start, api.page_rows).rows()]
        more = start + api.page_rows < frame.height
        paged = {**params, "limit": api.page_rows, "offset": start}
        return Page(paged, to_json({"request": str(start)}), tuple(frame.columns), rows, more, "0" * 32, "synthetic")


@lru_cache(maxsize=400)
def made_up(name: str, day: date) -> Day:
    """A partition of an API of the made-up market."""
    api = find_api(name)
    before = None if api.period == "snapshot" else calendars.shifted(day, -1, api.period)
    window = Window(day.isoformat(), before or day - timedelta(days=1), day)
    ((_, answered),) = fetch_partitions(api, [window], cast("TushareClient", MarketClient()))
    if not isinstance(answered, Ok):
        raise AssertionError(f"{name} of {day}: {answered}")
    parsed = read(api, answered.value.pages)
    return Day(parsed.frame, answered.value.origin(), parsed.unknown_columns)


class Shelf:
    """`quality.checks.Related` for one day over the made-up market: published are the days at `offsets` of the
    judged dataset, and of all others whatever they are asked for, but for `missing` ones; `put` replaces some."""

    def __init__(
        self,
        day: date,
        own: str,
        offsets: Sequence[int] = (-1,),
        missing: Sequence[str] = (),
        put: Mapping[tuple[str, int], pl.DataFrame] | None = None,
    ) -> None:
        self._day, self._own, self._offsets, self._missing, self._put = day, own, offsets, missing, put or {}

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        """The rows of a dataset's partition."""
        if (dataset, offset) in self._put:
            return self._put[dataset, offset]
        api = _api_of(dataset)
        published = offset in (*self._offsets, 0) and not (dataset == self._own and offset == 0)
        day = calendars.shifted(self._day, offset, _period(api))
        return made_up(api.name, day).frame if published and day and dataset not in self._missing else None

    def latest(self, dataset: str, days: int) -> pl.DataFrame | None:
        """The newest partition of the days before."""
        return self.frame(dataset)

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """The complete copy of the day of all requests."""
        if (dataset, 0) in self._put:
            return self._put[dataset, 0]
        return None if dataset in self._missing else made_up(_api_of(dataset).name, NOW.date()).frame


def judge(api: Api, day: date, judged: Day, related: Related) -> Evidence:
    """What all checks of an API find in a day."""
    since = None if api.period == "snapshot" else calendars.shifted(day, -1, api.period)
    schema = api_schema(api)
    context = Context(
        partition=day.isoformat(),
        schema=table_schema(schema, None),
        rows=RowAudit(schema, judged.frame),
        provenance="synthetic",
        head=None,
        unknown_columns=judged.unknown_columns,
        dataset=api.id,
        related=related,
        since=since,
        answer=judged.answer,
    )
    checks = [check for check in STANDARD if not (api.sparse and check.name == "not_empty")]
    return examine(judged.frame, [*checks, *checks_of(api)], context, HASH, judged.answer)


def failures(evidence: Evidence) -> dict[str, CheckResult]:
    """The checks that failed, by name."""
    return {result.name: result for result in evidence.checks if not result.passed}


@cache
def _api_of(dataset: str) -> Api:
    return next(api for api in all_apis().values() if api.id == dataset)


def _period(api: Api) -> Period:
    return "day" if api.period == "snapshot" else api.period
