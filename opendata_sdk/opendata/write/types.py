"""Declared column types as polars types, and the check that a frame has exactly the declared columns."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from opendata.contract.schema import TableSchema
from opendata.errors import InvalidValue

POLARS_TYPES: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "bool": pl.Boolean(),
        "int8": pl.Int8(),
        "int16": pl.Int16(),
        "int32": pl.Int32(),
        "int64": pl.Int64(),
        "uint8": pl.UInt8(),
        "uint16": pl.UInt16(),
        "uint32": pl.UInt32(),
        "uint64": pl.UInt64(),
        "float32": pl.Float32(),
        "float64": pl.Float64(),
        "string": pl.String(),
        "date": pl.Date(),
        "timestamp[ms, UTC]": pl.Datetime("ms", "UTC"),
        "timestamp[us, UTC]": pl.Datetime("us", "UTC"),
    }
)
"""The polars type of each declared type, as frames carry it (in the file, instants are naive UTC)."""

_NAMES = {dtype: name for name, dtype in POLARS_TYPES.items()}


def declared_type(dtype: pl.DataType) -> str:
    """The declared type of a polars type; raises InvalidValue for one that the contract does not have."""
    if dtype not in _NAMES:
        raise InvalidValue("type", str(dtype), f"must be one of {', '.join(POLARS_TYPES)}")
    return _NAMES[dtype]


def check_frame(frame: pl.DataFrame, schema: TableSchema) -> None:
    """Raise InvalidValue unless the frame has exactly the declared columns, in order and of the declared types."""
    declared = [column.name for column in schema.columns]
    missing = [name for name in declared if name not in frame.columns]
    extra = [name for name in frame.columns if name not in declared]
    if missing or extra:
        raise InvalidValue("columns", frame.columns, f"must be as declared; missing: {missing}, undeclared: {extra}")
    if frame.columns != declared:
        raise InvalidValue("columns", frame.columns, f"must be in the declared order {declared}")
    for column in schema.columns:
        if frame.schema[column.name] != POLARS_TYPES[column.type]:
            raise InvalidValue(
                f"column {column.name}", str(frame.schema[column.name]), f"must have the declared type {column.type}"
            )
