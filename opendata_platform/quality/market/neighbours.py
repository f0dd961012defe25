"""Rules between a day and the days beside it. A backfill goes from the newest day back, so a day is compared with the
day before and with the day after it, whichever is published: each pair is looked at once, when its second day comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.finding import Tiers, alone, share_found
from opendata_platform.quality.rows import key_texts

KEY = "ts_code"


def _pairs(frame: pl.DataFrame, context: Context) -> Iterator[tuple[int, pl.DataFrame, pl.DataFrame]]:
    """(offset of the earlier day, earlier day, later day) for each neighbour that is published."""
    before, after = (context.related.frame(context.dataset, step) for step in (-1, 1))
    if before is not None:
        yield -1, before, frame
    if after is not None:
        yield 0, frame, after


def _worse(findings: Sequence[Finding], of: int, limit: str) -> Finding:
    """The worst of the findings about the pairs."""
    order = [Severity.WARN, Severity.HOLD, Severity.BLOCK]
    failed = [finding for finding in findings if not finding.passed]
    if failed:
        return max(failed, key=lambda finding: order.index(finding.severity or Severity.BLOCK))
    return findings[0] if findings else alone(of, limit)


def pre_close_chain(factors: str | None = None, floor: float = 0.011) -> Check:
    """The previous close is the close of the day before, adjusted by the factors where there are any."""
    tiers: Tiers = [(0.0, Severity.WARN), (0.005, Severity.BLOCK)]

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for offset, earlier, later in _pairs(frame, context):
            joined = later.select(KEY, "trade_date", "pre_close").join(earlier.select(KEY, before="close"), on=KEY)
            if factors:
                ours, theirs = (context.related.frame(factors, step) for step in (offset, offset + 1))
                if ours is None or theirs is None:
                    continue
                joined = joined.join(ours.select(KEY, f0="adj_factor"), on=KEY).join(
                    theirs.select(KEY, f1="adj_factor"), on=KEY
                )
                joined = joined.with_columns(before=pl.col("before") * pl.col("f0") / pl.col("f1"))
            joined = joined.drop_nulls(["pre_close", "before"])
            slack = pl.max_horizontal(pl.lit(floor), 0.001 * pl.col("before"))
            broken = joined.filter((pl.col("pre_close") - pl.col("before")).abs() > slack)
            found.append(share_found(broken, joined.height, context, tiers))
        return _worse(found, frame.height, "W above 0.00%, E above 0.50%")

    return Check("pre_close_chain", Severity.BLOCK, "Previous closes chain.", "昨收价与前一日衔接。", evaluate)


def universe_drift(floor: int = 15, share: float = 0.005) -> Check:
    """The number of rows hardly changes from day to day."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for _, earlier, later in _pairs(frame, context):
            drift, limit = abs(later.height - earlier.height), max(floor, share * earlier.height)
            observed = f"{earlier.height} to {later.height} rows"
            found.append(Finding(drift <= limit, observed, f"a change of at most {limit:g}", drift, earlier.height))
        return _worse(found, frame.height, f"a change of at most {floor} or {share:.1%}")

    return Check("universe_drift", Severity.HOLD, "The universe is stable.", "标的数量平稳。", evaluate)


def stale_copy(columns: Sequence[str], volume: str = "vol", days: int = 5, share: float = 0.01) -> Check:
    """What traded has other prices and volumes than on any day around: else a day was served twice."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = frame.filter(pl.col(volume) > 0).select(KEY, *columns).drop_nulls()
        worst, seen = traded.head(0), 0
        for offset in (*range(-days, 0), *range(1, days + 1)):
            other = context.related.frame(context.dataset, offset)
            if other is None:
                continue
            seen += 1
            same = traded.join(other, on=[KEY, *columns], how="semi")
            worst = same if same.height > worst.height else worst
        if not seen:
            return alone(traded.height)
        observed = f"at most {worst.height} of {traded.height} rows equal those of another of {seen} days"
        held = worst.height <= share * traded.height
        return Finding(held, observed, f"at most {share:.0%}", worst.height, traded.height, key_texts(worst, [KEY]))

    return Check("stale_copy", Severity.BLOCK, "Not a copy of another day.", "不是其他日期的副本。", evaluate)


def stale_name(volume: str = "vol", days: int = 4) -> Check:
    """A close that stays the same for days although there is trading."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        same = frame.filter(pl.col(volume) > 0).select(KEY, "close").drop_nulls()
        of = same.height
        for offset in range(-days, 0):
            other = context.related.frame(context.dataset, offset)
            if other is None:
                return alone(of)
            same = same.join(other.filter(pl.col(volume) > 0), on=[KEY, "close"], how="semi")
        return Finding(
            same.is_empty(),
            f"{same.height} of {of} names",
            f"no close {days + 1} days the same",
            same.height,
            of,
            key_texts(same, [KEY]),
        )

    return Check("stale_name", Severity.WARN, "Prices move.", "价格有变化。", evaluate)


def null_share(margin: float = 0.005) -> Check:
    """Optional columns are not emptier than on the day beside."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        optional = [column.name for column in context.schema.columns if column.nullable]
        other = next((later if offset == 0 else earlier for offset, earlier, later in _pairs(frame, context)), None)
        if other is None or not frame.height or not other.height:
            return alone(len(optional))
        emptier = [
            name
            for name in optional
            if name in other.columns
            and frame[name].null_count() / frame.height > other[name].null_count() / other.height + margin
        ]
        return Finding(
            not emptier,
            f"{len(emptier)} columns emptier",
            f"at most {margin:.1%} more nulls",
            len(emptier),
            len(optional),
            tuple(emptier[:20]),
        )

    return Check("null_share", Severity.WARN, "No column emptied.", "没有列突然变空。", evaluate)


def factor_changes(dividends: str, share: float = 0.0) -> Check:
    """Factors change on ex-dates only, and do not fall but for a reverse split."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for offset, earlier, later in _pairs(frame, context):
            events = context.related.frame(dividends, offset + 1)
            if events is None:
                continue
            day = later["trade_date"].max()
            paid = events.filter(pl.col("ex_date") == day)[KEY].unique()
            both = later.select(KEY, "adj_factor").join(earlier.select(KEY, before="adj_factor"), on=KEY)
            moved = (pl.col("adj_factor") / pl.col("before") - 1).abs() > 1e-4
            wrong = both.filter(
                (moved & ~pl.col(KEY).is_in(paid.implode())) | (pl.col("adj_factor") < pl.col("before") * (1 - 1e-4))
            )
            keys = tuple(wrong[KEY].sort().head(20))
            held = wrong.height <= share * both.height
            found.append(
                Finding(
                    held,
                    f"{wrong.height} of {both.height} factors",
                    "change on ex-dates only, upwards",
                    wrong.height,
                    both.height,
                    keys,
                    Severity.HOLD,
                )
            )
        return _worse(found, frame.height, "change on ex-dates only, upwards")

    return Check("factor_changes", Severity.HOLD, "Factors change on ex-dates.", "复权因子仅在除权日变动。", evaluate)


def chained(
    name: str, today: str, yesterday: str, change: str | None = None, slack: float = 1e-6, share: float = 0.005
) -> Check:
    """`today` repeats `yesterday` of the day before exactly (the previous settlement price is the last one), or differs
    from it by the stated `change`."""
    tiers: Tiers = [(0.0, Severity.WARN), (share, Severity.BLOCK)]

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for _, earlier, later in _pairs(frame, context):
            joined = later.join(earlier.select(KEY, before=yesterday), on=KEY).drop_nulls([today, "before"])
            expected = pl.col("before") + (pl.col(change) if change else 0)
            broken = joined.filter((pl.col(today) - expected).abs() > slack)
            found.append(share_found(broken, joined.height, context, tiers))
        return _worse(found, frame.height, f"W above 0.00%, E above {share:.2%}")

    return Check(name, Severity.BLOCK, f"{today} follows the day before.", f"{today} 与前一日衔接。", evaluate)


def seen_before(name: str, volume: str = "vol", ratio: float = 10.0) -> Check:
    """The total volume is of the size of the day beside."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        found = []
        for _, earlier, later in _pairs(frame, context):
            old, new = earlier[volume].sum() or 0.0, later[volume].sum() or 0.0
            times = max(old, new) / max(1e-9, min(old, new))
            found.append(
                Finding(times <= ratio, f"{times:.2f} times", f"at most {ratio:g} times", severity=Severity.HOLD)
            )
        return _worse(found, frame.height, f"at most {ratio:g} times")

    return Check(name, Severity.HOLD, "Total volume is of the usual size.", "总成交量量级正常。", evaluate)
