"""Stooq's daily history of one symbol, adjusted for splits and dividends.

Wire format (stooq.com, "Historical data", Download in CSV): `GET /q/d/l/?s=aapl.us&i=d&apikey=<key>` answers the
whole history as CSV `Date,Open,High,Low,Close[,Volume]`, oldest first; currencies have no Volume; adjusted volumes
are fractions. The service restates history (adjustments), so every download is a snapshot of its own.

Everything comes with HTTP 200, so the text decides: `No data`; `Exceeded the daily hits limit`; since March 2026
without a valid key a page of instructions (`get_apikey`; pydata/pandas-datareader issue 1012); to some clients a
page with a browser check.
"""

from __future__ import annotations

import polars as pl

from opendata_platform.quality.categories import Category
from opendata_platform.sources.declared import Column, Parsed, typed
from opendata_platform.sources.http import Fetch, SourceClient
from opendata_platform.sources.outcome import ChangedFormat, Denied, Empty, NonOk, Outcome, RateLimited, RawCapture
from opendata_platform.sources.payload import csv_cells, decode

KEY_VARIABLE = "OPENDATA_STOOQ_API_KEY"
HEADER = "Date,Open,High,Low,Close"
COLUMNS = (
    Column("date", "date", header="Date"),
    Column("open", "float", header="Open"),
    Column("high", "float", header="High"),
    Column("low", "float", header="Low"),
    Column("close", "float", header="Close"),
    Column("volume", "float", header="Volume", nullable=True),
)


def daily_history(symbol: str) -> Fetch:
    """A fetch of the whole history of `symbol` (such as `aapl.us`); the partition does not matter (a snapshot)."""

    def fetch(partition: str, client: SourceClient) -> Outcome[RawCapture]:
        key = client.settings.stooq_api_key

        def reads(status: int, answer: RawCapture) -> NonOk | None:
            return _said(answer, has_key=key is not None) if status == 200 else None

        return client.get(
            "stooq",
            "/q/d/l/",
            {"s": symbol, "i": "d"},
            secret_params={"apikey": key} if key else {},
            reads=reads,
        )

    return fetch


def parse_history(capture: RawCapture) -> pl.DataFrame:
    """The history by the declared schema; see `read_history`."""
    return read_history(capture).frame


def read_history(capture: RawCapture) -> Parsed:
    """date Date, open/high/low/close Float64 (adjusted, in the currency of the listing), volume Float64 (shares).

    volume is null where the source has no Volume column. Raises ParseError.
    """
    cells = csv_cells(decode(capture.body))
    if len(cells) == len(COLUMNS) - 1 and "Volume" not in cells:
        cells["Volume"] = [""] * len(cells.get("Date", ()))
    return typed(COLUMNS, cells)


def _said(answer: RawCapture, *, has_key: bool) -> NonOk | None:
    """What the text of an HTTP 200 says; None for a CSV that ends with a whole line."""
    text = answer.body.decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if text.startswith("Exceeded the daily hits limit"):
        return RateLimited("stooq: the daily hits limit is exceeded", Category.QUOTA, "daily")
    if text.startswith("No data"):
        return Empty("stooq has no data for this symbol", Category.VALIDATION, "empty_day")
    if text.startswith(HEADER):
        if text.count("\n") == 1:
            return Empty("stooq: the history holds no rows", Category.VALIDATION, "empty_day")
        if text.endswith("\n"):
            return None
        return ChangedFormat("stooq: the CSV ends in the middle of a line", Category.PARSE, "bad_shape")
    if "apikey" in text.lower():
        if has_key:
            return Denied(f"stooq does not accept the key in {KEY_VARIABLE}", Category.PERMISSION, "token_invalid")
        return Denied(f"stooq wants a key: set {KEY_VARIABLE}", Category.CONFIG, "missing_secret")
    return ChangedFormat(f"stooq: the CSV does not start with {HEADER}", Category.PARSE, "bad_shape")
