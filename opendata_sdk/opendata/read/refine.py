"""From a view to what is asked of the files, and what is left to do with the rows that they give.

A condition may be checked on the files only where it says the same of a row before and after: not one on a price that
is still to be adjusted, nor one that would drop the newest revision of a fact and let an older one pass for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from opendata.errors import InvalidValue
from opendata.read.conditions import AnyOf, conditions_of
from opendata.read.meaning import Meaning
from opendata.read.request import Condition, Slice, Window
from opendata.read.symbols import spellings
from opendata.read.view import View


@dataclass(frozen=True, slots=True)
class Latest:
    """Of the rows with the same `key` the one with the greatest `by` stays; of several such, the last."""

    key: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Adjusting:
    """Prices times the row's factor, divided by the symbol's factor on the base day if there is one.

    A symbol that `base` does not have, and a row without a factor, get null.
    """

    prices: tuple[str, ...]
    factor: str
    symbol: str
    base: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Refinement:
    """What an engine does with rows, in this order; instants in the conditions are in UTC."""

    latest: Latest | None = None
    adjusting: Adjusting | None = None
    conditions: AnyOf = field(default_factory=list)
    n_rows: int | None = None
    columns: tuple[str, ...] | None = None


def divide(wanted: Slice, view: View, meaning: Meaning) -> tuple[Slice, Refinement]:
    """The slice to load, and what is left to do with it. The base of an adjustment is for the caller to find.

    Raises InvalidValue, NotAdjustable or NotPointInTime where the dataset does not say what the view needs.
    """
    known = meaning.point_in_time if view.as_of else None
    adjustment = meaning.adjustment if view.adjust else None
    symbol = meaning.symbol_column if view.symbols or view.adjust else None
    time = meaning.schema.time_column if known or adjustment else None

    def commutes(column: str) -> bool:
        return (known is None or column in known.key) and (adjustment is None or column not in adjustment.prices)

    asked = wanted.filters
    if symbol and view.symbols:
        ways = tuple(dict.fromkeys(way for name in view.symbols for way in spellings(name)))
        asked = _with(asked, Condition(symbol, "in", ways))
    early = tuple(tuple(c for c in group if commutes(c.column)) for group in asked)
    late = Slice() if early == asked else Slice(filters=asked)
    early = early if all(early) else ()
    window = wanted.window
    if known and view.as_of and (time is None or time.name not in known.key):
        late = replace(late, window=wanted.window)
        window = Window(last=_day(view.as_of)) if time and time.name == known.available else Window()
    if known and view.as_of:
        early = _with(early, _knowable(known.available, view.as_of, meaning))
    checked = [c.column for group in late.filters for c in group] + ([time.name] if late.window and time else [])
    _check(checked, meaning)
    extra = [*([symbol] if symbol else []), *checked]
    extra += [known.available, *known.key] if known else []
    extra += [adjustment.factor] if adjustment else []
    columns = wanted.columns and tuple(dict.fromkeys((*wanted.columns, *extra)))
    kept = bool(late.filters or late.window or known or view.symbols)  # all matching rows are needed to say which stay
    return (
        Slice(columns, window, early, None if kept else wanted.n_rows),
        Refinement(
            Latest(known.key, known.available) if known else None,
            Adjusting(
                tuple(name for name in adjustment.prices if columns is None or name in columns),
                adjustment.factor,
                symbol,
                None,
            )
            if adjustment and symbol
            else None,
            [
                [(name, op, _in_utc(value)) for name, op, value in group]
                for group in (conditions_of(meaning.schema, late) if late.filters or late.window else ())
            ],
            wanted.n_rows,
            wanted.columns,
        ),
    )


def _with(groups: tuple[tuple[Condition, ...], ...], condition: Condition) -> tuple[tuple[Condition, ...], ...]:
    """Groups of conditions of which any must hold, and this one too."""
    return tuple((*group, condition) for group in groups) or ((condition,),)


def _knowable(available: str, as_of: date | datetime, meaning: Meaning) -> Condition:
    """A row that was known at a time. Of a day that is not over yet nothing is known to be out."""
    if not isinstance(as_of, datetime):
        return Condition(available, "<", as_of + timedelta(days=1))
    by_name = {column.name: column for column in meaning.schema.columns}
    _check([available], meaning)
    is_date = by_name[available].type == "date"
    return Condition(available, "<", as_of.date()) if is_date else Condition(available, "<=", as_of)


def _check(columns: list[str], meaning: Meaning) -> None:
    for name in columns:
        names = [column.name for column in meaning.schema.columns]
        if name not in names:
            raise InvalidValue("columns", name, f"must be one of {', '.join(names)}")


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _in_utc(value: Any) -> Any:
    """Instants as tables have them, not as files."""
    if isinstance(value, list):
        return [_in_utc(item) for item in value]
    return value.replace(tzinfo=timezone.utc) if isinstance(value, datetime) else value
