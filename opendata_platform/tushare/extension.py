"""Tables that hold everything an API sends: their schema is made of its declared fields.

Several APIs of the same facts make one table with the columns of all. Not here: tables with columns of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import dataframely as dy
import polars as pl
from opendata.errors import InvalidValue

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.declare import Api, Field
from opendata_platform.tushare.normalise import NAMES, Names, first_wins, ingested_at, published, shaped, source, unit
from opendata_platform.tushare.table import Input, Table

_TYPES: Mapping[str, type[dy.Column]] = {
    "text": dy.String,
    "date": dy.Date,
    "number": dy.Float64,
    "integer": dy.Int64,
}


def extension(
    name: str,
    *apis: Api,
    title: str,
    title_zh: str,
    note: str = "",
    note_zh: str = "",
    renamed: Names = NAMES,
    omitted: Collection[tuple[str, str]] = (),
) -> Table:
    """The table of an API's rows with normalised names and units, or of several APIs', of which the first one wins.

    Its key is the first API's; `omitted` are (API, field) that the table leaves out.
    """
    first = apis[0]
    names = dict(NAMES) | dict(renamed)
    kept = {api: [field for field in api.fields if (api.name, field.name) not in omitted] for api in apis}
    keys = tuple(names.get(column, column) for column in first.key)
    schema = make_schema(name, columns(kept, keys, names))

    def build(partition: str, related: Related) -> pl.DataFrame:
        return shaped(first_wins([_rows(api, related, names, kept[api]) for api in apis], keys), schema)

    day = getattr(first.fetch, "column", None)
    return Table(
        name=name,
        title=title,
        title_zh=title_zh,
        description=" ".join(
            ["Names and units are normalised.", *filter(None, [note])]
            + [f"About {a.name}: {a.description}" for a in apis]
        ),
        description_zh="".join(["名称与单位已统一。", note_zh] + [f"关于 {a.name}：{a.description_zh}" for a in apis]),
        asset_class=first.asset_class,
        schema=schema,
        period=first.period,
        inputs=tuple(Input(api.id, required=len(apis) == 1) for api in apis),
        build=build,
        partition_column=names.get(day, day) if day else None,
        sparse=first.sparse,
    )


def _rows(api: Api, related: Related, names: Names, fields: Sequence[Field]) -> pl.DataFrame | None:
    rows = published(api, related, names)
    return None if rows is None else rows.select(*(names.get(field.name, field.name) for field in fields), "source")


def columns(apis: Mapping[Api, Sequence[Field]], key: Collection[str], names: Names = NAMES) -> dict[str, dy.Column]:
    """The columns of the APIs' fields, the key first; required where every API has to send it.

    Raises InvalidValue when two fields of one column have different units or kinds.
    """
    found: dict[str, list[Field]] = {}
    for fields in apis.values():
        for field in fields:
            found.setdefault(names.get(field.name, field.name), []).append(field)
    required = {
        name for name, fields in found.items() if len(fields) == len(apis) and not any(f.nullable for f in fields)
    }
    ordered = [*key, *(name for name in found if name not in key)]
    return {name: _column(name, found[name], name in key, name in required) for name in ordered}


def _column(name: str, fields: Sequence[Field], is_key: bool, required: bool) -> dy.Column:
    kinds, units = {field.kind for field in fields}, {unit(field) for field in fields}
    if len(kinds) > 1 or len(units) > 1:
        raise InvalidValue(f"column {name}", sorted(map(str, units)), "must have one kind and one unit in all its APIs")
    first = fields[0]
    metadata: dict[str, Any] = {}
    if unit(first):
        metadata["unit"] = unit(first)
    if any(field.normal for field in fields):
        metadata["vendor_unit"] = " or ".join(dict.fromkeys(str(field.unit) for field in fields))
    return _TYPES[first.kind](
        primary_key=is_key,
        nullable=not (is_key or required),
        description=f"{first.description} {first.description_zh}",
        metadata=metadata or None,
    )


def make_schema(name: str, columns: Mapping[str, dy.Column]) -> type[dy.Schema]:
    """A schema of columns and, last, those that every table has; no bar's high may be below its low."""
    body: dict[str, object] = {**columns, "source": source(), "ingested_at": ingested_at()}
    if {"high", "low"} <= set(columns):
        body["high_is_highest"] = high_is_highest()
    return type(name.title().replace("-", ""), (dy.Schema,), body)


def high_is_highest() -> Any:
    """The rule of bars; days without a trade have neither price."""

    def rule(schema: type[dy.Schema]) -> pl.Expr:
        return pl.col("high") >= pl.col("low")

    return dy.rule()(rule)
