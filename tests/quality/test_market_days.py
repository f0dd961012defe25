"""The gate of each API on whole days of the sandbox's market, fetched and read as in a run: clean days are published,
and each fault planted into one is found by its check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest
from opendata import calendars
from opendata.contract.evidence import Severity, Verdict

from opendata_platform.tushare.catalog import all_apis, find_api
from opendata_platform.tushare.declare import raw_id
from opendata_platform.tushare.gates import checks_of
from tests.quality.market_days import NOW, Day, Shelf, failures, judge, made_up

E, H, W = Severity.BLOCK, Severity.HOLD, Severity.WARN
DAY = date(2025, 4, 3)
CHAINED = (
    "daily", "adj_factor", "daily_basic", "stk_limit", "fund_daily", "fund_adj", "index_daily", "fut_daily",
    "fut_mapping", "sge_daily",
)  # fmt: skip
"""APIs whose days are compared with the days beside them."""


def _spread(count: int) -> list[date]:
    """Open days at equal steps over 2010 to 2026."""
    days = calendars.between(date(2010, 1, 5), date(2026, 11, 20))
    return [days[(len(days) - 1) * n // (count - 1)] for n in range(count)]


def _partition(name: str, day: date) -> date:
    """The partition of an API that ends on a day or before it."""
    period = find_api(name).period
    return NOW.date() if period == "snapshot" else calendars.newest(day, period)


def _serious(name: str, day: date) -> dict[str, str]:
    """What blocks or holds a clean day."""
    at = _partition(name, day)
    found = failures(judge(find_api(name), at, made_up(name, at), Shelf(at, raw_id(name))))
    return {check: f"{at}: {result.observed}" for check, result in found.items() if result.severity is not W}


@pytest.mark.parametrize("day", [date(2016, 3, 4), date(2020, 1, 2), DAY, date(2026, 9, 7)], ids=str)
def test_a_clean_day_of_every_api_is_published(day: date) -> None:
    assert {name: found for name in all_apis() if (found := _serious(name, day))} == {}


@pytest.mark.parametrize("day", _spread(8), ids=str)
def test_clean_days_over_the_years_are_published(day: date) -> None:
    assert {name: found for name in CHAINED if (found := _serious(name, day))} == {}


@pytest.mark.slow
@pytest.mark.parametrize("day", _spread(60), ids=str)
def test_every_api_publishes_sixty_clean_days(day: date) -> None:
    assert {name: found for name in all_apis() if (found := _serious(name, day))} == {}


def test_a_first_day_is_published_without_neighbours() -> None:
    for name in CHAINED:
        api = find_api(name)
        evidence = judge(api, DAY, made_up(name, DAY), Shelf(DAY, api.id, offsets=()))
        assert evidence.verdict is Verdict.PASS


@dataclass(frozen=True)
class Case:
    """A day to judge, and what is published around it."""

    api: str
    day: date
    judged: Day
    offsets: tuple[int, ...] = (-1,)
    put: Mapping[tuple[str, int], pl.DataFrame] = field(default_factory=dict)

    @property
    def frame(self) -> pl.DataFrame:
        """The rows to judge."""
        return self.judged.frame

    @property
    def shelf(self) -> Shelf:
        """What is published."""
        return Shelf(self.day, raw_id(self.api), self.offsets, (), self.put)

    def with_frame(self, frame: pl.DataFrame) -> Case:
        """The case with other rows."""
        return replace(self, judged=replace(self.judged, frame=frame))

    def other(self, name: str, offset: int = 0) -> pl.DataFrame:
        """A frame of the market of another day."""
        day = calendars.shifted(self.day, offset)
        assert day is not None, "the calendar goes on"
        return made_up(name, day).frame


Plant = Callable[[Case], Case]


def _case(api: str, day: date = DAY) -> Case:
    at = _partition(api, day)
    return Case(api, at, made_up(api, at))


def rows(count: float, where: pl.Expr | None = None, /, **values: object) -> Plant:
    """The first rows (a number, or a share of all), of those `where` something holds, get other values."""

    def plant(case: Case) -> Case:
        chosen = pl.repeat(True, pl.len()) if where is None else where.fill_null(value=False)
        many = count if isinstance(count, int) else max(1, round(count * case.frame.height))
        at = chosen & (chosen.cum_sum() <= many)
        changed = [
            pl.when(at).then(value if isinstance(value, pl.Expr) else pl.lit(value)).otherwise(pl.col(name)).alias(name)
            for name, value in values.items()
        ]
        return case.with_frame(case.frame.with_columns(changed).cast(dict(case.frame.schema)))

    return plant


def scaled(share: float, **factors: float) -> Plant:
    """Columns of a share of the rows times a factor."""
    return rows(share, None, **{name: pl.col(name) * factor for name, factor in factors.items()})


def framed(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Plant:
    """Another frame."""
    return lambda case: case.with_frame(change(case.frame))


def copied(offset: int) -> Plant:
    """The rows of another day, which is published, under this day's date."""

    def plant(case: Case) -> Case:
        again = case.other(case.api, offset).with_columns(trade_date=pl.lit(case.day))
        return replace(case.with_frame(again), offsets=(offset,))

    return plant


def unknown(count: int) -> Plant:
    """Rows of codes that nobody has heard of are added."""
    codes = pl.Series("ts_code", [f"ZZ{n:04d}.SH" for n in range(count)])
    return framed(lambda frame: pl.concat([frame, frame.tail(count).with_columns(codes)]))


def delisted(case: Case) -> Case:
    """Twelve names that left the market are quoted again."""
    gone = case.other("stock_basic").filter(pl.col("delist_date") < case.day)["ts_code"].head(12)
    return case.with_frame(pl.concat([case.frame, case.frame.tail(12).with_columns(gone)]))


def last_page(**changes: object) -> Plant:
    """The last page of the answer says something else about itself."""

    def plant(case: Case) -> Case:
        *pages, last = case.judged.answer["pages"]
        answer = {**case.judged.answer, "pages": [*pages, {**last, **changes}]}
        return replace(case, judged=replace(case.judged, answer=answer))

    return plant


def published(api: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Plant:
    """What is published of another API on the day is something else."""
    return lambda case: replace(case, put={(raw_id(api), 0): change(case.other(api))})


def suspended(case: Case) -> Case:
    """The first twenty names trade although they are suspended for the whole day."""
    names = case.frame.head(20).select(
        "ts_code", "trade_date", suspend_timing=pl.lit(None, pl.String), suspend_type=pl.lit("S")
    )
    return published("suspend_d", lambda halts: pl.concat([halts, names]))(case)


AGAIN = framed(lambda frame: pl.concat([frame, frame.head(1)]))
ONE_AGAIN_OTHERWISE = framed(lambda frame: pl.concat([frame, frame.head(1).with_columns(vol=pl.lit(7.0))]))
SWAPPED = rows(1, None, up_limit=pl.col("down_limit"), down_limit=pl.col("up_limit"))
NEIGHBOUR_WRONG = scaled(0.02, close=1.05, high=1.06)
TRADED = pl.col("vol") > 0
CONTRACT = pl.col("ts_code").str.contains(r"^[A-Z]+[0-9]{4}\.")
SUMMER = pl.col("ts_code").str.contains(r"^[A-Z]+250(6|7)\.")
COPPER = pl.col("ts_code") == "CU.SHF"
SHENZHEN, SHANGHAI = pl.col("ts_code") == "399107.SZ", pl.col("ts_code") == "000001.SH"
YEAR_BEFORE = pl.col("ts_code").str.replace("250", "240")
LAST_WEEK = date(2025, 3, 27)
FAULTS: list[tuple[str, str, Plant, str, Severity]] = [
    ("a price is not a number", "daily", rows(1, None, close=float("nan")), "finite", E),
    ("a turnover is infinite", "daily", rows(1, None, amount=float("inf")), "finite", E),
    ("a factor is not a number", "adj_factor", rows(1, None, adj_factor=float("nan")), "finite", E),
    ("a settlement price is infinite", "fut_daily", rows(1, None, settle=float("-inf")), "finite", E),
    ("a row has no code", "daily", rows(1, None, ts_code=None), "nulls", E),
    ("a contract has no code", "fut_daily", rows(1, None, ts_code=None), "nulls", E),
    ("a row has no day", "daily", rows(1, None, trade_date=None), "nulls", E),
    ("a close is missing", "daily", rows(1, None, close=None), "nulls", E),
    ("a volume is missing", "daily", rows(1, None, vol=None), "nulls", E),
    ("a factor is missing", "adj_factor", rows(1, None, adj_factor=None), "nulls", E),
    ("a row comes twice", "daily", AGAIN, "primary_key", E),
    ("a row comes twice and differs", "daily", ONE_AGAIN_OTHERWISE, "primary_key", E),
    ("a limit comes twice", "stk_limit", AGAIN, "primary_key", E),
    ("there is no row", "daily", framed(lambda frame: frame.clear()), "not_empty", E),
    ("high is below close", "daily", rows(1, None, high=pl.col("close") - 0.5), "ohlc", E),
    ("low is above open", "daily", rows(1, None, low=pl.col("open") + 0.5), "ohlc", E),
    ("a price is negative", "daily", rows(1, None, low=-1.0), "ohlc", E),
    ("a price is zero", "fund_daily", rows(1, None, open=0.0, low=0.0), "ohlc", E),
    ("high of an index is below low", "index_daily", rows(1, None, high=pl.col("low") - 1), "ohlc", E),
    ("high of a contract is below low", "fut_daily", rows(1, TRADED, high=pl.col("low") - 1), "ohlc", E),
    ("high of spot gold is below low", "sge_daily", rows(1, TRADED, high=pl.col("low") - 1), "ohlc", E),
    ("a volume is negative", "daily", rows(1, None, vol=-5.0), "non_negative", E),
    ("there is turnover without volume", "daily", rows(1, None, vol=0.0), "zero_volume", E),
    ("there is volume without turnover", "daily", rows(1, None, amount=0.0), "zero_volume", E),
    ("turnover is in CNY", "daily", scaled(1.0, amount=1000), "unit", E),
    ("turnover is in ten-thousands", "daily", scaled(1.0, amount=0.1), "unit", E),
    ("volume is in shares", "daily", scaled(1.0, vol=100), "unit", E),
    ("volume is in shares for one name in fifty", "daily", scaled(0.02, vol=100), "unit", E),
    ("volume of one name is in shares", "daily", scaled(0.0, vol=100), "unit", W),
    ("turnover of funds is in CNY", "fund_daily", scaled(1.0, amount=1000), "unit", E),
    ("a week's volume is in lots", "weekly", scaled(1.0, vol=0.01), "unit", E),
    ("one row is of another day", "daily", rows(1, None, trade_date=DAY - timedelta(days=1)), "single_day", E),
    ("all is of the day before", "daily", lambda case: case.with_frame(case.other("daily", -1)), "single_day", E),
    ("a limit is of another day", "stk_limit", rows(1, None, trade_date=LAST_WEEK), "single_day", E),
    ("the day before is served again", "daily", copied(-1), "stale_copy", E),
    ("the day three days ago is served again", "daily", copied(-3), "stale_copy", E),
    ("a later day is served when filling back", "daily", copied(2), "stale_copy", E),
    ("funds of the day before are served again", "fund_daily", copied(-1), "stale_copy", E),
    ("futures of the day before are served again", "fut_daily", copied(-1), "stale_copy", E),
    ("gold of the day before is served again", "sge_daily", copied(-1), "stale_copy", E),
    ("indices of the day before are served again", "index_daily", copied(-1), "stale_copy", E),
    ("forty names are missing", "daily", framed(lambda frame: frame.slice(40)), "universe_equation", E),
    ("the number of names falls by forty", "daily", framed(lambda frame: frame.slice(40)), "universe_drift", H),
    ("five names are missing", "daily", framed(lambda frame: frame.slice(5)), "universe_equation", H),
    ("a name is missing", "daily", framed(lambda frame: frame.slice(1)), "universe_equation", W),
    ("twelve unknown names trade", "daily", unknown(12), "universe_equation", E),
    ("twelve delisted names trade", "daily", delisted, "universe_equation", E),
    (
        "names are missing without a suspension",
        "daily",
        published("suspend_d", lambda frame: frame.clear()),
        "universe_equation",
        H,
    ),
    ("suspended names trade", "daily", suspended, "suspended_idle", H),
    ("half of the factors are missing", "adj_factor", framed(lambda frame: frame.head(2000)), "universe_drift", H),
    ("the last page is as long as the cap", "daily", last_page(rows=6000), "row_cap", E),
    ("the service says that more follows", "stk_limit", last_page(has_more=True), "row_cap", E),
    ("changes are wrong for 1 %", "daily", rows(0.01, None, pct_chg=pl.col("pct_chg") + 1), "pct_chg", E),
    ("changes are fractions", "daily", scaled(1.0, pct_chg=0.01), "pct_chg", E),
    ("one change is wrong", "daily", rows(1, None, pct_chg=pl.col("pct_chg") + 1), "pct_chg", W),
    ("a change of an index is wrong", "index_daily", rows(1, None, pct_chg=9.0), "pct_chg", E),
    ("previous closes are wrong for 2 %", "daily", scaled(0.02, pre_close=1.05), "pre_close_chain", E),
    ("one previous close is wrong", "daily", scaled(0.0, pre_close=1.05), "pre_close_chain", W),
    (
        "closes do not fit the day after",
        "daily",
        lambda case: replace(NEIGHBOUR_WRONG(case), offsets=(1,)),
        "pre_close_chain",
        E,
    ),
    ("previous closes of funds are wrong", "fund_daily", scaled(0.02, pre_close=1.05), "pre_close_chain", E),
    ("a price is above its limit", "daily", scaled(0.0, high=1.4), "price_limits", H),
    ("a price is below its limit", "daily", scaled(0.0, low=0.6), "price_limits", H),
    ("names have no factor", "daily", published("adj_factor", lambda frame: frame.slice(30)), "in_adj_factor", H),
    ("the market trades twenty times as much", "daily", scaled(1.0, vol=20, amount=20), "total_volume", H),
    ("the market trades five times as much", "daily", scaled(1.0, vol=5, amount=5), "total_volume", W),
    ("a column is empty", "daily", rows(1.0, None, pct_chg=None), "null_share", W),
    ("a share doubles", "daily", rows(1, None, close=pl.col("pre_close") * 2), "big_move", W),
    ("a factor is zero", "adj_factor", rows(1, None, adj_factor=0.0), "positive", E),
    ("a factor is negative", "adj_factor", rows(1, None, adj_factor=-1.5), "positive", E),
    ("a factor of a fund is zero", "fund_adj", rows(1, None, adj_factor=0.0), "positive", E),
    ("factors change without an ex-date", "adj_factor", scaled(0.01, adj_factor=1.1), "factor_changes", H),
    ("a factor falls", "adj_factor", scaled(0.0, adj_factor=0.5), "factor_falls", H),
    ("a market value is negative", "daily_basic", rows(1, None, total_mv=-1.0), "positive", E),
    ("market values are in CNY", "daily_basic", scaled(1.0, total_mv=1e4), "total_mv_value", E),
    ("share counts are in shares", "daily_basic", scaled(1.0, float_share=1e4), "circ_mv_value", E),
    ("a turnover rate is negative", "daily_basic", rows(1, None, turnover_rate=-0.1), "non_negative", E),
    ("closes are not those of the bars", "daily_basic", scaled(0.02, close=1.01), "same_close", E),
    ("indicators of names without bars", "daily_basic", unknown(5), "in_daily", H),
    ("a limit is zero", "stk_limit", rows(1, None, down_limit=0.0), "positive", E),
    ("limits are swapped", "stk_limit", SWAPPED, "ordered", E),
    ("a flow is negative", "moneyflow", rows(1, None, buy_sm_vol=-3), "non_negative", E),
    ("more is bought than sold", "moneyflow", rows(0.1, None, buy_lg_vol=10**9), "balanced", H),
    ("a kind of suspension is unknown", "suspend_d", rows(1, None, suspend_type="X"), "suspend_type", E),
    ("a dividend of neither day", "dividend", rows(1, None, ann_date=LAST_WEEK, ex_date=LAST_WEEK), "in_window", E),
    ("an announcement of the week before", "repurchase", rows(1, None, ann_date=LAST_WEEK), "in_window", E),
    ("a dividend is negative", "dividend", rows(1, None, cash_div_tax=-0.1), "non_negative", E),
    ("the lowest price paid is above the highest", "repurchase", rows(1, None, low_limit=1e6), "ordered", E),
    ("a block has no price", "block_trade", rows(1, None, price=0.0), "positive", E),
    ("blocks are in CNY", "block_trade", scaled(1.0, amount=1e4), "amount_value", E),
    ("a net asset value is zero", "fund_nav", rows(1, None, unit_nav=0.0), "positive", E),
    ("a fund has a negative number of units", "fund_share", rows(1, None, fd_share=-2.0), "non_negative", E),
    ("a fund's size is negative", "etf_share_size", rows(1, None, total_size=-2.0), "non_negative", E),
    (
        "an index turns over 5 % more than its shares",
        "index_daily",
        rows(1, SHENZHEN, amount=pl.col("amount") * 1.05),
        "reconciliation",
        E,
    ),
    (
        "an index turns over 1 % more than its shares",
        "index_daily",
        rows(1, SHANGHAI, amount=pl.col("amount") * 1.01),
        "reconciliation",
        W,
    ),
    ("an index of another day", "index_daily", rows(1, None, trade_date=LAST_WEEK), "in_window", E),
    ("half of the indices are missing", "index_daily", framed(lambda frame: frame.head(5)), "universe_drift", H),
    ("a market turns over ten times as much", "daily_info", scaled(1.0, amount=10), "reconciliation", H),
    ("weights add up to 90", "index_weight", scaled(1.0, weight=0.9), "weight_sum", E),
    ("a weight is negative", "index_weight", rows(1, None, weight=-0.5), "non_negative", E),
    ("free shares are worth more than all", "index_dailybasic", rows(1, None, float_mv=1e18), "ordered", E),
    ("closes of industries do not chain", "sw_daily", rows(0.02, None, change=999.0), "change_chain", E),
    ("a settlement price is zero", "fut_daily", rows(1, None, settle=0.0), "positive", E),
    ("settlements are out of range", "fut_daily", rows(0.1, TRADED, settle=pl.col("high") * 1.1), "settlement", E),
    ("previous settlements are wrong", "fut_daily", rows(0.02, CONTRACT, pre_settle=1.0), "settlement_chain", E),
    ("a previous settlement is wrong", "fut_daily", rows(1, CONTRACT, pre_settle=1.0), "settlement_chain", W),
    ("open interest does not chain", "fut_daily", rows(0.02, CONTRACT, oi_chg=1e6), "open_interest_chain", E),
    ("changes of closes are wrong", "fut_daily", rows(0.02, CONTRACT, change1=9e5), "change1", E),
    ("changes of settlements are wrong", "fut_daily", rows(0.02, CONTRACT, change2=9e5), "change2", E),
    ("expired contracts are quoted", "fut_daily", rows(20, SUMMER, ts_code=YEAR_BEFORE), "before_expiry", E),
    ("turnover of futures is in CNY", "fut_daily", scaled(1.0, amount=1e4), "contract_value", E),
    ("volume of futures is twenty times too large", "fut_daily", scaled(1.0, vol=20), "contract_value", E),
    ("open interest is negative", "fut_daily", rows(1, None, oi=-1.0), "non_negative", E),
    ("a main contract has no quotes", "fut_mapping", rows(1, None, mapping_ts_code="CU1001.SHF"), "mapped", E),
    ("a main contract is small", "fut_mapping", rows(1, COPPER, mapping_ts_code="CU2601.SHF"), "main_is_large", W),
    ("a main contract rolls back", "fut_mapping", rows(1, COPPER, mapping_ts_code="CU2504.SHF"), "rolls_forward", W),
    ("settlements are not those quoted", "fut_settle", scaled(0.1, settle=1.1), "same_settle", H),
    ("turnover of gold is in thousands", "sge_daily", scaled(1.0, amount=0.001), "amount_value", E),
    ("volume of gold is in grams", "sge_daily", scaled(1.0, vol=1000), "amount_value", E),
    ("open interest of gold is negative", "sge_daily", rows(1, None, oi=-1.0), "non_negative", E),
    ("a direction of delivery is unknown", "sge_daily", rows(1, None, settle_dire="?"), "settle_dire", W),
]
"""What is wrong, in which API, how, and which check finds it how bad."""
COUNTLESS = {"not_empty", "row_cap", "total_volume"}
"""Checks that do not look at single rows."""


@cache
def _fails_on_the_clean_day(api: str) -> frozenset[str]:
    case = _case(api)
    return frozenset(failures(judge(find_api(api), case.day, case.judged, case.shelf)))


@pytest.mark.parametrize(("api", "plant", "check", "severity"), [row[1:] for row in FAULTS], ids=[r[0] for r in FAULTS])
def test_a_planted_fault_is_found_by_its_check(api: str, plant: Plant, check: str, severity: Severity) -> None:
    case = plant(_case(api))
    evidence = judge(find_api(api), case.day, case.judged, case.shelf)
    found = failures(evidence)

    assert check not in _fails_on_the_clean_day(api)
    assert check in found
    assert found[check].severity is severity
    if severity is E:
        assert evidence.verdict is Verdict.FAIL
    if severity is H:
        assert evidence.verdict is not Verdict.PASS
    if check not in COUNTLESS:
        assert 0 < found[check].numerator <= found[check].denominator
        assert 0 < len(found[check].sample_keys) <= 20


def test_more_than_forty_kinds_of_faults_are_planted_that_block() -> None:
    assert len({(api, check) for _, api, _, check, severity in FAULTS if severity is E}) >= 40


@pytest.mark.parametrize("name", sorted(all_apis()))
def test_every_check_gives_a_result_whatever_is_empty(name: str) -> None:
    """A check that raised would be a crash of the run instead of a finding."""
    case = _case(name)
    some = case.frame.head(40)
    frames = [some.with_columns(pl.lit(None, dtype).alias(column)) for column, dtype in some.schema.items()]
    nothing = some.with_columns(pl.lit(None, dtype).alias(column) for column, dtype in some.schema.items())
    names = {check.name for check in checks_of(find_api(name))}
    for frame in (some.clear(), nothing, *frames):
        evidence = judge(find_api(name), case.day, replace(case.judged, frame=frame), case.shelf)
        assert names <= {result.name for result in evidence.checks}
