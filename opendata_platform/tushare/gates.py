"""Which rules of the market each API's answers must obey, beside the standard checks of every dataset.

Not here: the rules themselves (`quality/market/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check
from opendata_platform.quality.market import across, answers, bars, calendar, derivatives, neighbours
from opendata_platform.quality.rules import single_day
from opendata_platform.tushare.declare import Api, ByCode, ByDay, ByEvent, ByWeek, Whole, raw_id

SIZES = ("sm", "md", "lg", "elg")
BOUGHT, SOLD = (tuple(f"{side}_{size}_vol" for size in SIZES) for side in ("buy", "sell"))
DIRECTIONS = ("空支付给多", "多支付给空", "平付")
PRICES = ("open", "high", "low", "close")
LOOSE = ((0.0, Severity.WARN), (0.05, Severity.HOLD))


def checks_of(api: Api) -> tuple[Check, ...]:
    """The rules for an API: that its answer was whole and of its days, the market's, and its own."""
    return (answers.row_cap(), *_of_days(api), *GATES.get(api.name, ()), *api.checks)


def _of_days(api: Api) -> tuple[Check, ...]:
    match api.fetch:
        case ByDay(column=column):
            return (single_day(column),)
        case ByEvent(param=param, on_day=on_day):
            return (answers.in_window(param, *on_day),)
        case ByWeek(column=column) | ByCode(column=column):
            return (answers.in_window(column),)
        case Whole():
            return (answers.copy_kept(),)


GATES: Mapping[str, tuple[Check, ...]] = {
    "trade_cal": (calendar.same_calendar(("SSE",)),),
    "fut_trade_cal": (calendar.same_calendar(("SHFE", "DCE", "CZCE", "CFFEX", "INE", "GFEX"), date(2015, 1, 5)),),
    "daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount"),
        bars.zero_volume(),
        bars.pct_change(),
        bars.unit(100, 1000),
        bars.big_move(),
        bars.after_hours(),
        across.universe_equation(raw_id("stock_basic"), raw_id("suspend_d")),
        across.suspended_idle(raw_id("suspend_d")),
        across.price_limits(raw_id("stk_limit")),
        across.covered_by(raw_id("adj_factor")),
        neighbours.universe_drift(),
        neighbours.pre_close_chain(raw_id("adj_factor")),
        neighbours.stale_copy((*PRICES, "vol")),
        neighbours.stale_name(),
        neighbours.null_share(),
        neighbours.total_volume(),
    ),
    "weekly": (
        bars.ohlc(),
        bars.non_negative("vol", "amount"),
        bars.zero_volume(),
        bars.unit(1, 1),
        neighbours.universe_drift(floor=50, share=0.02),
        neighbours.stale_copy((*PRICES, "vol")),
    ),
    "adj_factor": (
        bars.positive("adj_factor"),
        neighbours.universe_drift(),
        neighbours.factor_falls(),
        neighbours.factor_changes(raw_id("dividend")),
    ),
    "daily_basic": (
        bars.positive("close", "total_share", "total_mv"),
        bars.non_negative("turnover_rate", "volume_ratio", "float_share", "circ_mv"),
        bars.product("total_mv", "close", "total_share"),
        bars.product("circ_mv", "close", "float_share"),
        across.covered_by(raw_id("daily")),
        across.agrees_with(raw_id("daily"), "close"),
        neighbours.universe_drift(),
        neighbours.null_share(),
    ),
    "stk_limit": (
        bars.positive("up_limit", "down_limit"),
        bars.ordered("down_limit", "up_limit"),
        neighbours.universe_drift(),
    ),
    "moneyflow": (
        bars.non_negative(*BOUGHT, *SOLD),
        bars.balanced(BOUGHT, SOLD),
        across.covered_by(raw_id("daily")),
        neighbours.universe_drift(floor=50, share=0.02),
    ),
    "suspend_d": (bars.one_of("suspend_type", ("S", "R")),),
    "dividend": (bars.non_negative("stk_div", "cash_div", "cash_div_tax"),),
    "block_trade": (
        bars.positive("price", "vol", "amount"),
        bars.product("amount", "price", "vol", share=0.5),
    ),
    "repurchase": (bars.ordered("low_limit", "high_limit"),),
    "fund_daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount"),
        bars.zero_volume(),
        bars.pct_change(),
        bars.unit(100, 1000),
        bars.big_move(),
        across.covered_by(raw_id("fund_adj"), Severity.WARN),
        neighbours.universe_drift(),
        neighbours.pre_close_chain(raw_id("fund_adj"), floor=0.0021),
        neighbours.stale_copy((*PRICES, "vol"), share=0.05),
        neighbours.null_share(margin=0.02),
        neighbours.total_volume(),
    ),
    "fund_adj": (bars.positive("adj_factor"), neighbours.universe_drift()),
    "fund_nav": (bars.positive("unit_nav"), bars.non_negative("accum_nav", "net_asset", "total_netasset")),
    "fund_share": (bars.non_negative("fd_share"), neighbours.universe_drift(floor=60, share=0.05)),
    "etf_share_size": (bars.non_negative("total_share", "total_size"), neighbours.universe_drift()),
    "index_daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount"),
        bars.pct_change(),
        across.reconciliation(raw_id("daily"), {"399107.SZ": ".SZ", "000001.SH": ".SH"}),
        neighbours.universe_drift(floor=2),
        neighbours.pre_close_chain(),
        neighbours.stale_copy(PRICES),
    ),
    "index_dailybasic": (
        bars.positive("total_mv", "total_share"),
        bars.ordered("float_mv", "total_mv"),
        neighbours.universe_drift(floor=2),
    ),
    "index_weight": (bars.non_negative("weight"), bars.sums_to("weight", "index_code", 100, 0.5)),
    "sw_daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount"),
        neighbours.universe_drift(),
        neighbours.chained("change_chain", "close", "close", "change", slack=0.02),
        neighbours.stale_copy(PRICES),
    ),
    "ci_daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount"),
        bars.pct_change("pct_change"),
        neighbours.universe_drift(),
        neighbours.pre_close_chain(),
        neighbours.stale_copy(PRICES),
    ),
    "index_global": (bars.positive("close"),),
    "daily_info": (
        bars.non_negative("amount", "vol", "total_mv"),
        across.reconciliation(raw_id("daily"), {"SZ_MARKET": ".SZ", "SH_A": ".SH"}, 1e5, Severity.HOLD),
    ),
    "sz_daily_info": (
        bars.non_negative("amount", "vol", "total_mv"),
        across.reconciliation(raw_id("daily"), {"股票": ".SZ"}, 1e-3, Severity.HOLD),
    ),
    "fut_daily": (
        bars.ohlc(),
        bars.positive("settle"),
        bars.non_negative("vol", "amount", "oi"),
        bars.zero_volume(),
        bars.difference("change1", "close", "pre_settle"),
        bars.difference("change2", "settle", "pre_settle"),
        derivatives.settlement(),
        derivatives.contract_value(raw_id("fut_basic")),
        derivatives.of_contracts(derivatives.before_expiry(raw_id("fut_basic"))),
        derivatives.gold_parity(raw_id("sge_daily")),
        derivatives.of_contracts(neighbours.chained("settlement_chain", "pre_settle", "settle")),
        derivatives.of_contracts(
            derivatives.one_sided(neighbours.chained("open_interest_chain", "oi", "oi", "oi_chg", slack=0.5))
        ),
        neighbours.universe_drift(floor=60, share=0.05),
        neighbours.stale_copy((*PRICES, "vol", "oi"), share=0.05),
        neighbours.null_share(margin=0.1),
    ),
    "fut_mapping": (
        derivatives.mapped(raw_id("fut_daily")),
        derivatives.main_is_large(raw_id("fut_daily")),
        derivatives.rolls_forward(raw_id("fut_basic")),
        neighbours.universe_drift(floor=10, share=0.05),
    ),
    "fut_settle": (bars.non_negative("settle"), across.agrees_with(raw_id("fut_daily"), "settle", LOOSE)),
    "fut_index_daily": (bars.positive("close"), bars.pct_change(), neighbours.pre_close_chain(floor=0.02)),
    "fut_weekly_detail": (bars.non_negative("vol", "amount", "open_interest"),),
    "sge_daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount", "oi", "settle_vol"),
        bars.zero_volume(),
        bars.product("amount", "price_avg", "vol", 1000, share=0.2),
        bars.one_of("settle_dire", DIRECTIONS, Severity.WARN),
        neighbours.universe_drift(floor=5),
        neighbours.stale_copy((*PRICES, "vol"), share=0.2),
    ),
}
"""By name of the API; a listed one has these beside those of its fetch axis."""
