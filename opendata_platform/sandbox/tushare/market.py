"""The made-up market as answers: API and parameters to a table of the declared fields, once its day is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl

from opendata_platform.sandbox.tushare import etfs, futures, indices, stocks
from opendata_platform.sandbox.tushare.stocks import as_day
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import Api, ByCode, Whole

SHANGHAI = ZoneInfo("Asia/Shanghai")
ANSWERS: Mapping[str, Callable[[Mapping[str, str], date], pl.DataFrame]] = {
    **stocks.ANSWERS,
    **etfs.ANSWERS,
    **futures.ANSWERS,
    **indices.ANSWERS,
}
_TYPES = {"text": pl.String, "date": pl.String, "number": pl.Float64, "integer": pl.Int64}


def table(api: Api, params: Mapping[str, str], now: datetime) -> pl.DataFrame:
    """All rows that answer a request at an instant, with all declared fields as they are on the wire."""
    here = now.astimezone(SHANGHAI)
    published = {name: value for name, value in params.items() if not _in_future(api, name, value, here)}
    if len(published) < len(params) and not isinstance(api.fetch, ByCode | Whole):
        return _empty(api)
    return _table(api.name, tuple(sorted(params.items())), here.date())


@lru_cache(maxsize=96)
def _table(name: str, params: tuple[tuple[str, str], ...], today: date) -> pl.DataFrame:
    api = find_api(name)
    found = ANSWERS[name](dict(params), today)
    if not found.width:
        return _empty(api)
    rows = found.select(pl.col(field.name).cast(_TYPES[field.kind]) for field in api.fields)
    code = dict(params).get("ts_code")
    return rows.filter(pl.col("ts_code") == code) if code and "ts_code" in rows.columns else rows


def _empty(api: Api) -> pl.DataFrame:
    return pl.DataFrame(schema={field.name: _TYPES[field.kind] for field in api.fields})


def _in_future(api: Api, name: str, value: str, here: datetime) -> bool:
    """Whether a parameter asks for a day that the vendor does not have yet."""
    day = as_day(value) if name.endswith("_date") else None
    if day is None:
        return False
    out = datetime.combine(day + timedelta(days=api.published.lag_days), api.published.at, SHANGHAI)
    return here.astimezone(UTC) < out.astimezone(UTC)
