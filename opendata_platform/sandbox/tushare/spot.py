"""Spot gold, silver and platinum of the made-up market: contracts and daily bars."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from opendata_platform.sandbox.tushare.asking import Params, asked_index, compact
from opendata_platform.sandbox.tushare.hashing import cents, levels, uniforms
from opendata_platform.sandbox.tushare.shares import DAYS

METALS = {"Au": 600.0, "Pt": 230.0, "Ag": 8.0}
"""CNY per gram; silver too, which its exchange quotes per kg."""
CONTRACTS = (
    *("Au99.95", "Au99.99", "Au100g", "Au50g", "iAu99.99", "Au(T+D)", "mAu(T+D)", "Au(T+N1)", "Au(T+N2)"),
    *("Pt99.95", "Ag99.99", "Ag(T+D)"),
)
DEFERRED = np.array(["(" in code for code in CONTRACTS])
"""Which are deferred contracts: these have positions, and a fee that one side pays."""
DIRECTIONS = np.array(["空支付给多", "多支付给空"])


def _metals() -> list[str]:
    return [next(metal for metal in METALS if metal in code) for code in CONTRACTS]


def sge_daily(params: Params, until: date) -> pl.DataFrame:
    """CNY per gram and kg; both sides counted."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    ids = np.arange(len(CONTRACTS))
    base = np.array([METALS[metal] for metal in _metals()])
    kinds = np.array([list(METALS).index(metal) for metal in _metals()])

    def closes(at: int) -> np.ndarray:
        path = base * np.exp(levels("metal", kinds, at, ((4, 0.01), (64, 0.05), (256, 0.2))))
        return cents(path * (1 + 0.004 * (uniforms("spot close", ids, at) - 0.5)), 3)

    close, before = closes(t), closes(t - 1)
    opening = cents(before * (1 + 0.004 * (uniforms("spot open", ids, t) - 0.5)), 3)
    high, low = np.maximum(opening, close), np.minimum(opening, close)
    average = np.round(low + (high - low) * uniforms("spot average", ids, t), 3)
    vol = np.round(10 ** (1 + 3 * uniforms("spot vol", ids)) * (1 + uniforms("spot vol", ids, t)), 2)
    payer = DIRECTIONS[(uniforms("spot fee", ids, t) * 2).astype(np.int64)]
    return pl.DataFrame(
        {
            "ts_code": CONTRACTS,
            "trade_date": [compact(DAYS[t])] * len(ids),
            "close": close,
            "open": opening,
            "high": high,
            "low": low,
            "price_avg": average,
            "change": np.round(close - before, 3),
            "pct_change": np.round(100 * (close / before - 1), 2),
            "vol": vol,
            "amount": np.round(average * vol * 1000, 2),
            "oi": np.where(DEFERRED, np.round(vol * 3), np.nan),
            "settle_vol": np.where(DEFERRED, np.round(vol * 0.1), np.nan),
            "settle_dire": [str(text) if owed else None for text, owed in zip(payer, DEFERRED, strict=True)],
        },
        nan_to_null=True,
    )


def sge_basic(params: Params, until: date) -> pl.DataFrame:
    """All contracts."""
    numbers = {"t_unit": 1000.0, "p_unit": 1.0, "min_change": 0.01, "price_limit": 10.0, "min_vol": 1, "max_vol": 500}
    rates = {"margin_rate": 8.0, "liq_rate": 8.0}
    deferred = pl.Series(DEFERRED)
    return pl.DataFrame({"ts_code": CONTRACTS, "ts_name": CONTRACTS}).with_columns(
        *(pl.lit(value).alias(name) for name, value in (numbers | rates).items()),
        trade_type=pl.when(deferred).then(pl.lit("延期")).otherwise(pl.lit("现货")),
        trade_mode=pl.when(deferred).then(pl.lit("T+D")).otherwise(pl.lit("T+0")),
        trade_time=pl.lit("20:00-02:30 09:00-15:30"),
        list_date=pl.lit("20021030"),
    )


ANSWERS = {function.__name__: function for function in (sge_daily, sge_basic)}
"""API -> what it answers to (parameters, last published day)."""
