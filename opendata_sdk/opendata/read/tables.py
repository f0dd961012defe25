"""Verified files as one table, for any engine: files grouped by schema, and the rows and columns wanted of each group.

A dataset's schema may change over time: columns that a group does not have are null in its rows.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from opendata.contract.schema import TableSchema
from opendata.errors import IntegrityError, InvalidValue
from opendata.read.conditions import AnyOf, conditions_of
from opendata.read.plan import FOOTER_KEY, Part
from opendata.read.request import Slice


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
    order: tuple[str, ...] = ()
    """The columns to sort by; empty where the rows come in order."""

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
    order = schemas[-1].storage_order if any(part.sorted_by for part in parts) else ()
    groups = []
    for _, members in groupby(zip(schemas, parts, paths, strict=True), key=_stored_alike):
        alike = list(members)
        schema = alike[0][0]
        names = [column.name for column in schema.columns]
        present = [name for name in dict.fromkeys((*columns, *order)) if name in names] or names[:1]
        groups.append(Group([path for _, _, path in alike], schema, present, conditions_of(schema, wanted)))
    return Table(groups, {name: known[name] for name in columns}, wanted.n_rows, order)


def _stored_alike(file: tuple[TableSchema, Part, Path]) -> tuple[int, tuple[int, ...] | None]:
    """What files have in common that can be opened together: the schema, and the columns that are there."""
    schema, part, _ = file
    return id(schema), part.selection.columns if part.selection else None


def _schemas(
    parts: Sequence[Part], paths: Sequence[Path], read_footer: Callable[[Path], str | None]
) -> list[TableSchema]:
    """The schema of each file; one footer is read per schema."""
    known: dict[str, TableSchema] = {}
    schemas = []
    for part, path in zip(parts, paths, strict=True):
        if part.schema_hash not in known:
            footer = read_footer(path)
            if footer is None:
                raise IntegrityError(f"{part.key} has no {FOOTER_KEY} in its footer: it is no data file of this layout")
            known[part.schema_hash] = TableSchema.from_dict(json.loads(footer))
        schemas.append(known[part.schema_hash])
    return schemas


def _suggestion(name: str, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else None
