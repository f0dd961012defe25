"""The sandbox's Binance: the archive's daily zips with checksums, and the REST klines.

Synthetic candles obey the market's rules: each opens where the last one closed, across days too; high and low
enclose open and close; the average price lies between low and high. REST answers that lie wholly within a
recording are the recorded rows.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from opendata_platform.sandbox.answers import Answer, Row, Table, encode_csv, text_answer
from opendata_platform.sandbox.recordings import Recordings
from opendata_platform.sandbox.synthetic import bridge, level, uniforms

LISTED: Mapping[str, tuple[date, float]] = {
    "BTCUSDT": (date(2017, 8, 17), 40_000.0),
    "ETHUSDT": (date(2017, 8, 17), 2_000.0),
}
"""Symbol -> (first day, middle price)."""
PUBLISHED_AFTER = timedelta(hours=32)
"""From the start of a day to the publication of its file: 08:00 UTC of the next day."""
MICROSECONDS_FROM = date(2025, 1, 1)
MINUTES = 24 * 60
PRICES = ("open", "high", "low", "close")
HEADER = (
    "open_time",
    *PRICES,
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
)
_NUMBERS = frozenset({"open_time", "close_time", "count"})
_CANDLE = "%d,%.8f,%.8f,%.8f,%.8f,%.8f,%d,%.8f,%d,%.8f,%.8f,0"
"""One row in the columns of HEADER (one formatting call: a backfill makes many)."""
_FILE = re.compile(r"/data/spot/daily/klines/([A-Z0-9]+)/1m/\1-1m-([0-9]{4}-[0-9]{2}-[0-9]{2})\.zip(\.CHECKSUM)?")


def respond(path: str, params: Mapping[str, str], now: datetime, recordings: Recordings) -> Answer:
    """The answer of archive and REST API at instant `now`."""
    if path == "/api/v3/klines":
        return _klines(params, now, recordings)
    named = _FILE.fullmatch(path)
    return _file(named[1], named[2], now, checksum=bool(named[3])) if named else _absent()


def too_many(retry_after: float | None) -> Answer:
    """The refusal of a caller above the request weight."""
    body = '{"code":-1003,"msg":"Too much request weight used; please use the websocket for live updates."}'
    stated = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return text_answer(body, status=429, media_type="application/json", headers=stated)


def no_data(path: str) -> Answer:
    """What there is when there is nothing: no file, no candles."""
    return text_answer("[]", media_type="application/json") if path.startswith("/api/") else _absent()


def _file(symbol: str, day_text: str, now: datetime, *, checksum: bool) -> Answer:
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        return _absent()
    start = datetime.combine(day, datetime.min.time(), UTC)
    if symbol not in LISTED or day < LISTED[symbol][0] or now < start + PUBLISHED_AFTER:
        return _absent()
    name = f"{symbol}-1m-{day}"
    table, published = _published(symbol, day)
    if not checksum:
        return Answer("synthetic", "application/zip", table, lambda t: _zipped(name, t), published)
    return Answer("synthetic", "text/plain", table, lambda t: _digest(name, _zipped(name, t)), _digest(name, published))


@lru_cache(maxsize=16)
def _published(symbol: str, day: date) -> tuple[Table, bytes]:
    """The day's table in the unit of its file, and the file."""
    table = _table(_in_file_unit(_candles(symbol, day), day))
    return table, _zipped(f"{symbol}-1m-{day}", table)


def _digest(name: str, archive: bytes) -> bytes:
    return f"{hashlib.sha256(archive).hexdigest()}  {name}.zip\n".encode()


def _absent() -> Answer:
    body = "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>No such key.</Message></Error>"
    return text_answer(body, status=404, media_type="application/xml")


def _zipped(name: str, table: Table) -> bytes:
    """The archive's form: one CSV without a header (with one only when its columns are not the usual ones)."""
    out = io.BytesIO()
    entry = zipfile.ZipInfo(f"{name}.csv", (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", compresslevel=1) as archive:
        archive.writestr(entry, encode_csv(table, header=table.header != HEADER))
    return out.getvalue()


def _klines(params: Mapping[str, str], now: datetime, recordings: Recordings) -> Answer:
    symbol = params.get("symbol", "")
    if symbol not in LISTED:
        return _refused(-1121, "Invalid symbol.")
    if params.get("interval") != "1m":
        return _refused(-1120, "Invalid interval.")
    try:
        start, end = int(params["startTime"]), int(params["endTime"])
        limit = min(int(params.get("limit", "500")), 1000)
    except (KeyError, ValueError):
        return _refused(-1100, "Illegal characters found in a parameter.")
    recorded = _recorded(symbol, start, end, recordings)
    if recorded is not None:
        return Answer("recorded", "application/json", _table(recorded[:limit]), _encode_rest)
    rows: list[Row] = []
    day = datetime.fromtimestamp(start / 1000, UTC).date()
    last = min(end, int(now.timestamp() * 1000))
    while len(rows) < limit and _epoch_ms(day) <= last:
        if day >= LISTED[symbol][0]:
            rows += [row for row in _candles(symbol, day) if start <= int(row[0] or 0) <= last]
        day += timedelta(days=1)
    return Answer("synthetic", "application/json", _table(tuple(rows[:limit])), _encode_rest)


def _refused(code: int, message: str) -> Answer:
    body = json.dumps({"code": code, "msg": message}, separators=(",", ":"))
    return text_answer(body, status=400, media_type="application/json")


def _encode_rest(table: Table) -> bytes:
    quoted = [name not in _NUMBERS for name in table.header]
    rows = ("[" + ",".join(_json_cell(c, q) for c, q in zip(row, quoted, strict=True)) + "]" for row in table.rows)
    return ("[" + ",".join(rows) + "]").encode()


def _json_cell(cell: str | None, quoted: bool) -> str:
    if cell is None:
        return "null"
    return json.dumps(cell) if quoted else cell


def _recorded(symbol: str, start: int, end: int, recordings: Recordings) -> tuple[Row, ...] | None:
    """The recorded rows of a window that lies wholly within one recording."""
    for name in recordings.names("binance", f"rest_klines_{symbol}_1m_"):
        rows = [tuple(map(str, row)) for row in json.loads(recordings.read(name) or b"[]")]
        if rows and int(rows[0][0]) <= start and end <= int(rows[-1][6]):
            return tuple(row for row in rows if start <= int(row[0]) <= end)
    return None


def _table(rows: tuple[Row, ...]) -> Table:
    return Table(
        header=HEADER,
        rows=rows,
        value_column="volume",
        price_columns=PRICES,
        day_of=lambda row: f"{_opened(row):%Y-%m-%d}",
        is_late=lambda row, n: _opened(row).hour * 60 + _opened(row).minute >= MINUTES - n,
    )


def _opened(row: Row) -> datetime:
    digits = row[0] or ""
    return datetime.fromtimestamp(int(digits[:13]) / 1000, UTC)


def _epoch_ms(day: date) -> int:
    return int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) * 1000


def _in_file_unit(rows: tuple[Row, ...], day: date) -> tuple[Row, ...]:
    if day < MICROSECONDS_FROM:
        return rows
    return tuple((f"{row[0]}000", *row[1:6], f"{row[6]}999", *row[7:]) for row in rows)


@lru_cache(maxsize=16)
def _candles(symbol: str, day: date) -> tuple[Row, ...]:
    """The day's 1440 candles with times in milliseconds, as the REST API writes them."""
    ordinal, middle = day.toordinal(), LISTED[symbol][1]
    first, last = (math.log(middle) + 0.7 * level(n, "binance", symbol) for n in (ordinal, ordinal + 1))
    wiggle = bridge(MINUTES, "binance", symbol, ordinal)
    prices = [round(math.exp(first + (last - first) * i / MINUTES + 0.01 * w), 2) for i, w in enumerate(wiggle)]
    dice = uniforms(6 * MINUTES, "candles", symbol, ordinal)
    start = _epoch_ms(day)
    return tuple(_candle(start + i * 60_000, prices[i], prices[i + 1], dice[6 * i : 6 * i + 6]) for i in range(MINUTES))


def _candle(opened: int, open_: float, close: float, dice: Sequence[float]) -> Row:
    high = round(max(open_, close) * (1 + 0.0004 * dice[0]), 2)
    low = round(min(open_, close) * (1 - 0.0004 * dice[1]), 2)
    volume = round(0.5 + 40 * dice[2] ** 3, 5)
    quote = volume * (low + (high - low) * (0.25 + 0.5 * dice[3]))
    taker = round(0.2 + 0.6 * dice[4], 3)
    trades = int(100 + 3000 * dice[5] * dice[2])
    values = (opened, open_, high, low, close, volume, opened + 59_999, quote, trades, volume * taker, quote * taker)
    return tuple((_CANDLE % values).split(","))
