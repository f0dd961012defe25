"""The gates of the market: clean days pass, and every kind of fault planted in one is found with its severity."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.evidence import CheckResult, Severity

from opendata_platform.quality.checks import STANDARD, Check
from opendata_platform.quality.market import derivatives, neighbours
from opendata_platform.tushare.catalog import all_apis, find_api
from opendata_platform.tushare.gates import GATES, checks_of
from tests.quality.mini_market import (
    DAYS,
    DELISTED,
    PAYING,
    SPOT,
    STOCKS,
    TODAY,
    Frames,
    Market,
    clean_market,
    frame_of,
    head_of,
)

CLEAN = clean_market()
APIS = sorted({api for api, _ in CLEAN})
E, H, W = Severity.BLOCK, Severity.HOLD, Severity.WARN
NAMED = [code for code in STOCKS if code not in ("000007.SZ", PAYING)]
EVERY = pl.lit(value=True)

Plant = Callable[[pl.DataFrame], pl.DataFrame]


def _is(*codes: str) -> pl.Expr:
    return pl.col("ts_code").is_in(codes)


def _set(where: pl.Expr, **values: Any) -> Plant:
    """Other values (or expressions) for some rows."""
    return lambda frame: frame.with_columns(
        pl.when(where).then(value if isinstance(value, pl.Expr) else pl.lit(value)).otherwise(pl.col(name))
        .cast(frame.schema[name]).alias(name)
        for name, value in values.items()
    )  # fmt: skip


def _scale(where: pl.Expr, factor: float, *names: str) -> Plant:
    return _set(where, **{name: pl.col(name) * factor for name in names})


def _drop(where: pl.Expr) -> Plant:
    return lambda frame: frame.filter(~where)


def _again(where: pl.Expr, **values: Any) -> Plant:
    """Some rows come twice, the second time with other values."""
    return lambda frame: pl.concat([frame, _set(EVERY, **values)(frame.filter(where))])


def _of_day(api: str, offset: int) -> Plant:
    """Another day's rows under this day's date."""
    return lambda frame: CLEAN[api, TODAY + offset].with_columns(trade_date=pl.lit(DAYS[TODAY]))


@dataclass(frozen=True)
class Fault:
    """A fault of an API's answer for today, and what must find it."""

    api: str
    what: str
    plant: Plant
    check: str
    severity: Severity = E


ONE, THREE, TWELVE = _is(NAMED[20]), _is(*NAMED[20:23]), _is(*NAMED[20:32])
TRADED, GOLD = _is("CU2612.SHF"), _is("AU2612.SHF")

FAULTS = [
    Fault("daily", "a high below the close", _set(ONE, high=pl.col("close") - 0.01), "ohlc"),
    Fault("daily", "a low above the open", _set(ONE, low=pl.col("open") + 0.01), "ohlc"),
    Fault("daily", "a price of zero", _set(ONE, open=0.0, low=0.0), "ohlc"),
    Fault("daily", "a negative price", _set(ONE, low=-1.0), "ohlc"),
    Fault("daily", "a price that is NaN", _set(ONE, close=math.nan), "finite"),
    Fault("daily", "an infinite turnover", _set(ONE, amount=math.inf), "finite"),
    Fault("daily", "no close", _set(ONE, close=None), "nulls"),
    Fault("daily", "a row twice", _again(ONE), "primary_key"),
    Fault("daily", "a name twice with other prices", _again(ONE, close=1.0), "primary_key"),
    Fault("daily", "a row of the day before", _set(ONE, trade_date=DAYS[TODAY - 1]), "single_day"),
    Fault("daily", "the day before", lambda _: CLEAN["daily", TODAY - 1], "single_day"),
    Fault("daily", "the day before under this date", _of_day("daily", -1), "stale_copy"),
    Fault("daily", "the rows of four days ago", _of_day("daily", -4), "stale_copy"),
    Fault("daily", "the rows of tomorrow", _of_day("daily", 1), "stale_copy"),
    Fault("daily", "a negative volume", _set(ONE, vol=-5.0), "non_negative"),
    Fault("daily", "turnover without volume", _set(ONE, vol=0.0), "zero_volume"),
    Fault("daily", "volume without turnover", _set(ONE, amount=0.0), "zero_volume"),
    Fault("daily", "a range of prices without volume", _set(ONE, vol=0.0, amount=0.0), "zero_volume"),
    Fault("daily", "volumes in shares", _scale(EVERY, 100, "vol"), "unit"),
    Fault("daily", "turnover in CNY", _scale(EVERY, 1000, "amount"), "unit"),
    Fault("daily", "turnover in ten thousands", _scale(EVERY, 0.1, "amount"), "unit"),
    Fault(
        "daily", "volumes of one exchange in shares", _scale(pl.col("ts_code").str.ends_with(".BJ"), 100, "vol"), "unit"
    ),
    Fault("daily", "volumes counted twice", _scale(EVERY, 2, "vol"), "unit"),
    Fault("daily", "one turnover too large", _scale(ONE, 10, "amount"), "unit", W),
    Fault("daily", "changes as fractions", _scale(EVERY, 0.01, "pct_chg"), "pct_chg"),
    Fault("daily", "a change of the wrong sign", _scale(ONE, -1, "pct_chg"), "pct_chg"),
    Fault("daily", "other previous closes", _scale(THREE, 1.01, "pre_close"), "pre_close_chain"),
    Fault("daily", "one other previous close", _scale(ONE, 1.01, "pre_close"), "pre_close_chain", W),
    Fault("daily", "prices of some names in cents", _scale(THREE, 100, "open", "high", "low", "close"), "unit"),
    Fault("daily", "adjusted prices", _scale(EVERY, 0.5, "open", "high", "low", "close", "pre_close"), "unit"),
    Fault("daily", "twelve names missing", _drop(TWELVE), "universe_equation"),
    Fault("daily", "five names missing", _drop(_is(*NAMED[:5])), "universe_equation", H),
    Fault("daily", "one name missing", _drop(ONE), "universe_equation", W),
    Fault(
        "daily", "twelve unknown names", _again(TWELVE, ts_code=pl.concat_str(pl.lit("X"), "ts_code")),
        "universe_equation",
    ),
    Fault("daily", "a tenth of the names missing", _drop(_is(*NAMED[::10])), "universe_drift", H),
    Fault("daily", "half of a page", lambda frame: frame.head(150), "universe_equation"),
    Fault("daily", "no row", lambda frame: frame.head(0), "not_empty"),
    Fault("daily", "a price beyond the limit", _set(ONE, high=pl.col("close") * 1.4), "price_limits", H),
    Fault("daily", "a price below the limit", _set(ONE, low=pl.col("close") * 0.6), "price_limits", H),
    Fault("daily", "a price that doubles", _scale(ONE, 2, "close", "high"), "big_move", W),
    Fault("daily", "volume and turnover tenfold", _scale(EVERY, 12, "vol", "amount"), "total_volume", H),
    Fault("daily", "volume and turnover fivefold", _scale(EVERY, 5, "vol", "amount"), "total_volume", W),
    Fault("daily", "changes that are gone", _set(TWELVE, pct_chg=None), "null_share", W),
    Fault("daily", "no trading after hours", _set(EVERY, ah_vol=None), "after_hours", W),
    Fault(
        "daily", "names without a factor", _again(TWELVE, ts_code=pl.concat_str(pl.lit("X"), "ts_code")),
        "in_adj_factor", H,
    ),
    Fault("weekly", "volumes in lots", _scale(EVERY, 0.01, "vol"), "unit"),
    Fault("adj_factor", "a factor of zero", _set(ONE, adj_factor=0.0), "positive"),
    Fault("adj_factor", "a negative factor", _set(ONE, adj_factor=-1.0), "positive"),
    Fault("adj_factor", "a factor that falls", _set(ONE, adj_factor=0.9), "factor_falls", H),
    Fault("adj_factor", "factors that change without an ex-date", _set(TWELVE, adj_factor=1.1), "factor_changes", H),
    Fault("adj_factor", "a factor that changes without an ex-date", _set(ONE, adj_factor=1.1), "factor_changes", W),
    Fault("adj_factor", "a tenth of the names missing", _drop(_is(*NAMED[::10])), "universe_drift", H),
    Fault("daily_basic", "market values in CNY", _scale(EVERY, 1e4, "total_mv"), "total_mv_value"),
    Fault("daily_basic", "shares in millions", _scale(EVERY, 0.01, "total_share"), "total_mv_value"),
    Fault("daily_basic", "float shares one by one", _scale(EVERY, 1e4, "float_share"), "circ_mv_value"),
    Fault("daily_basic", "closes of another day", _of_day("daily_basic", -1), "same_close"),
    Fault("daily_basic", "a negative turnover rate", _set(ONE, turnover_rate=-1.0), "non_negative"),
    Fault(
        "daily_basic", "names without quotes", _again(TWELVE, ts_code=pl.concat_str(pl.lit("X"), "ts_code")),
        "in_daily", H,
    ),
    Fault("stk_limit", "a lower limit above the upper", _set(ONE, down_limit=pl.col("up_limit") + 1), "ordered"),
    Fault("stk_limit", "a limit of zero", _set(ONE, down_limit=0.0), "positive"),
    Fault("moneyflow", "sells that are gone", _set(TWELVE, sell_lg_vol=0), "balanced", W),
    Fault("moneyflow", "a column of sells that is zero", _set(EVERY, sell_lg_vol=0), "balanced", H),
    Fault("moneyflow", "a negative volume", _set(ONE, buy_sm_vol=-1), "non_negative"),
    Fault("suspend_d", "an unknown type", _set(EVERY, suspend_type="X"), "suspend_type"),
    Fault("dividend", "an announcement of last week", _set(EVERY, ex_date=DAYS[0]), "in_window"),
    Fault("dividend", "an announcement of no date", _set(EVERY, ann_date=None, ex_date=None), "in_window"),
    Fault("dividend", "a negative dividend", _set(EVERY, cash_div=-0.1), "non_negative"),
    Fault("block_trade", "turnover in CNY", _scale(EVERY, 1e4, "amount"), "amount_value"),
    Fault("block_trade", "a price of zero", _set(EVERY, price=0.0), "positive"),
    Fault("fund_daily", "volumes in units", _scale(EVERY, 100, "vol"), "unit"),
    Fault("fund_daily", "the day before under this date", _of_day("fund_daily", -1), "stale_copy"),
    Fault("fund_adj", "a factor of zero", _set(ONE, adj_factor=0.0), "positive"),
    Fault("index_daily", "turnover 3 % short", _scale(_is("000001.SH"), 0.97, "amount"), "reconciliation"),
    Fault("index_daily", "turnover 1 % short", _scale(_is("399107.SZ"), 0.99, "amount"), "reconciliation", W),
    Fault("index_daily", "turnover in CNY", _scale(EVERY, 1000, "amount"), "reconciliation"),
    Fault("index_daily", "a row of last week", _set(_is("000001.SH"), trade_date=DAYS[0]), "in_window"),
    Fault("index_daily", "another previous close", _scale(EVERY, 1.01, "pre_close"), "pre_close_chain"),
    Fault("daily_info", "turnover 3 % short", _scale(EVERY, 0.97, "amount"), "reconciliation", H),
    Fault("index_weight", "weights as fractions", _scale(EVERY, 0.01, "weight"), "weight_sum"),
    Fault("index_weight", "a constituent missing", lambda frame: frame.head(3), "weight_sum"),
    Fault("sw_daily", "changes of the wrong sign", _scale(EVERY, -1, "change"), "change_chain"),
    Fault("ci_daily", "changes as fractions", _scale(EVERY, 0.01, "pct_change"), "pct_change"),
    Fault("fut_daily", "a settlement price of zero", _set(TRADED, settle=0.0), "positive"),
    Fault("fut_daily", "settlement outside the range", _set(EVERY, settle=pl.col("high") + 1), "settlement"),
    Fault("fut_daily", "one settlement outside the range", _set(TRADED, settle=pl.col("high") + 1), "settlement", W),
    Fault("fut_daily", "another previous settlement", _scale(TRADED, 1.01, "pre_settle"), "settlement_chain"),
    Fault("fut_daily", "both sides counted", _scale(EVERY, 2, "oi"), "open_interest_chain"),
    Fault("fut_daily", "changes of open interest exchanged", _scale(EVERY, -1, "oi_chg"), "open_interest_chain"),
    Fault("fut_daily", "changes against the close", _set(EVERY, change1=pl.col("change1") + 0.5), "change1"),
    Fault("fut_daily", "changes of settlement that are zero", _set(EVERY, change2=99.0), "change2"),
    Fault("fut_daily", "turnover in CNY", _scale(EVERY, 1e4, "amount"), "contract_value"),
    Fault("fut_daily", "volumes of both sides", _scale(EVERY, 2, "vol"), "contract_value", H),
    Fault("fut_daily", "negative open interest", _set(TRADED, oi=-1.0), "non_negative"),
    Fault("fut_daily", "a high below the close", _set(TRADED, high=pl.col("close") - 0.1), "ohlc"),
    Fault("fut_daily", "turnover without volume", _set(TRADED, vol=0.0), "zero_volume"),
    Fault("fut_daily", "the day before under this date", _of_day("fut_daily", -1), "stale_copy"),
    Fault(
        "fut_daily", "contracts that expired",
        _again(EVERY, ts_code=pl.col("ts_code").str.replace("27", "24").str.replace("26", "25")), "before_expiry",
    ),
    Fault("fut_daily", "a contract that expired", _again(TRADED, ts_code="CU2601.SHF"), "before_expiry", W),
    Fault("fut_daily", "gold far from spot gold", _scale(GOLD, 1.1, "close", "oi"), "gold_parity", W),
    Fault("fut_mapping", "a contract without quotes", _set(_is("CU.SHF"), mapping_ts_code="CU2699.SHF"), "mapped"),
    Fault("fut_mapping", "a product twice", _again(_is("CU.SHF"), mapping_ts_code="CU2701.SHF"), "primary_key"),
    Fault("fut_mapping", "a small main", _set(_is("CU.SHF"), mapping_ts_code="CU2703.SHF"), "main_is_large", W),
    Fault("fut_mapping", "a roll back", _set(_is("CU.SHF"), mapping_ts_code="CU2611.SHF"), "rolls_forward", W),
    Fault("fut_settle", "other settlement prices", _set(EVERY, settle=pl.col("settle") + 1), "same_settle", H),
    Fault("sge_daily", "turnover of grams", _scale(EVERY, 0.001, "amount"), "amount_value"),
    Fault("sge_daily", "one turnover that does not fit", _scale(_is(SPOT[0]), 2, "amount"), "amount_value", W),
    Fault("sge_daily", "a close above the high", _set(_is(SPOT[0]), close=pl.col("high") + 1), "ohlc"),
    Fault("sge_daily", "negative open interest", _set(_is(SPOT[0]), oi=-1.0), "non_negative"),
    Fault("sge_daily", "an unknown direction", _set(EVERY, settle_dire="?"), "settle_dire", W),
    Fault("sge_daily", "the day before under this date", _of_day("sge_daily", -1), "stale_copy"),
]  # fmt: skip


def _failed(results: dict[str, CheckResult]) -> dict[str, Severity]:
    return {name: result.severity for name, result in results.items() if not result.passed}


def _planted(fault: Fault) -> Frames:
    return {**CLEAN, (fault.api, TODAY): fault.plant(CLEAN[fault.api, TODAY])}


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("offsets", [range(-9, 10), range(1), range(-9, 1), range(10)])
def test_a_clean_day_passes_whatever_days_around_it_are_published(api: str, offsets: range) -> None:
    results = Market(CLEAN, offsets=offsets).examine(api)
    assert _failed(results) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.api}: {fault.what}, {fault.check}")
def test_a_planted_fault_is_found_with_its_severity(fault: Fault) -> None:
    found = Market(_planted(fault)).result(fault.api, fault.check)
    assert (found.passed, found.severity) == (False, fault.severity), found
    assert found.denominator > 0 or fault.check in ("not_empty", "total_volume")
    assert len(found.sample_keys) <= 20


def test_a_close_that_stands_still_for_five_days_warns() -> None:
    still = {("daily", t): _set(ONE, close=10.0)(CLEAN["daily", t]) for t in range(TODAY + 1)}
    moved = {**still, ("daily", 2): CLEAN["daily", 2]}
    found = Market({**CLEAN, **still}).result("daily", "stale_name")
    assert (found.passed, found.severity, found.numerator) == (False, W, 1)
    assert Market({**CLEAN, **moved}).result("daily", "stale_name").passed


@pytest.mark.parametrize(
    ("pages", "ended"),
    [
        ([{"params": {"trade_date": "20260914"}, "rows": 5999, "has_more": False}], True),
        ([{"params": {"trade_date": "20260914"}, "rows": 5999, "has_more": None}], True),
        ([{"params": {"trade_date": "20260914"}, "rows": 6000, "has_more": False}], False),
        ([{"params": {"trade_date": "20260914"}, "rows": 6000, "has_more": None}], False),
        ([{"params": {"trade_date": "20260914"}, "rows": 12, "has_more": True}], False),
        (
            [
                {"params": {"trade_date": "20260914", "offset": "0", "limit": "6000"}, "rows": 6000, "has_more": True},
                {"params": {"trade_date": "20260914", "offset": "6000", "limit": "6000"}, "rows": 0, "has_more": False},
            ],
            False,
        ),
        (
            [
                {"params": {"exchange": "DCE"}, "rows": 6000, "has_more": True},
                {"params": {"exchange": "SHFE"}, "rows": 12, "has_more": False},
            ],
            False,
        ),
        ([], False),
    ],
)
def test_an_answer_is_whole_when_the_last_page_of_each_request_is_short(
    pages: list[dict[str, Any]], ended: bool
) -> None:
    market = Market(CLEAN)
    context = market.context("daily", CLEAN["daily", TODAY], pages)
    assert market.result("daily", "row_cap", context).passed is ended


@pytest.mark.parametrize(("rows", "kept"), [(302, True), (303, True), (304, False), (900, False)])
def test_a_complete_copy_that_shrinks_is_held(rows: int, kept: bool) -> None:
    market = Market(CLEAN)
    context = replace(market.context("stock_basic", CLEAN["stock_basic", 0]), head=head_of(rows))
    found = market.result("stock_basic", "copy_kept", context)
    assert (found.passed, found.severity) == (kept, H)


def _compared() -> Iterator[tuple[str, Check, str]]:
    for api in APIS:
        for check in checks_of(find_api(api)):
            yield from ((api, check, dataset) for dataset in check.looks_at)


@pytest.mark.parametrize(("api", "check", "dataset"), [*_compared()], ids=lambda value: getattr(value, "name", value))
def test_a_check_never_passes_silently_for_want_of_what_it_compares_with(api: str, check: Check, dataset: str) -> None:
    hidden = dataset.split("/")[1].replace("-", "_")
    found = Market(CLEAN, hidden=frozenset({hidden})).result(api, check.name)
    assert (found.passed, found.severity) == (False, W)
    assert found.observed == f"not evaluated: {dataset} is not published for {DAYS[TODAY]}"


@pytest.mark.parametrize("offset", [-1, 1])
@pytest.mark.parametrize("check", ["pre_close_chain", "stale_copy", "universe_drift"])
def test_a_fault_is_found_from_either_side(check: str, offset: int) -> None:
    frames = dict(CLEAN)
    frames["daily", TODAY] = {
        "pre_close_chain": _scale(EVERY, 1.02, "close", "pre_close"),
        "stale_copy": _of_day("daily", offset),
        "universe_drift": _drop(_is(*NAMED[::10])),
    }[check](CLEAN["daily", TODAY])
    assert not Market(frames, offsets=(0, offset)).result("daily", check).passed


def test_a_rights_issue_is_explained_by_its_factor_and_its_absence_is_not() -> None:
    frames = {**CLEAN, ("adj_factor", TODAY): CLEAN["adj_factor", TODAY - 1]}
    found = Market(frames).result("daily", "pre_close_chain")
    assert (found.passed, found.severity, found.sample_keys) == (False, W, (f"{PAYING}/{DAYS[TODAY]}",))


def test_the_day_on_which_futures_began_to_be_counted_once_is_a_known_break() -> None:
    check = derivatives.one_sided(neighbours.chained("open_interest_chain", "oi", "oi", "oi_chg", slack=0.5))
    before = frame_of("fut_daily", _one_contract(oi=200.0, day=date(2019, 12, 31)))
    after = frame_of("fut_daily", _one_contract(oi=100.0, day=derivatives.ONE_SIDED_SINCE))
    market = Market({("fut_daily", 0): before, ("fut_daily", 1): after}, today=1)
    found = check.run(after, market.context("fut_daily", after))
    assert (found.passed, found.severity) == (False, W)
    later = after.with_columns(trade_date=pl.lit(date(2020, 1, 3)))
    assert check.run(later, market.context("fut_daily", later)).severity is E


def _one_contract(oi: float, day: date) -> pl.DataFrame:
    return pl.DataFrame({"ts_code": ["CU2002.SHF"], "trade_date": [day], "oi": [oi], "oi_chg": [0.0]})


def test_a_continuous_code_may_jump_when_it_rolls() -> None:
    jump = _set(_is("AU.SHF"), pre_settle=pl.col("pre_settle") * 1.05, oi=9.0)
    frames = {**CLEAN, ("fut_daily", TODAY): jump(CLEAN["fut_daily", TODAY])}
    results = Market(frames).examine("fut_daily")
    assert results["settlement_chain"].passed
    assert results["open_interest_chain"].passed


def test_names_of_beijing_under_their_old_codes_are_the_listed_ones() -> None:
    renamed = CLEAN["daily", TODAY].with_columns(pl.col("ts_code").str.replace(r"^92(.*)BJ$", "83${1}BJ"))
    market = Market({**CLEAN, ("daily", TODAY): renamed})
    context = market.context("daily", renamed)
    assert market.result("daily", "universe_equation", context).numerator == 20
    earlier = market.result("daily", "universe_equation", replace(context, partition="2025-09-08"))
    assert earlier.sample_keys == (DELISTED,)


def test_turnover_after_hours_may_be_in_the_markets_total_or_not() -> None:
    more = _set(EVERY, ah_amount=pl.col("amount") * 0.1)
    with_it = {**CLEAN, ("daily", TODAY): more(CLEAN["daily", TODAY])}
    assert Market(with_it).result("index_daily", "reconciliation").passed
    counted = {**with_it, ("index_daily", TODAY): _scale(EVERY, 1.1, "amount")(CLEAN["index_daily", TODAY])}
    assert Market(counted).result("index_daily", "reconciliation").passed


@given(st.sets(st.sampled_from(NAMED), max_size=20))
def test_every_missing_name_is_counted_and_judged_by_their_number(missing: set[str]) -> None:
    frames = {**CLEAN, ("daily", TODAY): CLEAN["daily", TODAY].filter(~_is(*missing))}
    found = Market(frames).result("daily", "universe_equation")
    expected = E if len(missing) > 10 else H if len(missing) > 3 else W
    assert (found.passed, found.numerator) == (not missing, len(missing))
    assert set(found.sample_keys) <= missing
    assert not missing or found.severity is expected


@given(st.integers(-6, 6).filter(bool), st.sampled_from(["vol", "amount"]))
def test_any_power_of_ten_that_volume_or_turnover_is_off_by_is_refused(power: int, column: str) -> None:
    frames = {**CLEAN, ("daily", TODAY): _scale(EVERY, 10.0**power, column)(CLEAN["daily", TODAY])}
    found = Market(frames).result("daily", "unit")
    assert (found.passed, found.severity) == (False, E)


@given(st.integers(0, 10**6))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    fault = next(fault for fault in FAULTS if fault.what == "other previous closes")
    frames = _planted(fault)
    mixed = {
        (api, number): frame.sample(fraction=1, shuffle=True, seed=seed)
        for (api, number), frame in frames.items()
        if api in ("daily", "adj_factor")
    }
    one, other = (Market(each).result(fault.api, fault.check) for each in (frames, mixed))
    assert replace(one, sample_keys=()) == replace(other, sample_keys=())
    assert set(one.sample_keys) == set(other.sample_keys)


@given(st.data())
def test_whatever_a_cell_holds_every_gate_has_a_result(data: st.DataObject) -> None:
    api = data.draw(st.sampled_from(APIS))
    number = TODAY if (api, TODAY) in CLEAN else 0
    frame = CLEAN[api, number]
    name = data.draw(st.sampled_from(frame.columns))
    where = pl.int_range(pl.len()) < data.draw(st.sampled_from([1, frame.height]))
    values: dict[pl.DataType, list[Any]] = {
        pl.String(): ["", "?", "2026", PAYING],
        pl.Date(): [date.min, date.max, DAYS[0]],
        pl.Float64(): [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e308, 5e-324],
        pl.Int64(): [0, -(2**63), 2**63 - 1],
    }
    value = data.draw(st.sampled_from([None, *values[frame.schema[name]]]))
    strange = _set(where, **{name: value})(frame)
    results = Market({**CLEAN, (api, number): strange}).examine(api)
    assert len(results) == len(STANDARD) + len(checks_of(find_api(api)))


def test_names_of_checks_are_unique_and_said_in_both_languages() -> None:
    for api in all_apis().values():
        checks = (*STANDARD, *checks_of(api))
        assert len({check.name for check in checks}) == len(checks), api.name
        assert all(check.name.isidentifier() and check.name.islower() for check in checks)
        assert all(max(check.description_zh) >= "\u4e00" for check in checks)
    assert GATES.keys() <= all_apis().keys()


RECORDED = [
    *(("daily", f"whole_market/daily_2023030{n}.csv") for n in range(6, 10)),
    ("daily", "whole_market/daily_20230310.csv"),
    ("daily", "whole_market/daily_20250403.csv"),
    ("daily_basic", "whole_market/daily_basic_20250403.csv"),
    ("daily_basic", "whole_market/daily_basic_20191025.csv"),
    ("stk_limit", "whole_market/stk_limit_20250403.csv"),
    ("fut_daily", "whole_market/fut_daily_20250403.csv"),
]
HISTORIES = [
    ("daily", "stock/daily_raw_000001.SZ_row_cap_6000.csv"),
    *(("daily", f"stock/daily_raw_2020_2024_{code}.csv") for code in ("000858.SZ", "600519.SH", "601318.SH")),
    ("fund_daily", "etf/fund_daily_510300.SH.csv"),
    ("index_daily", "index/index_daily_2symbols.csv"),
    ("index_global", "index/index_global_SPX.csv"),
    ("index_dailybasic", "index/index_dailybasic_000001.SH.csv"),
]


def _read(folder: Path, api: str, name: str) -> pl.DataFrame:
    """A recorded file as an answer of the API; some are kept with a prefix to their columns."""
    raw = pl.read_csv(folder / "tushare" / name, infer_schema=False)
    raw = raw.rename(lambda column: column.removeprefix("indiv_d_").removeprefix("market_din_"))
    return frame_of(api, raw.with_columns(pl.col("trade_date").str.to_date("%Y%m%d")))


def _recorded_market(folder: Path) -> tuple[Frames, list[date]]:
    """The recorded days of whole markets, and the days that their numbers stand for."""
    days = [date(2019, 10, 25) + timedelta(days=n) for n in range(2000)]
    frames = [(api, _read(folder, api, name)) for api, name in RECORDED]
    return {(api, days.index(frame["trade_date"][0])): frame for api, frame in frames}, days


def test_no_recorded_day_is_refused_or_held(shared_data: Path) -> None:
    frames, days = _recorded_market(shared_data)
    for api, number in frames:
        failed = _failed(Market(frames, today=number, days=days).examine(api))
        assert {name for name, severity in failed.items() if severity is not W} == set(), (api, days[number])


def test_rules_within_a_row_hold_over_recorded_histories(shared_data: Path) -> None:
    of_days = {"row_cap", "single_day", "in_window"}
    for api, name in HISTORIES:
        frame = _read(shared_data, api, name)
        market = Market({(api, TODAY): frame})
        failed = _failed(market.examine(api))
        assert {check for check, severity in failed.items() if severity is not W} <= of_days, name


def test_the_recorded_index_of_shanghai_turns_over_what_its_shares_do(shared_data: Path) -> None:
    index = _read(shared_data, "index_daily", "index/index_daily_2symbols.csv")
    frames, _ = _recorded_market(shared_data)
    for shares in (frame for (api, _), frame in frames.items() if api == "daily"):
        market = Market({("daily", TODAY): shares, ("index_daily", TODAY): index.filter(_on(shares["trade_date"][0]))})
        found = market.result("index_daily", "reconciliation")
        assert found.passed, found.observed
        assert found.denominator == 1


def _on(day: date) -> pl.Expr:
    return pl.col("trade_date") == day


def _chain(api: str, factors: str, history: pl.DataFrame) -> CheckResult:
    """The gate of previous closes over all days of one name at once: each pair of days stands as a name of its own."""
    history = history.sort("trade_date").with_columns(ts_code=pl.int_range(pl.len()).cast(pl.String))
    parts = (history.head(-1), history.tail(-1).with_columns(ts_code=pl.int_range(pl.len()).cast(pl.String)))
    frames = {(name, n): frame_of(name, part) for n, part in enumerate(parts) for name in (api, factors)}
    return Market(frames, today=1).result(api, "pre_close_chain")


def test_recorded_previous_closes_chain_by_the_recorded_factors(shared_data: Path) -> None:
    fund = _read(shared_data, "fund_daily", "etf/fund_daily_510300.SH.csv")
    factors = pl.read_csv(shared_data / "tushare/etf/fund_adj_510300.SH.csv", infer_schema=False)
    factors = factors.rename(lambda column: column.removeprefix("indiv_adj_d_"))
    factors = frame_of("fund_adj", factors.with_columns(pl.col("trade_date").str.to_date("%Y%m%d")))
    both = fund.join(factors.select("trade_date", "adj_factor"), on="trade_date")
    found = _chain("fund_daily", "fund_adj", both)
    assert (found.passed, found.denominator) == (True, 499)
    assert both["adj_factor"].n_unique() > 1
    for code in ("000001.SZ", "000651.SZ"):
        named = {"交易日期": "trade_date", "收盘价": "close", "昨收价": "pre_close", "复权因子": "adj_factor"}
        raw = pl.read_csv(shared_data / f"tushare/stock/stk_factor_2024_{code}_cn_headers.csv", infer_schema=False)
        stock = raw.rename(named).with_columns(pl.col("trade_date").str.to_date("%Y-%m-%d"))
        found = _chain("daily", "adj_factor", stock)
        assert (found.passed, found.denominator) == (True, stock.height - 1), found
        assert stock["adj_factor"].n_unique() > 1
