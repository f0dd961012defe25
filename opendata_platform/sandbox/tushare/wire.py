"""Answers as bytes: the vendor's JSON, which fields it sends unasked, pages and their flag."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence

import polars as pl

from opendata_platform.sandbox.tushare.asking import Asked
from opendata_platform.tushare.declare import Api

NOT_DEFAULT: Mapping[str, frozenset[str]] = {
    "fut_trade_cal": frozenset({"pretrade_date"}),
    "stock_basic": frozenset({"fullname", "enname", "exchange", "curr_type", "list_status", "delist_date", "is_hs"}),
    "daily": frozenset({"ah_vol", "ah_amount"}),
    "daily_basic": frozenset({"limit_status"}),
    "stk_limit": frozenset({"pre_close"}),
    "dividend": frozenset({"base_date", "base_share"}),
    "etf_share_size": frozenset({"nav", "close"}),
    "index_classify": frozenset({"src"}),
    "index_global": frozenset({"amount"}),
    "fut_basic": frozenset({"trade_time_desc"}),
    "fut_daily": frozenset({"delv_settle"}),
    "fut_settle": frozenset({"offset_today_fee", "exchange"}),
}
"""Fields that have to be asked for by name."""


def page(
    api: Api, asked: Asked, table: pl.DataFrame, *, offset: int, more: bool | None = None, flag: bool = True
) -> bytes:
    """The rows of one page. `more` overrides the flag that says whether others follow; without `flag` there is none."""
    limit = api.page_rows if asked.limit is None else min(asked.limit, api.page_rows)
    rows = table.slice(offset, limit).select(_shown(api, asked, table))
    follows = offset + rows.height < table.height if more is None else more
    tail = f', "has_more": {json.dumps(follows)}, "count": -1' if flag else ""
    return success(f'{{"fields": {json.dumps(rows.columns)}, "items": [{_items(rows)}]{tail}}}')


def success(data: str) -> bytes:
    """An answer with data, which are JSON already."""
    return f'{{"request_id": "{uuid.uuid4()}", "code": 0, "data": {data}, "msg": ""}}'.encode()


def refused(code: int, message: str) -> bytes:
    """An answer without data."""
    document = {"request_id": str(uuid.uuid4()), "code": code, "data": None, "msg": message}
    return json.dumps(document, ensure_ascii=False).encode()


def _shown(api: Api, asked: Asked, table: pl.DataFrame) -> Sequence[str]:
    """The fields of an answer: those asked for that there are, in that order; a new one comes unasked."""
    declared = {field.name for field in api.fields}
    new = [name for name in table.columns if name not in declared]
    unasked = [name for name in table.columns if name not in NOT_DEFAULT.get(api.name, ())]
    return list(dict.fromkeys([*(name for name in asked.fields or unasked if name in table.columns), *new]))


def _items(frame: pl.DataFrame) -> str:
    """The rows as JSON arrays, whole columns at a time."""
    if not frame.width or frame.is_empty():
        return ""
    cells = [
        _cells(name, dtype).fill_null("null").alias(str(at)) for at, (name, dtype) in enumerate(frame.schema.items())
    ]
    rows = frame.select(pl.concat_str(cells, separator=",").alias("row"))
    return "[" + "],[".join(rows["row"].to_list()) + "]"


def _cells(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column as JSON: numbers as they print, binary as it is, texts (without control characters) in quotes."""
    column = pl.col(name)
    if dtype != pl.String:
        return column.cast(pl.String)
    return (
        pl.lit('"') + column.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True) + '"'
    )
