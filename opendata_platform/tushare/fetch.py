"""Partitions of an API from the service: which requests make one up, several asked for at a time, handed out in order.

Not here: a single request (`client.py`), what the rows mean (`reading.py`).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, TypeAlias

from opendata_platform.quality.categories import Category
from opendata_platform.sources.outcome import ChangedFormat, Denied, Empty, NonOk, Ok, Outcome, Provenance
from opendata_platform.tushare.capture import Capture, Page
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.declare import Api, ByCode, ByDay, ByEvent, ByWeek, Params

IN_FLIGHT = 8
"""Batches asked for at a time, and so the most that wait in memory to be handed out."""
LONGEST_SPAN = 500
"""Days that one request of a code spans at most."""


@dataclass(frozen=True, slots=True)
class Window:
    """A partition and the days whose rows it has: after `since` up to `day`."""

    partition: str
    since: date
    day: date


Answer: TypeAlias = Outcome[Capture] | Exception
"""What went wrong beyond the service's doing is a value too, so that the other partitions go on."""


def fetch_partitions(
    api: Api, windows: Sequence[Window], client: TushareClient, *, in_flight: int = IN_FLIGHT
) -> Generator[tuple[str, Answer]]:
    """The answer for each window, in their order. Ends its threads when it is closed.

    Once the service has denied the API, the windows that are left are not asked for.
    """
    stop = threading.Event()
    denials: list[Denied] = []

    def fetch(batch: Sequence[Window]) -> list[tuple[str, Answer]]:
        if denials:
            return [(window.partition, denials[0]) for window in batch]
        try:
            answers = _fetch_batch(api, batch, client, stop)
        except Exception as error:  # noqa: BLE001 - one batch's failure is a value, so that the others go on
            return [(window.partition, error) for window in batch]
        denials.extend(answer for _, answer in answers if isinstance(answer, Denied))
        return answers

    pool = ThreadPoolExecutor(in_flight, thread_name_prefix=f"tushare-{api.name}")
    try:
        for answers in _ahead(pool, fetch, _batches(api, windows), in_flight):
            yield from answers
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


_Fetch: TypeAlias = Callable[[Sequence[Window]], list[tuple[str, Answer]]]


def _ahead(
    pool: ThreadPoolExecutor, fetch: _Fetch, batches: Iterable[Sequence[Window]], in_flight: int
) -> Iterator[list[tuple[str, Answer]]]:
    """Results in order, with at most `in_flight` of them under way or done."""
    waiting = iter(batches)
    under_way: deque[Future[list[tuple[str, Answer]]]] = deque(
        pool.submit(fetch, batch) for batch in islice(waiting, in_flight)
    )
    while under_way:
        answers = under_way.popleft().result()
        under_way.extend(pool.submit(fetch, batch) for batch in islice(waiting, 1))
        yield answers


def _batches(api: Api, windows: Sequence[Window]) -> Iterator[Sequence[Window]]:
    """Windows that are asked for together: those of a span for an API by code, else one at a time."""
    if not isinstance(api.fetch, ByCode):
        yield from ([window] for window in windows)
        return
    longest = timedelta(days=min(LONGEST_SPAN, api.page_rows - 1))
    batch: list[Window] = []
    for window in windows:
        since, day = _span([*batch, window])
        if batch and day - since > longest:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _span(batch: Sequence[Window]) -> tuple[date, date]:
    return min(window.since for window in batch), max(window.day for window in batch)


def _fetch_batch(
    api: Api, batch: Sequence[Window], client: TushareClient, stop: threading.Event
) -> list[tuple[str, Answer]]:
    pages: list[Page] = []
    for params in _requests(api, batch):
        answered = client.ask(api, params, stop=stop)
        if not isinstance(answered, Ok):
            return [(window.partition, answered) for window in batch]
        pages.extend(answered.value)
    shares = _shares(pages, api.fetch, batch) if isinstance(api.fetch, ByCode) else {batch[0].partition: pages}
    if isinstance(shares, ChangedFormat):
        return [(window.partition, shares) for window in batch]
    sandbox = _provenance(pages)
    now = client.now()
    captures = {
        partition: Capture(client.settings.url, tuple(share), api.page_rows, now, sandbox)
        for partition, share in shares.items()
    }
    return [(window.partition, _filled(api, window, captures[window.partition])) for window in batch]


def _requests(api: Api, batch: Sequence[Window]) -> list[Params]:
    """The parameters of all requests for a batch."""
    since, day = _span(batch)
    match api.fetch:
        case ByDay(param, variants):
            return [{param: _wire(day), **variant} for variant in variants]
        case ByWeek(param):
            return [{param: f"{day:%G%V}"}]
        case ByEvent(param, on_day):
            days = (since + timedelta(days=n) for n in range(1, (day - since).days + 1))
            return [{param: _wire(each)} for each in days] + [{other: _wire(day)} for other in on_day]
        case ByCode(param, codes, _, start, end):
            span = {start: _wire(since + timedelta(days=1)), end: _wire(day)}
            return [{param: code, **span} for code in codes]
    return [dict(variant) for variant in api.fetch.variants]


def _shares(pages: Sequence[Page], axis: ByCode, batch: Sequence[Window]) -> Mapping[str, list[Page]] | ChangedFormat:
    """Each partition's excerpt of the pages. A row of a day that was not asked for is refused; one of a day between
    the windows was asked for only because it lies in the span."""
    since, day = _span(batch)
    asked = {_wire(since + timedelta(days=n)): None for n in range(1, (day - since).days + 1)}
    owner: dict[str, str | None] = {
        **asked,
        **{
            _wire(window.since + timedelta(days=n)): window.partition
            for window in batch
            for n in range(1, (window.day - window.since).days + 1)
        },
    }
    shares: dict[str, list[Page]] = {window.partition: [] for window in batch}
    for page in pages:
        column = page.fields.index(axis.column)
        rows: dict[str | None, list[list[Any]]] = {}
        for number, row in enumerate(page.items, start=1):
            if row[column] not in owner:
                found = f"row {number} is of {str(row[column])[:20]!r}, a day that was not asked for"
                return ChangedFormat(f"column {axis.column!r}: {found}", Category.PARSE, "bad_date")
            rows.setdefault(owner[row[column]], []).append(row)
        for partition, share in shares.items():
            share.append(page.excerpt(rows.get(partition, [])))
    return shares


def _filled(api: Api, window: Window, capture: Capture) -> Ok[Capture] | NonOk:
    if capture.rows or api.sparse:
        return Ok(capture)
    return Empty(f"{api.name} has no row for {window.partition}", Category.VALIDATION, "empty_day")


def _provenance(pages: Sequence[Page]) -> Provenance | None:
    """What the sandbox had to do with it: anything that it made marks the whole."""
    made = {page.sandbox for page in pages}
    return "synthetic" if "synthetic" in made else "recorded" if "recorded" in made else None


def _wire(day: date) -> str:
    return f"{day:%Y%m%d}"
