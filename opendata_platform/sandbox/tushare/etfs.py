"""What the fund APIs answer about the made-up market."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from opendata import calendars

from opendata_platform.sandbox.tushare.asking import Params, asked_index, compact
from opendata_platform.sandbox.tushare.hashing import Floats, Ints, levels, uniforms
from opendata_platform.sandbox.tushare.shares import DAYS, funds
from opendata_platform.sandbox.tushare.stocks import bar_columns


def fund_daily(params: Params, until: date) -> pl.DataFrame:
    """One day of all funds."""
    t = asked_index(params)
    return pl.DataFrame() if t is None else pl.DataFrame(bar_columns(funds().bars(t), funds().codes, t, 3))


def fund_adj(params: Params, until: date) -> pl.DataFrame:
    """Of every listed fund."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    ids = funds().alive(t)
    return _of_day(ids, t).with_columns(adj_factor=funds().factors(ids, np.full(len(ids), t)))


def units(ids: Ints, t: int) -> Floats:
    """Units outstanding in ten-thousands."""
    return np.round(10 ** (3.5 + 2 * uniforms("fund units", ids)) * np.exp(levels("fund units", ids, t)), 2)


def values(ids: Ints, t: int) -> Floats:
    """Net asset value per unit: near the price."""
    close = funds().closes(ids, np.full(len(ids), t))
    return np.round(close * (1 + 0.004 * (uniforms("fund premium", ids, t) - 0.5)), 4)


def fund_nav(params: Params, until: date) -> pl.DataFrame:
    """By the day of the value."""
    t = asked_index(params, "nav_date")
    if t is None:
        return pl.DataFrame()
    ids = funds().alive(t)
    value = values(ids, t)
    factor = funds().factors(ids, np.full(len(ids), t))
    assets = np.round(value * units(ids, t) * 1e4, 2)
    return _of_day(ids, t).select(
        "ts_code",
        pl.lit(compact(DAYS[min(t + 1, len(DAYS) - 1)])).alias("ann_date"),
        pl.col("trade_date").alias("nav_date"),
        pl.Series("unit_nav", value),
        pl.Series("accum_nav", np.round(value * factor, 4)),
        pl.lit(None, pl.Float64).alias("accum_div"),
        pl.Series("net_asset", assets),
        pl.Series("total_netasset", assets),
        pl.Series("adj_nav", np.round(value * factor, 4)),
    )


def fund_share(params: Params, until: date) -> pl.DataFrame:
    """Units of the funds of one market or both."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    ids = funds().alive(t)
    found = _of_day(ids, t).with_columns(fd_share=units(ids, t))
    return found.filter(pl.col("ts_code").str.ends_with(params.get("market", "")))


def etf_share_size(params: Params, until: date) -> pl.DataFrame:
    """Units, size and net asset value."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    ids = funds().alive(t)
    value = values(ids, t)
    return _of_day(ids, t).with_columns(
        etf_name=pl.Series(_names(ids)),
        total_share=units(ids, t),
        total_size=np.round(value * units(ids, t), 2),
        nav=value,
        close=funds().closes(ids, np.full(len(ids), t)),
        exchange=pl.Series(_exchanges(ids)),
    )


def fund_basic(params: Params, until: date) -> pl.DataFrame:
    """Listed funds; none was delisted or is being issued."""
    ids = _listed(until) if params.get("status", "L") == "L" else funds().ids[:0]
    days = pl.Series([compact(DAYS[funds().listed[i]]) for i in ids], dtype=pl.String)
    same = {"management": "样本基金", "custodian": "样本银行", "fund_type": "股票型", "benchmark": "样本指数收益率"}
    kind = {"status": "L", "invest_type": "被动指数型", "type": "契约型开放式", "market": "E"}
    numbers = {"issue_amount": 10.0, "m_fee": 0.5, "c_fee": 0.1, "p_value": 1.0, "min_amount": 0.1}
    dated = ("found_date", "list_date", "issue_date", "purc_startdate", "redm_startdate")
    return _codes(ids).with_columns(
        pl.Series("name", _names(ids), pl.String),
        *(days.alias(name) for name in dated),
        *(pl.lit(value).alias(name) for name, value in (same | kind | numbers).items()),
    )


def etf_basic(params: Params, until: date) -> pl.DataFrame:
    """The same funds with their index."""
    ids = _listed(until) if params.get("list_status", "L") == "L" else funds().ids[:0]
    names = pl.Series(_names(ids), dtype=pl.String)
    days = pl.Series([compact(DAYS[funds().listed[i]]) for i in ids], dtype=pl.String)
    return _codes(ids).with_columns(
        names.alias("csname"),
        names.alias("extname"),
        (names + "证券投资基金").alias("cname"),
        pl.Series("index_code", [f"{i % 900:06d}.CSI" for i in ids], pl.String),
        pl.Series("index_name", [f"样本指数{i % 900}" for i in ids], pl.String),
        pl.Series("exchange", _exchanges(ids), pl.String),
        days.alias("setup_date"),
        days.alias("list_date"),
        list_status=pl.lit("L"),
        mgr_name=pl.lit("样本基金"),
        custod_name=pl.lit("样本银行"),
        etf_type=pl.lit("纯境内"),
        mgt_fee=0.5,
    )


def _codes(ids: Ints) -> pl.DataFrame:
    return pl.DataFrame({"ts_code": [funds().codes[i] for i in ids]}, schema={"ts_code": pl.String})


def _of_day(ids: Ints, t: int) -> pl.DataFrame:
    return _codes(ids).with_columns(trade_date=pl.lit(compact(DAYS[t])))


def _listed(until: date) -> Ints:
    return funds().alive(DAYS.index(calendars.newest(until)))


def _names(ids: Ints) -> list[str]:
    return [f"样本ETF{funds().codes[i][:6]}" for i in ids]


def _exchanges(ids: Ints) -> list[str]:
    return [funds().codes[i][-2:] for i in ids]


ANSWERS = {
    function.__name__: function
    for function in (fund_daily, fund_adj, fund_nav, fund_share, etf_share_size, fund_basic, etf_basic)
}
"""API -> what it answers to (parameters, last published day)."""
