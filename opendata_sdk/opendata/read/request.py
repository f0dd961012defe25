"""What a caller asks for: a dataset in some state, and a slice of its rows. Checked before anything is read."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any, Literal, TypedDict

from opendata.contract.ids import Version, check_dataset_id
from opendata.contract.selectors import AtSeq, Selector, parse_selector
from opendata.errors import InvalidValue

OPERATORS = ("=", "==", "!=", "<", "<=", ">", ">=", "in", "not in")


class LoadOptions(TypedDict, total=False):
    """Which state, and which rows and columns of it; `opendata.load` says what each means."""

    version: str | None
    columns: Sequence[str] | None
    filters: Sequence[Any] | None
    start_date: str | date | None
    end_date: str | date | None
    start: str | date | None
    end: str | date | None
    n_rows: int | None
    symbols: str | Sequence[str] | None
    ts_code: str | Sequence[str] | None
    as_of: str | date | datetime | None
    adjust: Literal["qfq", "hfq"] | None
    adjust_base: str | date | None
    max_staleness: str | None
    force_download: bool
    lock: str | os.PathLike[str] | None
    locked: bool


class HeadOptions(TypedDict, total=False):
    """Which version, and which symbols of it."""

    version: str | None
    symbols: str | Sequence[str] | None
    ts_code: str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset and which state of it."""

    dataset: str
    selector: Selector
    pin: Pin | None = None
    """The commit to read; then the selector only says whether all of it is meant, or one version."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A commit: together with the dataset, what reads the same bytes for ever."""

    seq: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `first` to `last`, both included; None means open."""

    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None

    def overlaps(self, minimum: str | None, maximum: str | None) -> bool:
        """Whether a range of the time column, in ISO text, can hold rows of these days; an unknown range can."""
        if self.first and maximum is not None and maximum[:10] < self.first.isoformat():
            return False
        return not (self.last and minimum is not None and minimum[:10] > self.last.isoformat())

    def narrowed(self, other: Window) -> Window:
        """The days that are in both."""
        first = max((day for day in (self.first, other.first) if day), default=None)
        return Window(first, min((day for day in (self.last, other.last) if day), default=None))


@dataclass(frozen=True, slots=True)
class Condition:
    """`column operator value`, as in pandas and pyarrow."""

    column: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows and columns: rows within the window that meet all conditions of any one group, the first `n_rows`."""

    columns: tuple[str, ...] | None = None
    window: Window = Window()
    filters: tuple[tuple[Condition, ...], ...] = ()
    n_rows: int | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The options that `parse_slice` makes it from, as JSON has them; only those that say something."""
        filters = [[[c.column, c.operator, _plain(c.value)] for c in group] for group in self.filters]
        options = {
            "columns": list(self.columns) if self.columns else None,
            "filters": filters or None,
            "start_date": _plain(self.window.first),
            "end_date": _plain(self.window.last),
            "n_rows": self.n_rows,
        }
        return {name: value for name, value in options.items() if value is not None}


def parse_target(text: str, version: str | None = None) -> Target:
    """Read `ns/name` or `ns/name@version`."""
    dataset, at, named = text.partition("@") if isinstance(text, str) else (text, "", "")
    check_dataset_id(dataset)
    if at and version is not None:
        raise InvalidValue("version", version, f"must not be given twice: the id says {named}")
    return Target(dataset, parse_selector(named if at else version))


def pinned_target(dataset: str, version: str | None, pin: Pin) -> Target:
    """What was asked for before, in the commit that it was found in."""
    selector = parse_selector(version)
    return Target(dataset, selector if isinstance(selector, Version) else AtSeq(pin.seq), pin)


def parse_slice(
    *,
    columns: Sequence[str] | None = None,
    filters: Sequence[Any] | None = None,
    start_date: str | date | None = None,
    end_date: str | date | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    n_rows: int | None = None,
) -> Slice:
    """Check the parts of a slice; `start` and `end` are other names of `start_date` and `end_date`."""
    first = parse_day(_either(start_date, start, "start"), "start_date")
    window = Window(first, parse_day(_either(end_date, end, "end"), "end_date"))
    if window.first and window.last and window.first > window.last:
        raise InvalidValue("end_date", window.last.isoformat(), f"must not be before start_date {window.first}")
    if n_rows is not None and (not isinstance(n_rows, int) or isinstance(n_rows, bool) or n_rows < 0):
        raise InvalidValue("n_rows", n_rows, "must be a whole number of at least 0")
    return Slice(_columns(columns), window, _filters(filters or ()), n_rows)


def parse_day(value: str | date | None, field: str) -> date | None:
    """A date, `2026-11-20` or `20261120`."""
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    rule = "must be a date: 2026-11-20, 20261120 or datetime.date"
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}", value):
        raise InvalidValue(field, value, rule)
    digits = value.replace("-", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise InvalidValue(field, value, f"{rule} that exists") from None


def _plain(value: Any) -> Any:
    """Dates and instants as text, collections as lists, numbers of numpy as numbers; what is something else stays."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(timezone.utc).isoformat()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=repr)
    return value.item() if hasattr(value, "item") else value


def _either(value: str | date | None, alias: str | date | None, name: str) -> str | date | None:
    if value is not None and alias is not None:
        raise InvalidValue(name, alias, f"must not be given together with {name}_date: they are the same")
    return alias if value is None else value


def _columns(columns: Sequence[str] | None) -> tuple[str, ...] | None:
    if columns is None:
        return None
    names = tuple(columns)
    wrong = isinstance(columns, str) or not names or not all(isinstance(name, str) for name in names)
    if wrong or len(set(names)) != len(names):
        raise InvalidValue("columns", columns, 'must be a list of different column names, such as ["date", "close"]')
    return names


def _filters(filters: Sequence[Any]) -> tuple[tuple[Condition, ...], ...]:
    """One list of (column, operator, value), or a list of such lists of which any may hold."""
    groups = filters if filters and all(isinstance(item, list) for item in filters) else [filters]
    return tuple(tuple(_condition(item) for item in group) for group in groups if group)


def _condition(item: Any) -> Condition:
    rule = f'must be ("column", operator, value) with an operator of {" ".join(OPERATORS)}'
    if not isinstance(item, (tuple, list)) or len(item) != 3 or not isinstance(item[0], str):
        raise InvalidValue("filters", item, rule)
    column, operator, value = item
    if operator not in OPERATORS:
        raise InvalidValue("filters", item, rule)
    if operator in ("in", "not in") and (isinstance(value, str) or not isinstance(value, (list, tuple, set))):
        raise InvalidValue("filters", item, f"{operator} needs a list of values")
    return Condition(column, "=" if operator == "==" else operator, value)
