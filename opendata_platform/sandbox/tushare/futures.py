"""What the futures APIs answer."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from opendata import calendars

from opendata_platform.sandbox.tushare.asking import Params, asked_index, compact, required
from opendata_platform.sandbox.tushare.contracts import (
    MONTHS_OUT,
    futures_day,
    last_day,
    main_months,
    nearest,
    products,
)
from opendata_platform.sandbox.tushare.hashing import uniforms
from opendata_platform.sandbox.tushare.shares import DAYS

FIRST_MONTH = 1992 * 12
"""Of the contracts that `fut_basic` knows."""


def _bars(t: int) -> pl.DataFrame:
    """The month contracts of a day."""
    d = futures_day(t)
    columns = {
        name: getattr(d, name)
        for name in ("pre_close", "pre_settle", "open", "high", "low", "close", "settle", "vol", "oi", "oi_chg")
    }
    return pl.DataFrame({"ts_code": d.codes, **columns}, nan_to_null=True).with_columns(
        pl.lit(compact(DAYS[t])).alias("trade_date"),
        change1=(pl.col("close") - pl.col("pre_settle")).round(4),
        change2=(pl.col("settle") - pl.col("pre_settle")).round(4),
        amount=(pl.col("settle") * pl.col("vol") * pl.Series(d.multiplier) / 1e4).round(4),
    )


def fut_daily(params: Params, until: date) -> pl.DataFrame:
    """Month contracts, and the main and the near contract of each product under its continuous code."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    bars = _bars(t)
    mapped = fut_mapping(params, until).select(continuous="ts_code", ts_code="mapping_ts_code")
    again = mapped.join(bars, on="ts_code").with_columns(ts_code="continuous", oi_chg=pl.lit(None, pl.Float64))
    return pl.concat([bars, again.select(bars.columns)])


def fut_mapping(params: Params, until: date) -> pl.DataFrame:
    """CU.SHF is the main contract, CUL.SHF the nearest one."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    mains, near = main_months(DAYS[t]), nearest(DAYS[t])
    pairs = [
        pair
        for product, main in zip(products(), mains, strict=True)
        for pair in (
            (product.main_code, product.contract(int(main))),
            (product.near_code, product.contract(near)),
        )
    ]
    schema = {"ts_code": pl.String, "mapping_ts_code": pl.String}
    return pl.DataFrame(pairs, schema=schema, orient="row").with_columns(trade_date=pl.lit(compact(DAYS[t])))


def fut_settle(params: Params, until: date) -> pl.DataFrame:
    """Settlement parameters."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    d = futures_day(t)
    rates = {"trading_fee_rate": 0.05, "trading_fee": 3.0, "delivery_fee": 2.0, "offset_today_fee": 0.0}
    margins = {"b_hedging_margin_rate": 0.08, "s_hedging_margin_rate": 0.08, "long_margin_rate": 0.1}
    return pl.DataFrame({"ts_code": d.codes, "settle": d.settle}).with_columns(
        pl.Series("exchange", [products()[n].exchange for n in d.products]),
        *(pl.lit(value).alias(name) for name, value in (rates | margins).items()),
        trade_date=pl.lit(compact(DAYS[t])),
        short_margin_rate=0.1,
    )


def fut_basic(params: Params, until: date) -> pl.DataFrame:
    """The contracts of one exchange that have been listed so far, and the continuous codes."""
    exchange = required(params, "exchange")
    rows: list[tuple[object, ...]] = []
    for product in products():
        if product.exchange != exchange:
            continue
        unit = "点" if exchange == "CFFEX" else "吨"
        size = (product.code, product.multiplier if exchange == "CFFEX" else None, unit, product.multiplier)
        for month in range(FIRST_MONTH, nearest(until) + MONTHS_OUT):
            begin, end = calendars.shifted(last_day(month - MONTHS_OUT), 1), compact(last_day(month))
            d_month = f"{month // 12}{month % 12 + 1:02d}"
            rows.append((product.contract(month), exchange, *size, compact(begin), end, d_month, end))
        rows += [(code, exchange, *size, None, None, None, None) for code in (product.main_code, product.near_code)]
    schema = {
        "ts_code": pl.String,
        "exchange": pl.String,
        "fut_code": pl.String,
        "multiplier": pl.Float64,
        "trade_unit": pl.String,
        "per_unit": pl.Float64,
        "list_date": pl.String,
        "delist_date": pl.String,
        "d_month": pl.String,
        "last_ddate": pl.String,
    }
    symbol = pl.col("ts_code").str.split(".").list.first()
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        symbol.alias("symbol"),
        ("样本" + symbol).alias("name"),
        quote_unit=pl.lit("人民币元/吨"),
        quote_unit_desc=pl.lit("0.1"),
        d_mode_desc=pl.lit("实物交割"),
        trade_time_desc=pl.lit("上午9:00-11:30,下午1:30-3:00"),
    )


def fut_weekly_detail(params: Params, until: date) -> pl.DataFrame:
    """One row per product of an ISO week: sums of its days, and where it ended."""
    week = required(params, "week")
    days = [day for day in DAYS if f"{day.isocalendar().year}{day.isocalendar().week:02d}" == week]
    if not days or days[-1] > until:
        return pl.DataFrame()
    last = futures_day(DAYS.index(days[-1]))
    numbers = np.arange(len(products()))
    vol, amount = np.zeros(len(numbers)), np.zeros(len(numbers))
    for day in days:
        d = futures_day(DAYS.index(day))
        vol += np.bincount(d.products, d.vol)
        amount += np.bincount(d.products, d.vol * d.settle * d.multiplier)
    weeks = days[-1].isocalendar().week
    growth = {
        name: np.round(20 * (uniforms(name, numbers, days[-1].toordinal()) - 0.5), 2)
        for name in ("vol_yoy", "amout_yoy", "cumvol_yoy", "cumamt_yoy", "interest_wow", "close_wow")
    }
    return pl.DataFrame(
        {
            "exchange": [product.exchange for product in products()],
            "prd": [product.code for product in products()],
            "name": [f"样本{product.code}" for product in products()],
            "vol": vol,
            "amount": np.round(amount / 1e8, 2),
            "cumvol": vol * weeks,
            "cumamt": np.round(amount / 1e8 * weeks, 2),
            "open_interest": np.bincount(last.products, last.oi),
            "mc_close": last.close[last.is_main],
            **growth,
        }
    ).with_columns(week=pl.lit(week), week_date=pl.lit(compact(days[-1])))


ANSWERS = {
    function.__name__: function for function in (fut_daily, fut_mapping, fut_settle, fut_basic, fut_weekly_detail)
}
"""API -> what it answers to (parameters, last published day)."""
