"""Progress of long work for a log: how much is done, how fast, and when it will be over."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE = 10.0
"""Seconds between two lines."""


class Progress:
    """Counts `total` steps and calls `say` with a line now and then, and at the end."""

    def __init__(self, total: int, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._say = say
        self._clock = clock
        self._started = self._said = clock()
        self._done = 0
        self._skipped = 0

    def skip(self) -> None:
        """One more was done before: it says nothing about the rate."""
        self._skipped += 1
        self._done += 1

    def step(self, note: str = "") -> None:
        """One more is done."""
        self._done += 1
        now = self._clock()
        if self._done == self._total or now - self._said >= PAUSE:
            self._said = now
            self._say(self._line(now - self._started, note))

    def _line(self, elapsed: float, note: str) -> str:
        rate = (self._done - self._skipped) / elapsed if elapsed > 0 else 0.0
        left = (self._total - self._done) / rate if rate else 0.0
        text = f"{self._done} of {self._total} ({self._done / self._total:.0%}), {rate:.1f}/s, {left:.0f} s to go"
        return f"{text}; {note}" if note else text
