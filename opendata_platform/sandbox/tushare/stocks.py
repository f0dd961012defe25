"""What the stock APIs answer about the made-up market."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from opendata_platform import calendars
from opendata_platform.sandbox.tushare.hashing import Floats, Ints, cents, levels, uniforms
from opendata_platform.sandbox.tushare.shares import ALIVE, DAYS, Bars, day_index, funds, price_limits, stocks

Params = Mapping[str, str]
BOARDS = {"600": "主板", "601": "主板", "603": "主板", "688": "科创板", "000": "主板", "002": "主板", "300": "创业板"}
INDUSTRIES = ("银行", "白酒", "半导体", "软件服务", "化工", "医药", "汽车", "电力", "地产", "有色", "煤炭", "农业")


def compact(day: date | None) -> str | None:
    """A date as the vendor writes it."""
    return day.strftime("%Y%m%d") if day else None


def asked_day(params: Params, name: str = "trade_date") -> date | None:
    """The day that a request names; None where it names none or no day."""
    return as_day(params.get(name, ""))


def as_day(text: str) -> date | None:
    """The date that a text YYYYMMDD is; None where it is none."""
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def asked_index(params: Params, name: str = "trade_date") -> int | None:
    """The trading day that a request names."""
    day = asked_day(params, name)
    return day_index(day) if day else None


def names(ids: Ints) -> list[str]:
    """Short names; those with the narrow limit are special treatment."""
    universe = stocks()
    return [f"{'*ST' if universe.limits[i] == 0.05 else ''}样本{universe.codes[i][:6]}" for i in ids]


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


def daily(params: Params, today: date) -> pl.DataFrame:
    """One day of all shares that traded."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    bars, after = stocks().bars(t), DAYS[t] >= date(2026, 7, 6)
    share = np.round(0.002 * uniforms("stock after hours", bars.ids, t), 5)
    return pl.DataFrame(
        {
            **bar_columns(bars, stocks().codes, t, 2),
            "ah_vol": np.round(bars.vol * share, 2) if after else [None] * len(bars.ids),
            "ah_amount": np.round(bars.vol * share * bars.close / 10, 3) if after else [None] * len(bars.ids),
        },
        schema_overrides={"ah_vol": pl.Float64, "ah_amount": pl.Float64},
    )


def weekly(params: Params, today: date) -> pl.DataFrame:
    """Bars of the week that ends on a day: shares, CNY, and a fraction."""
    day = asked_day(params)
    if day not in calendars.open_days("week"):
        return pl.DataFrame()
    days = [
        open_day
        for open_day in calendars.between(day - timedelta(days=6), day)
        if open_day.isocalendar()[:2] == day.isocalendar()[:2]
    ]
    frames = [daily({"trade_date": d.strftime("%Y%m%d")}, today) for d in days]
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


def adj_factor(params: Params, today: date) -> pl.DataFrame:
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


def daily_basic(params: Params, today: date) -> pl.DataFrame:
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


def suspend_d(params: Params, today: date) -> pl.DataFrame:
    """Suspensions of the whole day and of an hour, and the resumptions after them."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    alive = stocks().alive(t)
    whole = alive[stocks().suspended(alive, t)]
    trading = stocks().traded(t)
    hour = trading[uniforms("stock halted", trading, t) < 0.0004]
    back = trading[stocks().suspended(trading, t - 1)]
    rows = [(i, None, "S") for i in whole] + [(i, "09:30-10:00", "S") for i in hour] + [(i, None, "R") for i in back]
    rows = [row for row in rows if params.get("suspend_type", row[2]) == row[2]]
    return pl.DataFrame(
        {
            "ts_code": [stocks().codes[i] for i, _, _ in rows],
            "trade_date": [compact(DAYS[t])] * len(rows),
            "suspend_timing": [timing for _, timing, _ in rows],
            "suspend_type": [kind for _, _, kind in rows],
        },
        schema=dict.fromkeys(("ts_code", "trade_date", "suspend_timing", "suspend_type"), pl.String),
    )


def stk_limit(params: Params, today: date) -> pl.DataFrame:
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


def moneyflow(params: Params, today: date) -> pl.DataFrame:
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


@lru_cache(maxsize=4)
def _plans(year: int) -> pl.DataFrame:
    """The payouts with an ex-date in a year, at their two steps: proposed, then carried out."""
    ids = stocks().ids
    at, cash, bonus = stocks().payouts(ids, year)
    chosen = ids[(at < len(DAYS)) & (at < stocks().delisted)]
    at, cash, bonus = at[chosen], cash[chosen], bonus[chosen]
    paid = np.round(stocks().closes(chosen, at - 1) * (1 - 1 / (1 + cash)), 4)
    rows = []
    for i, t, per_share, extra in zip(chosen, at, paid, bonus, strict=True):
        announced, carried = DAYS[max(0, t - 45)] - timedelta(days=int(i) % 4), DAYS[max(0, t - 5)]
        steps = [(announced, "预案", False, None), (carried, "实施", True, carried)]
        for day, step, final, implemented in steps:
            rows.append(
                {
                    "ts_code": stocks().codes[i],
                    "end_date": f"{DAYS[t].year - 1}1231",
                    "ann_date": compact(day),
                    "div_proc": step,
                    "stk_div": float(extra),
                    "stk_bo_rate": None,
                    "stk_co_rate": float(extra) or None,
                    "cash_div": float(per_share) if final else 0.0,
                    "cash_div_tax": float(per_share),
                    "record_date": compact(DAYS[t - 1]) if final else None,
                    "ex_date": compact(DAYS[t]) if final else None,
                    "pay_date": compact(DAYS[t]) if final else None,
                    "div_listdate": None,
                    "imp_ann_date": compact(implemented),
                    "base_date": None,
                    "base_share": None,
                }
            )
    kinds = {"stk_div": pl.Float64, "stk_bo_rate": pl.Float64, "stk_co_rate": pl.Float64, "base_share": pl.Float64}
    return pl.DataFrame(
        rows, schema_overrides={**kinds, "div_listdate": pl.String, "base_date": pl.String}, infer_schema_length=None
    )


def dividend(params: Params, today: date) -> pl.DataFrame:
    """By announcement or by ex-date."""
    for name in ("ann_date", "ex_date"):
        day = asked_day(params, name)
        if day:
            years = [year for year in (day.year, day.year + 1) if year <= DAYS[-1].year]
            return pl.concat([_plans(year) for year in years]).filter(pl.col(name) == compact(day))
    return pl.DataFrame()


def repurchase(params: Params, today: date) -> pl.DataFrame:
    """Announcements of a day, weekends included."""
    day = asked_day(params, "ann_date")
    if day is None:
        return pl.DataFrame()
    t = calendars.open_days().index(calendars.newest(day))
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
            "exp_date": [None] * len(ids),
            "vol": vol,
            "amount": np.round(vol * close, 2),
            "high_limit": cents(close * 1.02),
            "low_limit": cents(close * 0.98),
        },
        schema_overrides={"exp_date": pl.String},
    )


def block_trade(params: Params, today: date) -> pl.DataFrame:
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


def stock_basic(params: Params, today: date) -> pl.DataFrame:
    """The shares that are listed, or were, on a day."""
    universe = stocks()
    t = calendars.open_days().index(calendars.newest(today))
    status = params.get("list_status", "L")
    if status == "L":
        ids = universe.alive(t)
    else:
        ids = universe.ids[universe.delisted <= t] if status == "D" else universe.ids[:0]
    codes = [universe.codes[i] for i in ids]
    return pl.DataFrame(
        {
            "ts_code": codes,
            "symbol": [code[:6] for code in codes],
            "name": names(ids),
            "area": ["深圳" if code.endswith("SZ") else "上海" for code in codes],
            "industry": [INDUSTRIES[i % len(INDUSTRIES)] for i in ids],
            "fullname": [f"样本{code[:6]}股份有限公司" for code in codes],
            "enname": [f"Sample {code[:6]} Co., Ltd." for code in codes],
            "cnspell": [f"yb{code[:6]}" for code in codes],
            "market": [BOARDS.get(code[:3], "创业板" if code.startswith("301") else "北交所") for code in codes],
            "exchange": [{"SH": "SSE", "SZ": "SZSE", "BJ": "BSE"}[code[-2:]] for code in codes],
            "curr_type": ["CNY"] * len(codes),
            "list_status": [status] * len(codes),
            "list_date": [compact(DAYS[universe.listed[i]]) for i in ids],
            "delist_date": [compact(DAYS[universe.delisted[i]]) if universe.delisted[i] < ALIVE else None for i in ids]
            if status == "D"
            else [None] * len(codes),
            "is_hs": ["H" if code.endswith("SH") else "S" if code.endswith("SZ") else "N" for code in codes],
            "act_name": [None] * len(codes),
            "act_ent_type": [None] * len(codes),
        },
        schema=dict.fromkeys(
            [
                "ts_code",
                "symbol",
                "name",
                "area",
                "industry",
                "fullname",
                "enname",
                "cnspell",
                "market",
                "exchange",
                "curr_type",
                "list_status",
                "list_date",
                "delist_date",
                "is_hs",
                "act_name",
                "act_ent_type",
            ],
            pl.String,
        ),
    )


def namechange(params: Params, today: date) -> pl.DataFrame:
    """Every name since the listing; one share in ten has had two."""
    universe = stocks()
    rows = []
    for i, name in zip(universe.ids, names(universe.ids), strict=True):
        start, changed = DAYS[universe.listed[i]], None
        if start > today:
            continue
        if i % 10 == 0 and universe.listed[i] + 800 < len(DAYS) and DAYS[universe.listed[i] + 800] <= today:
            changed = DAYS[universe.listed[i] + 800]
            rows.append(
                (
                    universe.codes[i],
                    f"旧名{name[-6:]}",
                    compact(start),
                    compact(changed - timedelta(days=1)),
                    compact(start),
                    "其他",
                )
            )
        first = changed or start
        rows.append((universe.codes[i], name, compact(first), None, compact(first), "改名" if changed else "上市"))
    columns = ("ts_code", "name", "start_date", "end_date", "ann_date", "change_reason")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


ANSWERS = {
    function.__name__: function
    for function in (
        daily, weekly, adj_factor, daily_basic, suspend_d, stk_limit, moneyflow, dividend, repurchase, block_trade,
        stock_basic, namechange,
    )
}  # fmt: skip
"""API -> what it answers to (parameters, today)."""
