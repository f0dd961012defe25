"""How often and how long a source may be asked again: limits of one call and the budget of a whole run.

Pure arithmetic and one counter; sleeping is the caller's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from opendata_platform.quality.categories import Fault


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """Limits of one call. Times in seconds, sizes in bytes."""

    attempts: int = 4
    base_wait_s: float = 0.5
    longest_wait_s: float = 60.0
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    deadline_s: float = 300.0
    largest_body: int = 256 * 2**20


class RetryBudget:
    """What all calls of one run may spend on trying again; shared between threads."""

    def __init__(self, retries: int = 60, wait_s: float = 600.0) -> None:
        self._lock = threading.Lock()
        self._retries = retries
        self._wait_s = wait_s
        self._spent = 0

    @property
    def spent(self) -> int:
        """Retries made so far."""
        return self._spent

    def take(self, wait_s: float) -> bool:
        """Take one retry after a wait of `wait_s`; False (and nothing taken) when the budget does not allow it."""
        with self._lock:
            if self._retries < 1 or self._wait_s < wait_s:
                return False
            self._retries -= 1
            self._wait_s -= wait_s
            self._spent += 1
            return True


def wait_before_retry(
    fault: Fault,
    attempt: int,
    retry_after: float | None,
    limits: RetryLimits,
    jitter: Callable[[], float],
) -> float | None:
    """Seconds to wait before attempt `attempt + 1`; None when there must not be one.

    A time stated by the source is honoured (or, if longer than the longest wait, left to the scheduler);
    otherwise full jitter: uniform between 0 and base * 2^(attempt-1), capped.
    """
    if attempt >= min(limits.attempts, fault.attempts):
        return None
    if retry_after is not None:
        return retry_after if retry_after <= limits.longest_wait_s else None
    ceiling: float = min(limits.longest_wait_s, limits.base_wait_s * 2.0 ** (attempt - 1))
    return jitter() * ceiling
