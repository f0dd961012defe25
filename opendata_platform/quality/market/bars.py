"""Rules within one day of bars."""

from __future__ import annotations

from datetime import date

import polars as pl
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.finding import rows_found, share_found

OHLC = ("open", "high", "low", "close")


def single_day(column: str = "trade_date") -> Check:
    """All rows are of the partition's day."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        return rows_found(frame.filter(pl.col(column).ne_missing(context.day)), frame.height, context)

    return Check("single_day", Severity.BLOCK, "All rows are of the partition's day.", "所有行属于该分区日。", evaluate)


def in_window(*columns: str) -> Check:
    """Each row has one of the dates after the partition before, up to this one."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        since = context.since or date.min
        inside = pl.any_horizontal((pl.col(name) > since) & (pl.col(name) <= context.day) for name in columns)
        return rows_found(frame.filter(~inside.fill_null(value=False)), frame.height, context)

    return Check(
        "in_window", Severity.BLOCK, "All rows are of the partition's window.", "所有行属于该分区的时间窗。", evaluate
    )


def row_cap() -> Check:
    """The last page of each request is short and says that nothing follows: no row was cut off."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        pages, cap = context.answer.get("pages", []), context.answer.get("page_rows", 0)
        last: dict[str, dict[str, object]] = {}
        for page in pages:
            request = {name: value for name, value in page["params"].items() if name not in ("limit", "offset")}
            last[str(sorted(request.items()))] = page
        cut = [name for name, page in last.items() if page["has_more"] is True or int(str(page["rows"])) >= cap]
        observed = f"{len(pages)} pages of {len(last)} requests, {len(cut)} not ended"
        return Finding(not cut, observed, f"a last page below {cap} rows, has_more false", len(cut), len(last))

    return Check("row_cap", Severity.BLOCK, "No answer was cut at the row cap.", "没有被行数上限截断。", evaluate)


def ohlc(low: str = "low", high: str = "high") -> Check:
    """high is the highest and low the lowest of the prices, all are positive; rows without prices are left out."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        prices = [pl.col(name) for name in ("open", "close") if name in frame.columns]
        wrong = (
            (pl.col(high) < pl.max_horizontal(*prices, low))
            | (pl.col(low) > pl.min_horizontal(*prices, high))
            | pl.any_horizontal(column <= 0 for column in (*prices, pl.col(low), pl.col(high)))
        )
        return rows_found(frame.filter(wrong.fill_null(value=False)), frame.height, context)

    return Check("ohlc", Severity.BLOCK, "Prices are in order.", "高低价覆盖开收盘价且为正。", evaluate)


def pct_change(column: str = "pct_chg", pre: str = "pre_close", slack: float = 0.011, factor: float = 100.0) -> Check:
    """The stated change is that of the prices."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        known = frame.drop_nulls([column, "close", pre]).filter(pl.col(pre) > 0)
        wrong = (pl.col(column) - factor * (pl.col("close") / pl.col(pre) - 1)).abs() > slack
        return share_found(known.filter(wrong), known.height, context, [(0.0, Severity.WARN), (0.001, Severity.BLOCK)])

    return Check(column, Severity.BLOCK, "The change fits the prices.", "涨跌幅与价格吻合。", evaluate)


def unit(volume_factor: float, amount_factor: float, volume: str = "vol", amount: str = "amount") -> Check:
    """Turnover over volume lies within the day's prices; if it is off by a power of ten, a unit has shifted."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = frame.filter((pl.col(volume) > 0) & (pl.col(amount) > 0)).drop_nulls(["low", "high", "close"])
        price = pl.col(amount) * amount_factor / (pl.col(volume) * volume_factor)
        shift = traded.select((price / pl.col("close")).log10().median()).item() if traded.height else 0.0
        # One lot at a low price: the turnover is rounded to what the price cannot resolve.
        slack = 0.005 * pl.col("close") + 0.5 * amount_factor / 1000 / (pl.col(volume) * volume_factor)
        outside = traded.filter((price < pl.col("low") - slack) | (price > pl.col("high") + slack))
        found = share_found(outside, traded.height, context, [(0.0, Severity.WARN), (0.005, Severity.BLOCK)])
        shifted = round(shift or 0.0) != 0
        return Finding(
            found.passed and not shifted,
            f"{found.observed} outside low and high, median log10 of average price over close {shift:.2f}",
            f"{found.limit}; the median rounds to 0",
            found.numerator,
            found.denominator,
            found.keys,
            Severity.BLOCK if shifted else found.severity,
        )

    return Check("unit", Severity.BLOCK, "Turnover and volume fit the prices.", "量额单位与价格吻合。", evaluate)


def zero_volume(volume: str = "vol", amount: str = "amount") -> Check:
    """Without volume there is no turnover, and no range of prices."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        idle = pl.col(volume) == 0
        wrong = (idle != (pl.col(amount) == 0)) | (idle & (pl.col("high") != pl.col("low")))
        return rows_found(frame.filter(wrong.fill_null(value=False)), frame.height, context)

    return Check("zero_volume", Severity.BLOCK, "No volume, no turnover.", "零成交量则零成交额。", evaluate)


def non_negative(*columns: str) -> Check:
    """Counts, volumes and values are not below zero."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        wrong = pl.any_horizontal(pl.col(name) < 0 for name in columns)
        return rows_found(frame.filter(wrong.fill_null(value=False)), frame.height, context)

    return Check("non_negative", Severity.BLOCK, "Nothing is below zero.", "没有负值。", evaluate)


def positive(*columns: str) -> Check:
    """Factors and values are above zero."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        wrong = pl.any_horizontal(pl.col(name) <= 0 for name in columns)
        return rows_found(frame.filter(wrong.fill_null(value=False)), frame.height, context)

    return Check("positive", Severity.BLOCK, "Everything is above zero.", "全部为正值。", evaluate)


def big_move(limit: float = 0.5) -> Check:
    """Returns beyond a half are rare enough to be looked at."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        known = frame.filter(pl.col("pre_close") > 0)
        return rows_found(
            known.filter((pl.col("close") / pl.col("pre_close") - 1).abs() > limit), known.height, context
        )

    return Check("big_move", Severity.WARN, "No return beyond 50 %.", "没有超过 50% 的涨跌。", evaluate)


def after_hours(since: date = date(2026, 7, 6)) -> Check:
    """Since fixed-price trading after hours began on all boards, its fields are filled."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        if context.day < since:
            return Finding(True, f"before {since}", "filled since then", 0, frame.height)
        empty = frame.filter(pl.col("ah_vol").is_null())
        return Finding(
            empty.height < frame.height,
            f"{empty.height} of {frame.height} empty",
            "some filled",
            empty.height,
            frame.height,
        )

    return Check("after_hours", Severity.WARN, "After-hours trading is there.", "盘后交易数据存在。", evaluate)


def sums_to(column: str, by: str, total: float, slack: float) -> Check:
    """Within each group the values add up."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        sums = frame.group_by(by).agg(pl.col(column).sum())
        off = sums.filter((pl.col(column) - total).abs() > slack)
        keys = tuple(off[by].cast(pl.String).sort().head(20))
        return Finding(
            off.is_empty(), f"{off.height} groups off", f"{total:g} ± {slack:g}", off.height, sums.height, keys
        )

    return Check(f"{column}_sum", Severity.BLOCK, "The parts add up.", "各部分之和正确。", evaluate)
