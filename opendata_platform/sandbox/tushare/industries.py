"""Industries: two classifications, their members, and bars."""

from __future__ import annotations

from datetime import date

import polars as pl
from opendata import calendars

from opendata_platform.sandbox.tushare.asking import Params, asked_index, compact
from opendata_platform.sandbox.tushare.corporate import names
from opendata_platform.sandbox.tushare.indices import index_bars
from opendata_platform.sandbox.tushare.shares import DAYS, stocks

LEVELS = {"L1": 31, "L2": 62, "L3": 124}
"""Industries of a level; each of them has two of the next one."""
CITIC = tuple(f"CI005{number:03d}.CI" for number in range(1, 31))


def _code(level: str, number: int) -> str:
    return f"8{level[1]}1{number:03d}.SI"


def _name(level: str, number: int) -> str:
    return f"样本行业{level}-{number}"


def index_classify(params: Params, until: date) -> pl.DataFrame:
    """The industries of one level, by default the first."""
    level = params.get("level", "L1")
    above = int(level[1:]) - 1 if level in LEVELS else 0
    rows = [
        (
            _code(level, number),
            _name(level, number),
            f"{above}{number // 2:05d}" if above else "0",
            level,
            f"{above + 1}{number:05d}",
            "1",
            params.get("src", "SW2021"),
        )
        for number in range(LEVELS.get(level, 0))
    ]
    columns = ("index_code", "industry_name", "parent_code", "level", "industry_code", "is_pub", "src")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def index_member_all(params: Params, until: date) -> pl.DataFrame:
    """Each share is in one industry since its listing; those that were delisted left it."""
    universe, t = stocks(), DAYS.index(calendars.newest(until))
    current = params.get("is_new", "Y") == "Y"
    ids = universe.alive(t) if current else universe.ids[universe.delisted <= t]
    third = {int(i): int(i) % LEVELS["L3"] for i in ids}
    columns: dict[str, list[str | None]] = {}
    for level, narrower in (("L1", 4), ("L2", 2), ("L3", 1)):
        columns[f"{level.lower()}_code"] = [_code(level, number // narrower) for number in third.values()]
        columns[f"{level.lower()}_name"] = [_name(level, number // narrower) for number in third.values()]
    columns |= {
        "ts_code": [universe.codes[i] for i in ids],
        "name": [*names(ids)],
        "in_date": [compact(DAYS[universe.listed[i]]) for i in ids],
        "out_date": [None if current else compact(DAYS[universe.delisted[i]]) for i in ids],
        "is_new": ["Y" if current else "N"] * len(ids),
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _bars(codes: tuple[str, ...], t: int) -> pl.DataFrame:
    """Ten-thousand shares and ten-thousand CNY."""
    return index_bars(codes, [t] * len(codes), [t - 1] * len(codes)).with_columns(
        pl.lit(compact(DAYS[t])).alias("trade_date"),
        pl.col("pct_chg").alias("pct_change"),
        (pl.col("close") * 10).round(2).alias("vol"),
        (pl.col("close") * 150).round(2).alias("amount"),
    )


def sw_daily(params: Params, until: date) -> pl.DataFrame:
    """All levels of Shenwan."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    codes = [(_code(level, number), _name(level, number)) for level, n in LEVELS.items() for number in range(n)]
    return _bars(tuple(code for code, _ in codes), t).with_columns(
        pl.Series("name", [name for _, name in codes]),
        pe=(pl.col("close") / 150).round(2),
        pb=(pl.col("close") / 1500).round(2),
        float_mv=(pl.col("close") * 3000).round(2),
        total_mv=(pl.col("close") * 4000).round(2),
    )


def ci_daily(params: Params, until: date) -> pl.DataFrame:
    """Thirty industries of Citic."""
    t = asked_index(params)
    return pl.DataFrame() if t is None else _bars(CITIC, t)


ANSWERS = {function.__name__: function for function in (index_classify, index_member_all, sw_daily, ci_daily)}
"""API -> what it answers to (parameters, last published day)."""
