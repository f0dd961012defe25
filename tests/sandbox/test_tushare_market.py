"""The sandbox's made-up market keeps the rules that a real one keeps, on any day from 2005 on, and never changes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import UTC, date, datetime
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata import calendars

from opendata_platform.sandbox.tushare import market
from opendata_platform.tushare.catalog import all_apis, find_api
from opendata_platform.tushare.declare import ByCode, ByDay

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST, LAST = date(2005, 1, 5), date(2026, 11, 20)
SINCE_2005 = calendars.between(FIRST, LAST)
SINCE_2016 = calendars.between(date(2016, 1, 5), LAST)
CENT = 0.0051

some_days = settings(max_examples=8, deadline=None)
days = st.sampled_from(SINCE_2005)
days_with_funds = st.sampled_from(SINCE_2016)


@cache
def rows(api: str, day: date, param: str = "trade_date", **others: str) -> pl.DataFrame:
    """An API's answer for a day."""
    return market.table(find_api(api), {param: f"{day:%Y%m%d}", **others}, NOW)


@cache
def listing() -> pl.DataFrame:
    """Everything that was ever listed."""
    return pl.concat(market.table(find_api("stock_basic"), {"list_status": status}, NOW) for status in "LD")


def before(day: date) -> date:
    """The trading day before."""
    earlier = calendars.shifted(day, -1)
    assert earlier is not None
    return earlier


@some_days
@given(days)
def test_what_trades_and_what_is_suspended_all_day_is_what_is_listed(day: date) -> None:
    text = f"{day:%Y%m%d}"
    listed = listing().filter(
        pl.col("list_date") <= text, pl.col("delist_date").is_null() | (pl.col("delist_date") > text)
    )
    halts = rows("suspend_d", day)
    whole = halts.filter(pl.col("suspend_type") == "S", pl.col("suspend_timing").is_null())["ts_code"].to_list()
    traded = rows("daily", day)["ts_code"].to_list()
    assert sorted(traded + whole) == sorted(listed["ts_code"])
    assert set(rows("adj_factor", day)["ts_code"]) == set(listed["ts_code"])
    part_of_day = halts.filter(pl.col("suspend_timing").is_not_null())["ts_code"]
    assert set(part_of_day) <= set(traded)


@some_days
@given(days)
def test_a_factor_changes_on_the_ex_date_of_a_dividend_and_on_no_other_day(day: date) -> None:
    both = rows("adj_factor", day).join(rows("adj_factor", before(day)), on="ts_code", suffix="_before")
    changed = both.filter(pl.col("adj_factor") != pl.col("adj_factor_before"))["ts_code"]
    paid = rows("dividend", day, "ex_date").filter(pl.col("div_proc") == "实施")["ts_code"]
    assert set(changed) == set(paid)


def test_dividends_are_announced_before_they_are_paid() -> None:
    paid = pl.concat(rows("dividend", day, "ex_date") for day in calendars.between(date(2026, 5, 6), date(2026, 6, 30)))
    assert paid.height > 300
    assert paid.filter(pl.col("ann_date") >= pl.col("ex_date")).is_empty()
    assert paid.filter(pl.col("record_date") >= pl.col("ex_date")).is_empty()


@pytest.mark.parametrize(("bars", "factors"), [("daily", "adj_factor"), ("fund_daily", "fund_adj")])
def test_the_previous_close_is_the_close_before_adjusted_by_the_factors(bars: str, factors: str) -> None:
    for day in (date(2017, 6, 15), date(2024, 6, 20), date(2026, 11, 20)):
        earlier = rows(bars, before(day)).select("ts_code", "close")
        joined = (
            rows(bars, day)
            .join(earlier, on="ts_code", suffix="_before")
            .join(rows(factors, before(day)).select("ts_code", f1="adj_factor"), on="ts_code")
            .join(rows(factors, day).select("ts_code", f2="adj_factor"), on="ts_code")
        )
        assert joined.height > 300
        off = (pl.col("pre_close") - pl.col("close_before") * pl.col("f1") / pl.col("f2")).abs()
        assert joined.filter(off > CENT).is_empty()


@some_days
@given(days)
def test_share_prices_are_consistent_within_the_limits_and_of_the_stated_units(day: date) -> None:
    bars = rows("daily", day)
    bounds = rows("stk_limit", day)
    assert bars.height > 0
    joined = bars.join(bounds, on="ts_code", suffix="_limit")
    assert joined.height == bars.height
    broken = joined.filter(
        (pl.col("pre_close") != pl.col("pre_close_limit"))
        | (pl.col("high") > pl.col("up_limit") + 1e-6)
        | (pl.col("low") < pl.col("down_limit") - 1e-6)
    )
    assert broken.is_empty()
    _assert_bars_hold(bars)


@some_days
@given(days_with_funds)
def test_fund_prices_are_consistent_and_of_the_stated_units(day: date) -> None:
    bars = rows("fund_daily", day)
    assert bars.height > 0
    _assert_bars_hold(bars)
    assert set(bars["ts_code"]) == set(rows("fund_adj", day)["ts_code"])


def _assert_bars_hold(bars: pl.DataFrame) -> None:
    """Low ≤ open, close ≤ high; the average price (thousand CNY of hundreds of shares) lies between low and high."""
    within = (pl.col("low") <= pl.min_horizontal("open", "close")) & (
        pl.col("high") >= pl.max_horizontal("open", "close")
    )
    average = pl.col("amount") * 1000 / (pl.col("vol") * 100)
    fair = average.is_between(pl.col("low") * 0.999, pl.col("high") * 1.001)
    stated = ((pl.col("close") / pl.col("pre_close") - 1) * 100 - pl.col("pct_chg")).abs() < 1e-3
    positive = pl.min_horizontal("open", "low", "close", "pre_close", "vol", "amount") > 0
    assert bars.filter(~(within & fair & stated & positive)).is_empty()
    assert bars["ts_code"].is_unique().all()


@some_days
@given(st.sampled_from(SINCE_2016))
def test_the_sides_of_the_money_flow_are_the_volume(day: date) -> None:
    joined = rows("moneyflow", day).join(rows("daily", day).select("ts_code", "vol", "amount"), on="ts_code")
    assert joined.height == rows("daily", day).height
    for side in ("buy", "sell"):
        volume = pl.sum_horizontal(f"{side}_{size}_vol" for size in ("sm", "md", "lg", "elg"))
        assert joined.filter((volume > pl.col("vol")) | (volume < pl.col("vol") - 5)).is_empty()
        value = pl.sum_horizontal(f"{side}_{size}_amount" for size in ("sm", "md", "lg", "elg"))
        assert joined.filter((value - pl.col("amount") / 10).abs() > 0.03).is_empty()


@some_days
@given(days)
def test_the_indicators_of_a_day_follow_from_its_prices(day: date) -> None:
    joined = rows("daily_basic", day).join(rows("daily", day).select("ts_code", "vol", "close"), on="ts_code")
    assert joined.height == rows("daily", day).height
    turnover = pl.col("vol") * 100 / (pl.col("float_share") * 1e4) * 100
    off = (
        (pl.col("close") != pl.col("close_right"))
        | ((pl.col("total_mv") - pl.col("total_share") * pl.col("close")).abs() > 0.01)
        | ((pl.col("turnover_rate") - turnover).abs() > 1e-3)
    )
    assert joined.filter(off).is_empty()


@some_days
@given(st.sampled_from(calendars.between(date(2016, 1, 5), LAST)))
def test_a_contract_settles_within_its_range_and_continues_the_day_before(day: date) -> None:
    today, earlier = rows("fut_daily", day), rows("fut_daily", before(day))
    idle = pl.col("vol") == 0
    inside = pl.col("settle").is_between(pl.col("low"), pl.col("high"))
    assert today.filter(~idle & ~inside.fill_null(value=False)).is_empty()
    assert today.filter(idle & pl.col("high").is_not_null()).is_empty()
    contracts = today.filter(pl.col("ts_code").str.contains(r"\d{4}\."))
    chained = contracts.join(earlier.select("ts_code", "settle", "oi"), on="ts_code", suffix="_before")
    assert chained.height > 500
    broken = chained.filter(
        (pl.col("pre_settle") != pl.col("settle_before")) | (pl.col("oi") != pl.col("oi_before") + pl.col("oi_chg"))
    )
    assert broken.is_empty()


@some_days
@given(st.sampled_from(calendars.between(date(2016, 1, 5), LAST)))
def test_a_main_contract_exists_and_has_the_largest_open_interest_of_its_product(day: date) -> None:
    bars = rows("fut_daily", day)
    mapping = rows("fut_mapping", day).join(bars, left_on="mapping_ts_code", right_on="ts_code", how="left")
    assert mapping.filter(pl.col("oi").is_null()).is_empty()
    mapping = mapping.with_columns(product=pl.col("mapping_ts_code").str.extract(r"^([A-Z]+)\d"))
    name = pl.col("ts_code").str.extract(r"^(.+)\.")
    main = mapping.filter((name == pl.col("product")) | (name == pl.col("product") + "0"))
    months = bars.filter(pl.col("ts_code").str.contains(r"\d{4}\.")).with_columns(
        product=pl.col("ts_code").str.extract(r"^([A-Z]+)\d")
    )
    most = months.group_by("product").agg(pl.col("oi").max().alias("most"))
    named = main.join(most, on="product")
    assert named.height == most.height
    assert named.filter(pl.col("oi") < pl.col("most")).is_empty()


@some_days
@given(st.sampled_from(calendars.between(date(2016, 1, 5), LAST)))
def test_no_contract_trades_after_its_last_day(day: date) -> None:
    basics = pl.concat(
        market.table(find_api("fut_basic"), {"exchange": exchange}, NOW)
        for exchange in ("SHFE", "DCE", "CZCE", "CFFEX", "INE", "GFEX")
    )
    joined = rows("fut_daily", day).join(basics.select("ts_code", "list_date", "delist_date"), on="ts_code", how="left")
    contracts = joined.filter(pl.col("ts_code").str.contains(r"\d{4}\."))
    text = f"{day:%Y%m%d}"
    assert contracts.filter(pl.col("delist_date").is_null() | (pl.col("delist_date") < text)).is_empty()
    assert contracts.filter(pl.col("list_date") > text).is_empty()


@pytest.mark.parametrize("code", ["000300.SH", "000905.SH"])
def test_the_weights_of_an_index_add_up_to_a_hundred(code: str) -> None:
    span = {"index_code": code, "start_date": "20260901", "end_date": "20261031"}
    weights = market.table(find_api("index_weight"), span, NOW)
    assert weights["trade_date"].n_unique() == 2
    sums = weights.group_by("trade_date").agg(pl.col("weight").sum())
    assert sums.filter((pl.col("weight") - 100).abs() > 1e-6).is_empty()
    assert weights.filter(pl.col("weight") <= 0).is_empty()


@some_days
@given(st.sampled_from(SINCE_2016))
def test_an_index_turns_over_what_its_shares_do(day: date) -> None:
    text = f"{day:%Y%m%d}"
    for code, suffix in (("000001.SH", ".SH"), ("399107.SZ", ".SZ")):
        span = {"ts_code": code, "start_date": text, "end_date": text}
        index = market.table(find_api("index_daily"), span, NOW)
        shares = rows("daily", day).filter(pl.col("ts_code").str.ends_with(suffix))["amount"].sum()
        assert index["amount"].to_list() == [pytest.approx(shares, abs=0.01)]


@some_days
@given(st.sampled_from(SINCE_2016))
def test_gold_is_traded_under_codes_with_brackets_at_an_average_within_the_range(day: date) -> None:
    metals = rows("sge_daily", day)
    assert {"Au(T+D)", "Au99.99", "Ag(T+D)", "Au(T+N1)"} <= set(metals["ts_code"])
    assert metals.filter(~pl.col("price_avg").is_between(pl.col("low"), pl.col("high"))).is_empty()
    value = (pl.col("amount") / (pl.col("vol") * 1000) / pl.col("price_avg") - 1).abs()
    assert metals.filter(value > 1e-6).is_empty()
    deferred = pl.col("ts_code").str.contains("(T+", literal=True)
    assert metals.filter(deferred != pl.col("oi").is_not_null()).is_empty()


def test_the_newest_day_has_the_size_of_the_real_market() -> None:
    assert 5_300 <= rows("daily", LAST).height <= 5_600
    assert 1_400 <= rows("fund_daily", LAST).height <= 1_600
    assert rows("fut_daily", LAST).height >= 900
    assert rows("stk_limit", LAST).height > 5_800, "more than a page"


@pytest.mark.parametrize("api", [name for name, api in all_apis().items() if isinstance(api.fetch, ByDay)])
def test_each_daily_answer_is_of_the_day_asked_for_with_unique_keys(api: str) -> None:
    declared = find_api(api)
    assert isinstance(declared.fetch, ByDay)
    day = calendars.open_days("week" if declared.period == "week" else "day")
    asked = max(each for each in day if each <= date(2026, 11, 13))
    answers = [rows(api, asked, declared.fetch.param, **variant) for variant in declared.fetch.variants]
    found = pl.concat(answers)
    assert not found.is_empty() or declared.sparse
    assert found.columns == [field.name for field in declared.fields]
    assert set(found[declared.fetch.column]) <= {f"{asked:%Y%m%d}"}
    if declared.key:
        assert found.select(declared.key).is_unique().all()
    required = [field.name for field in declared.fields if not field.nullable]
    assert sum(found.select(required).null_count().row(0)) == 0


def test_there_is_an_answer_to_every_declared_api() -> None:
    assert set(market.ANSWERS) == set(all_apis())


def test_an_index_by_code_has_one_row_per_trading_day_newest_first() -> None:
    declared = find_api("index_daily")
    assert isinstance(declared.fetch, ByCode)
    span = {"ts_code": declared.fetch.codes[0], "start_date": "20261001", "end_date": "20261031"}
    found = market.table(declared, span, NOW)["trade_date"].to_list()
    expected = [f"{day:%Y%m%d}" for day in calendars.between(date(2026, 10, 1), date(2026, 10, 31))]
    assert found == expected[::-1]


def test_a_day_that_is_not_over_has_no_rows_and_a_closed_day_never_has() -> None:
    daily = find_api("daily")
    morning = datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert market.table(daily, {"trade_date": "20261120"}, morning).is_empty()
    assert market.table(daily, {"trade_date": "20261119"}, morning).height > 5_000
    assert market.table(daily, {"trade_date": "20261121"}, NOW).is_empty()


def test_what_is_no_date_selects_nothing() -> None:
    assert market.table(find_api("daily"), {"trade_date": "20261340"}, NOW).is_empty()


_DIGEST = """
import hashlib
from tests.sandbox.test_tushare_market import digest
print(digest())
"""


def digest() -> str:
    """Of answers of every kind."""
    total = hashlib.sha256()
    for api in ("daily", "suspend_d", "fund_daily", "fut_daily", "sge_daily", "stk_limit", "moneyflow", "sw_daily"):
        total.update(rows(api, date(2018, 3, 7)).write_csv().encode())
    total.update(rows("dividend", date(2026, 6, 18), "ex_date").write_csv().encode())
    return total.hexdigest()


def test_another_process_makes_the_same_market() -> None:
    command = [sys.executable, "-c", _DIGEST]
    other = subprocess.run(command, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest()
