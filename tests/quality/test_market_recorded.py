"""The gate on recorded days of the real market: nothing that the vendor really served is refused or held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from opendata import calendars
from opendata.contract.evidence import Evidence, Severity

from opendata_platform.tushare.capture import Page
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import Field, raw_id
from opendata_platform.tushare.reading import read
from tests.quality.market_days import Day, failures, judge

W = Severity.WARN
APRIL = date(2025, 4, 3)
MARCH = [date(2023, 3, day) for day in (6, 7, 8, 9, 10)]
PREFIXES = ("indiv_adj_d_", "indiv_din_", "market_din_", "indiv_d_")
"""What some of the files put before the vendor's names."""
WHOLE = {
    **{("daily", day): f"whole_market/daily_{day:%Y%m%d}.csv" for day in (*MARCH, APRIL)},
    ("daily_basic", date(2019, 10, 25)): "whole_market/daily_basic_20191025.csv",
    ("daily_basic", APRIL): "whole_market/daily_basic_20250403.csv",
    ("fut_daily", APRIL): "whole_market/fut_daily_20250403.csv",
    ("stk_limit", APRIL): "whole_market/stk_limit_20250403.csv",
}
HISTORIES = [
    ("daily", "stock/daily_raw_000001.SZ_row_cap_6000.csv"),
    *(("daily", f"stock/daily_raw_2020_2024_{code}.csv") for code in ("000001.SZ", "000858.SZ", "600036.SH")),
    *(("daily", f"stock/daily_raw_2020_2024_{code}.csv") for code in ("600519.SH", "601318.SH")),
    ("daily_basic", "stock/daily_basic_600519.SH.csv"),
    ("fund_daily", "etf/fund_daily_510300.SH.csv"),
    ("fund_adj", "etf/fund_adj_510300.SH.csv"),
    ("index_daily", "index/index_daily_2symbols.csv"),
    ("index_dailybasic", "index/index_dailybasic_000001.SH.csv"),
    ("index_dailybasic", "index/index_dailybasic_000300.SH.csv"),
    ("index_global", "index/index_global_SPX.csv"),
]
"""Files of one name or two over the years."""
OF_DAYS = {"single_day", "in_window"}

Frames = Mapping[tuple[str, int], pl.DataFrame]


class Recorded:
    """`quality.checks.Related` over some frames."""

    def __init__(self, frames: Frames | None = None) -> None:
        self._frames = {(raw_id(api), offset): frame for (api, offset), frame in (frames or {}).items()}

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        """The frame of a day beside."""
        return self._frames.get((dataset, offset))

    def latest(self, dataset: str, days: int) -> pl.DataFrame | None:
        """The frame of the day."""
        return self.frame(dataset)

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """The copy that is there."""
        return self.frame(dataset)


@cache
def _answer(folder: Path, api: str, name: str) -> pl.DataFrame:
    """A file read as an answer of the API that has the fields of the file and nulls for those that came later."""
    texts = pl.read_csv(folder / "tushare" / name, infer_schema=False)
    texts = texts.rename({column: _bare(column) for column in texts.columns})
    fields = find_api(api).fields
    wire = texts.select(_wire(field, field.name in texts.columns) for field in fields)
    page = Page({}, b"", tuple(wire.columns), [list(row) for row in wire.rows()], False, "")
    return read(find_api(api), [page]).frame


def _bare(column: str) -> str:
    return next((column.removeprefix(prefix) for prefix in PREFIXES if column.startswith(prefix)), column)


def _wire(field: Field, there: bool) -> pl.Expr:
    """A column with the JSON types of the vendor."""
    kinds = {"number": pl.Float64, "integer": pl.Int64, "text": pl.String, "date": pl.String}
    column = pl.col(field.name) if there else pl.lit(None)
    return column.cast(kinds[field.kind]).alias(field.name)


def _judge(api: str, day: date, frame: pl.DataFrame, frames: Frames | None = None) -> Evidence:
    """The frame judged as the one short page of its day."""
    page = {"params": {"trade_date": f"{day:%Y%m%d}"}, "rows": frame.height, "has_more": False}
    answer = {"pages": [page], "page_rows": max(frame.height + 1, find_api(api).page_rows)}
    return judge(find_api(api), day, Day(frame, answer), Recorded(frames))


def _serious(evidence: Evidence) -> dict[str, str]:
    return {name: found.observed for name, found in failures(evidence).items() if found.severity is not W}


def _days(frame: pl.DataFrame, newest: int) -> Sequence[date]:
    return sorted(frame["trade_date"].unique())[-newest:]


def _on(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    return frame.filter(pl.col("trade_date") == day)


@pytest.mark.parametrize(("api", "day"), WHOLE, ids=str)
def test_a_recorded_day_of_a_whole_market_is_neither_refused_nor_held(api: str, day: date, shared_data: Path) -> None:
    frame = _answer(shared_data, api, WHOLE[api, day])
    same_day = {(name, 0): _answer(shared_data, name, file) for (name, on), file in WHOLE.items() if on == day}

    assert frame.height > 900
    assert _serious(_judge(api, day, frame, same_day)) == {}


@pytest.mark.parametrize("backwards", [False, True])
def test_recorded_days_in_a_row_are_published_from_either_end(backwards: bool, shared_data: Path) -> None:
    frames = {day: _answer(shared_data, "daily", WHOLE["daily", day]) for day in MARCH}
    shown: dict[date, pl.DataFrame] = {}
    for day in reversed(MARCH) if backwards else MARCH:
        around = {("daily", MARCH.index(other) - MARCH.index(day)): frame for other, frame in shown.items()}
        # No factors are recorded with these days: that all are one leaves only the names of an ex-date to differ.
        ones = frames[day].select("ts_code", "trade_date", adj_factor=pl.lit(1.0))
        around |= {("adj_factor", step): ones for step in (-1, 0, 1)}
        evidence = _judge("daily", day, frames[day], around)
        assert _serious(evidence) == {}
        shown[day] = frames[day]


def test_part_of_a_market_over_a_month_chains_and_repeats_nothing(shared_data: Path) -> None:
    month = _answer(shared_data, "daily", "whole_market/daily_202206_partial_market.csv")
    days = _days(month, 22)
    for number, day in enumerate(days):
        around = {("daily", step): _on(month, days[number + step]) for step in range(-min(5, number), 0)}
        # The file has ever more of the market's names.
        assert _serious(_judge("daily", day, _on(month, day), around)).keys() <= {"universe_drift"}
    assert len(days) >= 20


@pytest.mark.parametrize(("api", "name"), HISTORIES)
def test_no_row_of_a_recorded_history_breaks_a_rule(api: str, name: str, shared_data: Path) -> None:
    frame = _answer(shared_data, api, name)
    newest = frame["trade_date"].max()
    assert isinstance(newest, date)

    assert _serious(_judge(api, newest, frame)).keys() <= OF_DAYS


def test_a_recorded_fund_chains_by_its_factors(shared_data: Path) -> None:
    bars = _answer(shared_data, "fund_daily", "etf/fund_daily_510300.SH.csv")
    factors = _answer(shared_data, "fund_adj", "etf/fund_adj_510300.SH.csv")
    for before, day in pairwise(_days(bars, 300)):
        beside = {("fund_daily", -1): _on(bars, before)}
        beside |= {("fund_adj", step): _on(factors, on) for step, on in ((-1, before), (0, day))}
        found = failures(_judge("fund_daily", day, _on(bars, day), beside))
        # One fund is not the market: its own volume varies more.
        assert found.keys() <= {"total_volume"}
    assert factors["adj_factor"].n_unique() > 1


def test_recorded_indices_chain(shared_data: Path) -> None:
    bars = _answer(shared_data, "index_daily", "index/index_daily_2symbols.csv")
    for before, day in pairwise(_days(bars, 250)):
        assert _serious(_judge("index_daily", day, _on(bars, day), {("index_daily", -1): _on(bars, before)})) == {}


@pytest.mark.parametrize("day", [*MARCH, APRIL], ids=str)
def test_the_index_of_shanghai_turns_over_what_its_shares_do(day: date, shared_data: Path) -> None:
    bars = _on(_answer(shared_data, "index_daily", "index/index_daily_2symbols.csv"), day)
    shares = _answer(shared_data, "daily", WHOLE["daily", day])
    result = {r.name: r for r in _judge("index_daily", day, bars, {("daily", 0): shares}).checks}["reconciliation"]

    assert result.passed
    assert result.denominator == 1


@pytest.mark.parametrize("day", [*MARCH, APRIL], ids=str)
def test_what_traded_is_known_to_the_list_of_instruments(day: date, shared_data: Path) -> None:
    """The list is of a later year: Beijing has other codes there, and 300114.SZ has been 302132.SZ since 2025."""
    listing = pl.read_csv(shared_data / "tushare/basics/stock_basic_LDP_20260304.csv", infer_schema=False)
    listing = listing.with_columns(pl.col("list_date", "delist_date").str.to_date("%Y%m%d"))
    halts = pl.DataFrame(schema=dict.fromkeys(("ts_code", "suspend_type", "suspend_timing"), pl.String))
    shares = _answer(shared_data, "daily", WHOLE["daily", day])
    evidence = _judge("daily", day, shares, {("stock_basic", 0): listing, ("suspend_d", 0): halts})
    found = {result.name: result for result in evidence.checks}["universe_equation"]

    assert " 0 not listed" in found.observed
    # No suspensions are recorded with these days: what is missing may have been suspended.
    assert found.numerator < 40


def test_main_contracts_of_recorded_bonds_are_published(shared_data: Path) -> None:
    mapping = _answer(shared_data, "fut_mapping", "basics/tf_continuous_fut_mapping.csv")
    for before, day in pairwise(_days(mapping, 250)):
        assert calendars.is_open(day)
        found = _judge("fut_mapping", day, _on(mapping, day), {("fut_mapping", -1): _on(mapping, before)})
        assert _serious(found) == {}
