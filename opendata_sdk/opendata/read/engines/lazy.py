"""polars queries that fetch nothing before they run, and then only what their columns and predicates need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl
from polars.io.plugins import register_io_source

from opendata.contract.schema import TableSchema
from opendata.read.engines.polars import dtype_of
from opendata.read.engines.predicates import filters_of
from opendata.read.request import Slice

Read = Callable[[Slice], pl.DataFrame]
"""Loads the rows and columns of a slice; rows beyond may come with them."""


def scan(schema: TableSchema, read: Read) -> pl.LazyFrame:
    """A query over a table of this schema."""
    types = {column.name: dtype_of(column.type) for column in schema.columns}
    return register_io_source(partial(_batches, schema, read), schema=types)


def _batches(
    schema: TableSchema,
    read: Read,
    with_columns: list[str] | None,
    predicate: pl.Expr | None,
    n_rows: int | None,
    batch_size: int | None,
) -> Iterator[pl.DataFrame]:
    """What polars asks for when the query runs: these columns of the rows that meet the predicate."""
    names = [column.name for column in schema.columns]
    shown = names if with_columns is None else [name for name in names if name in with_columns]
    needed = shown if predicate is None else list(dict.fromkeys([*shown, *predicate.meta.root_names()]))
    filters = filters_of(predicate) if predicate is not None else ()
    frame = read(Slice(tuple(needed or names[:1]), filters=filters, n_rows=n_rows if predicate is None else None))
    frame = frame if predicate is None else frame.filter(predicate)
    frame = frame if n_rows is None else frame.head(n_rows)
    frame = frame.select(shown)
    yield from frame.iter_slices(batch_size) if batch_size else (frame,)
