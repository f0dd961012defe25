"""Retries of operations that are safe to repeat (reading, listing, deleting): bounded, jittered, steered by the server.

Conditional writes are never repeated here: their ambiguous outcomes are for the protocol to settle.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from opendata.errors import StoreUnavailable
from opendata.stores.store import server_time, utc_now

ATTEMPTS = 5
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 30.0

T = TypeVar("T")


class Transient(Exception):
    """One attempt failed in a way that may pass; `retry_after` is the pause in seconds that the server asked for."""

    def __init__(self, reason: str, retry_after: float = 0.0, request_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.request_id = request_id


def retrying(attempt: Callable[[], T], what: str) -> T:
    """Call until it succeeds; after the last Transient raise StoreUnavailable that says `what` was tried."""
    for number in range(ATTEMPTS):
        try:
            return attempt()
        except Transient as failure:
            if number == ATTEMPTS - 1:
                raise StoreUnavailable(
                    f"{what}: gave up after {ATTEMPTS} attempts, the last one: {failure.reason}",
                    hint="the store may be down or unreachable from here; try again later",
                    request_id=failure.request_id,
                ) from failure
            time.sleep(pause(number, failure.retry_after))
    raise AssertionError("the last attempt returns or raises")


def pause(number: int, at_least: float = 0.0) -> float:
    """Seconds to wait after failure `number` (from 0): doubling, jittered over its upper half, and bounded."""
    delay = FIRST_PAUSE * 2.0**number * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, guards nothing)
    return min(LONGEST_PAUSE, max(delay, at_least))


def retry_after(header: str | None) -> float:
    """Seconds of a Retry-After header, which carries seconds or a date; 0 when absent or in the past."""
    if not header:
        return 0.0
    if header.strip().isdigit():
        return float(header)
    return max(0.0, (server_time(header) - utc_now()).total_seconds())
