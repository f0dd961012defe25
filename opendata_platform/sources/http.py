"""The one HTTP client of all connectors: GET with limits, retries and a typed outcome.

`SourceClient.get` never raises for trouble of the source and never returns a body that was cut, capped or an
error page. Secret parameters are sent, and appear in no URL, log line or exception of ours. What an answer's
*content* says (a limit, a missing key, no data) is the connector's business: it passes a `reads` function.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom
from types import TracebackType
from typing import Self, TypeAlias

import httpx

from opendata_platform.quality.categories import Category, Fault, Stage
from opendata_platform.quality.recognise import http_status_fault, recognise
from opendata_platform.quality.redaction import MASK, redact
from opendata_platform.sources.outcome import (
    ChangedFormat,
    Denied,
    Empty,
    Failed,
    NonOk,
    Ok,
    Outcome,
    Provenance,
    RateLimited,
    RawCapture,
)
from opendata_platform.sources.retry import RetryBudget, RetryLimits, wait_before_retry
from opendata_platform.sources.settings import SourceSettings

SANDBOX_HEADER = "X-OpenData-Sandbox"
Reads: TypeAlias = Callable[[int, RawCapture], NonOk | None]
"""(HTTP status, answer) -> what the answer's content says, None when it is what was asked for."""

_log = logging.getLogger(__name__)
_uniform = SystemRandom().random
PROVENANCES: Mapping[str, Provenance] = {"recorded": "recorded", "synthetic": "synthetic"}


@dataclass(frozen=True, slots=True)
class _Request:
    service: str
    url: str
    params: Mapping[str, str]
    secrets: Mapping[str, str]
    reads: Reads | None
    absent_is_empty: bool

    def __str__(self) -> str:
        """The URL as it may be shown: secret parameters are named and masked."""
        masked = "&".join(f"{name}={MASK}" for name in self.secrets)
        plain = str(httpx.URL(self.url, params=dict(self.params))) if self.params else self.url
        return f"{plain}{'&' if self.params else '?'}{masked}" if masked else plain


class _RedactLines(logging.Filter):
    """httpx logs every URL it requests, keys included: its lines pass through here."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


_redact_lines = _RedactLines()


def open_http(limits: RetryLimits) -> httpx.Client:
    """A keep-alive client with our timeouts, without redirects, past proxies on loopback, and with redacted logs."""
    logging.getLogger("httpx").addFilter(_redact_lines)
    past_proxies = httpx.HTTPTransport()
    return httpx.Client(
        headers={"User-Agent": "opendata-platform"},
        timeout=httpx.Timeout(limits.read_timeout_s, connect=limits.connect_timeout_s),
        follow_redirects=False,
        mounts={f"all://{host}": past_proxies for host in ("127.0.0.1", "localhost", "[::1]")},
    )


class SourceClient:
    """Asks sources over HTTP; one per run, since the retry budget is the run's. Thread-safe; use as a context."""

    def __init__(
        self,
        settings: SourceSettings,
        *,
        limits: RetryLimits | None = None,
        budget: RetryBudget | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = _uniform,
    ) -> None:
        self.settings = settings
        self.budget = budget or RetryBudget()
        self._limits = limits or RetryLimits()
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._http = open_http(self._limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self._clock().astimezone(UTC)

    def get(
        self,
        service: str,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        secret_params: Mapping[str, str] | None = None,
        reads: Reads | None = None,
        absent_is_empty: bool = False,
    ) -> Outcome[RawCapture]:
        """GET `path` of `service` within the limits of the call and the budget of the run.

        `reads` looks at every complete answer below 500 and may overrule the status; what it returns is retried
        like any other fault. With `absent_is_empty`, 404 means Empty (a file that is not there), else Failed.
        """
        request = _Request(
            service,
            self.settings.base_urls[service] + path,
            params or {},
            secret_params or {},
            reads,
            absent_is_empty,
        )
        started = time.monotonic()
        attempt = 1
        while True:
            outcome = self._once(request)
            if isinstance(outcome, Ok):
                return outcome
            wait = wait_before_retry(outcome.fault, attempt, outcome.retry_after, self._limits, self._jitter)
            if wait is None or time.monotonic() - started + wait > self._limits.deadline_s:
                return outcome
            if not self.budget.take(wait):
                return outcome
            _log.info("%s: %s; attempt %d in %.1f s", request, outcome.reason, attempt + 1, wait)
            self._sleep(wait)
            attempt += 1

    def _once(self, request: _Request) -> Outcome[RawCapture]:
        try:
            query = {**request.params, **request.secrets}
            with self._http.stream("GET", request.url, params=query) as response:
                body = whole_body(response, self._limits)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            fault = recognise(error, Stage.FETCH) or Fault(Category.NETWORK, "reset")
            reason = redact(f"{request.service}: {type(error).__name__}: {error}", request.secrets.values())
            return Failed(reason, fault.category, fault.subcode)
        if not isinstance(body, bytes):
            return body
        capture = RawCapture(
            source=request.service,
            url=str(request),
            body=body,
            media_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            fetched_at=self.now(),
            sandbox=PROVENANCES.get(response.headers.get(SANDBOX_HEADER, "")),
        )
        said = self._meaning(request, capture, response.status_code, response.headers.get("Retry-After"))
        return Ok(capture) if said is None else said

    def _meaning(self, request: _Request, capture: RawCapture, status: int, retry_after: str | None) -> NonOk | None:
        """What a complete answer says: its own words first, then its status, then that it is a web page."""
        said = request.reads(status, capture) if request.reads and status < 500 else None
        if said is None:
            stated = stated_wait(retry_after, self.now())
            said = refusal(request.service, status, stated, request.absent_is_empty)
        return _page(capture) or said if said is None or isinstance(said, ChangedFormat) else said


def whole_body(response: httpx.Response, limits: RetryLimits) -> bytes | Failed:
    """The whole body, or why it cannot be had: longer than allowed, too slow, or cut."""
    chunks: list[bytes] = []
    size, started = 0, time.monotonic()
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > limits.largest_body:
            return Failed(f"the answer is longer than {limits.largest_body} bytes", Category.PARSE, "bad_shape")
        if time.monotonic() - started > limits.deadline_s:
            return Failed("the answer took too long to arrive", Category.NETWORK, "timeout")
        chunks.append(chunk)
    declared = response.headers.get("Content-Length")
    if declared is not None and declared.isdecimal() and int(declared) != response.num_bytes_downloaded:
        return Failed(
            f"received {response.num_bytes_downloaded} of {declared} bytes",
            Category.NETWORK,
            "truncated_body",
        )
    return b"".join(chunks)


def refusal(service: str, status: int, retry_after: float | None, absent_is_empty: bool = False) -> NonOk | None:
    """What the status alone says; None for a success."""
    reason = f"{service} answered HTTP {status}"
    if 200 <= status < 300:
        return None
    if status == 404 and absent_is_empty:
        return Empty(reason, Category.VALIDATION, "empty_day")
    fault = http_status_fault(status)
    if fault is None:
        return Failed(f"{reason}: the resource moved, set its new base URL", Category.VALIDATION, "bad_request")
    if fault.category is Category.QUOTA:
        return RateLimited(reason, fault.category, fault.subcode, retry_after)
    if fault.category is Category.PERMISSION:
        return Denied(reason, fault.category, fault.subcode)
    return Failed(reason, fault.category, fault.subcode, retry_after)


def stated_wait(header: str | None, now: datetime) -> float | None:
    """Seconds from a Retry-After header, which is a number or an HTTP date; None when absent or unreadable."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())


def _page(capture: RawCapture) -> ChangedFormat | None:
    """A web page where data was asked for: no source answers with one when all is well."""
    if capture.media_type == "text/html" or capture.body[:256].lstrip().startswith(b"<"):
        return ChangedFormat(f"{capture.source} answered with a web page", Category.PARSE, "html_page")
    return None


Fetch: TypeAlias = Callable[[str, SourceClient], Outcome[RawCapture]]
"""A connector's fetch: (partition key, client) -> the raw answer or a typed reason why there is none."""
