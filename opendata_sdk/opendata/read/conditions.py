"""The rows that a slice wants, as conditions on the values that files store, and what follows from them for a range of
rows of which only the smallest and largest values are known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, TypeAlias

from opendata.contract.canonical import parse_instant
from opendata.contract.schema import Column, TableSchema
from opendata.errors import InvalidValue
from opendata.read.request import Condition, Slice, Window, parse_day

AnyOf: TypeAlias = "list[list[tuple[str, str, Any]]]"
"""Conditions as pandas and pyarrow take them: any of these lists of conditions must hold; empty: all rows."""

Range: TypeAlias = "tuple[Any, Any] | None"
"""The smallest and largest value of a column, as stored; None if not known."""


def conditions_of(schema: TableSchema, wanted: Slice) -> AnyOf:
    """The conditions of a slice on files of one schema. Dates and instants are as stored: instants are naive UTC.

    Raises InvalidValue for a window on a table without a time column, and for values that cannot be compared.
    """
    window = _window(schema, wanted)
    by_name = {column.name: column for column in schema.columns}
    groups = [
        [(c.column, c.operator, _as_stored(c, by_name[c.column])) for c in group]
        for group in wanted.filters
        if all(c.column in by_name for c in group)
    ]
    if wanted.filters and not groups:
        return [[(schema.columns[0].name, "in", [])]]  # a column that is null in all rows meets no condition
    return [[*group, *window] for group in groups] or ([window] if window else [])


def may_hold(conditions: AnyOf, range_of: Callable[[str], Range]) -> bool:
    """Whether rows whose columns have these ranges can meet the conditions. True where it cannot be told."""
    return not conditions or any(
        all(_may(range_of(column), operator, value) for column, operator, value in group) for group in conditions
    )


def values_of(wanted: Slice, column: str) -> int | None:
    """About how many values of a column a slice is restricted to; None if it is not. The spellings of one code, which
    have its digits in common, count once."""
    found: set[Any] = set()
    for group in wanted.filters:
        named = [c for c in group if c.column == column and c.operator in ("=", "in")]
        if not named:
            return None
        found.update(named[0].value if named[0].operator == "in" else [named[0].value])
    return len({re.sub(r"\D", "", str(value)) or value for value in found}) if wanted.filters else None


def window_of(filters: Iterable[Iterable[Condition]], time_column: str) -> Window:
    """The days within which all rows lie that meet filters; open where they do not say."""
    firsts: list[date | None] = []
    lasts: list[date | None] = []
    for group in filters:
        bounds = [(c.operator, _utc_days(c.operator, c.value)) for c in group if c.column == time_column]
        firsts.append(max((min(days) for op, days in bounds if days and op in (">", ">=", "=", "in")), default=None))
        lasts.append(min((max(days) for op, days in bounds if days and op in ("<", "<=", "=", "in")), default=None))
    return Window(
        None if None in firsts else min((day for day in firsts if day), default=None),
        None if None in lasts else max((day for day in lasts if day), default=None),
    )


def _utc_days(operator: str, value: Any) -> list[date]:
    """The days of the dates and instants in a condition's value, or the next ones that meet it; empty for others."""
    values = value if isinstance(value, (list, tuple, set)) else [value]
    if not all(isinstance(item, date) for item in values):
        return []
    aware = [item.astimezone(timezone.utc) if isinstance(item, datetime) and item.tzinfo else item for item in values]
    beyond = timedelta(days={"<": -1, ">": 1}.get(operator, 0))
    return [item.date() if isinstance(item, datetime) else item + beyond for item in aware]


def _may(known: Range, operator: str, value: Any) -> bool:
    if known is None:
        return True
    least, greatest = known
    try:
        match operator:
            case "=":
                return bool(least <= value <= greatest)
            case "!=":
                return not least == value == greatest
            case "<":
                return bool(least < value)
            case "<=":
                return bool(least <= value)
            case ">":
                return bool(greatest > value)
            case ">=":
                return bool(greatest >= value)
            case "in":
                return any(least <= item <= greatest for item in value)
            case _:
                return True
    except TypeError:  # values that do not compare with what is stored; the engine says so
        return True


def _window(schema: TableSchema, wanted: Slice) -> list[tuple[str, str, Any]]:
    if not wanted.window:
        return []
    column = schema.time_column
    if column is None:
        raise InvalidValue("start_date", str(wanted.window.first), "this dataset has no time column to cut by")

    def stored(day: date) -> date:
        return day if column.type == "date" else datetime.combine(day, time())

    conditions: list[tuple[str, str, Any]] = []
    if wanted.window.first:
        conditions.append((column.name, ">=", stored(wanted.window.first)))
    if wanted.window.last:
        conditions.append((column.name, "<", stored(wanted.window.last + timedelta(days=1))))
    return conditions


def _as_stored(condition: Condition, column: Column) -> Any:
    if not column.is_dated:
        return condition.value
    convert = _day if column.type == "date" else _naive_utc
    if condition.operator in ("in", "not in"):
        return [convert(value, column.name) for value in condition.value]
    return convert(condition.value, column.name)


def _day(value: Any, column: str) -> date | None:
    return parse_day(value, f"filters on {column}")


def _naive_utc(value: Any, column: str) -> datetime:
    if isinstance(value, str) and len(value) > len("2026-11-20"):
        value = parse_instant(value, f"filters on {column}")
    if not isinstance(value, datetime):
        day = _day(value, column)
        value = datetime.combine(day, time(), timezone.utc) if day else value
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidValue(f"filters on {column}", value, "must be an instant with a time zone, or a date (its start)")
    return value.astimezone(timezone.utc).replace(tzinfo=None)
