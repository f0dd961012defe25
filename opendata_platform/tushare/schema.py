"""The dataframely schema of an API's answers, made from its declared fields."""

from __future__ import annotations

from functools import cache
from typing import Any

import dataframely as dy

from opendata_platform.tushare.declare import Api, Field

_TYPES: dict[str, type[dy.Column]] = {"text": dy.String, "date": dy.Date, "number": dy.Float64, "integer": dy.Int64}


@cache
def api_schema(api: Api) -> type[dy.Schema]:
    """Types, nullability, key, units and descriptions as declared: names and units are the vendor's."""
    columns = {field.name: _column(field, field.name in api.key) for field in api.fields}
    return type(f"{api.name.title().replace('_', '')}", (dy.Schema,), {**columns, "__doc__": api.title})


def _column(field: Field, is_key: bool) -> dy.Column:
    metadata: dict[str, Any] = {"unit": field.unit} if field.unit else {}
    return _TYPES[field.kind](
        primary_key=is_key,
        nullable=field.nullable and not is_key,
        description=f"{field.description} {field.description_zh}",
        metadata=metadata or None,
    )
