"""The vendor's calendar is compared with the one that the partitions follow."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from opendata import calendars
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Context
from opendata_platform.quality.market.calendar import same_calendar
from opendata_platform.quality.rows import RowAudit
from opendata_platform.quality.schemas import table_schema
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.schema import api_schema

SCHEMA = api_schema(find_api("trade_cal"))
DAYS = [date(2026, 9, 1) + timedelta(days=n) for n in range(90)]


def _frame(changed: dict[date, int]) -> pl.DataFrame:
    rows = [
        ("SSE", day, changed.get(day, int(calendars.is_open(day))), None) for day in {**dict.fromkeys(DAYS), **changed}
    ]
    types = {"exchange": pl.String, "cal_date": pl.Date, "is_open": pl.Int64, "pretrade_date": pl.Date}
    return pl.DataFrame(rows, types, orient="row")


@pytest.mark.parametrize(
    ("changed", "passed", "severity"),
    [
        ({}, True, Severity.WARN),
        ({date(2026, 10, 1): 1}, False, Severity.HOLD),
        ({date(2026, 11, 20): 0}, False, Severity.HOLD),
        ({date(2027, 1, 4): 1}, False, Severity.WARN),
        ({date(2027, 1, 1): 0}, True, Severity.WARN),
    ],
    ids=["as ours", "open on a holiday", "closed on a trading day", "open after the end", "closed after the end"],
)
def test_a_day_that_differs_holds_and_one_after_the_end_warns(
    changed: dict[date, int], passed: bool, severity: Severity
) -> None:
    frame = _frame(changed)
    context = Context("2026-11-24", table_schema(SCHEMA, None), RowAudit(SCHEMA, frame), "synthetic", None)
    result = same_calendar(("SSE",)).run(frame, context)
    assert (result.passed, result.severity) == (passed, severity)
    assert result.numerator == (0 if passed else 1)
    if not passed:
        assert result.sample_keys == (f"SSE/{next(iter(changed))}",)
