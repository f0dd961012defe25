"""What a request asks for: its parameters, and dates as the vendor writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from opendata_platform.sandbox.tushare.shares import DAYS, day_index

Params: TypeAlias = Mapping[str, str]


class MissingParam(ValueError):
    """A parameter that an API cannot do without; the text is its name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    api: str
    token: str
    params: Params
    """Without paging."""
    fields: tuple[str, ...]
    """Empty: those that the vendor sends unasked."""
    limit: int | None
    offset: int


def read_request(document: object, in_path: str) -> Asked:
    """A request as the vendor reads it: the API in the body or in the path, parameters as texts; raises ValueError."""
    if not isinstance(document, dict):
        raise ValueError("a JSON object is wanted")
    params, fields = document.get("params") or {}, document.get("fields") or ""
    if not isinstance(params, dict) or not isinstance(fields, str):
        raise ValueError("params is an object, fields a text")
    texts = {str(name): str(value) for name, value in params.items() if value not in (None, "")}
    limit, offset = (_whole(texts.pop(name, None)) for name in ("limit", "offset"))
    names = tuple(name.strip() for name in fields.split(",") if name.strip())
    api, token = str(document.get("api_name") or in_path), str(document.get("token") or "")
    return Asked(api, token, texts, names, limit, offset or 0)


def required(params: Params, name: str) -> str:
    """The text of a parameter; raises MissingParam."""
    if name not in params:
        raise MissingParam(name)
    return params[name]


def compact(day: date | None) -> str | None:
    """A date as the vendor writes it."""
    return day.strftime("%Y%m%d") if day else None


def as_day(text: str) -> date | None:
    """The date that a text YYYYMMDD is; None where it is none."""
    try:
        return date.fromisoformat(text) if len(text) == 8 and text.isascii() and text.isdecimal() else None
    except ValueError:
        return None


def asked_day(params: Params, name: str = "trade_date") -> date | None:
    """The day that a request names; raises MissingParam."""
    return as_day(required(params, name))


def asked_index(params: Params, name: str = "trade_date") -> int | None:
    """The trading day that a request names, None where it names another day; raises MissingParam."""
    day = asked_day(params, name)
    return day_index(day) if day else None


def asked_span(params: Params, until: date, first: date = DAYS[0]) -> tuple[date, date]:
    """The days from `start_date` to `end_date`, or the one `trade_date`; what is not asked for is open."""
    if "trade_date" in params:
        day = as_day(params["trade_date"]) or date.max
        return day, min(day, until)
    start, end = (as_day(params.get(name, "")) for name in ("start_date", "end_date"))
    return start or first, min(end or until, until)


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("limit and offset are whole numbers")
    return int(text)
