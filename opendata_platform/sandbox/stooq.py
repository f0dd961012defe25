"""The sandbox's Stooq: the whole history of one US symbol as CSV, recorded if there is a recording.

The synthetic history has the sessions of the New York exchange from 1984-09-07 to the last one closed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from opendata_platform.sandbox.answers import Answer, Row, Table, encode_csv, text_answer
from opendata_platform.sandbox.recordings import Recordings
from opendata_platform.sandbox.synthetic import level, uniforms

HEADER = ("Date", "Open", "High", "Low", "Close", "Volume")
FIRST_SESSION = date(1984, 9, 7)
CLOSE_UTC_HOUR = 22
_SYMBOL = re.compile(r"[a-z0-9^-]{1,12}\.us")
KEY_PAGE = (
    "<html><body><p>To download this data an API key is needed. Get your apikey: "
    '<a href="/q/d/?s=aapl.us&amp;get_apikey">/q/d/?s=aapl.us&amp;get_apikey</a></p></body></html>'
)


def respond(path: str, params: Mapping[str, str], now: datetime, recordings: Recordings) -> Answer:
    """The answer to a download at instant `now`; like the service, always with HTTP 200."""
    symbol = params.get("s", "").lower()
    if path != "/q/d/l/":
        return text_answer("Not Found", status=404)
    if params.get("i") != "d" or not _SYMBOL.fullmatch(symbol):
        return no_data(path)
    recording = recordings.read(f"stooq/{symbol.replace('.', '_')}_d.csv")
    if recording is not None:
        header, *rows = (tuple(line.split(",")) for line in recording.decode().splitlines())
        return Answer("recorded", "text/plain", _table(tuple(rows), header), encode_csv, recording)
    closed = now.date() if now.hour >= CLOSE_UTC_HOUR else now.date() - timedelta(days=1)
    return Answer("synthetic", "text/plain", _table(_history(symbol, closed), HEADER), encode_csv)


def too_many(retry_after: float | None) -> Answer:
    """The only limit that the service states."""
    return text_answer("Exceeded the daily hits limit")


def no_data(path: str) -> Answer:
    """The answer about an unknown symbol."""
    return text_answer("No data")


def key_wanted() -> Answer:
    """The page that comes instead of data without a valid key."""
    return text_answer(KEY_PAGE, media_type="text/html")


def _table(rows: tuple[Row, ...], header: tuple[str, ...]) -> Table:
    return Table(header, rows, "Volume", ("Open", "High", "Low", "Close"), lambda row: row[0] or "")


@lru_cache(maxsize=4)
def _history(symbol: str, last: date) -> tuple[Row, ...]:
    rows = []
    previous = _close(symbol, FIRST_SESSION - timedelta(days=1))
    for day in _sessions(last):
        close = _close(symbol, day)
        rows.append(_bar(symbol, day, previous, close))
        previous = close
    return tuple(rows)


def _close(symbol: str, day: date) -> float:
    """A price that grows some 20 % a year, with swings."""
    years = (day - FIRST_SESSION).days / 365.25
    return 0.1 * math.exp(0.19 * years + 0.6 * level(day.toordinal(), "stooq", symbol))


def _bar(symbol: str, day: date, previous: float, close: float) -> Row:
    gap, up, down, size = uniforms(4, "stooq", symbol, day.toordinal())
    open_ = previous * (1 + 0.01 * (gap - 0.5))
    high = max(open_, close) * (1 + 0.01 * up)
    low = min(open_, close) * (1 - 0.01 * down)
    prices = (f"{price:.6g}" for price in (open_, high, low, close))
    return (day.isoformat(), *prices, str(int(2e7 + 2e8 * size**2)))


def _sessions(last: date) -> Iterator[date]:
    day, closed, year = FIRST_SESSION, _holidays(FIRST_SESSION.year), FIRST_SESSION.year
    while day <= last:
        if day.year != year:
            year, closed = day.year, _holidays(day.year)
        if day.weekday() < 5 and day not in closed:
            yield day
        day += timedelta(days=1)


def _holidays(year: int) -> frozenset[date]:
    """Full-day closings of the New York exchange by rule (not the extraordinary ones)."""
    fixed = [date(year, 7, 4), date(year, 12, 25)] + ([date(year, 6, 19)] if year >= 2022 else [])
    observed = [d + timedelta(days={5: -1, 6: 1}.get(d.weekday(), 0)) for d in fixed]
    new_year = date(year, 1, 1)
    moving = [
        new_year + timedelta(days=new_year.weekday() == 6),
        _nth(year, 2, 0, 3),
        _easter(year) - timedelta(days=2),
        _nth(year, 6, 0, 1) - timedelta(days=7),
        _nth(year, 9, 0, 1),
        _nth(year, 11, 3, 4),
    ]
    king = [_nth(year, 1, 0, 3)] if year >= 1998 else []
    return frozenset([*observed, *moving, *king])


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th such weekday (Monday 0) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _easter(year: int) -> date:
    """Sunday of Easter (Gregorian computus of Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
