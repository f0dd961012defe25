"""Market data of A shares: bars, factors, indicators, suspensions, limits, money flow."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
from opendata import calendars

from opendata_platform.sandbox.tushare.asking import Params, asked_day, asked_index, compact
from opendata_platform.sandbox.tushare.hashing import Floats, Ints, levels, uniforms
from opendata_platform.sandbox.tushare.shares import DAYS, Bars, funds, price_limits, stocks

AFTER_HOURS = date(2026, 7, 6)
"""Since then there is trading after hours on all boards."""


def bar_columns(bars: Bars, codes: tuple[str, ...], t: int, digits: int) -> dict[str, object]:
    """The fields that all daily bars share."""
    change = np.round(bars.close - bars.pre_close, digits)
    return {
        "ts_code": [codes[i] for i in bars.ids],
        "trade_date": [compact(DAYS[t])] * len(bars.ids),
        "open": bars.open,
        "high": bars.high,
        "low": bars.low,
        "close": bars.close,
        "pre_close": bars.pre_close,
        "change": change,
        "pct_chg": np.round(100 * (bars.close / bars.pre_close - 1), 4),
        "vol": bars.vol,
        "amount": bars.amount,
    }


def daily(params: Params, until: date) -> pl.DataFrame:
    """One day of all shares that traded."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    bars, after = stocks().bars(t), DAYS[t] >= AFTER_HOURS
    share = np.round(0.002 * uniforms("stock after hours", bars.ids, t), 5)
    return pl.DataFrame(
        {
            **bar_columns(bars, stocks().codes, t, 2),
            "ah_vol": np.round(bars.vol * share, 2) if after else [None] * len(bars.ids),
            "ah_amount": np.round(bars.vol * share * bars.close / 10, 3) if after else [None] * len(bars.ids),
        },
        schema_overrides={"ah_vol": pl.Float64, "ah_amount": pl.Float64},
    )


def weekly(params: Params, until: date) -> pl.DataFrame:
    """Bars of the week that ends on a day: shares, CNY, and a fraction."""
    day = asked_day(params)
    if day not in calendars.open_days("week"):
        return pl.DataFrame()
    days = [
        open_day
        for open_day in calendars.between(day - timedelta(days=6), day)
        if open_day.isocalendar()[:2] == day.isocalendar()[:2]
    ]
    frames = [daily({"trade_date": str(compact(d))}, until) for d in days]
    return (
        pl.concat(frames)
        .group_by("ts_code", maintain_order=True)
        .agg(
            pl.col("open", "pre_close").first(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("close").last(),
            (pl.col("vol").sum() * 100).round(0),
            (pl.col("amount").sum() * 1000).round(0),
        )
        .with_columns(
            pl.lit(compact(day)).alias("trade_date"),
            (pl.col("close") - pl.col("pre_close")).round(2).alias("change"),
            (pl.col("close") / pl.col("pre_close") - 1).round(4).alias("pct_chg"),
        )
    )


def adj_factor(params: Params, until: date) -> pl.DataFrame:
    """Of every listed share, suspended ones included."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    ids = stocks().alive(t)
    return pl.DataFrame(
        {
            "ts_code": [stocks().codes[i] for i in ids],
            "trade_date": [compact(DAYS[t])] * len(ids),
            "adj_factor": stocks().factors(ids, np.full(len(ids), t)),
        }
    )


def share_counts(ids: Ints) -> Floats:
    """Total shares in ten-thousands."""
    return np.round(10 ** (3.8 + 2 * uniforms("stock shares", ids)), 4)


def daily_basic(params: Params, until: date) -> pl.DataFrame:
    """Indicators that follow from prices, volumes and share counts."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    bars = stocks().bars(t)
    ids, n = bars.ids, len(bars.ids)
    total = share_counts(ids)
    floating = np.round(total * (0.4 + 0.6 * uniforms("stock float", ids)), 4)
    free = np.round(floating * (0.3 + 0.6 * uniforms("stock free", ids)), 4)
    earning = uniforms("stock earns", ids, DAYS[t].year) > 0.2
    pe = np.where(
        earning, np.round(10 + 60 * uniforms("stock pe", ids) * np.exp(levels("stock pe", ids, t)), 4), np.nan
    )
    ratio = np.round(0.5 + 5 * uniforms("stock pb", ids), 4)
    return pl.DataFrame(
        {
            "ts_code": [stocks().codes[i] for i in ids],
            "trade_date": [compact(DAYS[t])] * n,
            "close": bars.close,
            "turnover_rate": np.round(bars.vol / floating, 4),
            "turnover_rate_f": np.round(bars.vol / free, 4),
            "volume_ratio": np.round(0.5 + uniforms("stock ratio", ids, t), 2),
            "pe": pe,
            "pe_ttm": np.round(pe * 0.97, 4),
            "pb": ratio,
            "ps": np.round(ratio * 1.3, 4),
            "ps_ttm": np.round(ratio * 1.25, 4),
            "dv_ratio": np.round(3 * uniforms("stock yield", ids), 4),
            "dv_ttm": np.round(2.9 * uniforms("stock yield", ids), 4),
            "total_share": total,
            "float_share": floating,
            "free_share": free,
            "total_mv": np.round(total * bars.close, 4),
            "circ_mv": np.round(floating * bars.close, 4),
            "limit_status": np.zeros(n, dtype=np.int64),
        },
        nan_to_null=True,
    )


def suspend_d(params: Params, until: date) -> pl.DataFrame:
    """Suspensions of the whole day and of an hour, and the resumptions after them."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    alive, trading = stocks().alive(t), stocks().traded(t)
    whole = alive[stocks().suspended(alive, t)]
    hour = trading[uniforms("stock halted", trading, t) < 0.0004]
    back = trading[stocks().suspended(trading, t - 1)]
    kinds = [(i, None, "S") for i in whole] + [(i, "09:30-10:00", "S") for i in hour] + [(i, None, "R") for i in back]
    rows = [(stocks().codes[i], compact(DAYS[t]), timing, kind) for i, timing, kind in kinds]
    columns = ("ts_code", "trade_date", "suspend_timing", "suspend_type")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def stk_limit(params: Params, until: date) -> pl.DataFrame:
    """Limits of shares and funds: more rows than a page."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    parts = []
    for universe in (stocks(), funds()):
        ids = universe.alive(t)
        pre = universe.pre_closes(ids, t)
        up, down = price_limits(pre, universe.limits[ids], universe.digits)
        codes = [universe.codes[i] for i in ids]
        parts.append(pl.DataFrame({"ts_code": codes, "pre_close": pre, "up_limit": up, "down_limit": down}))
    return pl.concat(parts).with_columns(pl.lit(compact(DAYS[t])).alias("trade_date"))


def moneyflow(params: Params, until: date) -> pl.DataFrame:
    """Each side adds up to the day's volume and turnover."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    bars = stocks().bars(t)
    columns: dict[str, object] = {
        "ts_code": [stocks().codes[i] for i in bars.ids],
        "trade_date": [compact(DAYS[t])] * len(bars.ids),
    }
    sizes, value = ("sm", "md", "lg", "elg"), bars.amount / 10
    for side in ("buy", "sell"):
        weights = np.stack([0.1 + uniforms(f"flow {side} {size}", bars.ids, t) for size in sizes])
        for size, share in zip(sizes, weights / weights.sum(axis=0), strict=True):
            columns[f"{side}_{size}_vol"] = np.floor(share * bars.vol).astype(np.int64)
            columns[f"{side}_{size}_amount"] = np.round(share * value, 2)
    net = uniforms("flow net", bars.ids, t) - 0.5
    columns["net_mf_vol"] = np.floor(net * bars.vol).astype(np.int64)
    columns["net_mf_amount"] = np.round(net * value, 2)
    return pl.DataFrame(columns)


ANSWERS = {
    function.__name__: function
    for function in (daily, weekly, adj_factor, daily_basic, suspend_d, stk_limit, moneyflow)
}
"""API -> what it answers to (parameters, last published day)."""
