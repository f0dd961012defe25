"""The columns that a creator declares in opendata.yaml: metadata v1 with `columns` and `partition_column` beside it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from opendata.contract.fields import Fields
from opendata.contract.metadata import Metadata
from opendata.contract.schema import Column, TableSchema
from opendata.errors import InvalidValue

COLUMN_FIELDS = ("name", "type", "nullable", "unit", "description")


_NO_LINES: Mapping[str, int] = MappingProxyType({})


def declared_table(metadata: Metadata, lines: Mapping[str, int] = _NO_LINES) -> TableSchema | None:
    """The table that metadata declare; None where they declare no columns.

    Also the columns that other fields of the metadata name must be declared. `lines` are those of the fields and of
    the columns (`columns.0` …) in opendata.yaml, for the message of an error.
    """

    def at(what: str, name: str) -> str:
        return f"{what} (line {lines[name]})" if name in lines else what

    document = metadata.document
    if "columns" not in document:
        return None
    columns = []
    for number, item in enumerate(Fields(document, "metadata").items("columns")):
        try:
            columns.append(_column(item))
        except InvalidValue as error:
            raise InvalidValue(at(error.field, f"columns.{number}"), error.value, error.rule) from None
    names = [column.name for column in columns]
    for field, name in _named_columns(metadata):
        if name not in names:
            raise InvalidValue(at(field, field), name, f"must be one of the columns: {', '.join(names)}")
    return TableSchema(tuple(columns), tuple(document.get("primary_key", ())), document.get("partition_column"))


def _column(item: Any) -> Column:
    fields = Fields(item, "columns")
    unknown = sorted(set(map(str, fields.document)) - set(COLUMN_FIELDS))
    if unknown:
        raise InvalidValue(f"columns.{unknown[0]}", unknown[0], f"must be one of {', '.join(COLUMN_FIELDS)}")
    return Column(
        fields.text("name"),
        fields.text("type"),
        fields.flag("nullable") if "nullable" in fields.document else False,
        fields.maybe_text("unit"),
        fields.maybe_text("description") or "",
    )


def _named_columns(metadata: Metadata) -> list[tuple[str, Any]]:
    """Every column that a field of the metadata names, with the field."""
    document, adjustment, point = metadata.document, metadata.adjustment, metadata.point_in_time
    named: list[tuple[str, Any]] = [("primary_key", name) for name in document.get("primary_key", ())]
    named += [(field, document[field]) for field in ("partition_column", "symbol_column") if field in document]
    if adjustment:
        named += [("adjustment", name) for name in (adjustment.factor, *adjustment.prices)]
    if point:
        named += [("point_in_time", name) for name in (point.available, *point.key)]
    return named
