"""Binance spot klines (candles) of one UTC day and one minute each.

Wire formats (github.com/binance/binance-public-data README; developers.binance.com spot REST API "Kline data"):

- `GET data.binance.vision/data/spot/daily/klines/<S>/1m/<S>-1m-YYYY-MM-DD.zip`, one CSV member of twelve columns,
  without a header line (some products have one), and the file's name + `.CHECKSUM`: `<sha256>  <file name>`.
  Published the next day; 404 before. Times are epoch milliseconds, microseconds in files from 2025-01-01.
- `GET /api/v3/klines?symbol&interval=1m&startTime&endTime&limit=1000`: a JSON array of the same twelve columns,
  times in milliseconds, at most 1000 rows a page, so a day is two pages. The last candle may still be open.
- Errors `{"code": -1121, "msg": "Invalid symbol."}`; 429 with Retry-After, 418 for an address that did not heed it.

A REST capture holds both pages unchanged: `{"pages":[{"url":…,"body":<page>},…]}`.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl

from opendata_platform.quality.categories import Category
from opendata_platform.sources.declared import Column, Parsed, typed
from opendata_platform.sources.http import Fetch, SourceClient
from opendata_platform.sources.outcome import (
    Empty,
    Failed,
    NonOk,
    NotYetAvailable,
    Ok,
    Outcome,
    ParseError,
    RawCapture,
)
from opendata_platform.sources.payload import columns_of, csv_rows, decode, load_json, text_of

CLOSE_MARGIN = timedelta(minutes=5)
"""How long after midnight UTC a day counts as over: late trades and clocks that differ."""
MINUTE_MS = 60_000
PAGE_ROWS = 1000
PAGES_TYPE = "application/vnd.opendata.pages+json"
LARGEST_CSV = 64 * 2**20

WIRE_COLUMNS = (
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
)
COLUMNS = (
    Column("open_time", "epoch_ms"),
    Column("open", "float"),
    Column("high", "float"),
    Column("low", "float"),
    Column("close", "float"),
    Column("volume", "float"),
    Column("quote_volume", "float"),
    Column("trades", "int", header="count"),
    Column("taker_buy_volume", "float"),
    Column("taker_buy_quote_volume", "float"),
    Column("close_time", "int"),
)


def klines_of_day(symbol: str) -> Fetch:
    """A fetch of one UTC day (`YYYY-MM-DD`) of `symbol`: the daily file, or REST while it is not published.

    NotYetAvailable until the day has been over for CLOSE_MARGIN, so an unfinished candle is never asked for.
    """

    def fetch(partition: str, client: SourceClient) -> Outcome[RawCapture]:
        day = date.fromisoformat(partition)
        over = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1) + CLOSE_MARGIN
        if client.now() < over:
            return NotYetAvailable(
                f"UTC day {day} is not over until {over:%Y-%m-%d %H:%M} UTC",
                Category.VALIDATION,
                "calendar",
                (over - client.now()).total_seconds(),
            )
        published = _daily_file(symbol, day, client)
        return _rest_day(symbol, day, client) if isinstance(published, Empty) else published

    return fetch


def parse_klines(capture: RawCapture) -> pl.DataFrame:
    """The candles of a capture by the declared schema; see `read_klines`."""
    return read_klines(capture).frame


def read_klines(capture: RawCapture) -> Parsed:
    """Candles: open_time Datetime(ms, UTC), prices and volumes Float64, trades Int64.

    Prices and quote volumes in the quote currency, volumes in the base currency. Raises ParseError; times must be
    whole minutes and each candle must close one tick before its next minute, which proves the unit of time.
    """
    rows = _rest_rows(capture.body) if capture.media_type == PAGES_TYPE else _file_rows(capture.body)
    parsed = typed(COLUMNS, columns_of(WIRE_COLUMNS, rows))
    frame = parsed.frame
    opened = frame["open_time"].dt.epoch("ms")
    closed = frame["close_time"]
    one_minute = (closed == opened + 59_999) | (closed == opened * 1000 + 59_999_999)
    wrong = ((opened % MINUTE_MS != 0) | ~one_minute).arg_true()
    if wrong.len():
        raise ParseError("bad_date", f"row {wrong[0] + 1}: not a candle of one whole minute")
    return Parsed(frame.drop("close_time"), duplicate_rows=parsed.duplicate_rows)


def _daily_file(symbol: str, day: date, client: SourceClient) -> Outcome[RawCapture]:
    """The daily zip, verified against its checksum; Empty while either is not there."""
    name = f"{symbol}-1m-{day}.zip"
    path = f"/data/spot/daily/klines/{symbol}/1m/{name}"

    def reads(status: int, answer: RawCapture) -> NonOk | None:
        return _problem(_stated_sha256, answer.body, name) if status == 200 else None

    checksum = client.get("binance", f"{path}.CHECKSUM", reads=reads, absent_is_empty=True)
    if not isinstance(checksum, Ok):
        return checksum
    stated = _stated_sha256(checksum.value.body, name)
    archive = client.get("binance", path, absent_is_empty=True)
    if isinstance(archive, Ok) and hashlib.sha256(archive.value.body).hexdigest() != stated:
        return Failed(f"{name} does not match its published sha256", Category.INTEGRITY, "hash_mismatch")
    return archive


def _stated_sha256(body: bytes, name: str) -> str:
    digest, _, named = decode(body).strip().partition("  ")
    if len(digest) != 64 or named.strip() != name:
        raise ParseError("bad_shape", f"the checksum file of {name} is not '<sha256>  {name}'")
    return digest.lower()


def _rest_day(symbol: str, day: date, client: SourceClient) -> Outcome[RawCapture]:
    """Both REST pages of the day as one capture; NotYetAvailable when the last minute is not there yet."""
    start = int(datetime.combine(day, datetime.min.time(), UTC).timestamp() * 1000)
    end = start + 24 * 60 * MINUTE_MS - 1
    pages: list[RawCapture] = []
    for first in range(start, end, PAGE_ROWS * MINUTE_MS):
        last = min(first + PAGE_ROWS * MINUTE_MS - 1, end)
        params = {
            "symbol": symbol,
            "interval": "1m",
            "startTime": str(first),
            "endTime": str(last),
            "limit": str(PAGE_ROWS),
        }
        page = client.get("binance_api", "/api/v3/klines", params, reads=_unreadable_page)
        if not isinstance(page, Ok):
            return page
        pages.append(page.value)
    capture = _joined(pages)
    rows = _rest_rows(capture.body)
    if not rows:
        return Empty(f"no candles of {symbol} on {day}", Category.VALIDATION, "empty_day")
    if rows[-1][0] != str(end + 1 - MINUTE_MS):
        return NotYetAvailable(f"the last candle of {day} is not published yet", Category.VALIDATION, "empty_day", 60.0)
    return Ok(capture)


def _unreadable_page(status: int, page: RawCapture) -> NonOk | None:
    return _problem(_page_rows_of, page.body) if status == 200 else None


def _problem(read: Callable[..., object], *arguments: object) -> NonOk | None:
    """What is wrong with an answer that says 200 and cannot be read: it is asked for once more."""
    try:
        read(*arguments)
    except ParseError as error:
        return error.outcome()
    return None


def _joined(pages: list[RawCapture]) -> RawCapture:
    parts = (b'{"url":' + json.dumps(p.url).encode() + b',"body":' + p.body + b"}" for p in pages)
    first = pages[0]
    return RawCapture(
        source="binance",
        url=first.url,
        body=b'{"pages":[' + b",".join(parts) + b"]}",
        media_type=PAGES_TYPE,
        fetched_at=pages[-1].fetched_at,
        sandbox="synthetic" if any(p.sandbox == "synthetic" for p in pages) else first.sandbox,
    )


def _rest_rows(capture: bytes) -> list[list[str]]:
    pages = load_json(capture)
    if not isinstance(pages, dict) or not isinstance(pages.get("pages"), list):
        raise ParseError("bad_shape", "not a capture of REST pages")
    bodies = (page.get("body") if isinstance(page, dict) else None for page in pages["pages"])
    return [row for body in bodies for row in _page_rows(body)]


def _page_rows_of(body: bytes) -> list[list[str]]:
    return _page_rows(load_json(body))


def _page_rows(page: object) -> list[list[str]]:
    if not isinstance(page, list):
        raise ParseError("bad_shape", "a page of klines is a JSON array")
    return [_page_row(row) for row in page]


def _page_row(row: object) -> list[str]:
    if not isinstance(row, list) or len(row) != len(WIRE_COLUMNS):
        raise ParseError("bad_shape", f"a kline is an array of {len(WIRE_COLUMNS)} values")
    return [text_of(value, name) for value, name in zip(row, WIRE_COLUMNS, strict=True)]


def _file_rows(body: bytes) -> list[list[str]]:
    rows = csv_rows(decode(_only_member(body)), width=len(WIRE_COLUMNS))
    if rows and not rows[0][0].isdecimal():
        if tuple(rows[0]) != WIRE_COLUMNS:
            raise ParseError("bad_shape", f"unknown columns {', '.join(rows[0])}")
        return rows[1:]
    return rows


def _only_member(body: bytes) -> bytes:
    """The one CSV in the zip, its CRC checked and its size limited before it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            if len(members) != 1 or not members[0].filename.endswith(".csv"):
                raise ParseError("bad_shape", "the zip does not hold exactly one CSV")
            if members[0].file_size > LARGEST_CSV:
                raise ParseError("bad_shape", f"the CSV is larger than {LARGEST_CSV} bytes")
            return archive.read(members[0])
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError, struct.error) as error:
        raise ParseError("bad_shape", f"not a readable zip: {error}") from None
