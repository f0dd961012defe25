"""The sandbox's Our World in Data: the recorded file of 2020-05-28, whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from opendata_platform.sandbox.answers import Answer, Table, encode_csv, text_answer
from opendata_platform.sandbox.recordings import Recordings

RECORDED = "owid/owid-covid-data_2020-05-28_full.csv"
PATH = "/data/owid-covid-data.csv"


def respond(path: str, params: Mapping[str, str], now: datetime, recordings: Recordings) -> Answer:
    """The answer of the file server."""
    body = recordings.read(RECORDED)
    if path != PATH or body is None:
        return text_answer("404: Not Found", status=404)
    return Answer("recorded", "text/csv", _table(body), encode_csv, body)


@lru_cache(maxsize=2)
def _table(body: bytes) -> Table:
    header, *rows = (tuple(row) for row in csv.reader(io.StringIO(body.decode(), newline="")))
    day = header.index("date")
    return Table(header, tuple(rows), "new_cases", ("new_cases",), lambda row: row[day] or "")


def too_many(retry_after: float | None) -> Answer:
    """The refusal of the delivery network."""
    stated = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return text_answer("Too Many Requests", status=429, headers=stated)


def no_data(path: str) -> Answer:
    """A file with its header and no rows."""
    return text_answer("iso_code,location,date\n", media_type="text/csv")
