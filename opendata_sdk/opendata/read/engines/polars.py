"""polars: the default engine."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import polars as pl

from opendata.read.tables import FOOTER_KEY, AnyOf, Group, Table

_COMPARE: dict[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda column, values: column.is_in(list(values)),
    "not in": lambda column, values: ~column.is_in(list(values)),
}


def read_footer(path: Path) -> str | None:
    """The declared schema in the footer of a Parquet file."""
    return pl.read_parquet_metadata(path).get(FOOTER_KEY)


def load(table: Table) -> pl.DataFrame:
    """The table, in memory."""
    return scan(table).collect()


def scan(table: Table) -> pl.LazyFrame:
    """The table as a query that has not run yet."""
    frames = [_scan_group(group) for group in table.groups]
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")
    present = {name for group in table.groups for name in group.columns}
    absent = (pl.lit(None, _dtype(type_)).alias(name) for name, type_ in table.types.items() if name not in present)
    frame = frame.with_columns(*absent).select(table.columns)
    return frame if table.n_rows is None else frame.head(table.n_rows)


def _dtype(declared: str) -> pl.DataType:
    if declared.startswith("timestamp"):
        return pl.Datetime("us" if "[us" in declared else "ms", "UTC")
    name = {"bool": "Boolean"}.get(declared) or declared.title().replace("Uint", "UInt")
    dtype: type[pl.DataType] = getattr(pl, name)
    return dtype()


def _scan_group(group: Group) -> pl.LazyFrame:
    frame = pl.scan_parquet(group.paths, glob=False, hive_partitioning=False)
    if group.conditions:
        frame = frame.filter(_expression(group.conditions))
    return frame.select(group.columns).with_columns(pl.col(group.instants).dt.replace_time_zone("UTC"))


def _expression(conditions: AnyOf) -> pl.Expr:
    alternatives = [
        reduce(operator.and_, (_COMPARE[op](pl.col(name), value) for name, op, value in alternative))
        for alternative in conditions
    ]
    return reduce(operator.or_, alternatives)
