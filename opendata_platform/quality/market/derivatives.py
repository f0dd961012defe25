"""Rules of futures and spot gold within one day."""

from __future__ import annotations

import polars as pl
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.finding import Tiers, rows_found, share_found, unseen

KEY = "ts_code"
SMALL_SHARE: Tiers = [(0.0, Severity.WARN), (0.005, Severity.BLOCK)]


def settlement() -> Check:
    """Settlement prices are above zero."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        return rows_found(frame.filter(pl.col("settle") <= 0), frame.height, context)

    return Check("settlement", Severity.BLOCK, "Settlement prices are positive.", "结算价为正。", evaluate)


def settlement_within() -> Check:
    """Where a contract traded, the settlement price lies within the day's prices."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = frame.filter(pl.col("vol") > 0).drop_nulls(["settle", "low", "high"])
        outside = traded.filter((pl.col("settle") < pl.col("low")) | (pl.col("settle") > pl.col("high")))
        tiers: Tiers = [(0.0, Severity.WARN), (0.05, Severity.HOLD)]
        return share_found(outside, traded.height, context, tiers)

    return Check(
        "settlement_within", Severity.HOLD, "Settlement is within the range.", "结算价在高低价之间。", evaluate
    )


def difference(column: str, of: str, less: str, slack: float = 0.011) -> Check:
    """A stated change is the difference of the prices."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        known = frame.drop_nulls([column, of, less]).filter((pl.col(of) != 0) & (pl.col(less) != 0))
        wrong = known.filter((pl.col(column) - (pl.col(of) - pl.col(less))).abs() > slack)
        return share_found(wrong, known.height, context, SMALL_SHARE)

    return Check(column, Severity.BLOCK, f"{column} is {of} less {less}.", f"{column} 等于 {of} 减 {less}。", evaluate)


def contract_value(contracts: str) -> Check:
    """Turnover over volume and contract size lies within the day's prices; a power of ten off is a shifted unit."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        listing = context.related.newest(contracts)
        if listing is None:
            return unseen(contracts, context)
        size = pl.coalesce("multiplier", "per_unit").alias("size")
        traded = (
            frame.filter(pl.col("vol") > 0)
            .join(listing.select(KEY, size), on=KEY)
            .drop_nulls(["size", "low", "high", "amount"])
        )
        price = pl.col("amount") * 1e4 / (pl.col("vol") * pl.col("size"))
        outside = traded.filter((price < pl.col("low") * 0.995) | (price > pl.col("high") * 1.005))
        shift = traded.select((price / pl.col("settle")).log10().median()).item() if traded.height else 0.0
        found = share_found(outside, traded.height, context, [(0.0, Severity.WARN), (0.3, Severity.HOLD)])
        shifted = round(shift or 0.0) != 0
        observed = f"{found.observed} outside low and high, median shift {shift or 0.0:.2f}"
        severity = Severity.BLOCK if shifted else found.severity
        return Finding(
            found.passed and not shifted,
            observed,
            found.limit,
            found.numerator,
            found.denominator,
            found.keys,
            severity,
        )

    return Check("contract_value", Severity.BLOCK, "Turnover fits contract size.", "成交额与合约乘数吻合。", evaluate)


def before_expiry(contracts: str) -> Check:
    """No contract trades after its last day, or before its first."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        listing = context.related.newest(contracts)
        if listing is None:
            return unseen(contracts, context)
        dated = frame.join(listing.select(KEY, "list_date", "delist_date"), on=KEY)
        late = dated.filter((pl.col("delist_date") < context.day) | (pl.col("list_date") > context.day))
        return rows_found(late, dated.height, context)

    return Check("before_expiry", Severity.BLOCK, "No contract outlives its last day.", "到期合约无行情。", evaluate)


def average_price(grams: float = 1000.0, share: float = 0.2) -> Check:
    """Turnover is average price times volume; contracts priced per kg are the vendor's exception."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        traded = frame.filter(pl.col("vol") > 0).drop_nulls(["price_avg", "amount"])
        ratio = pl.col("amount") / (pl.col("price_avg") * pl.col("vol") * grams)
        off = traded.filter(((ratio - 1).abs() > 0.005) & ((ratio * 1000 - 1).abs() > 0.005))
        return share_found(off, traded.height, context, [(0.0, Severity.WARN), (share, Severity.BLOCK)])

    return Check("average_price", Severity.BLOCK, "Turnover is price times volume.", "成交额等于均价乘量。", evaluate)


def one_of(column: str, values: tuple[str, ...], severity: Severity = Severity.WARN) -> Check:
    """A text is one of the known ones."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        strange = frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(values))
        return rows_found(strange, frame.height, context, f"one of {', '.join(values)}")

    return Check(column, severity, f"{column} is a known value.", f"{column} 为已知取值。", evaluate)
