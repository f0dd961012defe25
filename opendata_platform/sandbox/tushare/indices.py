"""Indices, industries, market statistics and calendars of the made-up market, and what their APIs answer."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from opendata_platform import calendars
from opendata_platform.sandbox.tushare.hashing import levels, uniforms
from opendata_platform.sandbox.tushare.shares import DAYS, stocks
from opendata_platform.sandbox.tushare.stocks import Params, asked_day, asked_index, compact, share_counts

LARGE = ("000001.SH", "000300.SH", "000905.SH", "399001.SZ", "399005.SZ", "399006.SZ")
"""The indices with daily indicators."""
INDUSTRIES = 31
SZ_SEGMENTS = (("股票", 2700, 1.0), ("主板A股", 1500, 0.6), ("创业板A股", 1200, 0.4), ("基金", 700, 0.1))
"""Name, shares listed and part of the turnover."""
GLOBAL_CLOSED = {(1, 1), (12, 25)}
NEVER = pl.DataFrame()


def _seed(code: str) -> int:
    return zlib.crc32(code.encode()) % 10**8


@lru_cache(maxsize=600)
def market_turnover(t: int) -> tuple[float, float]:
    """Turnover of all shares of Shanghai and of Shenzhen, thousand CNY."""
    bars = stocks().bars(t)
    suffixes = np.array([stocks().codes[i][-2:] for i in bars.ids])
    shanghai, shenzhen = (float(np.round(bars.amount[suffixes == suffix].sum(), 3)) for suffix in ("SH", "SZ"))
    return shanghai, shenzhen


def _bar(code: str, number: int, before: int, base: float = 3000.0) -> tuple[float, ...]:
    """Open, high, low, close and previous close of an index at two positions of its series."""
    ids = np.array([_seed(code), _seed(code)])
    close, pre = np.round(base * np.exp(levels("index", ids, np.array([number, before]))), 4)
    opening = round(float(pre) * (1 + 0.006 * (float(uniforms("index open", ids[:1], number)[0]) - 0.5)), 4)
    return opening, max(opening, float(close)), min(opening, float(close)), float(close), float(pre)


def _span(params: Params, first: date = DAYS[0]) -> tuple[date, date]:
    start, end = asked_day(params, "start_date"), asked_day(params, "end_date")
    day = asked_day(params)
    return (day, day) if day else (start or first, end or DAYS[-1])


def _index_rows(code: str, params: Params, today: date, scale: float) -> Iterator[dict[str, object]]:
    first, last = _span(params)
    for day in reversed(calendars.between(first, min(last, today))):
        t = DAYS.index(day)
        opening, high, low, close, pre = _bar(code, t, t - 1)
        shanghai, shenzhen = market_turnover(t) if code in ("000001.SH", "399107.SZ") else (0.0, 0.0)
        amount = {"000001.SH": shanghai, "399107.SZ": shenzhen}.get(code, round(scale * close, 3))
        yield {
            "ts_code": code, "trade_date": compact(day), "close": close, "open": opening, "high": high, "low": low,
            "pre_close": pre, "change": round(close - pre, 4), "pct_chg": round(100 * (close / pre - 1), 4),
            "vol": round(amount / 10, 2), "amount": amount,
        }  # fmt: skip


def index_daily(params: Params, today: date) -> pl.DataFrame:
    """One index over a span of days, newest first; 000001.SH and 399107.SZ turn over what their shares do."""
    known = params["ts_code"].endswith((".SH", ".SZ", ".BJ"))
    return (
        pl.DataFrame(list(_index_rows(params["ts_code"], params, today, 1e5)), infer_schema_length=None)
        if known
        else NEVER
    )


def fut_index_daily(params: Params, today: date) -> pl.DataFrame:
    """One index of Nanhua."""
    known = params["ts_code"].endswith(".NH")
    return (
        pl.DataFrame(list(_index_rows(params["ts_code"], params, today, 10.0)), infer_schema_length=None)
        if known
        else NEVER
    )


def index_global(params: Params, today: date) -> pl.DataFrame:
    """One foreign index: weekdays but for two holidays, without volumes."""
    first, last = _span(params)
    last = min(last, today - timedelta(days=1))
    rows = []
    for n in range((last - first).days, -1, -1):
        day = first + timedelta(days=n)
        if day.weekday() > 4 or (day.month, day.day) in GLOBAL_CLOSED:
            continue
        opening, high, low, close, pre = _bar(params["ts_code"], day.toordinal(), day.toordinal() - 1, 5000.0)
        rows.append(
            {
                "ts_code": params["ts_code"], "trade_date": compact(day), "open": opening, "close": close,
                "high": high, "low": low, "pre_close": pre, "change": round(close - pre, 4),
                "pct_chg": round(100 * (close / pre - 1), 4), "swing": round(100 * (high - low) / pre, 4),
                "vol": None, "amount": None,
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"vol": pl.Float64, "amount": pl.Float64}, infer_schema_length=None)


def index_dailybasic(params: Params, today: date) -> pl.DataFrame:
    """Of the large indices only."""
    t = asked_index(params)
    if t is None:
        return NEVER
    rows = []
    for code in LARGE:
        value = 1e12 * _bar(code, t, t - 1)[3] / 100
        rows.append(
            {
                "ts_code": code, "trade_date": compact(DAYS[t]), "total_mv": value, "float_mv": value * 0.8,
                "total_share": 4e12, "float_share": 3.2e12, "free_share": 1.8e12, "turnover_rate": 1.05,
                "turnover_rate_f": 1.9, "pe": 14.2, "pe_ttm": 14.0, "pb": 1.4,
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


def index_weight(params: Params, today: date) -> pl.DataFrame:
    """The constituents on the last trading day of each month of a span; weights add up to 100."""
    first, last = _span(params)
    parts = []
    for day in reversed([end for end in calendars.open_days("month") if first <= end <= min(last, today)]):
        ids = stocks().alive(DAYS.index(day))
        chosen = ids[np.argsort(uniforms(f"member {params['index_code']}", ids))][:300]
        weights = share_counts(chosen) ** 0.5
        weights = np.round(100 * weights / weights.sum(), 4)
        weights[0] += np.round(100 - weights.sum(), 4)
        parts.append(
            pl.DataFrame(
                {
                    "index_code": [params["index_code"]] * len(chosen),
                    "con_code": [stocks().codes[i] for i in chosen],
                    "trade_date": [compact(day)] * len(chosen),
                    "weight": np.round(weights, 4),
                }
            )
        )
    return pl.concat(parts) if parts else NEVER


def index_basic(params: Params, today: date) -> pl.DataFrame:
    """Twenty indices per publisher."""
    market = params.get("market", "SSE")
    suffix = {"SSE": "SH", "SZSE": "SZ"}.get(market, market)
    rows = [
        (
            f"{(1 if suffix == 'SH' else 399001) + n:06d}.{suffix}",
            f"样本指数{n}",
            f"样本指数{n}全称",
            market,
            "样本公司",
            "规模指数",
            "规模指数",
            "19901219",
            100.0,
            "19910715",
            "派氏加权",
            None,
            None,
        )
        for n in range(20)
    ]
    columns = [
        "ts_code",
        "name",
        "fullname",
        "market",
        "publisher",
        "index_type",
        "category",
        "base_date",
        "base_point",
        "list_date",
        "weight_rule",
        "desc",
        "exp_date",
    ]
    schema = {name: pl.Float64 if name == "base_point" else pl.String for name in columns}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _industry(number: int, level: int) -> str:
    """Industry codes: 31 on level 1, two of level 2 in each, two of level 3 in each of those."""
    return f"{801000 + level * 10000 % 50000 + number:06d}.SI"


def index_classify(params: Params, today: date) -> pl.DataFrame:
    """One level."""
    level = int(params.get("level", "L1")[1:])
    rows = []
    for number in range(INDUSTRIES * 2 ** (level - 1)):
        above = "0" if level == 1 else f"{number // 2:06d}"
        rows.append(
            (
                _industry(number, level),
                f"样本行业{level}-{number}",
                above,
                f"L{level}",
                f"{number:06d}",
                "1",
                params.get("src", "SW2021"),
            )
        )
    columns = ["index_code", "industry_name", "parent_code", "level", "industry_code", "is_pub", "src"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def index_member_all(params: Params, today: date) -> pl.DataFrame:
    """Each share is in one industry since its listing; those that were delisted left it."""
    universe = stocks()
    t = DAYS.index(calendars.newest(today))
    current = params.get("is_new", "Y") == "Y"
    rows = []
    for i in universe.alive(t) if current else universe.ids[universe.delisted <= t]:
        third = int(i) % (INDUSTRIES * 4)
        path = [
            x
            for level, number in ((1, third // 4), (2, third // 2), (3, third))
            for x in (_industry(number, level), f"样本行业{level}-{number}")
        ]
        left = None if current else compact(DAYS[universe.delisted[i]])
        rows.append(
            (
                *path,
                universe.codes[i],
                f"样本{universe.codes[i][:6]}",
                compact(DAYS[universe.listed[i]]),
                left,
                "Y" if current else "N",
            )
        )
    columns = [
        "l1_code",
        "l1_name",
        "l2_code",
        "l2_name",
        "l3_code",
        "l3_name",
        "ts_code",
        "name",
        "in_date",
        "out_date",
        "is_new",
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _industry_bars(params: Params, codes: list[str]) -> list[dict[str, object]]:
    t = asked_index(params)
    rows: list[dict[str, object]] = []
    for code in codes if t is not None else []:
        assert t is not None, "codes are only walked for a trading day"
        opening, high, low, close, pre = _bar(code, t, t - 1)
        rows.append(
            {
                "ts_code": code, "trade_date": compact(DAYS[t]), "open": opening, "low": low, "high": high,
                "close": close, "pre_close": pre, "change": round(close - pre, 4),
                "pct_change": round(100 * (close / pre - 1), 4), "vol": round(close * 10, 2),
                "amount": round(close * 150, 2),
            }
        )  # fmt: skip
    return rows


def sw_daily(params: Params, today: date) -> pl.DataFrame:
    """All levels."""
    codes = [_industry(number, level) for level in (1, 2, 3) for number in range(INDUSTRIES * 2 ** (level - 1))]
    rows = [
        {**row, "name": f"样本行业{row['ts_code']}", "pe": 20.0, "pb": 2.0, "float_mv": 1e7, "total_mv": 1.2e7}
        for row in _industry_bars(params, codes)
    ]
    return pl.DataFrame(rows).drop("pre_close", strict=False)


def ci_daily(params: Params, today: date) -> pl.DataFrame:
    """Thirty industries."""
    return pl.DataFrame(_industry_bars(params, [f"CI005{number:03d}.CI" for number in range(1, 31)]))


def daily_info(params: Params, today: date) -> pl.DataFrame:
    """Shanghai and Shenzhen A shares; the turnover is the sum over the shares."""
    t = asked_index(params)
    if t is None:
        return NEVER
    rows = []
    for (code, name, exchange), amount in zip(
        (("SH_A", "上海A股", "SH"), ("SZ_MARKET", "深圳市场", "SZ")), market_turnover(t), strict=True
    ):
        rows.append(
            {
                "trade_date": compact(DAYS[t]), "ts_code": code, "ts_name": name, "com_count": 2000,
                "total_share": 48000.0, "float_share": 43000.0, "total_mv": 520000.0, "float_mv": 450000.0,
                "amount": round(amount / 1e5, 2), "vol": round(amount / 2e6, 2), "trans_count": 3000, "pe": 13.5,
                "tr": 1.2 if exchange == "SH" else None, "exchange": exchange,
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


def sz_daily_info(params: Params, today: date) -> pl.DataFrame:
    """Segments of Shenzhen."""
    t = asked_index(params)
    if t is None:
        return NEVER
    amount = market_turnover(t)[1] * 1000
    rows = [
        {
            "trade_date": compact(DAYS[t]), "ts_code": name, "count": count, "amount": round(amount * share, 2),
            "vol": round(amount * share / 15),
            "total_share": 2.5e12, "total_mv": 3e13, "float_share": 2.1e12, "float_mv": 2.5e13,
        }
        for name, count, share in SZ_SEGMENTS
    ]  # fmt: skip
    return pl.DataFrame(rows)


def _calendar(exchange: str, params: Params) -> pl.DataFrame:
    first, last = _span(params)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)][::-1]
    opened = [calendars.is_open(day) for day in days]
    before = []
    newest: date | None = None
    for day, is_open in zip(reversed(days), reversed(opened), strict=True):
        before.append(compact(newest))
        newest = day if is_open else newest
    return pl.DataFrame(
        {
            "exchange": [exchange] * len(days),
            "cal_date": [compact(day) for day in days],
            "is_open": [int(is_open) for is_open in opened],
            "pretrade_date": before[::-1],
        },
        schema_overrides={"pretrade_date": pl.String},
    )


def trade_cal(params: Params, today: date) -> pl.DataFrame:
    """A whole exchange, newest day first."""
    return _calendar(params.get("exchange") or "SSE", params)


def fut_trade_cal(params: Params, today: date) -> pl.DataFrame:
    """The futures exchanges keep the same days, from 1996 on."""
    since = {"start_date": "19960102", "end_date": compact(DAYS[-1]) or ""}
    return _calendar(params.get("exchange") or "CFFEX", {**since, **params})


ANSWERS = {
    function.__name__: function
    for function in (
        index_daily, fut_index_daily, index_global, index_dailybasic, index_weight, index_basic, index_classify,
        index_member_all, sw_daily, ci_daily, daily_info, sz_daily_info, trade_cal, fut_trade_cal,
    )
}  # fmt: skip
"""API -> what it answers to (parameters, today)."""
