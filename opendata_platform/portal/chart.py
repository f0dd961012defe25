"""How a table is drawn, told from its declared schema: candles where it has open, high, low and close, else lines."""

from __future__ import annotations

from typing import Any

from opendata.contract.metadata import Metadata
from opendata.contract.schema import Column, TableSchema
from opendata.read.meaning import find_symbol_column

from opendata_platform.datasets.partitions import SHANGHAI

PRICES = ("open", "high", "low", "close")
VOLUMES = ("volume", "vol")
_ZONES = {"sse": str(SHANGHAI)}
"""The time zone of the exchange behind a trading calendar."""


def chart(schema: TableSchema, metadata: Metadata) -> dict[str, Any] | None:
    """What to draw over which column of time; None for a table without time or without numbers.

    `entity` is the column that tells the lines of a table with several things apart, None where there is one thing.
    """
    time = schema.time_column
    if time is None:
        return None
    numbers = [column.name for column in schema.columns if _is_number(column) and column.name not in schema.primary_key]
    keys = [name for name in schema.primary_key if name != time.name]
    shared = {
        "time": time.name,
        "time_unit": "date" if time.type == "date" else time.type.removeprefix("timestamp[")[:2],
        "timezone": _ZONES.get(str(metadata.document.get("calendar")), "UTC"),
        "entity": find_symbol_column(metadata, schema) or next(iter(keys), None),
    }
    if all(name in numbers for name in PRICES):
        volume = next((name for name in VOLUMES if name in numbers), None)
        return {"kind": "candles", **shared, **{name: name for name in PRICES}, "volume": volume}
    return {"kind": "line", **shared, "series": numbers} if numbers else None


def _is_number(column: Column) -> bool:
    return column.type.lstrip("u").startswith(("int", "float"))
