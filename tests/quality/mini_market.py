"""A small market over a week of days, consistent in every way that the gates look at: the ground to plant faults on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zlib import crc32

import polars as pl
from opendata.contract.evidence import CheckResult
from opendata.contract.records import Data

from opendata_platform.quality.checks import STANDARD, Context, Head
from opendata_platform.quality.rows import RowAudit
from opendata_platform.quality.schemas import table_schema
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import raw_id
from opendata_platform.tushare.gates import checks_of
from opendata_platform.tushare.schema import api_schema

DAYS = [date(2026, 9, 7) + timedelta(days=n) for n in (0, 1, 2, 3, 4, 7, 8)]
TODAY = 5
"""The day that is examined: five days before it are published, and the one after."""
STOCKS = [
    *(f"{n:06}.SZ" for n in range(1, 161)),
    *(f"{n}.SH" for n in range(600000, 600130)),
    *(f"{n}.BJ" for n in range(920001, 920011)),
]
HALTED, PAYING, DELISTED, COMING = "000007.SZ", "600010.SH", "600999.SH", "001999.SZ"
PRODUCTS = {"AU": "SHF", "CU": "SHF", "A": "DCE", "SR": "ZCE"}
MONTHS = ("2610", "2611", "2612", "2701", "2703")
SIZE = 10
SPOT = ("Au99.99", "Au99.95", "Au(T+D)", "Pt99.95", "Ag99.99", "Ag(T+D)")

Frames = dict[tuple[str, int], pl.DataFrame]
"""By API and number of the day; complete copies stand at day 0."""


def frame_of(api: str, given: pl.DataFrame) -> pl.DataFrame:
    """Rows of an API: all declared fields in their order and types, null where not given."""
    types = api_schema(find_api(api)).create_empty().schema
    fields = {name: pl.col(name) if name in given.columns else pl.lit(None) for name in types}
    return given.select(fields[name].cast(kind).alias(name) for name, kind in types.items())


def _wave(seed: int, t: int) -> float:
    """A number from 0 to 1 that looks random and is another one each day."""
    return crc32(f"{seed} {t}".encode()) / 2**32


def _close(seed: int, t: int) -> float:
    return round((8 + seed % 40) * (1 + 0.04 * _wave(seed, t)), 2)


def _factor(code: str, t: int) -> float:
    """One name pays a dividend on the day that is examined."""
    paid = 0.5 / _close(STOCKS.index(code), TODAY - 1)
    return round(1 / (1 - paid), 6) if code == PAYING and t >= TODAY else 1.0


def _bars(seed: int, t: int, before: float) -> dict[str, float]:
    """Prices, volume in lots and turnover in thousands of one name."""
    close, opened = _close(seed, t), round(before * (1 + 0.01 * (_wave(seed, t + 50) - 0.5)), 2)
    high, low = round(max(close, opened) + 0.05, 2), round(min(close, opened) - 0.05, 2)
    vol = 1000 + round(5000 * _wave(seed, t + 99), 2)
    amount, change = round(vol * (high + low) / 20, 3), round(100 * (close / before - 1), 4)
    prices = {"open": opened, "high": high, "low": low, "close": close, "pre_close": before}
    return {**prices, "change": round(close - before, 2), "pct_chg": change, "vol": vol, "amount": amount}


def _daily(t: int) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for seed, code in enumerate(STOCKS):
        if code != HALTED:
            before = round(_close(seed, t - 1) * _factor(code, t - 1) / _factor(code, t), 2)
            bars = _bars(seed, t, before)
            rows.append({"ts_code": code, "trade_date": DAYS[t], **bars, "ah_vol": 1.0, "ah_amount": 2.0})
    return pl.DataFrame(rows)


def _stocks(t: int) -> Frames:
    daily = _daily(t)
    close, half, day = pl.col("close"), pl.col("total_share") / 2, pl.lit(DAYS[t])
    basic = daily.with_columns(total_share=10000.0 + pl.int_range(pl.len()), turnover_rate=close / 10)
    basic = basic.with_columns(float_share=half, total_mv=close * pl.col("total_share"), circ_mv=close * half)
    flows = [f"{side}_{size}_vol" for side in ("buy", "sell") for size in ("sm", "md", "lg", "elg")]
    paid = {"ts_code": PAYING, "ann_date": DAYS[0], "div_proc": "实施", "cash_div": 0.5, "ex_date": DAYS[t]}
    planned = {"ts_code": "000009.SZ", "ann_date": DAYS[t], "div_proc": "预案", "cash_div": 0.1, "ex_date": None}
    blocks = {"ts_code": ["000001.SZ", "600001.SH"], "price": [8.0, 9.5], "vol": [10.0, 20.0], "amount": [80.0, 190.0]}
    weights = {"index_code": ["000300.SH"] * 4, "con_code": STOCKS[:4], "weight": [40.0, 30.0, 20.0, 10.0]}
    factors = pl.DataFrame({"ts_code": STOCKS, "adj_factor": [_factor(code, t) for code in STOCKS]})
    frames = {
        "daily": daily,
        "fund_daily": daily,
        "daily_basic": basic,
        "adj_factor": factors,
        "fund_adj": factors,
        "stk_limit": daily.with_columns(up_limit=close * 1.3, down_limit=close * 0.7),
        "suspend_d": pl.DataFrame({"ts_code": [HALTED], "suspend_type": ["S"]}),
        "dividend": pl.DataFrame([paid if t == TODAY else planned]),
        "moneyflow": daily.with_columns(pl.lit(100).alias(name) for name in flows),
        "block_trade": pl.DataFrame(blocks),
        "index_weight": pl.DataFrame(weights),
        "weekly": daily.with_columns(pl.col("vol") * 100, pl.col("amount") * 1000),
        **_markets(t, daily),
    }
    return {(api, t): frame_of(api, frame.with_columns(trade_date=day)) for api, frame in frames.items()}


def _markets(t: int, daily: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What is stated of the two big exchanges: their indices with their turnover."""
    sums = [float(daily.filter(pl.col("ts_code").str.ends_with(each))["amount"].sum()) for each in (".SZ", ".SH")]
    before, close = ([3000 + round(10 * _wave(n, at), 2) for n in (1, 2)] for at in (t - 1, t))
    levels = pl.DataFrame({"pre_close": before, "open": before, "close": close, "vol": [1e6, 1e6], "amount": sums})
    pair = ("open", "close")
    levels = levels.with_columns(
        ts_code=pl.Series(["399107.SZ", "000001.SH"]),
        high=pl.max_horizontal(pair),
        low=pl.min_horizontal(pair),
        change=pl.col("close") - pl.col("pre_close"),
        pct_chg=(100 * (pl.col("close") / pl.col("pre_close") - 1)).round(4),
    ).with_columns(pct_change="pct_chg")
    segments = pl.DataFrame({"ts_code": ["SZ_MARKET", "SH_A"], "amount": [each / 1e5 for each in sums]})
    return {"index_daily": levels, "sw_daily": levels, "ci_daily": levels, "daily_info": segments}


def _futures(t: int) -> Frames:
    rows: list[dict[str, Any]] = []
    for product, suffix in PRODUCTS.items():
        base = 400 if product == "AU" else 3000
        for n, month in enumerate(MONTHS):
            seed = 100 + 10 * len(rows) + n
            before, settle = (round(base * (1 + 0.005 * _wave(seed, at)), 2) for at in (t - 1, t))
            oi_before, oi = (50000 - 9000 * abs(n - 2) + round(99 * _wave(seed, at)) for at in (t - 1, t))
            vol = 2000 + round(1000 * _wave(seed, t + 9))
            prices = {"open": settle - 0.5, "high": settle + 1, "low": settle - 1, "close": settle + 0.5}
            changes = {"change1": settle + 0.5 - before, "change2": settle - before, "oi_chg": oi - oi_before}
            counts = {"vol": vol, "amount": settle * vol * SIZE / 1e4, "oi": oi}
            code = {"ts_code": f"{product}{month}.{suffix}", "settle": settle, "pre_settle": before}
            rows.append({**code, **prices, **changes, **counts})
    quotes = pl.DataFrame(rows)
    main = quotes.filter(pl.col("ts_code") == "AU2612.SHF").with_columns(ts_code=pl.lit("AU.SHF"))
    mapping = [(f"{product}.{suffix}", f"{product}2612.{suffix}") for product, suffix in PRODUCTS.items()]
    mapping += [(f"{product}L.{suffix}", f"{product}2610.{suffix}") for product, suffix in PRODUCTS.items()]
    frames = {
        "fut_daily": pl.concat([quotes, main]),
        "fut_settle": quotes,
        "fut_mapping": pl.DataFrame(mapping, schema=["ts_code", "mapping_ts_code"], orient="row"),
        "sge_daily": _spot(t),
    }
    return {(api, t): frame_of(api, frame.with_columns(trade_date=pl.lit(DAYS[t]))) for api, frame in frames.items()}


def _spot(t: int) -> pl.DataFrame:
    rows = []
    for n, code in enumerate(SPOT):
        price = round(400 * (1 + 0.005 * _wave(112, t)) + 0.3 * n, 2)
        prices = {"open": price - 1, "high": price + 2, "low": price - 2, "close": price, "price_avg": price + 0.1}
        vol, direction = 100.0 + n + t, "平付" if "T+D" in code else None
        rows.append({"ts_code": code, **prices, "vol": vol, "oi": 10.0, "settle_dire": direction})
    return pl.DataFrame(rows).with_columns(amount=pl.col("price_avg") * pl.col("vol") * 1000)


def _copies() -> Frames:
    codes = [*STOCKS, DELISTED, COMING]
    listed = [date(2020, 1, 2)] * (len(codes) - 1) + [DAYS[-1]]
    gone = [None] * len(STOCKS) + [DAYS[TODAY], None]
    stocks = pl.DataFrame({"ts_code": codes, "name": codes, "list_date": listed, "delist_date": gone}).with_columns(
        list_status=pl.lit("L")
    )
    contracts = [f"{product}{month}.{suffix}" for product, suffix in PRODUCTS.items() for month in MONTHS]
    ends = [date(2000 + int(month[:2]), int(month[2:]), 15) for _ in PRODUCTS for month in MONTHS]
    futures = pl.DataFrame({"ts_code": contracts, "delist_date": ends}).with_columns(
        per_unit=pl.lit(float(SIZE)), list_date=pl.lit(date(2025, 1, 2))
    )
    return {("stock_basic", 0): frame_of("stock_basic", stocks), ("fut_basic", 0): frame_of("fut_basic", futures)}


def clean_market() -> Frames:
    """All frames of all days."""
    frames = _copies()
    for t in range(len(DAYS)):
        frames |= _stocks(t) | _futures(t)
    return frames


@dataclass
class Market:
    """The published frames as a gate sees them, around one day. `Related` of the checks."""

    frames: Frames
    today: int = TODAY
    hidden: frozenset[str] = frozenset()
    """APIs that are not published."""
    offsets: Sequence[int] = tuple(range(-9, 10))
    """Which days are published, from the one that is examined."""
    days: Sequence[date] = field(default_factory=lambda: DAYS)
    """The days that the numbers stand for."""
    names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = {raw_id(api): api for api, _ in self.frames}

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        """The rows of a day, if it is published."""
        api = self.names.get(dataset, "")
        published = offset in self.offsets and api not in self.hidden
        return self.frames.get((api, self.today + offset)) if published else None

    def latest(self, dataset: str, days: int) -> pl.DataFrame | None:
        """The rows of the day."""
        return self.frame(dataset)

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """The complete copy."""
        api = self.names.get(dataset, "")
        return None if api in self.hidden else self.frames.get((api, 0))

    def context(self, api: str, frame: pl.DataFrame, pages: Sequence[Mapping[str, Any]] | None = None) -> Context:
        """What the checks of an API see beside its frame."""
        declared = find_api(api)
        schema = api_schema(declared)
        whole = [{"params": {"trade_date": "20260914"}, "rows": 1, "has_more": False}]
        return Context(
            partition=self.days[self.today].isoformat(),
            schema=table_schema(schema, None),
            rows=RowAudit(schema, frame),
            provenance=None,
            head=None,
            dataset=declared.id,
            related=self,
            since=self.days[self.today] - timedelta(days=1),
            answer={"pages": whole if pages is None else pages, "page_rows": declared.page_rows},
        )

    def examine(self, api: str, context: Context | None = None, only: str | None = None) -> dict[str, CheckResult]:
        """The results by name of all gates of an API, or `only` one, on the day's frame."""
        frame = self.frames[api, self.today] if (api, self.today) in self.frames else self.frames[api, 0]
        seen = context or self.context(api, frame)
        gates = (*STANDARD, *checks_of(find_api(api)))
        return {check.name: check.run(frame, seen) for check in gates if only in (None, check.name)}

    def result(self, api: str, check: str, context: Context | None = None) -> CheckResult:
        """That of one gate."""
        return self.examine(api, context, check)[check]


def head_of(rows: int) -> Head:
    """A published copy of so many rows."""
    return Head(Data("2026-09-11", "a" * 64, "b" * 64, "c" * 64, 1, rows, None, None), None)
