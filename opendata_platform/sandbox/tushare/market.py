"""The market as answers: API and parameters to a table of the declared fields, as far as it is published by now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl
from opendata import calendars

from opendata_platform.sandbox.tushare import corporate, etfs, exchanges, futures, indices, industries, spot, stocks
from opendata_platform.sandbox.tushare.asking import Params, as_day, asked_span, compact
from opendata_platform.sandbox.tushare.recorded import RecordedDays
from opendata_platform.sources.outcome import Provenance
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import Api, ByDay

SHANGHAI = ZoneInfo("Asia/Shanghai")
ANSWERS: Mapping[str, Callable[[Params, date], pl.DataFrame]] = {
    **stocks.ANSWERS,
    **corporate.ANSWERS,
    **etfs.ANSWERS,
    **indices.ANSWERS,
    **industries.ANSWERS,
    **exchanges.ANSWERS,
    **futures.ANSWERS,
    **spot.ANSWERS,
}
"""API -> what it answers to (parameters, the last day that is published); no column where there is nothing."""
_TYPES = {"text": pl.String, "date": pl.String, "number": pl.Float64, "integer": pl.Int64}


def answer(api: Api, params: Params, now: datetime, recorded: RecordedDays) -> tuple[pl.DataFrame, Provenance]:
    """What answers a request; where the day was recorded, or days of the code that is asked for, these go first."""
    made, found = table(api, params, now), recorded.find(api, params, published_until(api, now))
    if found.is_empty():
        return made, "synthetic"
    real = _declared(api, found)
    if "ts_code" in params:
        rest = made.join(real, on=["ts_code", "trade_date"], how="anti")
        real = pl.concat([real, rest]).sort("trade_date", descending=True)
    return real, "recorded"


def table(api: Api, params: Params, now: datetime) -> pl.DataFrame:
    """All made-up rows that answer a request, with all declared fields as they are on the wire; raises MissingParam."""
    return _table(api.name, tuple(sorted(params.items())), published_until(api, now))


def published_until(api: Api, now: datetime) -> date:
    """The last day that the vendor has of an API at an instant."""
    out = api.published
    wait = timedelta(days=out.lag_days, hours=out.at.hour, minutes=out.at.minute)
    return (now.astimezone(SHANGHAI) - wait).date()


@lru_cache(maxsize=64)
def _table(name: str, params: tuple[tuple[str, str], ...], until: date) -> pl.DataFrame:
    api, asked = find_api(name), dict(params)
    if any(_in_future(param, text, until) for param, text in params):
        return _declared(api, pl.DataFrame())
    days = _days(api, asked, until)
    if days is None:
        return _matching(api, asked, until)
    empty = _declared(api, pl.DataFrame())
    return pl.concat([empty, *(_matching(api, {**asked, "trade_date": day}, until) for day in days)])


def _matching(api: Api, params: Params, until: date) -> pl.DataFrame:
    """The rows whose texts are those asked for; several of them are separated by commas."""
    rows = _declared(api, ANSWERS[api.name](params, until))
    texts = [field.name for field in api.fields if field.kind == "text" and field.name in params]
    for name in texts:
        rows = rows.filter(pl.col(name).is_in(params[name].split(",")))
    return rows


def _days(api: Api, params: Params, until: date) -> list[str] | None:
    """The trading days of a request for several, newest first; None for a request of one."""
    if not (isinstance(api.fetch, ByDay) and api.fetch.param == "trade_date" and "start_date" in params):
        return None
    return [str(compact(day)) for day in reversed(calendars.between(*asked_span(params, until)))]


def _in_future(param: str, text: str, until: date) -> bool:
    """Whether a parameter asks for a day that the vendor does not have yet."""
    day = as_day(text) if param.endswith("_date") and param not in ("start_date", "end_date") else None
    return day is not None and day > until


def _declared(api: Api, found: pl.DataFrame) -> pl.DataFrame:
    """The declared fields of what was found, those it lacks as nulls."""
    return (
        found.select(
            (pl.col(field.name) if field.name in found.columns else pl.lit(None))
            .cast(_TYPES[field.kind])
            .alias(field.name)
            for field in api.fields
        )
        if found.width
        else pl.DataFrame(schema={field.name: _TYPES[field.kind] for field in api.fields})
    )
