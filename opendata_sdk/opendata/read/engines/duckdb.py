"""DuckDB relations over the verified files; nothing is read before the relation is asked for rows.

Each relation has a connection of its own whose time zone is UTC, so that a query gives the same on every machine.
Queries on it: `relation.query("bars", "SELECT symbol, max(close) FROM bars GROUP BY symbol")`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
from duckdb import DuckDBPyRelation

from opendata.read.conditions import AnyOf
from opendata.read.plan import FOOTER_KEY
from opendata.read.refine import Adjusting, Latest, Refinement
from opendata.read.tables import Group, Table

ROW = "opendata row number"
"""The column with the numbers of rows, while they are refined."""

_TYPES = {
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
    "float32": "FLOAT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp[ms, UTC]": "TIMESTAMPTZ",
    "timestamp[us, UTC]": "TIMESTAMPTZ",
}


def read_footer(path: Path) -> str | None:
    """The declared schema in the footer of a Parquet file."""
    query = "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = ?"
    found = duckdb.connect().execute(query, [str(path), FOOTER_KEY]).fetchone()
    return None if found is None else str(found[0])


def load(table: Table) -> DuckDBPyRelation:
    """The table as a relation."""
    limit = "" if table.n_rows is None else f" LIMIT {table.n_rows}"
    return _relation(f"SELECT {_names(table.columns)} FROM ({_union(table)}){_order(table)}{limit}")  # noqa: S608


def rows(table: Table) -> DuckDBPyRelation:
    """The table with the numbers of its rows, since only what is ordered last is sure to stay in order."""
    number = f"row_number() OVER ({_order(table)}) AS {_name(ROW)}"
    relation = _relation(f"SELECT {_names(table.columns)}, {number} FROM ({_union(table)})")  # noqa: S608
    return relation if table.n_rows is None else relation.filter(f"{_name(ROW)} <= {table.n_rows}")


def refine(relation: DuckDBPyRelation, refinement: Refinement) -> DuckDBPyRelation:
    """Numbered rows with a refinement done to them."""
    if refinement.latest:
        relation = _latest(relation, refinement.latest)
    if refinement.adjusting and refinement.adjusting.prices:
        relation = _adjusted(relation, refinement.adjusting)
    if refinement.conditions:
        relation = relation.filter(_condition(refinement.conditions))
    if refinement.n_rows is not None:
        relation = relation.order(_name(ROW)).limit(refinement.n_rows)
    return relation.project(_names((*refinement.columns, ROW))) if refinement.columns else relation


def unique(relation: DuckDBPyRelation, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """The different values of these columns together."""
    found: list[tuple[Any, ...]] = relation.project(_names(columns)).distinct().fetchall()
    return found


def finish(relation: DuckDBPyRelation) -> DuckDBPyRelation:
    """The rows in order, without their numbers."""
    names = (name for name in relation.columns if name != ROW)
    return _query(relation, "numbered_rows", f"SELECT {_names(names)} FROM numbered_rows ORDER BY {_name(ROW)}")  # noqa: S608


def _relation(query: str) -> DuckDBPyRelation:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection.sql(query)


def _query(relation: DuckDBPyRelation, name: str, query: str) -> DuckDBPyRelation:
    """A query on a relation by a name, which no query on its result may use again."""
    return cast("DuckDBPyRelation", relation.query(name, query))


def _order(table: Table) -> str:
    return f" ORDER BY {_names(table.order)}" if table.order else ""


def _union(table: Table) -> str:
    return " UNION ALL ".join(_select(group, table) for group in table.groups)


def _select(group: Group, table: Table) -> str:
    """A query of the rows of a group, with all columns of the table and those that order it."""
    types = {column.name: column.type for column in group.schema.columns} | table.types
    names = dict.fromkeys((*table.columns, *table.order))
    columns = ", ".join(f"{_column(group, name, types[name])} AS {_name(name)}" for name in names)
    files = _list(str(path) for path in group.paths)
    where = f" WHERE {_condition(group.conditions)}" if group.conditions else ""
    return f"SELECT {columns} FROM read_parquet({files}, hive_partitioning = false){where}"  # noqa: S608


def _column(group: Group, name: str, declared: str) -> str:
    if name not in group.columns:
        return f"CAST(NULL AS {_TYPES[declared]})"
    return f"timezone('UTC', {_name(name)})" if name in group.instants else _name(name)


def _latest(relation: DuckDBPyRelation, latest: Latest) -> DuckDBPyRelation:
    window = f"PARTITION BY {_names(latest.key)} ORDER BY {_name(latest.by)} DESC, {_name(ROW)} DESC"
    newest = relation.project(f"*, row_number() OVER ({window}) AS newest").filter("newest = 1")
    return newest.project(_names(relation.columns))


def _adjusted(relation: DuckDBPyRelation, adjusting: Adjusting) -> DuckDBPyRelation:
    divided, joined = "", ""
    if adjusting.base is not None:
        symbols, factors = _list(adjusting.base), _list(repr(value) for value in adjusting.base.values())
        base = f"SELECT unnest({symbols}::VARCHAR[]) AS base_symbol, unnest({factors}::DOUBLE[]) AS base_factor"
        divided, joined = " / base_factor", f" LEFT JOIN ({base}) ON {_name(adjusting.symbol)} = base_symbol"
    prices = ", ".join(f"({_name(p)} * {_name(adjusting.factor)}{divided}) AS {_name(p)}" for p in adjusting.prices)
    return _query(relation, "raw_rows", f"SELECT raw_rows.* REPLACE ({prices}) FROM raw_rows{joined}")  # noqa: S608


def _condition(conditions: AnyOf) -> str:
    return " OR ".join(
        f"({' AND '.join(_comparison(name, operator, value) for name, operator, value in group)})"
        for group in conditions
    )


def _comparison(name: str, operator: str, value: Any) -> str:
    if operator in ("in", "not in"):
        values = ", ".join(map(_literal, value))
        return f"{_name(name)} {operator.upper()} ({values})" if values else "false" if operator == "in" else "true"
    return f"{_name(name)} {operator} {_literal(value)}"


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case float():
            return f"{_text(repr(value))}::DOUBLE"
        case int():
            return str(value)
        case datetime():
            return f"{_text(value.isoformat())}::TIMESTAMP{'TZ' if value.tzinfo else ''}"
        case date():
            return f"{_text(value.isoformat())}::DATE"
        case _:
            return _text(str(value))


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_name, names))


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
