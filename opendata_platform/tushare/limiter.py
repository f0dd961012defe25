"""When the next call of an API may be made: evenly spaced turns, holds after a refusal, and the day's quota.

The state is one small SQLite file, so that all threads and processes on a machine which use the same account share
it, and what the service taught is known to the next run. Nothing here sleeps: the caller waits for its turn.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from opendata_platform.quality.categories import Category
from opendata_platform.sources.outcome import RateLimited

STATE = ".opendata/tushare/limits.sqlite"
MARGIN = 0.97
"""Share of the limit that is used."""
CAREFUL_MARGIN = 0.8
"""Share that is used once the service has refused a call although the pace was the one it had named."""
LONGEST_WAIT_S = 120.0
"""A longer hold is not waited for: the caller is told when to come back."""
MINUTE_S = 60.0
DAY_S = 86_400.0
_SHANGHAI_S = 8 * 3600.0

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS pace (
    account TEXT NOT NULL,
    api TEXT NOT NULL,
    next_at REAL NOT NULL DEFAULT 0,
    held_until REAL NOT NULL DEFAULT 0,
    per_minute INTEGER,
    margin REAL NOT NULL DEFAULT {MARGIN},
    per_day INTEGER,
    day INTEGER NOT NULL DEFAULT 0,
    calls INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, api)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A reserved call: not before `at` (seconds since 1970)."""

    api: str
    at: float
    learned: int | None
    """The limit per minute that the service had named when the turn was reserved."""


class Limiter:
    """The pace of every API of one or more accounts; thread-safe."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._state = sqlite3.connect(path, timeout=60.0, isolation_level=None, check_same_thread=False)
        # A power cut may cost what was learned, which a few refused calls teach again: not worth a sync per call.
        self._state.execute("PRAGMA synchronous = OFF")
        self._state.execute(_SCHEMA)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Limiter:
        """The limiter whose state is the file OPENDATA_TUSHARE_STATE (default `.opendata/tushare/limits.sqlite`)."""
        env = os.environ if environ is None else environ
        return cls(Path(env.get("OPENDATA_TUSHARE_STATE") or STATE))

    def close(self) -> None:
        """Close the state file."""
        self._state.close()

    def reserve(self, account: str, api: str, begin_with: int, at_most: int | None = None) -> Turn | RateLimited:
        """The next free turn, counted as a call of today; RateLimited when the API is held for long or used up today.

        The pace is the limit that the service has named, else `begin_with` calls per minute, and never more than
        `at_most` (0: no pacing).
        """
        with self._row(account, api) as now:
            columns = "next_at, held_until, per_minute, margin, per_day, day, calls"
            query = f"SELECT {columns} FROM pace WHERE account=? AND api=?"  # noqa: S608 - fixed names
            found = self._state.execute(query, (account, api)).fetchone()
            next_at, held_until, learned, margin, per_day, day, calls = found
            today = _day(now)
            calls = calls if day == today else 0
            if per_day is not None and calls >= per_day:
                reason = f"{api}: all {per_day} calls of today are used"
                return RateLimited(reason, Category.QUOTA, "daily", _until_midnight(now))
            if held_until - now > LONGEST_WAIT_S:
                reason = f"{api}: on hold since the service refused a call"
                return RateLimited(reason, Category.QUOTA, "rate", held_until - now)
            at = max(now, next_at, held_until)
            after = at + spacing(learned or begin_with, margin, at_most)
            update = "UPDATE pace SET next_at=?, day=?, calls=? WHERE account=? AND api=?"
            self._state.execute(update, (after, today, calls + 1, account, api))
            return Turn(api, at, learned)

    def wait(self, turn: Turn) -> float:
        """Seconds until the turn has come."""
        return max(0.0, turn.at - self._clock())

    def stands(self, account: str, turn: Turn) -> bool:
        """Whether a turn is still good: the API may have been put on hold since it was reserved."""
        with self._lock:
            query = "SELECT held_until FROM pace WHERE account=? AND api=?"
            held_until: float = self._state.execute(query, (account, turn.api)).fetchone()[0]
            return held_until <= turn.at

    def hold(self, account: str, api: str, seconds: float) -> None:
        """No call of the API for this long."""
        with self._row(account, api) as now:
            update = "UPDATE pace SET held_until=max(held_until, ?) WHERE account=? AND api=?"
            self._state.execute(update, (now + seconds, account, api))

    def learn_minute(self, account: str, turn: Turn, calls: int) -> None:
        """The service refused `turn` and named its limit per minute."""
        with self._row(account, turn.api):
            query = "SELECT per_minute, margin FROM pace WHERE account=? AND api=?"
            known, margin = self._state.execute(query, (account, turn.api)).fetchone()
            if known != calls:
                margin = MARGIN
            elif turn.learned == calls:
                # Calls that were already under way when the limit was named tell nothing about the pace since.
                margin = CAREFUL_MARGIN
            update = "UPDATE pace SET per_minute=?, margin=? WHERE account=? AND api=?"
            self._state.execute(update, (calls, margin, account, turn.api))

    def learn_day(self, account: str, api: str, calls: int) -> None:
        """The service named its limit per day."""
        with self._row(account, api):
            self._state.execute("UPDATE pace SET per_day=? WHERE account=? AND api=?", (calls, account, api))

    def calls_today(self, account: str) -> int:
        """How many calls the account has made today (Asia/Shanghai) from this machine."""
        with self._lock:
            query = "SELECT coalesce(sum(calls), 0) FROM pace WHERE account=? AND day=?"
            count: int = self._state.execute(query, (account, _day(self._clock()))).fetchone()[0]
            return count

    def until_midnight(self) -> float:
        """Seconds until the service's next day begins."""
        return _until_midnight(self._clock())

    @contextmanager
    def _row(self, account: str, api: str) -> Iterator[float]:
        """One transaction over the row of an API, which exists within; gives the time at which it began.

        The time is taken after the file is locked: otherwise a process that waited for the lock would see the past.
        """
        with self._lock, self._state:
            self._state.execute("BEGIN IMMEDIATE")
            self._state.execute("INSERT OR IGNORE INTO pace (account, api) VALUES (?, ?)", (account, api))
            yield self._clock()


def spacing(limit: int, margin: float, at_most: int | None) -> float:
    """Seconds between two calls. With a margin below 1, no minute has more calls than the limit."""
    if at_most == 0:
        return 0.0
    return MINUTE_S / (min(limit, at_most or limit) * margin)


def _until_midnight(now: float) -> float:
    """Seconds until midnight in Shanghai, which is 8 hours ahead of UTC all year."""
    return DAY_S - (now + _SHANGHAI_S) % DAY_S


def _day(now: float) -> int:
    return int((now + _SHANGHAI_S) // DAY_S)
