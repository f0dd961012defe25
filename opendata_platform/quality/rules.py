"""Set rules: what must hold for a partition as a whole. Each function makes a `Check` for a dataset to declare."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
from opendata.contract.evidence import Severity
from opendata.write.preview import as_text

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.rows import key_texts


def single_day(column: str) -> Check:
    """All rows are of the partition's day (UTC)."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        day = date.fromisoformat(context.partition)
        strange = frame.filter(pl.col(column).dt.date() != day)
        observed = f"{strange.height} rows of other days"
        keys = key_texts(strange, context.schema.primary_key)
        return Finding(strange.is_empty(), observed, f"only {day}", strange.height, frame.height, keys)

    return Check("single_day", Severity.BLOCK, "All rows are of the partition's day.", "所有行属于该分区日。", evaluate)


def complete_day(column: str, every: timedelta) -> Check:
    """The set of times is the whole day at equal steps (the set, not the count: a repeat cannot hide a gap)."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        day = date.fromisoformat(context.partition)
        wanted = pl.datetime_range(
            day, day + timedelta(days=1), every, closed="left", time_unit="ms", time_zone="UTC", eager=True
        ).alias(column)
        missing = wanted.to_frame().join(frame.select(column), on=column, how="anti").sort(column)
        observed = f"{len(wanted) - missing.height} of {len(wanted)} times"
        keys = key_texts(missing, [column])
        return Finding(missing.is_empty(), observed, f"all {len(wanted)}", missing.height, len(wanted), keys)

    return Check("complete_day", Severity.BLOCK, "No time of the day is missing.", "当天没有缺失的时刻。", evaluate)


def not_a_copy(columns: Sequence[str]) -> Check:
    """The values differ from those of the partition before: a stuck source repeats itself under a new date."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        before = context.related.frame(context.dataset, -1)
        if before is None:
            return Finding(True, "no partition before", "values differ", 0, frame.height)
        old, new = before.select(columns), frame.select(columns)
        same = old.height == new.height and old.equals(new)
        observed = "identical values" if same else "values differ"
        return Finding(not same, observed, "values differ", frame.height if same else 0, frame.height)

    return Check("not_a_copy", Severity.BLOCK, "Not a copy of the day before.", "不是前一天的副本。", evaluate)


def history_kept(column: str, lost_rows: float = 0.0) -> Check:
    """A complete copy does not lose history: rows (up to a share `lost_rows`), first and last date stay or grow."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        head = context.head.newest if context.head else None
        if head is None:
            return Finding(True, f"{frame.height} rows, the first copy", "no less than published", 0, frame.height)
        first, last = as_text(frame[column].min()), as_text(frame[column].max())
        limit = f"at least {head.rows} rows less {lost_rows:.1%}, {head.min} to {head.max}"
        shorter = first > (head.min or first) or last < (head.max or last)
        lost = max(0, head.rows - frame.height)
        kept = not shorter and lost <= head.rows * lost_rows
        return Finding(kept, f"{frame.height} rows, {first} to {last}", limit, lost, head.rows)

    return Check("history_kept", Severity.BLOCK, "No published history is lost.", "已发布的历史没有丢失。", evaluate)


def recent(column: str, within: timedelta) -> Check:
    """The newest row is not older than `within` before the snapshot's day."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        newest, day = frame[column].max(), date.fromisoformat(context.partition)
        if not isinstance(newest, date):
            return Finding(False, "no date", f"within {within.days} days", 0, frame.height)
        age = (day - newest).days
        return Finding(age <= within.days, f"{age} days", f"at most {within.days} days", max(0, age), within.days)

    return Check("recent", Severity.WARN, "The newest row is recent.", "最新一行足够新。", evaluate)


def average_price(volume: str, amount: str, low: str, high: str, share: float = 0.001) -> Check:
    """amount / volume lies between low and high (±0.5 %) for all but a small share: else a unit has shifted."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = frame.filter(pl.col(volume) > 0)
        price = pl.col(amount) / pl.col(volume)
        outside = traded.filter((price < pl.col(low) * 0.995) | (price > pl.col(high) * 1.005))
        observed = f"{outside.height} of {traded.height} rows outside"
        keys = key_texts(outside, context.schema.primary_key)
        held = outside.height <= share * traded.height
        return Finding(held, observed, f"at most {share:.1%}", outside.height, traded.height, keys)

    return Check("average_price", Severity.BLOCK, "Amount and volume fit the price.", "额与量和价格吻合。", evaluate)
