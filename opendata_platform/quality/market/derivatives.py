"""Rules of futures and of spot gold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.bars import within_range
from opendata_platform.quality.market.finding import (
    KEY,
    UNEXPLAINED,
    Tiers,
    names_found,
    rows_found,
    share_found,
    unseen,
    worst,
)
from opendata_platform.quality.market.neighbours import pairs

CONTRACT = r"^[A-Z]+[0-9]{3,4}\."
"""A contract of a month; a continuous code (CU.SHF, CUL.SHF, ICL1.CFX) stands for one after the other."""
ONE_SIDED_SINCE = date(2020, 1, 2)
"""From this day on all futures exchanges count volume and open interest once, not for both sides."""


def of_contracts(check: Check) -> Check:
    """The check on contracts of a month only: a continuous code jumps on the day that it rolls."""
    month = pl.col(KEY).str.contains(CONTRACT)
    return replace(check, evaluate=lambda frame, context: check.evaluate(frame.filter(month), context))


def one_sided(check: Check) -> Check:
    """The check, save for the day on which the exchanges began to count one side only: a known break, warned of."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        days = [later["trade_date"].max() for _, _, later in pairs(frame, context)]
        if ONE_SIDED_SINCE in days:
            observed = f"not evaluated: both sides are counted before {ONE_SIDED_SINCE}, one since"
            return Finding(False, observed, "evaluated", severity=Severity.WARN)
        return check.evaluate(frame, context)

    return replace(check, evaluate=evaluate)


def settlement() -> Check:
    """A settlement price is within the prices of a day with trades."""
    tiers: Tiers = ((0.0, Severity.WARN), (0.05, Severity.BLOCK))

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = frame.filter(pl.col("vol") > 0).drop_nulls(["settle", "low", "high"])
        outside = traded.filter((pl.col("settle") < pl.col("low")) | (pl.col("settle") > pl.col("high")))
        return share_found(outside, traded.height, context, tiers)

    return Check("settlement", Severity.BLOCK, "Settlement is within the range.", "结算价在高低价之间。", evaluate)


def contract_value(contracts: str) -> Check:
    """Turnover over volume and contract size lies within the day's prices; a power of ten off is a shifted unit.

    Contracts that are quoted in another unit than their size is stated in are held for a look, not refused.
    """
    tiers: Tiers = ((0.0, Severity.WARN), (0.3, Severity.HOLD))

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        listing = context.related.newest(contracts)
        if listing is None:
            return unseen(contracts, context)
        sized = frame.join(listing.select(KEY, size=pl.coalesce("multiplier", "per_unit")), on=KEY).drop_nulls("size")
        quantity = pl.col("vol") * pl.col("size")
        return within_range(sized, pl.col("amount") * 1e4 / quantity, 50 / quantity, context, tiers)

    return Check(
        "contract_value",
        Severity.BLOCK,
        "Turnover fits the contract size.",
        "成交额与合约乘数吻合。",
        evaluate,
        (contracts,),
    )


def before_expiry(contracts: str) -> Check:
    """A contract has quotes from its first day to its last, and is known."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        listing = context.related.newest(contracts)
        if listing is None:
            return unseen(contracts, context)
        known = listing.select(KEY, "list_date", "delist_date", known=pl.lit(value=True))
        early, late = pl.col("list_date") > context.day, pl.col("delist_date") < context.day
        wrong = pl.col("known").is_null() | early.fill_null(value=False) | late.fill_null(value=False)
        strange = frame.join(known, on=KEY, how="left").filter(wrong)[KEY].drop_nulls().to_list()
        return names_found(strange, frame.height, UNEXPLAINED, "contracts unknown, expired or not yet listed")

    return Check(
        "before_expiry",
        Severity.BLOCK,
        "No contract outlives its last day.",
        "到期合约无行情。",
        evaluate,
        (contracts,),
    )


def mapped(bars: str) -> Check:
    """Every contract that a continuous code stands for has quotes."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        quoted = context.related.frame(bars)
        if quoted is None:
            return unseen(bars, context)
        missing = frame.join(quoted, left_on="mapping_ts_code", right_on=KEY, how="anti")
        return rows_found(missing, frame.height, context)

    return Check("mapped", Severity.BLOCK, "Mapped contracts have quotes.", "映射合约有行情。", evaluate, (bars,))


def main_is_large(bars: str, places: int = 2) -> Check:
    """A main contract (of a product's code without L) is among the largest of its product by open interest."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        quoted = context.related.frame(bars)
        if quoted is None:
            return unseen(bars, context)
        contracts = quoted.filter(pl.col(KEY).str.contains(CONTRACT)).select(
            "oi",
            mapping_ts_code=KEY,
            place=pl.col("oi").rank("min", descending=True).over(_product(KEY), pl.col(KEY).str.tail(3)),
        )
        main = _mains(frame).join(contracts, on="mapping_ts_code")
        small = main.filter((pl.col("place") > places) | (pl.col("oi") <= 0))
        return rows_found(small, main.height, context, f"among the largest {places}")

    return Check(
        "main_is_large", Severity.WARN, "Main contracts are the largest.", "主力合约持仓居前。", evaluate, (bars,)
    )


def rolls_forward(contracts: str) -> Check:
    """The main contract of a product is never followed by one that expires earlier."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        listing = context.related.newest(contracts)
        if listing is None:
            return unseen(contracts, context)
        ends = listing.select(mapping_ts_code=KEY, end="delist_date")
        found = []
        for _, earlier, later in pairs(frame, context):
            before = _mains(earlier).join(ends, on="mapping_ts_code").select(KEY, before="end")
            after = _mains(later).join(ends, on="mapping_ts_code").join(before, on=KEY)
            found.append(rows_found(after.filter(pl.col("end") < pl.col("before")), after.height, context))
        return worst(found, frame.height)

    return Check(
        "rolls_forward", Severity.WARN, "Main contracts roll forward.", "主力合约不向前回切。", evaluate, (contracts,)
    )


def gold_parity(spot: str, code: str = "Au99.99", limit: float = 0.02) -> Check:
    """The largest gold contract of the futures exchange closes near spot gold."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        quotes = context.related.frame(spot)
        if quotes is None:
            return unseen(spot, context)
        gold = frame.filter(pl.col(KEY).str.contains(r"^AU[0-9]{4}\.SHF$")).drop_nulls("close")
        largest = gold.sort("oi", descending=True).head(1).select(KEY, "trade_date", "close")
        both = largest.join(quotes.filter(pl.col(KEY) == code).select("trade_date", spot="close"), on="trade_date")
        apart = both.filter((pl.col("close") / pl.col("spot") - 1).abs() > limit)
        return rows_found(apart, both.height, context, f"within {limit:.0%}")

    return Check(
        "gold_parity", Severity.WARN, "Gold futures are near spot gold.", "黄金期货与现货接近。", evaluate, (spot,)
    )


def _product(column: str) -> pl.Expr:
    return pl.col(column).str.extract(r"^([A-Z]+)", 1)


def _mains(mapping: pl.DataFrame) -> pl.DataFrame:
    """The rows of main contracts: the code is the product's itself."""
    return mapping.filter(pl.col(KEY).str.extract(r"^([A-Z]+)\.", 1) == _product("mapping_ts_code"))
