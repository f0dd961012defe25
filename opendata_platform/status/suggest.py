"""The command that would make up for what a cell lacks: `odp backfill` of the tables and of the APIs behind them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date
from functools import cache

from opendata import calendars

from opendata_platform.status.rules import Rule
from opendata_platform.tushare.catalog import all_apis
from opendata_platform.tushare.declare import Period
from opendata_platform.tushare.table_catalog import all_tables

MATRIX = "tushare/status-matrix"


def suggested_backfill(rule: Rule, day: date) -> str | None:
    """A command line for one rule and day; None where no dataset of this platform could fill it.

    It reaches back to the end of the last week or month where a table is one of weeks or months.
    """
    found = _datasets(rule.asset_class, tuple(item.dataset for item in rule.evidence))
    if not found:
        return None
    first = min(calendars.newest(day, period) for period in found.values() if period != "snapshot")
    span = ["--from", first.isoformat(), "--to", day.isoformat()]
    return shlex.join(["odp", "backfill", *found, *span])


@cache
def _datasets(asset_class: str, needed: tuple[str, ...]) -> Mapping[str, Period]:
    """The APIs of the asset class that the tables are built from, the tables, and the matrix, with their periods.

    A table of several asset classes that has nothing of this one would not be filled by building it again.
    """
    apis = {api.id: api for api in all_apis().values()}
    found: dict[str, Period] = {}
    for table in all_tables().values():
        inputs = [apis[item.dataset] for item in table.inputs]
        own = [api for api in inputs if api.asset_class == asset_class]
        if table.id in needed and (own or table.asset_class is not None):
            found |= {api.id: api.period for api in own or inputs} | {table.id: table.period}
    return found | {MATRIX: "day"} if found else {}
