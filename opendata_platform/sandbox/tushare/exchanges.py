"""What exchanges publish of themselves: turnover per segment, and calendars."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl
from opendata import calendars

from opendata_platform.sandbox.tushare.asking import Params, asked_index, asked_span, compact
from opendata_platform.sandbox.tushare.shares import DAYS, stocks

SEGMENTS = (("SH_A", "上海A股", "SH", 2300), ("SZ_MARKET", "深圳市场", "SZ", 2850))
"""Code, name, exchange and issues."""
SZ_SEGMENTS = (("股票", 2850, 1.0), ("主板A股", 1490, 0.6), ("创业板A股", 1360, 0.4), ("基金", 700, 0.1))
"""Name, issues and part of the turnover of Shenzhen."""
FUTURES_SINCE = date(1996, 1, 2)


@lru_cache(maxsize=600)
def turnover(t: int) -> tuple[float, float]:
    """Turnover of all shares of Shanghai and of Shenzhen, thousand CNY."""
    bars = stocks().bars(t)
    suffixes = np.array([stocks().codes[i][-2:] for i in bars.ids])
    shanghai, shenzhen = (round(float(bars.amount[suffixes == suffix].sum()), 3) for suffix in ("SH", "SZ"))
    return shanghai, shenzhen


def daily_info(params: Params, until: date) -> pl.DataFrame:
    """Shanghai A shares and Shenzhen; the turnover is the sum over the shares, in 100 million CNY."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    rows = [
        {
            "trade_date": compact(DAYS[t]),
            "ts_code": code,
            "ts_name": name,
            "com_count": count,
            "total_share": count * 20.0,
            "float_share": count * 18.0,
            "total_mv": count * 220.0,
            "float_mv": count * 190.0,
            "amount": round(amount / 1e5, 2),
            "vol": round(amount / 2e6, 2),
            "trans_count": round(amount / 5e4, 2),
            "pe": 13.5,
            "tr": 1.2 if exchange == "SH" else None,
            "exchange": exchange,
        }
        for (code, name, exchange, count), amount in zip(SEGMENTS, turnover(t), strict=True)
    ]
    return pl.DataFrame(rows)


def sz_daily_info(params: Params, until: date) -> pl.DataFrame:
    """Segments of Shenzhen, CNY."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    amount = turnover(t)[1] * 1000
    rows = [
        {
            "trade_date": compact(DAYS[t]),
            "ts_code": name,
            "count": count,
            "amount": round(amount * share, 2),
            "vol": round(amount * share / 15),
            "total_share": count * 9e8,
            "total_mv": count * 1.1e10,
            "float_share": count * 8e8,
            "float_mv": count * 9e9,
        }
        for name, count, share in SZ_SEGMENTS
    ]
    return pl.DataFrame(rows)


def trade_cal(params: Params, until: date) -> pl.DataFrame:
    """A whole exchange, newest day first, to the end of the year that is known."""
    return _calendar(params.get("exchange", "SSE"), params, DAYS[0])


def fut_trade_cal(params: Params, until: date) -> pl.DataFrame:
    """The futures exchanges keep the same days."""
    return _calendar(params.get("exchange", "CFFEX"), params, FUTURES_SINCE)


def _calendar(exchange: str, params: Params, since: date) -> pl.DataFrame:
    first, last = asked_span(params, calendars.LAST_DAY, since)
    days = [last - timedelta(days=n) for n in range((last - first).days + 1)]
    before = [calendars.newest(day - timedelta(days=1)) if day > DAYS[0] else None for day in days]
    return pl.DataFrame(
        {
            "exchange": [exchange] * len(days),
            "cal_date": [compact(day) for day in days],
            "is_open": [int(calendars.is_open(day)) for day in days],
            "pretrade_date": [compact(day) for day in before],
        },
        schema={"exchange": pl.String, "cal_date": pl.String, "is_open": pl.Int64, "pretrade_date": pl.String},
    )


ANSWERS = {function.__name__: function for function in (daily_info, sz_daily_info, trade_cal, fut_trade_cal)}
"""API -> what it answers to (parameters, last published day)."""
