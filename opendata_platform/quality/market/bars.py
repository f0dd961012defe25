"""Rules within one day of prices, factors and values: their order, signs, sums and units."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
from opendata.contract.evidence import MAX_SAMPLE_KEYS, Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.finding import FEW, Tiers, rows_found, share_found

MONEY_STEP = 0.001
"""Turnover is stated with three decimals."""


def ohlc() -> Check:
    """high is the highest and low the lowest of the prices, all are positive; rows without prices are left out."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        prices = ("open", "high", "low", "close")
        wrong = (
            (pl.col("high") < pl.max_horizontal(prices))
            | (pl.col("low") > pl.min_horizontal(prices))
            | (pl.min_horizontal(prices) <= 0)
        )
        return rows_found(frame.filter(wrong), frame.height, context)

    return Check(
        "ohlc", Severity.BLOCK, "High and low enclose positive prices.", "最高最低价覆盖开收盘价，且均为正。", evaluate
    )


def non_negative(*columns: str) -> Check:
    """Counts, volumes and values are not below zero."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        return rows_found(frame.filter(pl.min_horizontal(columns) < 0), frame.height, context)

    return Check("non_negative", Severity.BLOCK, f"No negative {', '.join(columns)}.", "没有负值。", evaluate)


def positive(*columns: str) -> Check:
    """Prices, factors and counts are above zero."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        return rows_found(frame.filter(pl.min_horizontal(columns) <= 0), frame.height, context)

    return Check("positive", Severity.BLOCK, f"Above zero: {', '.join(columns)}.", "全部为正值。", evaluate)


def ordered(low: str, high: str) -> Check:
    """The lower of two bounds is not above the upper one."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        return rows_found(frame.filter(pl.col(low) > pl.col(high)), frame.height, context)

    return Check("ordered", Severity.BLOCK, f"{low} is at most {high}.", f"{low} 不高于 {high}。", evaluate)


def pct_change(column: str = "pct_chg", slack: float = 0.011) -> Check:
    """The stated change in percent is that of the prices."""
    tiers: Tiers = ((0.0, Severity.WARN), (0.001, Severity.BLOCK))

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        known = frame.drop_nulls([column, "close", "pre_close"]).filter(pl.col("pre_close") > 0)
        wrong = (pl.col(column) - 100 * (pl.col("close") / pl.col("pre_close") - 1)).abs() > slack
        return share_found(known.filter(wrong), known.height, context, tiers)

    return Check(column, Severity.BLOCK, "The change fits the prices.", "涨跌幅与价格吻合。", evaluate)


def difference(column: str, of: str, less: str, slack: float = 0.011) -> Check:
    """A stated change is the difference of two prices; where one of them is zero there was none."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        known = frame.drop_nulls([column, of, less]).filter((pl.col(of) != 0) & (pl.col(less) != 0))
        wrong = known.filter((pl.col(column) - (pl.col(of) - pl.col(less))).abs() > slack)
        return share_found(wrong, known.height, context)

    return Check(column, Severity.BLOCK, f"{column} is {of} less {less}.", f"{column} 等于 {of} 减 {less}。", evaluate)


def product(column: str, price: str, quantity: str, factor: float = 1.0, share: float = 0.005) -> Check:
    """A value is price times quantity (within 0.5 %): else the unit of one of them has shifted."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        known = frame.drop_nulls([column, price, quantity]).filter(pl.col(quantity) > 0)
        ratio = pl.col(column) / (pl.col(price) * pl.col(quantity) * factor)
        tiers: Tiers = ((0.0, Severity.WARN), (share, Severity.BLOCK))
        return share_found(known.filter((ratio - 1).abs() > 0.005), known.height, context, tiers)

    return Check(
        f"{column}_value",
        Severity.BLOCK,
        f"{column} is {price} times {quantity}.",
        f"{column} 等于 {price} 乘 {quantity}。",
        evaluate,
    )


def unit(volume_factor: float, amount_factor: float) -> Check:
    """Turnover over volume lies within the day's prices; off by a power of ten, a unit has shifted."""
    volume, amount = pl.col("vol") * volume_factor, pl.col("amount") * amount_factor
    rounding = MONEY_STEP / 2 * amount_factor / volume

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        return within_range(frame, amount / volume, rounding, context)

    return Check("unit", Severity.BLOCK, "Turnover and volume fit the prices.", "量额单位与价格吻合。", evaluate)


def within_range(
    frame: pl.DataFrame, price: pl.Expr, rounding: pl.Expr | float, context: Context, tiers: Tiers = FEW
) -> Finding:
    """Whether the average price of what traded lies in the range of prices, and is not a power of ten off."""
    traded = frame.filter((pl.col("vol") > 0) & (pl.col("amount") > 0)).drop_nulls(["low", "high", "close"])
    if traded.is_empty():
        return Finding(True, "nothing traded", "", 0, 0)
    slack = 0.005 * pl.col("close") + rounding
    outside = traded.filter((price < pl.col("low") - slack) | (price > pl.col("high") + slack))
    shift = float(traded.select((price / pl.col("close")).log10().median()).item())
    found = share_found(outside, traded.height, context, tiers)
    observed = f"{found.observed} outside low and high, median log10 of average price over close {shift:.2f}"
    limit = f"{found.limit}; the median rounds to 0"
    if not abs(shift) < 0.5:  # so written, what is not a number has shifted too
        return replace(found, passed=False, observed=observed, limit=limit, severity=Severity.BLOCK)
    return replace(found, observed=observed, limit=limit)


def zero_volume() -> Check:
    """Without volume there is no turnover and no range of prices, and without turnover no volume."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        idle = pl.col("vol") == 0
        wrong = (idle != (pl.col("amount") == 0)) | (idle & (pl.col("high") != pl.col("low")))
        return rows_found(frame.filter(wrong), frame.height, context)

    return Check("zero_volume", Severity.BLOCK, "No volume, no turnover.", "零成交量则零成交额。", evaluate)


def big_move(limit: float = 0.5) -> Check:
    """Returns beyond a half are rare enough to be looked at."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        known = frame.filter(pl.col("pre_close") > 0)
        far = known.filter((pl.col("close") / pl.col("pre_close") - 1).abs() > limit)
        return rows_found(far, known.height, context)

    return Check("big_move", Severity.WARN, "No return beyond 50 %.", "没有超过 50% 的涨跌。", evaluate)


def after_hours(since: date = date(2026, 7, 6)) -> Check:
    """Since fixed-price trading after hours began on all boards, its fields are filled."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        if context.day < since:
            return Finding(True, f"before {since}", "filled since then", 0, frame.height)
        empty = frame["ah_vol"].null_count()
        return Finding(empty < frame.height, f"{empty} of {frame.height} empty", "some are filled", empty, frame.height)

    return Check("after_hours", Severity.WARN, "After-hours trading is there.", "盘后交易数据存在。", evaluate)


def balanced(buys: tuple[str, ...], sells: tuple[str, ...]) -> Check:
    """What is bought is sold."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        known = frame.drop_nulls([*buys, *sells])
        bought, sold = pl.sum_horizontal(buys), pl.sum_horizontal(sells)
        uneven = known.filter((bought - sold).abs() > pl.max_horizontal(len(buys), 0.005 * sold))
        return share_found(uneven, known.height, context, ((0.0, Severity.WARN), (0.05, Severity.HOLD)))

    return Check("balanced", Severity.HOLD, "Buys equal sells.", "买卖合计相等。", evaluate)


def sums_to(column: str, by: str, total: float, slack: float) -> Check:
    """Within each group the values add up."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        sums = frame.group_by(by).agg(pl.col(column).sum())
        off = sums.filter((pl.col(column) - total).abs() > slack)
        keys = tuple(off[by].drop_nulls().cast(pl.String).sort().head(MAX_SAMPLE_KEYS))
        return Finding(
            off.is_empty(), f"{off.height} groups off", f"{total:g} ± {slack:g}", off.height, sums.height, keys
        )

    return Check(f"{column}_sum", Severity.BLOCK, "The parts add up.", "各部分之和正确。", evaluate)


def one_of(column: str, values: tuple[str, ...], severity: Severity = Severity.BLOCK) -> Check:
    """A text is one of the known ones."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        strange = frame.filter(~pl.col(column).is_in(values))
        return rows_found(strange, frame.height, context, f"one of {', '.join(values)}")

    return Check(column, severity, f"{column} is a known value.", f"{column} 为已知取值。", evaluate)
