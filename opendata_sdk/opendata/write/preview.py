"""preview.json: the newest rows as strict JSON, for readers without a Parquet reader."""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from typing import Any

import polars as pl

from opendata.contract.canonical import format_instant, to_json
from opendata.contract.fields import FORMAT

ROWS = 100
_EXACT = 2**53


def preview_json(frame: pl.DataFrame) -> bytes:
    """The last 100 rows of a frame in the order of storage, newest first: `{"columns": […], "rows": [[…] …]}`.

    Instants and dates are ISO texts, integers beyond 2^53 are texts (JavaScript would round them), and what JSON does
    not have (NaN, infinities) is null.
    """
    rows = [[_plain(value) for value in row] for row in frame.tail(ROWS).reverse().rows()]
    return to_json({"format": FORMAT, "columns": frame.columns, "row_count": frame.height, "rows": rows})


def _plain(value: Any) -> str | int | float | bool | None:
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= _EXACT else str(value)
        case float():
            return value if math.isfinite(value) else None
        case _:
            return as_text(value)


def as_text(value: Any) -> str:
    """A value as it is written in schema.json and preview.json."""
    match value:
        case datetime():
            return format_instant(value.astimezone(timezone.utc))
        case date():
            return value.isoformat()
        case bool():
            return str(value).lower()
        case _:
            return str(value)
