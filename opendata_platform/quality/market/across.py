"""Rules between the data of several APIs on one day: who should have traded, within which limits, and what it adds up to."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.finding import Tiers, count_found, rows_found, unseen

KEY = "ts_code"
UNEXPLAINED: Tiers = [(0, Severity.WARN), (3, Severity.HOLD), (10, Severity.BLOCK)]


def universe_equation(instruments: str, suspensions: str) -> Check:
    """What traded and what was suspended all day is what was listed: nothing is missing, nothing is unheard of."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        listing, halted = context.related.newest(instruments), context.related.frame(suspensions)
        if listing is None or halted is None:
            return unseen(instruments if listing is None else suspensions, context)
        day = pl.lit(context.day)
        gone = pl.col("delist_date").is_not_null() & (pl.col("delist_date") <= day)
        listed = set(listing.filter((pl.col("list_date") <= day) & ~gone)[KEY])
        whole = set(halted.filter((pl.col("suspend_type") == "S") & pl.col("suspend_timing").is_null())[KEY])
        traded = set(frame[KEY])
        unexplained = sorted((listed - traded - whole) | (traded - listed))
        return count_found(
            unexplained, len(listed), UNEXPLAINED, f"unexplained of {len(listed)} listed, {len(whole)} suspended"
        )

    return Check("universe", Severity.BLOCK, "Traded or suspended is listed.", "交易加停牌等于在市。", evaluate)


def covered_by(dataset: str, severity: Severity = Severity.HOLD, tolerated: int = 3) -> Check:
    """Every code has a row in another dataset of the day."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        other = context.related.frame(dataset)
        if other is None:
            return unseen(dataset, context)
        missing = frame.join(other.select(KEY), on=KEY, how="anti")[KEY].unique().to_list()
        tiers: Tiers = [(0, Severity.WARN), (tolerated, severity)]
        return count_found(missing, frame.height, tiers, f"without a row in {dataset}")

    name = f"in_{dataset.split('/')[1].replace('-', '_')}"
    return Check(name, severity, f"Every code is in {dataset}.", f"每个代码在 {dataset} 中。", evaluate)


def price_limits(limits: str, slack: float = 0.0011) -> Check:
    """Prices stay within the day's limits."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        bounds = context.related.frame(limits)
        if bounds is None:
            return unseen(limits, context)
        joined = frame.join(bounds.select(KEY, "up_limit", "down_limit"), on=KEY)
        outside = joined.filter(
            (pl.col("high") > pl.col("up_limit") + slack) | (pl.col("low") < pl.col("down_limit") - slack)
        )
        return rows_found(outside, joined.height, context)

    return Check("price_limits", Severity.HOLD, "Prices are within limits.", "价格在涨跌停范围内。", evaluate)


def turnover(index: str, parts: Mapping[str, str], shares: str | None = None) -> Check:
    """The turnover of all shares of an exchange is that of its index: per index code the suffix of its shares' codes.

    Evaluated on the index's frame (thousand CNY on both sides).
    """

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        bars = context.related.frame(shares) if shares else frame
        totals = context.related.frame(index) if not shares else frame
        if bars is None or totals is None:
            return unseen(str(shares or index), context)
        worst, described = 0.0, []
        for code, suffix in parts.items():
            stated = totals.filter(pl.col(KEY) == code)["amount"].sum()
            summed = bars.filter(pl.col(KEY).str.ends_with(suffix))["amount"].sum()
            if not stated:
                continue
            off = abs(summed / stated - 1)
            worst = max(worst, off)
            described.append(f"{code} {off:.2%}")
        if not described:
            return unseen(", ".join(parts), context)
        severity = Severity.BLOCK if worst > 0.02 else Severity.WARN
        return Finding(worst <= 0.005, ", ".join(described), "W above 0.5%, E above 2%", severity=severity)

    return Check("turnover", Severity.BLOCK, "Turnover adds up to the index.", "成交额与指数合计吻合。", evaluate)


def mapped(bars: str) -> Check:
    """Every contract that a continuous code stands for has a bar; each code stands for one."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = context.related.frame(bars)
        if traded is None:
            return unseen(bars, context)
        missing = frame.join(traded.select(mapping_ts_code=KEY), on="mapping_ts_code", how="anti")
        return rows_found(missing, frame.height, context)

    return Check("mapped", Severity.BLOCK, "Mapped contracts have bars.", "映射合约有行情。", evaluate)


def main_is_large(bars: str, rank: int = 2) -> Check:
    """The main contract (a product code without L) is among the largest of its product by open interest."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = context.related.frame(bars)
        if traded is None:
            return unseen(bars, context)
        contracts = traded.select(mapping_ts_code=KEY, oi="oi").filter(
            pl.col("mapping_ts_code").str.contains(r"^[A-Z]+[0-9]{3,4}\.")
        )
        product = pl.col("mapping_ts_code").str.extract(r"^([A-Z]+)[0-9]", 1)
        ranked = contracts.with_columns(place=pl.col("oi").rank("min", descending=True).over(product))
        main = frame.filter(
            pl.col(KEY).str.contains(r"^[A-Z]+\.") & (pl.col(KEY).str.extract(r"^([A-Z]+)\.", 1) == product)
        )
        joined = main.join(ranked, on="mapping_ts_code")
        return rows_found(joined.filter((pl.col("place") > rank) | (pl.col("oi") <= 0)), joined.height, context)

    return Check("main_is_large", Severity.WARN, "Main contracts are the largest.", "主力合约持仓居前。", evaluate)
