"""Shares as companies: what is listed, their names, dividends, buy-backs and block trades."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl
from opendata import calendars

from opendata_platform.sandbox.tushare.asking import MissingParam, Params, asked_day, asked_index, compact
from opendata_platform.sandbox.tushare.hashing import Ints, cents, uniforms
from opendata_platform.sandbox.tushare.shares import DAYS, stocks

BOARDS = {"688": "科创板", "300": "创业板", "301": "创业板", "920": "北交所"}
"""First digits -> board; the others are on the main board."""
INDUSTRIES = ("银行", "白酒", "半导体", "软件服务", "化工", "医药", "汽车", "电力", "地产", "有色", "煤炭", "农业")
EXCHANGES = {"SH": "SSE", "SZ": "SZSE", "BJ": "BSE"}


def names(ids: Ints) -> list[str]:
    """Short names; those with the narrow limit are special treatment."""
    universe = stocks()
    return [f"{'*ST' if universe.limits[i] == 0.05 else ''}样本{universe.codes[i][:6]}" for i in ids]


def stock_basic(params: Params, until: date) -> pl.DataFrame:
    """The shares that are listed, or were; no listing is paused."""
    universe, t = stocks(), DAYS.index(calendars.newest(until))
    status = params.get("list_status", "L")
    gone = universe.ids[universe.delisted <= t]
    ids = {"L": universe.alive(t), "D": gone}.get(status, universe.ids[:0])
    codes = [universe.codes[i] for i in ids]
    texts = {
        "ts_code": codes,
        "symbol": [code[:6] for code in codes],
        "name": names(ids),
        "area": ["深圳" if code.endswith("SZ") else "上海" for code in codes],
        "industry": [INDUSTRIES[i % len(INDUSTRIES)] for i in ids],
        "fullname": [f"样本{code[:6]}股份有限公司" for code in codes],
        "enname": [f"Sample {code[:6]} Co., Ltd." for code in codes],
        "cnspell": [f"yb{code[:6]}" for code in codes],
        "market": [BOARDS.get(code[:3], "主板") for code in codes],
        "exchange": [EXCHANGES[code[-2:]] for code in codes],
        "curr_type": ["CNY"] * len(codes),
        "list_status": [status] * len(codes),
        "list_date": [compact(DAYS[universe.listed[i]]) for i in ids],
        "delist_date": [compact(DAYS[universe.delisted[i]]) if status == "D" else None for i in ids],
        "is_hs": ["N" if code.endswith("BJ") else code[-1] for code in codes],
    }
    return pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))


def namechange(params: Params, until: date) -> pl.DataFrame:
    """Every name since the listing; one share in ten has had two."""
    universe, last = stocks(), DAYS.index(calendars.newest(until))
    rows = []
    for i, name in zip(universe.ids, names(universe.ids), strict=True):
        code, listed, renamed = universe.codes[i], int(universe.listed[i]), int(universe.listed[i]) + 800
        if listed > last:
            continue
        start, reason = DAYS[listed], "上市"
        if i % 10 == 0 and renamed <= last:
            eve = DAYS[renamed] - timedelta(days=1)
            rows.append((code, f"旧名{code[:6]}", compact(start), compact(eve), compact(start), reason))
            start, reason = DAYS[renamed], "改名"
        rows.append((code, name, compact(start), None, compact(start), reason))
    columns = ("ts_code", "name", "start_date", "end_date", "ann_date", "change_reason")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


@lru_cache(maxsize=4)
def _plans(year: int) -> pl.DataFrame:
    """The payouts with an ex-date in a year, at their two steps: proposed, then carried out."""
    ids = stocks().ids
    at, cash, bonus = stocks().payouts(ids, year)
    chosen = ids[(at < len(DAYS)) & (at < stocks().delisted)]
    at, cash, bonus = at[chosen], cash[chosen], bonus[chosen]
    paid = np.round(stocks().closes(chosen, at - 1) * (1 - 1 / (1 + cash)), 4)
    carried = [DAYS[max(0, t - 5)] for t in at]
    proposed = [DAYS[max(0, t - 45)] - timedelta(days=int(i) % 4) for i, t in zip(chosen, at, strict=True)]
    plans = pl.DataFrame(
        {
            "ts_code": [stocks().codes[i] for i in chosen],
            "end_date": [f"{year - 1}1231"] * len(chosen),
            "stk_div": bonus,
            "stk_co_rate": np.where(bonus > 0, bonus, np.nan),
            "cash_div_tax": paid,
        },
        nan_to_null=True,
    )
    ex = [compact(DAYS[t]) for t in at]
    steps = (
        plans.with_columns(
            pl.Series("ann_date", [compact(day) for day in proposed], pl.String), div_proc=pl.lit("预案"), cash_div=0.0
        ),
        plans.with_columns(
            pl.Series("ann_date", [compact(day) for day in carried], pl.String),
            pl.Series("imp_ann_date", [compact(day) for day in carried], pl.String),
            pl.Series("record_date", [compact(DAYS[t - 1]) for t in at], pl.String),
            pl.Series("ex_date", ex, pl.String),
            pl.Series("pay_date", ex, pl.String),
            div_proc=pl.lit("实施"),
            cash_div=pl.col("cash_div_tax"),
        ),
    )
    return pl.concat(steps, how="diagonal")


def dividend(params: Params, until: date) -> pl.DataFrame:
    """By announcement or by ex-date."""
    for name in ("ann_date", "ex_date"):
        if name in params:
            day = asked_day(params, name)
            years = [year for year in (day.year, day.year + 1) if year <= DAYS[-1].year] if day else []
            found = [_plans(year).filter(pl.col(name) == compact(day)) for year in years]
            return pl.concat(found) if found else pl.DataFrame()
    raise MissingParam("ann_date")


def repurchase(params: Params, until: date) -> pl.DataFrame:
    """Announcements of a day, weekends included."""
    day = asked_day(params, "ann_date")
    if day is None or not DAYS[0] <= day:
        return pl.DataFrame()
    t = DAYS.index(calendars.newest(day))
    ids = stocks().traded(t)
    ids = ids[uniforms("buys back", ids, day.toordinal()) < 0.002]
    close = stocks().closes(ids, np.full(len(ids), t))
    vol = np.round(1e5 + 1e6 * uniforms("buys back size", ids, t), 0)
    return pl.DataFrame(
        {
            "ts_code": [stocks().codes[i] for i in ids],
            "ann_date": [compact(day)] * len(ids),
            "end_date": [compact(day)] * len(ids),
            "proc": ["实施"] * len(ids),
            "vol": vol,
            "amount": np.round(vol * close, 2),
            "high_limit": cents(close * 1.02),
            "low_limit": cents(close * 0.98),
        }
    )


def block_trade(params: Params, until: date) -> pl.DataFrame:
    """Some shares have several, and some of these are equal."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    bars = stocks().bars(t)
    at = np.flatnonzero(uniforms("blocks", bars.ids, t) < 0.015)
    at = np.repeat(at, 1 + (uniforms("blocks often", bars.ids[at], t) * 3).astype(np.int64))
    price = cents(bars.close[at] * 0.97)
    vol = np.round(5 + 50 * uniforms("blocks size", bars.ids[at], t), 2)
    return pl.DataFrame(
        {
            "ts_code": [stocks().codes[i] for i in bars.ids[at]],
            "trade_date": [compact(DAYS[t])] * len(at),
            "price": price,
            "vol": vol,
            "amount": np.round(price * vol, 2),
            "buyer": ["机构专用"] * len(at),
            "seller": [f"样本证券营业部{i % 40}" for i in bars.ids[at]],
        }
    )


ANSWERS = {function.__name__: function for function in (stock_basic, namechange, dividend, repurchase, block_trade)}
"""API -> what it answers to (parameters, last published day)."""
