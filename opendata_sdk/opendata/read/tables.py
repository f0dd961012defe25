"""Verified files as one table, for any engine: files grouped by schema, and the rows and columns wanted of each group.

A dataset's schema may change over time: columns that a group does not have are null in its rows.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import Any

from opendata.contract.canonical import parse_instant
from opendata.contract.schema import Column, TableSchema
from opendata.errors import IntegrityError, InvalidValue
from opendata.read.plan import Part
from opendata.read.request import Condition, Slice, parse_day

FOOTER_KEY = "opendata.schema"

AnyOf = list[list[tuple[str, str, Any]]]
"""Conditions as pandas and pyarrow take them: any of these lists of conditions must hold; empty: all rows."""


@dataclass(frozen=True, slots=True)
class Group:
    """Files with one schema, and which of their rows and columns are wanted.

    In `conditions`, dates and instants are as the files have them: instants are naive UTC.
    """

    paths: list[Path]
    schema: TableSchema
    columns: list[str]
    conditions: AnyOf

    @property
    def instants(self) -> list[str]:
        """The columns that must get their UTC back."""
        types = {column.name: column.type for column in self.schema.columns}
        return [name for name in self.columns if types[name].startswith("timestamp")]

    def unit(self, column: str) -> str:
        """The unit of an instant column: ms or us."""
        return next(c.type for c in self.schema.columns if c.name == column)[len("timestamp[") :][:2]


@dataclass(frozen=True, slots=True)
class Table:
    """What an engine has to make: the rows of the groups one after the other, these columns, the first `n_rows`."""

    groups: list[Group]
    types: dict[str, str]
    """The wanted columns in order, with their declared types; those that no group has are null."""
    n_rows: int | None

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.types)


def make_table(
    parts: Sequence[Part],
    paths: Sequence[Path],
    wanted: Slice,
    read_footer: Callable[[Path], str | None],
    newest: TableSchema | None,
) -> Table:
    """Group files by the schema in their footers; `newest` is the schema of the dataset where no file shows it.

    Raises InvalidValue for columns that do not exist.
    """
    schemas = _schemas(parts, paths, read_footer)
    known: dict[str, str] = {}
    distinct = {id(schema): schema for schema in reversed(schemas)}
    for schema in (*([newest] if newest else ()), *distinct.values()):
        for column in schema.columns:
            known.setdefault(column.name, column.type)
    for name in (*(wanted.columns or ()), *(c.column for group in wanted.filters for c in group)):
        if name not in known:
            raise InvalidValue("columns", name, f"must be one of {', '.join(known)}", hint=_suggestion(name, known))
    columns = wanted.columns or tuple(known)
    groups = []
    for schema, members in groupby(zip(schemas, paths, strict=True), key=lambda item: item[0]):
        names = [column.name for column in schema.columns]
        present = [name for name in columns if name in names] or names[:1]
        groups.append(Group([path for _, path in members], schema, present, _conditions(schema, wanted)))
    return Table(groups, {name: known[name] for name in columns}, wanted.n_rows)


def _schemas(
    parts: Sequence[Part], paths: Sequence[Path], read_footer: Callable[[Path], str | None]
) -> list[TableSchema]:
    """The schema of each file; one footer is read per schema."""
    known: dict[str, TableSchema] = {}
    schemas = []
    for part, path in zip(parts, paths, strict=True):
        key = part.schema_hash or part.key
        if key not in known:
            footer = read_footer(path)
            if footer is None:
                raise IntegrityError(f"{part.key} has no {FOOTER_KEY} in its footer: it is no data file of this layout")
            known[key] = TableSchema.from_dict(json.loads(footer))
        schemas.append(known[key])
    return schemas


def _conditions(schema: TableSchema, wanted: Slice) -> AnyOf:
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


def _suggestion(name: str, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else None
