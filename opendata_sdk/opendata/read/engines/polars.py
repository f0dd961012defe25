"""polars: the default engine."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import polars as pl

from opendata.read.conditions import AnyOf
from opendata.read.plan import FOOTER_KEY
from opendata.read.refine import Adjusting, Refinement
from opendata.read.tables import Group, Table

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
    if table.order:
        frame = frame.sort(table.order, maintain_order=True)
    present = {name for group in table.groups for name in group.columns}
    absent = (pl.lit(None, dtype_of(type_)).alias(name) for name, type_ in table.types.items() if name not in present)
    frame = frame.with_columns(*absent).select(table.columns)
    return frame if table.n_rows is None else frame.head(table.n_rows)


def dtype_of(declared: str) -> pl.DataType:
    """The polars type of a declared type."""
    if declared.startswith("timestamp"):
        return pl.Datetime("us" if "[us" in declared else "ms", "UTC")
    name = {"bool": "Boolean"}.get(declared) or declared.title().replace("Uint", "UInt")
    dtype: type[pl.DataType] = getattr(pl, name)
    return dtype()


def _scan_group(group: Group) -> pl.LazyFrame:
    frame = pl.scan_parquet(group.paths, glob=False, hive_partitioning=False)
    if group.conditions:
        frame = frame.filter(expression(group.conditions))
    return frame.select(group.columns).with_columns(pl.col(group.instants).dt.replace_time_zone("UTC"))


def expression(conditions: AnyOf) -> pl.Expr:
    """Conditions as a predicate."""
    alternatives = [
        reduce(operator.and_, (_COMPARE[op](pl.col(name), value) for name, op, value in alternative))
        for alternative in conditions
    ]
    return reduce(operator.or_, alternatives)


rows = load


def refine(frame: pl.DataFrame, refinement: Refinement) -> pl.DataFrame:
    """Rows with a refinement done to them, in the same order."""
    if latest := refinement.latest:
        newest = pl.col(latest.by) == pl.col(latest.by).max().over(latest.key)
        frame = frame.filter(newest).unique(latest.key, keep="last", maintain_order=True)
    if refinement.adjusting:
        frame = frame.with_columns(_adjusted(refinement.adjusting))
    if refinement.conditions:
        frame = frame.filter(expression(refinement.conditions))
    if refinement.n_rows is not None:
        frame = frame.head(refinement.n_rows)
    return frame.select(refinement.columns) if refinement.columns else frame


def unique(frame: pl.DataFrame, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """The different values of these columns together."""
    return frame.select(columns).unique().iter_rows()


def finish(frame: pl.DataFrame) -> pl.DataFrame:
    """A table as it is."""
    return frame


def _adjusted(adjusting: Adjusting) -> list[pl.Expr]:
    prices = pl.col(adjusting.prices) * pl.col(adjusting.factor)
    if adjusting.base is None:
        return [prices]
    symbols, factors = pl.Series(adjusting.base.keys(), dtype=pl.String), pl.Series(adjusting.base.values())
    base = pl.col(adjusting.symbol).replace_strict(symbols, factors, default=None, return_dtype=pl.Float64)
    return [prices / base]
