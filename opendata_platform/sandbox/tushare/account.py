"""What callers may do, and what they did: tokens, permissions, calls per minute, counts."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from opendata_platform.sandbox.distort import require
from opendata_platform.sandbox.tushare.asking import Asked

WINDOW_S = 60.0


@dataclass
class Calls:
    """What was asked of one API; times in seconds since 1970."""

    accepted: int = 0
    rejected: int = 0
    first: float = 0.0
    last: float = 0.0
    bytes: int = 0


@dataclass
class Account:
    """What callers may do; None: no limit, any token."""

    calls_per_minute: int | None = None
    """Of each API and token."""
    denied: frozenset[str] = frozenset()
    tokens: frozenset[str] | None = None

    @classmethod
    def read(cls, document: object) -> Account:
        """From JSON; raises BadFault."""
        require(isinstance(document, dict), "a JSON object is wanted")
        assert isinstance(document, dict), "as required"
        calls, denied, tokens = (document.get(name) for name in ("calls_per_minute", "denied", "tokens"))
        require(
            calls is None or (type(calls) is int and calls > 0), "calls_per_minute: a positive whole number or null"
        )
        require(denied is None or isinstance(denied, list), "denied: a list of APIs")
        require(tokens is None or isinstance(tokens, list), "tokens: a list of tokens or null")
        return cls(calls, frozenset(denied or ()), None if tokens is None else frozenset(tokens))

    def refusal(self, asked: Asked, calls_in_window: int) -> str | None:
        """The name of the reason to refuse a request; a limit comes before a permission, as with the vendor."""
        if self.tokens is not None and asked.token not in self.tokens:
            return "bad_token"
        if self.calls_per_minute is not None and calls_in_window > self.calls_per_minute:
            return "rate_limit"
        return "no_permission" if asked.api in self.denied else None


@dataclass
class Record:
    """The calls so far; thread-safe."""

    calls: dict[str, Calls] = field(default_factory=lambda: defaultdict(Calls))

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: Mapping[tuple[str, str], deque[float]] = defaultdict(deque)

    def entered(self, asked: Asked) -> int:
        """The calls of the last minute with the same token and API, this one and refused ones included."""
        now = time.monotonic()
        with self._lock:
            recent = self._recent[asked.token, asked.api]
            while recent and recent[0] <= now - WINDOW_S:
                recent.popleft()
            recent.append(now)
            return len(recent)

    def left(self, api: str, *, accepted: bool, size: int) -> None:
        """Count an answer."""
        now = time.time()
        with self._lock:
            calls = self.calls[api]
            calls.accepted += accepted
            calls.rejected += not accepted
            calls.first = calls.first or now
            calls.last = now
            calls.bytes += size
