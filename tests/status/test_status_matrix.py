"""The status matrix against the same rules in plain Python, and rule by rule where a row of the table says so."""

from __future__ import annotations

import json
import shlex
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opendata import calendars

from opendata_platform import backfill
from opendata_platform.cli import cli
from opendata_platform.datasets.catalog import find_spec
from opendata_platform.status.matrix import compute
from opendata_platform.status.rules import MODULES, RULES, Rule
from opendata_platform.status.suggest import MATRIX, suggested_backfill
from tests.status.market import DAY, Market, back, random_market
from tests.status.plain_matrix import PlainMatrix

BOTH = frozenset({"P0", "P1"})
Cells = dict[tuple[str, str, str], dict[str, Any]]


def matrix(market: Market, batches: frozenset[str] = BOTH) -> Cells:
    cells = compute(market.day, market, batches)
    return {(cell["asset_class"], cell["symbol"], cell["module"]): cell for cell in cells.to_dicts()}


def verdict(market: Market, asset_class: str, symbol: str, module: str) -> tuple[str, str | None]:
    cell = matrix(market)[asset_class, symbol, module]
    return cell["status"], cell["reason_code"]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), p1=st.booleans())
@example(seed=0, p1=True)
def test_every_cell_is_what_the_rules_say_in_plain_python(seed: int, p1: bool) -> None:
    compare(seed, p1)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**32), p1=st.booleans())
def test_every_cell_of_many_markets_is_what_the_rules_say_in_plain_python(seed: int, p1: bool) -> None:
    compare(seed, p1)


def compare(seed: int, p1: bool) -> None:
    market = random_market(seed)
    cells = matrix(market, BOTH if p1 else frozenset({"P0"}))
    found = {key: (cell["status"], cell["reason_code"]) for key, cell in cells.items()}
    plain = PlainMatrix(DAY, market.rows, list(calendars.open_days()), p1).cells()
    assert found == plain


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_cell_explains_itself(seed: int) -> None:
    for cell in matrix(random_market(seed)).values():
        looked_at = json.loads(cell["evidence"])
        present = [item["present"] for item in looked_at["required"]]
        assert (cell["reason_code"] is None) == (cell["status"] == "complete")
        if cell["status"] == "not_applicable":
            assert looked_at == {"required": [], "optional": []}
            continue
        assert present
        assert cell["rule_id"] == f"{cell['asset_class']}/{cell['module']}"
        for item in [*looked_at["required"], *looked_at["optional"]]:
            assert set(item) == {"fact", "dataset", "key", "present", "last_date", "age_days"}
            if item["last_date"] is not None and item["fact"] != "weights":
                assert item["age_days"] == (DAY - date.fromisoformat(item["last_date"])).days >= 0
            assert item["last_date"] is not None or not item["present"]


def test_zero_is_there_and_null_is_not() -> None:
    market = Market()
    rows = [("CU2610.SHF", 0.0), ("CU2611.SHF", None)]
    market.add("instrument-master", None, *({"symbol": name, "asset_class": "futures"} for name, _ in rows))
    market.add("futures-daily-ext", DAY, *({"symbol": name, "oi": oi, "settle": 1.0} for name, oi in rows))
    assert verdict(market, "futures", "CU2610.SHF", "core.futures_oi") == ("complete", None)
    assert verdict(market, "futures", "CU2611.SHF", "core.futures_oi") == ("missing", "null_field")


def test_a_share_that_is_suspended_for_an_hour_trades_and_counts() -> None:
    market = Market()
    names = ("600001.SH", "600002.SH")
    market.add("instrument-master", None, *({"symbol": name, "asset_class": "stock"} for name in names))
    event = {"event_type": "suspend", "effective_date": DAY}
    market.add("corporate-events", DAY, *({"symbol": name, **event} for name in names))
    market.add("daily-prices", DAY, {"symbol": "600001.SH", "asset_class": "stock", "close": 1.0})
    assert verdict(market, "stock", "600001.SH", "core.daily_prices") == ("complete", None)
    assert verdict(market, "stock", "600001.SH", "core.daily_moneyflows") == ("missing", "no_row")
    for module in ("core.daily_prices", "core.daily_basics", "core.daily_moneyflows"):
        assert verdict(market, "stock", "600002.SH", module) == ("not_applicable", "suspended")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(0, 0, "missing"), (1, 9, "not_applicable"), (-9, -1, "not_applicable"), (-9, 9, "missing")],
)
def test_what_is_not_listed_on_the_day_is_not_applicable(first: int, last: int, expected: str) -> None:
    market = Market()
    dates = {"list_date": DAY + timedelta(days=first), "delist_date": DAY + timedelta(days=last)}
    market.add("instrument-master", None, {"symbol": "CU2610.SHF", "asset_class": "futures", **dates})
    assert verdict(market, "futures", "CU2610.SHF", "core.daily_prices")[0] == expected


@pytest.mark.parametrize(
    ("age", "expected"), [(40, ("complete", None)), (41, ("partial", "stale")), (62, ("partial", "stale"))]
)
def test_weights_are_fresh_for_forty_days(age: int, expected: tuple[str, str | None]) -> None:
    market = Market()
    market.add("instrument-master", None, {"symbol": "000300.SH", "asset_class": "index"})
    window = f"{DAY - timedelta(days=age)}/{DAY}"
    market.add("basket-membership-daily", DAY, {"basket_id": "000300.SH", "weight": 1.0, "source_window": window})
    assert verdict(market, "index", "000300.SH", "core.index_membership") == expected
    assert verdict(market, "index", "000300.SH", "task.exposure") == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [(7, ("complete", None)), (8, ("partial", "stale")), (14, ("partial", "stale")), (15, ("missing", "stale"))],
)
def test_a_week_is_context_for_seven_days_and_partly_for_fourteen(age: int, expected: tuple[str, str | None]) -> None:
    market = Market()
    market.add("instrument-master", None, {"symbol": "CU2610.SHF", "asset_class": "futures"})
    ended = calendars.shifted(DAY, -1, "week")
    assert ended
    market.add("futures-weekly-context", ended, {"contract_code": "CU.SHF", "week_end": DAY - timedelta(days=age)})
    assert verdict(market, "futures", "CU2610.SHF", "task.exposure") == expected


@pytest.mark.parametrize(
    ("both", "shenzhen", "expected"),
    [
        (1.0, 1.0, ("complete", None)),
        (1.0, None, ("complete", None)),
        (None, 0.0, ("partial", "null_field")),
        ("absent", 1.0, ("partial", "no_row")),
        (None, "absent", ("missing", "no_row")),
        ("absent", None, ("missing", "null_field")),
    ],
)
def test_the_statistics_of_shenzhen_stand_in_for_those_of_both_exchanges(
    both: Any, shenzhen: Any, expected: tuple[str, str | None]
) -> None:
    """What is missing is said of the stand-in, what is partial of what it stands in for."""
    market = Market()
    amounts = {"daily_info": both, "sz_daily_info": shenzhen}
    rows = [{"source": name, "amount": amount} for name, amount in amounts.items() if amount != "absent"]
    market.add("market-daily-stats", DAY, *rows)
    assert verdict(market, "index", "GLOBAL", "core.market_context") == expected


def test_a_day_that_is_computed_again_sees_nothing_of_later_weeks() -> None:
    market = Market()
    market.add("instrument-master", None, {"symbol": "CU2610.SHF", "asset_class": "futures"})
    friday = calendars.shifted(DAY, 0, "week")
    assert friday
    assert friday > DAY
    market.add("futures-weekly-context", friday, {"contract_code": "CU.SHF", "week_end": friday})
    assert verdict(market, "futures", "CU2610.SHF", "task.exposure") == ("missing", "no_row")


def observed(key: str, period: date, available: date | None, value: float | None = 1.0, revision: int = 0) -> Any:
    return {
        "series_key": key,
        "period_end": period,
        "value": value,
        "available_date": available,
        "revision_no": revision,
    }


def test_macro_and_currency_pairs_count_once_their_tables_exist() -> None:
    market = Market()
    assert verdict(market, "fx", "EURUSD.FXCM", "task.momentum") == ("missing", "no_row")
    assert verdict(market, "macro", "GLOBAL", "macro.cn_growth_inflation") == ("missing", "no_row")
    off = matrix(market, frozenset({"P0"}))
    assert off["fx", "EURUSD.FXCM", "task.momentum"]["reason_code"] == "disabled_by_flag"
    assert off["macro", "GLOBAL", "macro.us_rates"]["status"] == "not_applicable"
    assert off["macro", "GLOBAL", "macro.us_rates"]["reason_code"] == "disabled_by_flag"

    market.add("daily-prices", DAY, {"symbol": "EURUSD.FXCM", "asset_class": "fx", "close": 1.1})
    known, august, june = back(1), date(2026, 8, 31), date(2026, 6, 30)
    market.add(
        "macro-observations",
        None,
        observed("cn.cpi", august, known, 0.0),
        observed("cn.gdp", june, known),
        observed("cn.shibor.on", back(1), DAY),
        observed("cn.m2", august, known),
        *(observed(f"us.{name}.y10", back(2), DAY) for name in ("tycr", "trycr", "tbr", "tltr")),
    )
    assert verdict(market, "fx", "EURUSD.FXCM", "task.momentum") == ("complete", None)
    modules = ["macro.cn_growth_inflation", "macro.cn_liquidity", "macro.us_rates", "macro.cross_market"]
    assert [verdict(market, "macro", "GLOBAL", module)[0] for module in modules] == ["complete"] * 4


def test_a_macro_value_that_was_not_known_or_was_taken_back_does_not_count() -> None:
    market, august = Market(), date(2026, 8, 31)
    market.add(
        "macro-observations",
        None,
        observed("cn.cpi", august, DAY + timedelta(days=1)),
        observed("cn.ppi", august, None),
        observed("cn.gdp", date(2026, 6, 30), DAY),
        observed("cn.gdp", date(2026, 6, 30), DAY, None, 1),
    )
    assert verdict(market, "macro", "GLOBAL", "macro.cn_growth_inflation") == ("missing", "null_field")


@pytest.mark.parametrize(
    ("period", "status"), [(date(2026, 5, 31), "partial"), (date(2026, 4, 30), "missing")], ids=["two", "three"]
)
def test_a_macro_value_is_fresh_for_two_periods_after_the_newest_due_one(period: date, status: str) -> None:
    """On 16 September the August figures are not due by the rule, those of July are."""
    market = Market()
    market.add("macro-observations", None, observed("cn.cpi", period, period + timedelta(days=20)))
    assert verdict(market, "macro", "GLOBAL", "macro.cn_growth_inflation")[0] == status


def test_of_the_us_rates_only_those_of_the_newest_day_count() -> None:
    market = Market()
    names = ("tycr", "trycr", "tbr", "tltr", "trltr")
    days = [back(2), back(2), back(2), back(3), back(3)]
    rows = (observed(f"us.{name}.y10", day, DAY) for name, day in zip(names, days, strict=True))
    market.add("macro-observations", None, *rows)
    assert verdict(market, "macro", "GLOBAL", "macro.us_rates") == ("partial", "stale")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_suggested_command_exists_and_reaches_every_dataset_that_it_names(rule: Rule) -> None:
    command = suggested_backfill(rule, DAY)
    if command is None:
        assert rule.asset_class in ("fx", "macro") or not rule.complete
        return
    program, name, *arguments = shlex.split(command)
    assert program == "odp"
    context = cli.commands[name].make_context(name, arguments)
    specs = [find_spec(dataset) for dataset in context.params["datasets"]]
    assert specs[-1].id == MATRIX
    first, last = context.params["first"].date(), context.params["last"].date()
    assert last == DAY
    tasks = backfill.plan(specs, first, last, context.params["last"].astimezone() + timedelta(days=3))
    assert {task.dataset for task in tasks} == {spec.id for spec in specs}
    fills = {item.dataset for item in rule.evidence}
    assert fills <= {task.dataset for task in tasks}


def test_only_what_lacks_something_suggests_a_command() -> None:
    cells = pl.concat(compute(DAY, random_market(seed), BOTH) for seed in range(3))
    lacking = cells.filter(pl.col("suggested_backfill").is_not_null())
    assert set(lacking["status"]) == {"partial", "missing"}


def test_every_rule_has_a_title_and_its_own_name() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert {rule.module for rule in RULES} == set(MODULES)
