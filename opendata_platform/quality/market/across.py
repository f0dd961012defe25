"""Rules between the data of several APIs on one day: who should have traded, within which limits, and what it
adds up to. Not here: rules between days (`neighbours.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.finding import (
    FEW,
    KEY,
    UNEXPLAINED,
    Tiers,
    names_found,
    rows_found,
    share_found,
    unseen,
)

NEW_BEIJING_CODES = date(2025, 10, 9)
"""From this day on all names of Beijing have codes that begin with 920; lists of instruments have only those."""

CHANGED_CODES = {
    "600849.SH": "601607.SH",
    "601313.SH": "601360.SH",
    "000022.SZ": "001872.SZ",
    "000043.SZ": "001914.SZ",
    "300114.SZ": "302132.SZ",
}
"""Names that kept their listing under a new code: lists of instruments know them by that only, from their first day."""


def universe_equation(instruments: str, suspensions: str) -> Check:
    """What traded and what was suspended all day is what was listed: nothing is missing, nothing is unheard of."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        listing, halts = context.related.newest(instruments), context.related.frame(suspensions)
        if listing is None or halts is None:
            return unseen(instruments if listing is None else suspensions, context)
        day = pl.lit(context.day)
        alive = listing.filter((pl.col("list_date") <= day) & (pl.col("delist_date") > day).fill_null(value=True))
        listed, traded = set(alive[KEY]), set(frame[KEY].drop_nulls())
        halted = set(halts.filter(_all_day())[KEY])
        codes_since = {CHANGED_CODES.get(code) for code in (traded | halted) - listed}
        missing = sorted(listed - traded - halted - codes_since)
        unheard = sorted(code for code in traded - listed if CHANGED_CODES.get(code) not in listed)
        if context.day < NEW_BEIJING_CODES:
            missing, unheard = _renamed_apart(missing, unheard)
        what = f"unexplained: {len(missing)} missing, {len(unheard)} not listed; {len(halted)} suspended"
        return names_found([*missing, *unheard], len(listed), UNEXPLAINED, what)

    return Check(
        "universe_equation",
        Severity.BLOCK,
        "Traded and suspended names are the listed ones.",
        "交易加停牌等于在市。",
        evaluate,
        (instruments, suspensions),
    )


def _renamed_apart(missing: list[str], unheard: list[str]) -> tuple[list[str], list[str]]:
    """Both without the names of Beijing that are on either side: under the new code here, under the old one there."""
    new, old = ([code for code in codes if code.endswith(".BJ")] for codes in (missing, unheard))
    pairs = min(len(new), len(old))
    renamed = {*new[:pairs], *old[:pairs]}
    return [code for code in missing if code not in renamed], [code for code in unheard if code not in renamed]


def suspended_idle(suspensions: str) -> Check:
    """What is suspended for the whole day does not trade."""
    tiers: Tiers = ((0, Severity.WARN), (3, Severity.HOLD))

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        halts = context.related.frame(suspensions)
        if halts is None:
            return unseen(suspensions, context)
        traded = frame.filter(pl.col("vol") > 0).join(halts.filter(_all_day()), on=KEY, how="semi")
        return names_found(traded[KEY].to_list(), frame.height, tiers, "traded though suspended for the whole day")

    return Check(
        "suspended_idle",
        Severity.HOLD,
        "What is suspended does not trade.",
        "全天停牌的证券无成交。",
        evaluate,
        (suspensions,),
    )


def _all_day() -> pl.Expr:
    """Which suspensions are of a whole day: they state no times."""
    return (pl.col("suspend_type") == "S") & (pl.col("suspend_timing").fill_null("") == "")


def covered_by(dataset: str, severity: Severity = Severity.HOLD, tolerated: int = 3) -> Check:
    """Every code has a row in another dataset of the day."""
    tiers: Tiers = ((0, Severity.WARN), (tolerated, severity))

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        other = context.related.frame(dataset)
        if other is None:
            return unseen(dataset, context)
        missing = frame.join(other, on=KEY, how="anti")[KEY].drop_nulls().unique().to_list()
        return names_found(missing, frame.height, tiers, f"without a row in {dataset}")

    name = f"in_{dataset.rpartition('/')[2].replace('-', '_')}"
    return Check(name, severity, f"Every code is in {dataset}.", f"每个代码都在 {dataset} 中。", evaluate, (dataset,))


def agrees_with(dataset: str, column: str, tiers: Tiers = FEW, slack: float = 1e-6) -> Check:
    """A value is the same as in another dataset of the day."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        other = context.related.frame(dataset)
        if other is None:
            return unseen(dataset, context)
        both = frame.join(other.select(KEY, theirs=column), on=KEY).drop_nulls([column, "theirs"])
        return share_found(both.filter((pl.col(column) - pl.col("theirs")).abs() > slack), both.height, context, tiers)

    return Check(
        f"same_{column}",
        tiers[-1][1],
        f"{column} is that of {dataset}.",
        f"{column} 与 {dataset} 一致。",
        evaluate,
        (dataset,),
    )


def price_limits(limits: str, slack: float = 0.0011) -> Check:
    """Prices stay within the day's limits."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        bounds = context.related.frame(limits)
        if bounds is None:
            return unseen(limits, context)
        both = frame.join(bounds.select(KEY, "up_limit", "down_limit"), on=KEY)
        outside = (pl.col("high") > pl.col("up_limit") + slack) | (pl.col("low") < pl.col("down_limit") - slack)
        return rows_found(both.filter(outside), both.height, context)

    return Check(
        "price_limits", Severity.HOLD, "Prices are within limits.", "价格在涨跌停范围内。", evaluate, (limits,)
    )


def reconciliation(
    shares: str, markets: Mapping[str, str], factor: float = 1.0, refused: Severity = Severity.BLOCK
) -> Check:
    """The turnover stated for a market is the sum over its shares: per code of the frame the suffix of the shares.

    `factor` turns the stated turnover into the shares' unit. Whether a market's total has the trades after hours is not
    documented, so either sum may fit. A code that is not in the frame states nothing.
    """
    tiers: Tiers = ((0.005, Severity.WARN), (0.02, refused))

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        bars = context.related.frame(shares)
        if bars is None:
            return unseen(shares, context)
        off: dict[str, float] = {}
        for code, suffix in markets.items():
            stated = float(frame.filter(pl.col(KEY) == code)["amount"].sum()) * factor
            part = bars.filter(pl.col(KEY).str.ends_with(suffix))
            regular = float(part["amount"].sum())
            sums = (regular, regular + float(part["ah_amount"].sum()))
            if stated:
                off[code] = min(abs(each / stated - 1) for each in sums)
        observed = ", ".join(f"{code} {each:.2%} off" for code, each in off.items()) or "no turnover stated"
        reached = [severity for bound, severity in tiers if max(off.values(), default=0.0) > bound]
        limit = ", ".join(f"{severity.value} above {bound:.1%}" for bound, severity in tiers)
        wrong = tuple(code for code, each in off.items() if each > tiers[0][0])
        return Finding(not reached, observed, limit, len(wrong), len(off), wrong, reached[-1] if reached else None)

    return Check(
        "reconciliation",
        refused,
        "Turnover adds up to that of the market.",
        "个股成交额合计与市场成交额吻合。",
        evaluate,
        (shares,),
    )
