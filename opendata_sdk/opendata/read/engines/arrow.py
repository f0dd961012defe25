"""pyarrow tables."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from opendata.read.plan import FOOTER_KEY
from opendata.read.refine import Adjusting, Latest, Refinement
from opendata.read.tables import Group, Table


def read_footer(path: Path) -> str | None:
    """The declared schema in the footer of a Parquet file."""
    footer = (pq.read_metadata(path).metadata or {}).get(FOOTER_KEY.encode())
    return None if footer is None else footer.decode()


def load(table: Table) -> pa.Table:
    """The table, in memory."""
    limit = None if table.order else table.n_rows
    tables = []
    rows = 0
    for group in table.groups:
        tables.append(_load_group(group, None if limit is None else limit - rows))
        rows += tables[-1].num_rows
        if limit is not None and rows >= limit:
            break
    whole = pa.concat_tables(tables, promote_options="permissive")
    if table.order:
        whole = whole.sort_by([(name, "ascending") for name in table.order])
        whole = whole if table.n_rows is None else whole.slice(0, table.n_rows)
    for name, declared in table.types.items():
        if name not in whole.column_names:
            whole = whole.append_column(name, nulls(whole.num_rows, declared))
    return whole.select(table.columns)


def nulls(count: int, declared: str) -> pa.Array:
    """A column of a declared type with nothing in it."""
    if declared.startswith("timestamp"):
        return pa.nulls(count, pa.timestamp(declared[len("timestamp[") :][:2], "UTC"))
    return pa.nulls(count, _stored_type(declared))


def expression(group: Group) -> ds.Expression | None:
    """The conditions of a group; None: all rows. A row without a value meets no condition."""
    types = {column.name: column.type for column in group.schema.columns}
    alternatives = [
        reduce(operator.and_, (_condition(name, op, value, types[name]) for name, op, value in alternative))
        for alternative in group.conditions
    ]
    return reduce(operator.or_, alternatives) if alternatives else None


def _condition(name: str, op: str, value: Any, declared: str) -> ds.Expression:
    if op not in ("in", "not in"):
        return pq.filters_to_expression([(name, op, value)])
    among = ds.field(name).isin(pa.array(list(value), _stored_type(declared)))
    return among if op == "in" else ~among & ds.field(name).is_valid()


def _stored_type(declared: str) -> pa.DataType:
    """The type that a column has in files: instants are naive."""
    if declared.startswith("timestamp"):
        return pa.timestamp(declared[len("timestamp[") :][:2])
    return pa.type_for_alias("date32" if declared == "date" else declared)


def _load_group(group: Group, n_rows: int | None) -> pa.Table:
    filters = expression(group)
    files = ds.dataset([str(path) for path in group.paths], format="parquet")
    if n_rows is None:
        table = files.to_table(columns=group.columns, filter=filters)
    else:
        table = files.head(n_rows, columns=group.columns, filter=filters)
    for name in group.instants:
        index = table.schema.get_field_index(name)
        instants = table.column(index).cast(pa.timestamp(group.unit(name), "UTC"))
        table = table.set_column(index, table.schema.field(index).with_type(instants.type), instants)
    return table.replace_schema_metadata(None)


rows = load


def refine(table: pa.Table, refinement: Refinement) -> pa.Table:
    """Rows with a refinement done to them, in the same order."""
    if refinement.latest:
        table = table.take(_latest(table, refinement.latest))
    if refinement.adjusting:
        table = _adjusted(table, refinement.adjusting)
    if refinement.conditions:
        table = table.filter(pq.filters_to_expression(refinement.conditions))
    if refinement.n_rows is not None:
        table = table.slice(0, refinement.n_rows)
    return table.select(refinement.columns) if refinement.columns else table


def unique(table: pa.Table, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """The different values of these columns together."""
    found = table.group_by(list(columns)).aggregate([])
    return zip(*(found.column(name).to_pylist() for name in columns), strict=True)


def finish(table: pa.Table) -> pa.Table:
    """A table as it is."""
    return table


def _latest(table: pa.Table, latest: Latest) -> pa.Array:
    """Which rows stay."""
    ordered = table.select(latest.key).append_column("row", pa.array(range(table.num_rows), pa.int64()))
    keys = [f"key{number}" for number in range(len(latest.key))]
    ordered = ordered.rename_columns([*keys, "row"]).append_column("by", table.column(latest.by))
    ordered = ordered.sort_by([("by", "ascending"), ("row", "ascending")])
    kept = ordered.group_by(keys, use_threads=False).aggregate([("row", "last")])
    return kept.column("row_last").sort()


def _adjusted(table: pa.Table, adjusting: Adjusting) -> pa.Table:
    base = None
    if adjusting.base is not None:
        symbols = table.column(adjusting.symbol)
        known = pc.index_in(symbols, pa.array(adjusting.base, symbols.type))
        base = pa.array(adjusting.base.values(), pa.float64()).take(known)
    for name in adjusting.prices:
        prices = pc.multiply(table.column(name), table.column(adjusting.factor))
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, prices if base is None else pc.divide(prices, base))
    return table
