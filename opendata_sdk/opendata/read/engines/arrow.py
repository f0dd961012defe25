"""pyarrow tables."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from opendata.read.tables import FOOTER_KEY, Group, Table


def read_footer(path: Path) -> str | None:
    """The declared schema in the footer of a Parquet file."""
    footer = (pq.read_metadata(path).metadata or {}).get(FOOTER_KEY.encode())
    return None if footer is None else footer.decode()


def load(table: Table) -> pa.Table:
    """The table, in memory."""
    tables = []
    rows = 0
    for group in table.groups:
        tables.append(_load_group(group, None if table.n_rows is None else table.n_rows - rows))
        rows += tables[-1].num_rows
        if table.n_rows is not None and rows >= table.n_rows:
            break
    whole = pa.concat_tables(tables, promote_options="permissive")
    for name, declared in table.types.items():
        if name not in whole.column_names:
            whole = whole.append_column(name, nulls(whole.num_rows, declared))
    return whole.select(table.columns)


def nulls(count: int, declared: str) -> pa.Array:
    """A column of a declared type with nothing in it."""
    if declared.startswith("timestamp"):
        return pa.nulls(count, pa.timestamp(declared[len("timestamp[") :][:2], "UTC"))
    return pa.nulls(count, pa.type_for_alias("date32" if declared == "date" else declared))


def _load_group(group: Group, n_rows: int | None) -> pa.Table:
    filters = pq.filters_to_expression(group.conditions) if group.conditions else None
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
