"""dataframely schemas as the contract sees them: types, nullability, key, units and descriptions.

A dataset declares its columns once, as a dataframely schema; a column's unit is `metadata={"unit": …}`. Not here: what
the rules in the schema say about rows (`rows.py`).
"""

from __future__ import annotations

import dataframely as dy
from opendata.contract.schema import Column, TableSchema
from opendata.write.types import declared_type


def table_schema(schema: type[dy.Schema], partition_column: str | None) -> TableSchema:
    """The contract's form of a dataframely schema; raises InvalidValue for a type that the contract does not have."""
    columns = tuple(
        Column(
            name=name,
            type=declared_type(column.dtype),
            nullable=column.nullable,
            unit=(column.metadata or {}).get("unit"),
            description=column.description or "",
        )
        for name, column in schema.columns().items()
    )
    return TableSchema(columns, tuple(schema.primary_key()), partition_column)
