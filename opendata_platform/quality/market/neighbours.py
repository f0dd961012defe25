"""Rules between a day and the days beside it. A backfill goes from the newest day back, so a day is compared with the
day before and with the day after it, whichever is published: each pair is looked at when its second day comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from opendata.contract.evidence import MAX_SAMPLE_KEYS, Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.finding import (
    KEY,
    Tiers,
    names_found,
    rows_found,
    share_found,
    unseen,
    worst,
)


def pairs(frame: pl.DataFrame, context: Context) -> Iterator[tuple[int, pl.DataFrame, pl.DataFrame]]:
    """(offset of the earlier day, earlier day, later day) for each neighbour that is published."""
    before, after = (context.related.frame(context.dataset, step) for step in (-1, 1))
    if before is not None:
        yield -1, before, frame
    if after is not None:
        yield 0, frame, after


def pre_close_chain(factors: str | None = None, floor: float = 0.011) -> Check:
    """The previous close is the close of the day before, adjusted by the factors where there are any."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for offset, earlier, later in pairs(frame, context):
            joined = later.select(KEY, "trade_date", "pre_close").join(earlier.select(KEY, "close"), on=KEY)
            expected = pl.col("close")
            if factors:
                first, second = (context.related.frame(factors, step) for step in (offset, offset + 1))
                if first is None or second is None:
                    found.append(unseen(factors, context))
                    continue
                joined = joined.join(first.select(KEY, first="adj_factor"), on=KEY)
                joined = joined.join(second.select(KEY, second="adj_factor"), on=KEY)
                expected = pl.col("close") * pl.col("first") / pl.col("second")
            slack = pl.max_horizontal(pl.lit(floor), 0.001 * expected)
            joined = joined.drop_nulls()
            broken = joined.filter((pl.col("pre_close") - expected).abs() > slack)
            found.append(share_found(broken, joined.height, context))
        return worst(found, frame.height)

    return Check(
        "pre_close_chain",
        Severity.BLOCK,
        "Previous closes are the closes of the day before.",
        "昨收价与前一日衔接。",
        evaluate,
        (factors,) if factors else (),
    )


def chained(name: str, today: str, before: str, change: str | None = None, slack: float = 1e-6) -> Check:
    """`today` repeats `before` of the day before (a previous settlement price is the last one), or differs from it by
    the stated `change`."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for _, earlier, later in pairs(frame, context):
            joined = later.join(earlier.select(KEY, yesterday=before), on=KEY)
            joined = joined.drop_nulls([today, "yesterday", *([change] if change else [])])
            expected = pl.col("yesterday") + (pl.col(change) if change else 0)
            found.append(share_found(joined.filter((pl.col(today) - expected).abs() > slack), joined.height, context))
        return worst(found, frame.height)

    return Check(name, Severity.BLOCK, f"{today} follows the day before.", f"{today} 与前一日衔接。", evaluate)


def universe_drift(floor: int = 15, share: float = 0.005) -> Check:
    """The number of rows hardly changes from day to day."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for _, earlier, later in pairs(frame, context):
            drift, most = abs(later.height - earlier.height), max(floor, share * earlier.height)
            observed = f"{earlier.height} to {later.height} rows"
            found.append(
                Finding(
                    drift <= most,
                    observed,
                    f"a change of at most {most:g}",
                    drift,
                    earlier.height,
                    _gone(earlier, later),
                    Severity.HOLD,
                )
            )
        return worst(found, frame.height)

    return Check("universe_drift", Severity.HOLD, "The universe is stable.", "标的数量平稳。", evaluate)


def _gone(earlier: pl.DataFrame, later: pl.DataFrame) -> tuple[str, ...]:
    """Names of the earlier day that the later one lacks."""
    if KEY not in earlier.columns:
        return ()
    return tuple(earlier.join(later, on=KEY, how="anti")[KEY].drop_nulls().sort().head(MAX_SAMPLE_KEYS))


def total_volume(usual: float = 3.0, most: float = 10.0) -> Check:
    """The volume of the whole market is of the size of the day beside."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        limit = f"warn above {usual:g} times, hold above {most:g} times"
        for _, earlier, later in pairs(frame, context):
            sums = [float(day["vol"].sum()) for day in (earlier, later)]
            times = max(sums) / max(min(sums), 1e-9)
            severity = Severity.HOLD if times > most else Severity.WARN
            found.append(Finding(times <= usual, f"{times:.2f} times", limit, severity=severity))
        return worst(found, frame.height)

    return Check("total_volume", Severity.HOLD, "The market's volume is usual.", "市场总成交量量级正常。", evaluate)


def stale_copy(columns: Sequence[str], days: int = 5, share: float = 0.01) -> Check:
    """What traded has other prices and volumes than on any day around: else a day was served twice."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = frame.filter(pl.col("vol") > 0).select(*context.schema.primary_key, *columns).drop_nulls(columns)
        same, seen = traded.head(0), 0
        for offset in (*range(-days, 0), *range(1, days + 1)):
            other = context.related.frame(context.dataset, offset)
            if other is not None:
                seen += 1
                same = max(same, traded.join(other, on=[KEY, *columns], how="semi"), key=lambda rows: rows.height)
        if not seen:
            return worst([], traded.height)
        found = share_found(same, traded.height, context, ((share, Severity.BLOCK),))
        return Finding(
            found.passed,
            f"{found.observed} as on another of {seen} days",
            found.limit,
            found.numerator,
            found.denominator,
            found.keys,
        )

    return Check("stale_copy", Severity.BLOCK, "Not a copy of another day.", "不是其他日期的副本。", evaluate)


def stale_name(days: int = 5) -> Check:
    """A close that stays the same for days although there is trading."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = frame.filter(pl.col("vol") > 0)
        for offsets in (range(1 - days, 0), range(1, days)):
            around = [context.related.frame(context.dataset, offset) for offset in offsets]
            others = [other.filter(pl.col("vol") > 0) for other in around if other is not None]
            if len(others) == len(offsets):
                same = traded
                for other in others:
                    same = same.join(other, on=[KEY, "close"], how="semi")
                return rows_found(same, traded.height, context, f"no close the same on {days} days")
        return worst([], traded.height)

    return Check("stale_name", Severity.WARN, "Prices move.", "价格有变化。", evaluate)


def null_share(margin: float = 0.005) -> Check:
    """Optional columns are not emptier than on the day beside."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        optional = [column.name for column in context.schema.columns if column.nullable]
        other = next((later if offset == 0 else earlier for offset, earlier, later in pairs(frame, context)), None)
        if other is None or frame.is_empty() or other.is_empty():
            return worst([], len(optional))
        emptier = [
            name
            for name in optional
            if frame[name].null_count() / frame.height > other[name].null_count() / other.height + margin
        ]
        observed, limit = f"{len(emptier)} columns emptier", f"at most {margin:.1%} more nulls"
        keys = tuple(emptier[:MAX_SAMPLE_KEYS])
        return Finding(not emptier, observed, limit, len(emptier), len(optional), keys)

    return Check("null_share", Severity.WARN, "No column emptied.", "没有列突然变空。", evaluate)


def factor_changes(dividends: str) -> Check:
    """Factors change on ex-dates only; what else changes them (a rights issue) comes for single names."""
    tiers: Tiers = ((0, Severity.WARN), (3, Severity.HOLD))

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for offset, earlier, later in pairs(frame, context):
            both, change = _factors(earlier, later)
            moved = both.filter((change - 1).abs() > 1e-4)
            events = context.related.frame(dividends, offset + 1)
            if events is None and not moved.is_empty():
                found.append(unseen(dividends, context))
                continue
            if events is not None:
                moved = moved.join(events, left_on=[KEY, "trade_date"], right_on=[KEY, "ex_date"], how="anti")
            found.append(names_found(moved[KEY].to_list(), both.height, tiers, "factors change without an ex-date"))
        return worst(found, frame.height)

    return Check(
        "factor_changes",
        Severity.HOLD,
        "Factors change on ex-dates.",
        "复权因子仅在除权日变动。",
        evaluate,
        (dividends,),
    )


def factor_falls() -> Check:
    """Dividends and bonus shares raise a factor; only a reverse split lowers it."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for _, earlier, later in pairs(frame, context):
            both, change = _factors(earlier, later)
            found.append(rows_found(both.filter(change < 1 - 1e-4), both.height, context, "no factor falls"))
        return worst(found, frame.height)

    return Check("factor_falls", Severity.HOLD, "No factor falls.", "复权因子不下降。", evaluate)


def _factors(earlier: pl.DataFrame, later: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr]:
    """The factors of both days side by side, and how the later one relates to the earlier."""
    both = later.join(earlier.select(KEY, before="adj_factor"), on=KEY)
    return both, pl.col("adj_factor") / pl.col("before")
