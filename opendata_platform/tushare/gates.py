"""Which rules of the market each API's answers must obey, beside the standard checks of every dataset."""

from __future__ import annotations

from collections.abc import Mapping

from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check
from opendata_platform.quality.market import across, bars, derivatives, neighbours
from opendata_platform.tushare.declare import Api, ByCode, ByDay, ByEvent, ByWeek, Whole, raw_id

PRICES = ("open", "high", "low", "close", "vol")
DIRECTIONS = ("空支付给多", "多支付给空", "平付")

_INDEX_BARS = (bars.ohlc(), bars.pct_change(slack=0.02), neighbours.stale_copy(("open", "high", "low", "close")))

GATES: Mapping[str, tuple[Check, ...]] = {
    "daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount"),
        bars.zero_volume(),
        bars.pct_change(),
        bars.unit(100, 1000),
        bars.big_move(),
        bars.after_hours(),
        across.universe_equation(raw_id("stock_basic"), raw_id("suspend_d")),
        across.price_limits(raw_id("stk_limit")),
        across.covered_by(raw_id("adj_factor")),
        neighbours.universe_drift(),
        neighbours.pre_close_chain(raw_id("adj_factor")),
        neighbours.stale_copy(PRICES),
        neighbours.stale_name(),
        neighbours.null_share(),
        neighbours.seen_before("total_volume"),
    ),
    "weekly": (bars.ohlc(), bars.non_negative("vol", "amount"), bars.unit(1, 1), neighbours.stale_copy(PRICES)),
    "adj_factor": (
        bars.positive("adj_factor"),
        neighbours.universe_drift(),
        neighbours.factor_changes(raw_id("dividend")),
    ),
    "daily_basic": (
        bars.positive("close", "total_share", "total_mv"),
        bars.non_negative("turnover_rate", "volume_ratio", "float_share", "circ_mv"),
        across.covered_by(raw_id("daily")),
        neighbours.universe_drift(),
        neighbours.null_share(),
    ),
    "stk_limit": (bars.positive("up_limit", "down_limit"), neighbours.universe_drift()),
    "moneyflow": (
        bars.non_negative(*(f"{side}_{size}_vol" for side in ("buy", "sell") for size in ("sm", "md", "lg", "elg"))),
        across.covered_by(raw_id("daily")),
        neighbours.universe_drift(floor=50, share=0.02),
    ),
    "suspend_d": (derivatives.one_of("suspend_type", ("S", "R"), Severity.BLOCK),),
    "block_trade": (bars.positive("price", "vol", "amount"),),
    "fund_daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount"),
        bars.pct_change(slack=0.02),
        bars.unit(100, 1000),
        bars.big_move(),
        across.covered_by(raw_id("fund_adj"), Severity.WARN),
        neighbours.universe_drift(),
        neighbours.pre_close_chain(raw_id("fund_adj"), floor=0.0021),
        neighbours.stale_copy(PRICES, share=0.05),
    ),
    "fund_adj": (bars.positive("adj_factor"), neighbours.universe_drift()),
    "fund_nav": (bars.positive("unit_nav"),),
    "fund_share": (bars.non_negative("fd_share"), neighbours.universe_drift(floor=60, share=0.05)),
    "etf_share_size": (bars.non_negative("total_share", "total_size"), neighbours.universe_drift()),
    "index_daily": (
        *_INDEX_BARS,
        neighbours.pre_close_chain(floor=0.02),
        across.turnover(raw_id("index_daily"), {"399107.SZ": ".SZ", "000001.SH": ".SH"}, raw_id("daily")),
    ),
    "index_dailybasic": (bars.positive("total_mv", "total_share"),),
    "index_weight": (bars.non_negative("weight"), bars.sums_to("weight", "index_code", 100, 0.5)),
    "sw_daily": (bars.ohlc(), neighbours.universe_drift(), neighbours.stale_copy(("open", "high", "low", "close"))),
    "ci_daily": (bars.ohlc(), neighbours.universe_drift(), neighbours.stale_copy(("open", "high", "low", "close"))),
    "index_global": (bars.positive("close"),),
    "daily_info": (bars.non_negative("amount", "vol", "total_mv"),),
    "sz_daily_info": (bars.non_negative("amount", "vol", "total_mv"),),
    "fut_daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount", "oi"),
        derivatives.settlement(),
        derivatives.settlement_within(),
        derivatives.difference("change1", "close", "pre_settle"),
        derivatives.difference("change2", "settle", "pre_settle"),
        derivatives.contract_value(raw_id("fut_basic")),
        derivatives.before_expiry(raw_id("fut_basic")),
        neighbours.chained("settlement_chain", "pre_settle", "settle"),
        neighbours.chained("open_interest_chain", "oi", "oi", "oi_chg", slack=0.5),
        neighbours.universe_drift(floor=60, share=0.05),
        neighbours.stale_copy(("open", "high", "low", "close", "vol", "oi"), share=0.05),
        neighbours.null_share(margin=0.1),
    ),
    "fut_mapping": (across.mapped(raw_id("fut_daily")), across.main_is_large(raw_id("fut_daily"))),
    "fut_settle": (bars.non_negative("settle"),),
    "fut_index_daily": (bars.positive("close"),),
    "sge_daily": (
        bars.ohlc(),
        bars.non_negative("vol", "amount", "oi", "settle_vol"),
        derivatives.average_price(),
        derivatives.one_of("settle_dire", DIRECTIONS),
        neighbours.universe_drift(floor=5),
        neighbours.stale_copy(("open", "high", "low", "close", "vol"), share=0.2),
    ),
}


def checks_of(api: Api) -> tuple[Check, ...]:
    """The rules for an API: that its answer was whole and of its days, the market's, and its own."""
    return (bars.row_cap(), *_of_days(api), *GATES.get(api.name, ()), *api.checks)


def _of_days(api: Api) -> tuple[Check, ...]:
    match api.fetch:
        case ByDay(column=column):
            return (bars.single_day(column),)
        case ByEvent(param=param, on_day=on_day):
            return (bars.in_window(param, *on_day),)
        case ByWeek(column=column) | ByCode(column=column):
            return (bars.in_window(column),)
        case Whole():
            return ()
