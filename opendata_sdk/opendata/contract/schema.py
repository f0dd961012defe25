"""Table schemas and the schema.json that is published beside the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opendata.contract.canonical import sha256, to_json
from opendata.contract.fields import FORMAT, Fields
from opendata.errors import InvalidValue

TYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "string",
    "date",
    "timestamp[ms, UTC]",
    "timestamp[us, UTC]",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, type (one of TYPES), nullability, unit (`CNY`, `shares`, `°C` …) and description.

    Instants are stored in Parquet as naive UTC timestamps; the declared type says that they are UTC.
    """

    name: str
    type: str
    nullable: bool = False
    unit: str | None = None
    description: str = ""

    def __post_init__(self) -> None:
        if not self.name or not self.name.isprintable():
            raise InvalidValue("column.name", self.name, "must be printable and not empty")
        if self.type not in TYPES:
            raise InvalidValue(f"column {self.name}.type", self.type, f"must be one of {', '.join(TYPES)}")

    @property
    def is_dated(self) -> bool:
        """Whether it holds dates or instants."""
        return self.type == "date" or self.type.startswith("timestamp")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "name": self.name,
            "type": self.type,
            "nullable": self.nullable,
            "unit": self.unit,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class TableSchema:
    """Columns in order, the primary key, and the column that says which partition a row belongs to."""

    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    partition_column: str | None = None

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not names or len(set(names)) != len(names):
            raise InvalidValue("columns", names, "must not be empty or repeat a name")
        for column in (*self.primary_key, *([self.partition_column] if self.partition_column else [])):
            if column not in names:
                raise InvalidValue("primary_key", column, "must be one of the columns")

    @property
    def schema_hash(self) -> str:
        """sha256 over name, type, nullable, unit and key, in column order (descriptions may change freely)."""
        columns = [[c.name, c.type, c.nullable, c.unit, c.name in self.primary_key] for c in self.columns]
        return sha256(to_json([columns, list(self.primary_key)]))

    @property
    def time_column(self) -> Column | None:
        """The column that places rows in time: the partition column, else the first dated column of the key."""
        by_name = {column.name: column for column in self.columns}
        names = [name for name in (self.partition_column, *self.primary_key) if name]
        return next((by_name[name] for name in names if by_name[name].is_dated), None)

    @property
    def storage_order(self) -> tuple[str, ...]:
        """The columns that rows are stored by: time, then the primary key."""
        time = (self.time_column.name,) if self.time_column else ()
        return (*time, *(name for name in self.primary_key if name not in time))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form (the first half of schema.json)."""
        return {
            "columns": [column.to_dict() for column in self.columns],
            "primary_key": list(self.primary_key),
            "partition_column": self.partition_column,
            "schema_hash": self.schema_hash,
        }

    @classmethod
    def from_dict(cls, document: object) -> TableSchema:
        """Read the JSON form and check its schema_hash."""
        fields = Fields(document, "schema.json")
        columns = []
        for item in fields.items("columns"):
            column = Fields(item, "schema.json.columns")
            columns.append(
                Column(
                    column.text("name"),
                    column.text("type"),
                    column.flag("nullable"),
                    column.maybe_text("unit"),
                    column.maybe_text("description") or "",
                )
            )
        schema = cls(tuple(columns), tuple(fields.items("primary_key")), fields.maybe_text("partition_column"))
        if fields.text("schema_hash") != schema.schema_hash:
            raise InvalidValue("schema.json.schema_hash", fields.text("schema_hash"), "must match the columns")
        return schema


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """Null count, and for date and key columns the smallest and largest value as text."""

    nulls: int
    minimum: str | None = None
    maximum: str | None = None


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What schema.json says of the data beside it. `content_hash` does not depend on the order of rows."""

    sha256: str
    bytes: int
    row_count: int
    content_hash: str
    statistics: Mapping[str, ColumnStatistics]


def schema_document(schema: TableSchema, data: DataSummary) -> bytes:
    """schema.json: deterministic bytes for a schema and the data it describes."""
    statistics = {
        name: {"nulls": column.nulls, "min": column.minimum, "max": column.maximum}
        for name, column in data.statistics.items()
    }
    summary = {
        "sha256": data.sha256,
        "bytes": data.bytes,
        "row_count": data.row_count,
        "content_hash": data.content_hash,
        "statistics": statistics,
    }
    return to_json({"format": FORMAT, **schema.to_dict(), "data": summary})
