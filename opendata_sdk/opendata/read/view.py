"""How the rows of a dataset are to be seen: of which symbols, as known when, at which prices, how fresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

from opendata.contract.canonical import format_instant, parse_instant
from opendata.errors import InvalidValue
from opendata.read.request import parse_day
from opendata.read.staleness import Limit, parse_limit
from opendata.read.symbols import parse_symbols

ADJUSTMENTS = ("qfq", "hfq")


@dataclass(frozen=True, slots=True)
class View:
    """What a caller asks of the meaning of the rows; see `opendata.load`."""

    symbols: tuple[str, ...] = ()
    as_of: date | datetime | None = None
    """A date is its end, in UTC."""
    adjust: str | None = None
    adjust_base: date | None = None
    max_staleness: Limit | None = None

    def __bool__(self) -> bool:
        return self != View()

    @property
    def given(self) -> dict[str, Any]:
        """The options that say which rows these are and `parse_view` makes them from, as JSON has them."""
        options = {
            "symbols": list(self.symbols) or None,
            "as_of": self.as_of_text,
            "adjust": self.adjust,
            "adjust_base": self.adjust_base.isoformat() if self.adjust_base else None,
        }
        return {name: value for name, value in options.items() if value is not None}

    @property
    def as_of_text(self) -> str | None:
        """The date or the instant in ISO text."""
        if isinstance(self.as_of, datetime):
            return format_instant(self.as_of)
        return self.as_of.isoformat() if self.as_of else None


def parse_view(
    *,
    symbols: str | Sequence[str] | None = None,
    ts_code: str | Sequence[str] | None = None,
    as_of: str | date | datetime | None = None,
    adjust: str | None = None,
    adjust_base: str | date | None = None,
    max_staleness: str | None = None,
) -> View:
    """Check the parts of a view; `ts_code` is another name of `symbols`."""
    if symbols is not None and ts_code is not None:
        raise InvalidValue("ts_code", ts_code, "must not be given together with symbols: they are the same")
    if adjust is not None and adjust not in ADJUSTMENTS:
        raise InvalidValue("adjust", adjust, "must be qfq (forward-adjusted) or hfq (back-adjusted)")
    if adjust_base is not None and adjust is None:
        raise InvalidValue("adjust_base", adjust_base, 'needs adjust="qfq" or "hfq"')
    return View(
        parse_symbols(ts_code if symbols is None else symbols),
        _moment(as_of),
        adjust,
        parse_day(adjust_base, "adjust_base"),
        parse_limit(max_staleness),
    )


def _moment(value: str | date | datetime | None) -> date | datetime | None:
    """A date, or an instant in UTC."""
    if isinstance(value, str) and len(value) > len("2026-11-20"):
        value = parse_instant(value, "as_of")
    if not isinstance(value, datetime):
        return parse_day(value, "as_of")
    if value.tzinfo is None:
        raise InvalidValue("as_of", value, "must be a date (its end, in UTC) or an instant with a time zone")
    return value.astimezone(timezone.utc)
