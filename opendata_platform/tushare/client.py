"""The HTTP client of Tushare: one logical request with its turns, retries and pages, and a typed outcome.

`TushareClient.ask` never raises for trouble of the service and never returns less than everything that was asked for:
a cut, capped or repeated answer is an outcome without data. The token is in the request's body and nowhere else.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from random import SystemRandom
from types import TracebackType
from typing import Self

import httpx

from opendata_platform.quality.categories import Category, Fault, Stage
from opendata_platform.quality.recognise import recognise
from opendata_platform.quality.redaction import redact
from opendata_platform.quality.tushare_codes import explain
from opendata_platform.sources.http import PROVENANCES, SANDBOX_HEADER, open_http, refusal, stated_wait, whole_body
from opendata_platform.sources.outcome import (
    ChangedFormat,
    Denied,
    Failed,
    NonOk,
    Ok,
    Outcome,
    ParseError,
    RateLimited,
)
from opendata_platform.sources.retry import RetryBudget, RetryLimits, wait_before_retry
from opendata_platform.tushare.answer import read_answer
from opendata_platform.tushare.capture import Page, PageParams
from opendata_platform.tushare.declare import Api, Params
from opendata_platform.tushare.limiter import LONGEST_WAIT_S, Limiter, Turn
from opendata_platform.tushare.settings import TushareSettings

LARGEST_OFFSET = 100_000
"""The service refuses an offset beyond it."""
AFTER_MINUTE_LIMIT_S = 61.0
"""Refused calls count too, so the whole minute has to pass."""
AFTER_HOUR_LIMIT_S = 3600.0
LIMITS = RetryLimits(connect_timeout_s=5.0, read_timeout_s=60.0)
_NAP_S = 0.5

_log = logging.getLogger(__name__)
_uniform = SystemRandom().random


class TushareClient:
    """Asks Tushare; one per run, since the retry budget is the run's. Thread-safe; use as a context.

    Owns the limiter.
    """

    def __init__(
        self,
        settings: TushareSettings,
        limiter: Limiter,
        *,
        limits: RetryLimits = LIMITS,
        budget: RetryBudget | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = _uniform,
    ) -> None:
        self.settings = settings
        self._limiter = limiter
        self._limits = limits
        self._budget = budget or RetryBudget()
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._http = open_http(limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and the limiter."""
        calls = self._limiter.calls_today(self.settings.account)
        if calls:
            _log.info("tushare: %d calls with this account today", calls)
        self._http.close()
        self._limiter.close()

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self._clock().astimezone(UTC)

    def ask(self, api: Api, params: Params, *, stop: threading.Event | None = None) -> Outcome[tuple[Page, ...]]:
        """All rows that `params` select, with all declared fields, as one page or several.

        `stop` makes a caller's threads end: what is waited for then comes back as cancelled.
        """
        if self.settings.token is None:
            return Denied("OPENDATA_TUSHARE_TOKEN is not set 未设置", Category.CONFIG, "missing_secret")
        pages: list[Page] = []
        offset = 0
        while True:
            if offset > LARGEST_OFFSET:
                return _capped(api, f"more than {LARGEST_OFFSET} rows: the request must be split")
            answered = self._page(api, {**params, "limit": api.page_rows, "offset": offset}, stop or threading.Event())
            if not isinstance(answered, Ok):
                return answered
            page = answered.value
            wrong = _ill_fitting(api, page, pages)
            if wrong is not None:
                return wrong
            pages.append(page)
            if len(page.items) < api.page_rows and page.has_more is not True:
                return Ok(tuple(pages))
            offset += len(page.items)

    def _page(self, api: Api, params: PageParams, stop: threading.Event) -> Outcome[Page]:
        """One page, within the limits of a call and the budget of the run."""
        attempt = 1
        while True:
            turn = self._turn(api, stop)
            if not isinstance(turn, Turn):
                return turn
            outcome = self._once(api, params, turn)
            if isinstance(outcome, Ok):
                return outcome
            if isinstance(outcome, RateLimited):
                wait = outcome.retry_after or AFTER_MINUTE_LIMIT_S
                self._limiter.hold(self.settings.account, api.name, wait)
                if wait > LONGEST_WAIT_S or attempt >= outcome.fault.attempts:
                    return outcome
            else:
                pause = wait_before_retry(outcome.fault, attempt, outcome.retry_after, self._limits, self._jitter)
                if pause is None or not self._budget.take(pause):
                    return outcome
                self._pause(pause, stop)
            attempt += 1
            _log.info("tushare %s: %s; attempt %d", api.name, outcome.reason, attempt)

    def _turn(self, api: Api, stop: threading.Event) -> Turn | NonOk:
        """Wait for the API's next turn."""
        account = self.settings.account
        while not stop.is_set():
            turn = self._limiter.reserve(account, api.name, api.calls_per_minute, self.settings.calls_per_minute)
            if not isinstance(turn, Turn):
                return turn
            self._pause(self._limiter.wait(turn), stop)
            if not stop.is_set() and self._limiter.stands(account, turn):
                return turn
        return Failed(f"{api.name}: no longer wanted", Category.CANCELLED, "sigterm")

    def _pause(self, seconds: float, stop: threading.Event) -> None:
        """Sleep in naps, to notice a stop soon."""
        while seconds > 0 and not stop.is_set():
            nap = min(seconds, _NAP_S)
            self._sleep(nap)
            seconds -= nap

    def _once(self, api: Api, params: PageParams, turn: Turn) -> Outcome[Page]:
        settings = self.settings
        fields = ",".join(field.name for field in api.fields)
        sent = {"api_name": api.name, "token": settings.token, "params": dict(params), "fields": fields}
        try:
            with self._http.stream("POST", settings.url, json=sent) as response:
                body = whole_body(response, self._limits)
        except httpx.HTTPError as error:
            fault = recognise(error, Stage.FETCH) or Fault(Category.NETWORK, "reset")
            reason = f"{api.name}: {type(error).__name__}: {error}"
            return Failed(redact(reason, settings.secrets), fault.category, fault.subcode)
        if not isinstance(body, bytes):
            return body
        refused = refusal("tushare", response.status_code, stated_wait(response.headers.get("Retry-After"), self.now()))
        if refused is not None:
            return refused
        if body[:256].lstrip().startswith(b"<"):
            return ChangedFormat(f"{api.name}: answered with a web page", Category.PARSE, "html_page")
        if any(secret.encode() in body for secret in settings.secrets):
            return ChangedFormat(f"{api.name}: the answer repeats the token", Category.PARSE, "bad_shape")
        try:
            answer = read_answer(body)
        except ParseError as error:
            return ChangedFormat(f"{api.name}: {error.message}", Category.PARSE, error.fault.subcode)
        if answer.code != 0:
            return self._refused(api, turn, answer.code, answer.message)
        return Ok(Page.of(params, body, answer, PROVENANCES.get(response.headers.get(SANDBOX_HEADER, ""))))

    def _refused(self, api: Api, turn: Turn, code: int, message: str) -> NonOk:
        """What a refusal means; teaches the limiter."""
        meaning = explain(code, message)
        assert meaning is not None, "code 0 is no refusal"
        fault = meaning.fault
        reason = f"{api.name}: {code} {redact(message, self.settings.secrets)}"
        if fault.category is Category.PERMISSION:
            return Denied(reason, fault.category, fault.subcode)
        if meaning.span is None:
            return Failed(reason, fault.category, fault.subcode)
        account = self.settings.account
        if meaning.span == "minute" and meaning.calls:
            self._limiter.learn_minute(account, turn, meaning.calls)
        if meaning.span == "day" and meaning.calls:
            self._limiter.learn_day(account, api.name, meaning.calls)
        waits = {"minute": AFTER_MINUTE_LIMIT_S, "hour": AFTER_HOUR_LIMIT_S, "day": self._limiter.until_midnight()}
        return RateLimited(reason, fault.category, fault.subcode, waits[meaning.span])


def _ill_fitting(api: Api, page: Page, earlier: list[Page]) -> NonOk | None:
    """Why a page cannot be added to those before it."""
    # A field that only the rows need is missed when they are read: then the answer is kept.
    needed = (*api.key, *filter(None, [getattr(api.fetch, "column", None)]))
    missing = [name for name in needed if name not in page.fields]
    if missing:
        return ChangedFormat(f"{api.name}: no field {', '.join(missing)}", Category.PARSE, "bad_shape")
    if earlier and page.fields != earlier[0].fields:
        return ChangedFormat(f"{api.name}: the fields change between pages", Category.PARSE, "bad_shape")
    if page.has_more and not page.items:
        return _capped(api, "no row, but more to come")
    if earlier and _repeats(api, page, earlier):
        return _capped(api, f"the API repeats pages: rows at offset {page.params['offset']} came before")
    return None


def _repeats(api: Api, page: Page, earlier: Iterable[Page]) -> bool:
    """Whether a row has the key of one before; for an API without a key, whether all rows are as some before."""
    seen = {key for before in earlier for key in _keys(api, before)}
    new = set(_keys(api, page))
    return bool(new & seen) if api.key else bool(new) and new <= seen


def _keys(api: Api, page: Page) -> Iterator[str]:
    """What the rows are told apart by, as text: a cell may be of any JSON type."""
    columns = [page.fields.index(name) for name in api.key] or range(len(page.fields))
    return (json.dumps([row[column] for column in columns]) for row in page.items)


def _capped(api: Api, reason: str) -> Failed:
    return Failed(f"{api.name}: {reason}", Category.VALIDATION, "row_cap_suspected")
