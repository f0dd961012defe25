"""Indices: their list, bars, indicators and members."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
from opendata import calendars

from opendata_platform.sandbox.tushare.asking import Params, asked_index, asked_span, compact, required
from opendata_platform.sandbox.tushare.exchanges import turnover
from opendata_platform.sandbox.tushare.hashing import Ints, levels, uniforms
from opendata_platform.sandbox.tushare.shares import DAYS, stocks
from opendata_platform.sandbox.tushare.stocks import share_counts
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import ByCode

LARGE = ("000001.SH", "000300.SH", "000905.SH", "399001.SZ", "399005.SZ", "399006.SZ")
"""The indices with daily indicators."""
WHOLE = ("000001.SH", "399107.SZ")
"""The indices of all shares of Shanghai and of Shenzhen."""
PUBLISHERS = {"SSE": ".SH", "SZSE": ".SZ", "CSI": ".CSI", "CICC": ".CIC", "SW": ".SI", "MSCI": ".MI", "OTH": ".OTH"}
"""Publisher -> suffix of its codes."""
MEMBERS = 300
CLOSED_ABROAD = ((1, 1), (12, 25))
"""Month and day."""


def index_bars(codes: Sequence[str], days: Sequence[int], before: Sequence[int], base: float = 3000.0) -> pl.DataFrame:
    """Bars of indices at positions of their series; the previous close is that of the positions `before`."""
    ids = np.array([zlib.crc32(code.encode()) % 10**8 for code in codes], dtype=np.int64)
    at = np.array(days, dtype=np.int64)
    close, pre = (np.round(base * np.exp(levels("index", ids, n)), 4) for n in (at, np.array(before, dtype=np.int64)))
    opening = np.round(pre * (1 + 0.006 * (uniforms("index open", ids, at) - 0.5)), 4)
    frame = pl.DataFrame({"ts_code": list(codes), "open": opening, "close": close, "pre_close": pre})
    return frame.with_columns(
        high=pl.max_horizontal("open", "close"),
        low=pl.min_horizontal("open", "close"),
        change=(pl.col("close") - pl.col("pre_close")).round(4),
        pct_chg=(100 * (pl.col("close") / pl.col("pre_close") - 1)).round(4),
    )


def _series(code: str, params: Params, until: date) -> tuple[list[int], pl.DataFrame]:
    """The trading days that a request spans, newest first, and the bars of a code."""
    days = [DAYS.index(day) for day in reversed(calendars.between(*asked_span(params, until)))]
    bars = index_bars([code] * len(days), days, [t - 1 for t in days])
    dates = pl.Series("trade_date", [compact(DAYS[t]) for t in days], pl.String)
    return days, bars.with_columns(dates)


def index_daily(params: Params, until: date) -> pl.DataFrame:
    """One index; that of all shares of an exchange turns over what they do."""
    code = required(params, "ts_code")
    if not code.endswith((".SH", ".SZ", ".BJ", ".CSI")):
        return pl.DataFrame()
    days, bars = _series(code, params, until)
    if code in WHOLE:
        amount = pl.Series("amount", [turnover(t)[WHOLE.index(code)] for t in days], pl.Float64)
    else:
        amount = (bars["close"] * 1e5).round(3).alias("amount")
    return bars.with_columns(amount, (amount / 10).round(2).alias("vol"))


def fut_index_daily(params: Params, until: date) -> pl.DataFrame:
    """One index of Nanhua."""
    code = required(params, "ts_code")
    if not code.endswith(".NH"):
        return pl.DataFrame()
    _, bars = _series(code, params, until)
    return bars.with_columns(amount=(pl.col("close") * 10).round(3), vol=pl.col("close").round(2))


def _sessions(first: date, last: date) -> Iterator[date]:
    """Days on which foreign exchanges are open, newest first, and one more."""
    day = last
    while day >= first - timedelta(days=5):
        if day.weekday() < 5 and (day.month, day.day) not in CLOSED_ABROAD:
            yield day
        day -= timedelta(days=1)


def index_global(params: Params, until: date) -> pl.DataFrame:
    """One foreign index, without volumes."""
    code = required(params, "ts_code")
    first, last = asked_span(params, until)
    sessions = list(_sessions(first, last))
    days = [day for day in sessions if day >= first]
    numbers = [day.toordinal() for day in sessions]
    bars = index_bars([code] * len(days), numbers[: len(days)], numbers[1 : len(days) + 1], 5000.0)
    return bars.with_columns(
        pl.Series("trade_date", [compact(day) for day in days], pl.String),
        swing=(100 * (pl.col("high") - pl.col("low")) / pl.col("pre_close")).round(4),
    )


def index_dailybasic(params: Params, until: date) -> pl.DataFrame:
    """Of the large indices only; CNY and shares."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    value = pl.col("close") * 1e10
    return index_bars(LARGE, [t] * len(LARGE), [t - 1] * len(LARGE)).select(
        "ts_code",
        pl.lit(compact(DAYS[t])).alias("trade_date"),
        total_mv=value.round(0),
        float_mv=(value * 0.8).round(0),
        total_share=4e12,
        float_share=3.2e12,
        free_share=1.8e12,
        turnover_rate=1.05,
        turnover_rate_f=1.9,
        pe=(pl.col("close") / 210).round(2),
        pe_ttm=(pl.col("close") / 215).round(2),
        pb=(pl.col("close") / 2000).round(2),
    )


def index_weight(params: Params, until: date) -> pl.DataFrame:
    """The members on the last trading day of each month of a span; weights add up to 100."""
    code = required(params, "index_code")
    first, last = asked_span(params, until)
    ends = [day for day in reversed(calendars.open_days("month")) if first <= day <= last]
    return pl.concat(_weights(code, day) for day in ends) if ends else pl.DataFrame()


def _weights(code: str, day: date) -> pl.DataFrame:
    ids: Ints = stocks().alive(DAYS.index(day))
    chosen = ids[np.argsort(uniforms(f"member {code}", ids), kind="stable")][:MEMBERS]
    weights = share_counts(chosen) ** 0.5
    weights = np.round(100 * weights / weights.sum(), 4)
    weights[0] = np.round(weights[0] + 100 - weights.sum(), 4)
    return pl.DataFrame({"con_code": [stocks().codes[i] for i in chosen], "weight": weights}).with_columns(
        index_code=pl.lit(code), trade_date=pl.lit(compact(day))
    )


def index_basic(params: Params, until: date) -> pl.DataFrame:
    """Twenty indices of a publisher, and those of it whose bars or members the catalog asks for."""
    market = params.get("market", "SSE")
    suffix = PUBLISHERS.get(market, "")
    axes = [find_api(name).fetch for name in ("index_daily", "index_weight")]
    known = {code for axis in axes if isinstance(axis, ByCode) for code in axis.codes if code.endswith(suffix)}
    numbered = {f"{(399001 if market == 'SZSE' else 1) + n:06d}{suffix}" for n in range(20)} if suffix else set()
    return pl.DataFrame({"ts_code": sorted(known | numbered)}, schema={"ts_code": pl.String}).with_columns(
        ("样本" + pl.col("ts_code")).alias("name"),
        ("样本指数" + pl.col("ts_code")).alias("fullname"),
        market=pl.lit(market),
        publisher=pl.lit("样本公司"),
        index_type=pl.lit("规模指数"),
        category=pl.lit("规模指数"),
        base_date=pl.lit("19901219"),
        base_point=100.0,
        list_date=pl.lit("19910715"),
        weight_rule=pl.lit("派氏加权"),
    )


ANSWERS = {
    function.__name__: function
    for function in (index_daily, fut_index_daily, index_global, index_dailybasic, index_weight, index_basic)
}
"""API -> what it answers to (parameters, last published day)."""
