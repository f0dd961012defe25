"""Futures and spot gold of the made-up market, and what their APIs answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from opendata_platform import calendars
from opendata_platform.sandbox.tushare.hashing import Floats, Ints, cents, levels, uniforms
from opendata_platform.sandbox.tushare.shares import DAYS
from opendata_platform.sandbox.tushare.stocks import Params, asked_index, compact

MONTHS_OUT = 12
"""Contracts of a product that trade at a time, one a month."""
PRODUCTS = {
    "SHF": ("SHFE", "CU AL ZN PB NI SN AU AG RB HC SS FU BU RU SP WR AO BR"),
    "DCE": ("DCE", "M Y A B C CS P L V PP J JM I JD EG EB PG LH RR FB"),
    "ZCE": ("CZCE", "CF SR TA MA FG SA RM OI PF PK UR AP CJ SF SM ZC WH RS LR JR PX SH PR"),
    "CFX": ("CFFEX", "IF IC IH IM T TF TS TL"),
    "INE": ("INE", "SC NR LU BC EC"),
    "GFE": ("GFEX", "SI LC PS"),
}
"""Suffix -> exchange and its products."""


@dataclass(frozen=True)
class Product:
    """What all contracts of a product share."""

    number: int
    code: str
    suffix: str
    exchange: str
    multiplier: float
    base: float


@dataclass(frozen=True, eq=False)
class FuturesDay:
    """All month contracts of a day: arrays of equal length, product by product, nearest first."""

    products: Ints
    months: Ints
    """year * 12 + month - 1 of the delivery."""
    ids: Ints
    codes: list[str]
    pre_close: Floats
    pre_settle: Floats
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    settle: Floats
    vol: Floats
    oi: Floats
    oi_chg: Floats
    multiplier: Floats
    is_main: np.ndarray


@lru_cache(maxsize=1)
def products() -> tuple[Product, ...]:
    """All of them."""
    listed = [(suffix, exchange, code) for suffix, (exchange, codes) in PRODUCTS.items() for code in codes.split()]
    found = []
    for number, (suffix, exchange, code) in enumerate(listed):
        seed = np.array([number])
        multiplier = float((5, 10, 20, 100, 300)[int(uniforms("product size", seed)[0] * 5)])
        base = float(np.round(10 ** (2.5 + 2 * uniforms("product base", seed)[0]), 0))
        found.append(Product(number, code, suffix, exchange, multiplier, base))
    return tuple(found)


@lru_cache(maxsize=1000)
def last_day(month: int) -> date:
    """The last trading day of a contract: the first open day from the 15th of its month."""
    middle = date(month // 12, month % 12 + 1, 15)
    return calendars.between(middle, middle + timedelta(days=14))[0] if middle <= calendars.LAST_DAY else middle


def contract_code(product: Product, month: int) -> str:
    """As the vendor writes it."""
    return f"{product.code}{month // 12 % 100:02d}{month % 12 + 1:02d}.{product.suffix}"


def main_code(product: Product) -> str:
    """TL is the long treasury bond and would be the near contract of T, so the vendor calls its main contract TL0."""
    return "TL0" if product.code == "TL" else product.code


def _nearest(day: date) -> int:
    month = day.year * 12 + day.month - 1
    return month if day <= last_day(month) else month + 1


def _main_month(day: date) -> int:
    """The main contract delivers in January, May or September, and is left a month before its delivery month."""
    month = day.year * 12 + day.month - 1 + 2
    return next(candidate for candidate in range(month, month + 12) if candidate % 12 in (0, 4, 8))


def _prices(ids: Ints, numbers: Ints, t: Ints | int) -> tuple[Floats, Floats]:
    """Close and settlement price of contracts on a day."""
    base = np.array([product.base for product in products()])[numbers]
    carry = 1 + 0.004 * (ids % 24)
    path = np.exp(levels("product price", numbers, t, ((4, 0.01), (16, 0.03), (64, 0.08), (256, 0.2))))
    close = cents(base * carry * path * (1 + 0.01 * (uniforms("contract close", ids, t) - 0.5)), 1)
    settle = cents(base * carry * path * (1 + 0.004 * (uniforms("contract settle", ids, t) - 0.5)), 1)
    return close, settle


def _interest(ids: Ints, months: Ints, numbers: Ints, day: date, t: int) -> Floats:
    """Open interest: largest in the main contract."""
    size = 10 ** (3.5 + 1.5 * uniforms("product oi", numbers))
    far = np.abs(months - _main_month(day))
    return np.round(size * np.exp(-0.7 * far) * (1 + 0.1 * uniforms("contract oi", ids, t)), 0)


@lru_cache(maxsize=40)
def futures_day(t: int) -> FuturesDay:
    """All month contracts that trade on a day."""
    day, before = DAYS[t], DAYS[t - 1]
    near = _nearest(day)
    numbers = np.repeat(np.arange(len(products())), MONTHS_OUT)
    months = np.tile(np.arange(near, near + MONTHS_OUT), len(products()))
    ids = numbers * 100_000 + months
    close, settle = _prices(ids, numbers, t)
    pre_close, pre_settle = _prices(ids, numbers, t - 1)
    opening = cents(pre_settle * (1 + 0.006 * (uniforms("contract open", ids, t) - 0.5)), 1)
    high = np.maximum.reduce([opening, close, settle])
    low = np.minimum.reduce([opening, close, settle])
    oi = _interest(ids, months, numbers, day, t)
    vol = np.round(oi * (0.05 + 0.9 * uniforms("contract vol", ids, t)), 0)
    vol = np.where(
        uniforms("contract idle", ids, t) < np.where(np.abs(months - _main_month(day)) > 6, 0.3, 0.0), 0.0, vol
    )
    idle = vol == 0
    opening, high, low = (np.where(idle, np.nan, column) for column in (opening, high, low))
    close = np.where(idle, settle, close)
    return FuturesDay(
        products=numbers, months=months, ids=ids,
        codes=[contract_code(products()[n], int(m)) for n, m in zip(numbers, months, strict=True)],
        pre_close=pre_close, pre_settle=pre_settle, open=opening, high=high, low=low, close=close, settle=settle,
        vol=vol, oi=oi, oi_chg=oi - _interest(ids, months, numbers, before, t - 1),
        multiplier=np.array([product.multiplier for product in products()])[numbers],
        is_main=months == _main_month(day),
    )  # fmt: skip


def _contracts(t: int) -> pl.DataFrame:
    """fut_daily of the month contracts."""
    d = futures_day(t)
    return pl.DataFrame(
        {
            "ts_code": d.codes,
            "trade_date": [compact(DAYS[t])] * len(d.codes),
            "pre_close": d.pre_close,
            "pre_settle": d.pre_settle,
            "open": d.open,
            "high": d.high,
            "low": d.low,
            "close": d.close,
            "settle": d.settle,
            "change1": np.round(d.close - d.pre_settle, 4),
            "change2": np.round(d.settle - d.pre_settle, 4),
            "vol": d.vol,
            "amount": np.round(d.settle * d.vol * d.multiplier / 1e4, 4),
            "oi": d.oi,
            "oi_chg": d.oi_chg,
            "delv_settle": np.where(d.months == 0, 0.0, np.nan),
        },
        nan_to_null=True,
    )


def fut_daily(params: Params, today: date) -> pl.DataFrame:
    """Month contracts, and the main and the near contract of each product under its continuous code."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    rows = _contracts(t)
    mapped = (
        fut_mapping(params, today).rename({"ts_code": "continuous", "mapping_ts_code": "ts_code"}).drop("trade_date")
    )
    again = mapped.join(rows, on="ts_code").drop("ts_code").rename({"continuous": "ts_code"}).select(rows.columns)
    return pl.concat([rows, again])


def fut_mapping(params: Params, today: date) -> pl.DataFrame:
    """CU.SHF is the main contract, CUL.SHF the nearest one."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    main, near = _main_month(DAYS[t]), _nearest(DAYS[t])
    rows = []
    for product in products():
        rows.append((f"{main_code(product)}.{product.suffix}", compact(DAYS[t]), contract_code(product, main)))
        rows.append((f"{product.code}L.{product.suffix}", compact(DAYS[t]), contract_code(product, near)))
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("ts_code", "trade_date", "mapping_ts_code"), pl.String), orient="row"
    )


def fut_settle(params: Params, today: date) -> pl.DataFrame:
    """Settlement parameters of one exchange."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    d = futures_day(t)
    exchanges = [products()[n].exchange for n in d.products]
    n = len(d.codes)
    frame = pl.DataFrame(
        {
            "ts_code": d.codes, "trade_date": [compact(DAYS[t])] * n, "settle": d.settle,
            "trading_fee_rate": [0.05] * n, "trading_fee": [3.0] * n, "delivery_fee": [2.0] * n,
            "b_hedging_margin_rate": [0.08] * n, "s_hedging_margin_rate": [0.08] * n, "long_margin_rate": [0.1] * n,
            "short_margin_rate": [0.1] * n, "offset_today_fee": [0.0] * n, "exchange": exchanges,
        }
    )  # fmt: skip
    return frame.filter(pl.col("exchange") == params.get("exchange", pl.col("exchange")))


def fut_basic(params: Params, today: date) -> pl.DataFrame:
    """The contracts of one exchange that have been listed so far, from 1992 on, and the continuous codes."""
    if "exchange" not in params:
        return pl.DataFrame()
    rows: list[tuple[Product, str, str | None, str | None, str | None]] = []
    for product in products():
        if product.exchange != params["exchange"]:
            continue
        newest = _nearest(today) + MONTHS_OUT
        for month in range(1992 * 12, newest):
            end = last_day(month)
            begin = calendars.shifted(last_day(month - MONTHS_OUT), 1) or end
            rows.append(
                (
                    product,
                    contract_code(product, month),
                    compact(begin),
                    compact(end),
                    f"{month // 12}{month % 12 + 1:02d}",
                )
            )
        for code in (main_code(product), f"{product.code}L"):
            rows.append((product, f"{code}.{product.suffix}", None, None, None))
    n = len(rows)
    financial = [product.exchange == "CFFEX" for product, *_ in rows]
    return pl.DataFrame(
        {
            "ts_code": [row[1] for row in rows],
            "symbol": [row[1].split(".")[0] for row in rows],
            "exchange": [row[0].exchange for row in rows],
            "name": [f"样本{row[1].split('.')[0]}" for row in rows],
            "fut_code": [row[0].code for row in rows],
            "multiplier": [row[0].multiplier if money else None for row, money in zip(rows, financial, strict=True)],
            "trade_unit": ["点" if money else "吨" for money in financial],
            "per_unit": [row[0].multiplier for row in rows],
            "quote_unit": ["人民币元/吨"] * n,
            "quote_unit_desc": ["0.1"] * n,
            "d_mode_desc": ["实物交割"] * n,
            "list_date": [row[2] for row in rows],
            "delist_date": [row[3] for row in rows],
            "d_month": [row[4] for row in rows],
            "last_ddate": [row[3] for row in rows],
            "trade_time_desc": ["上午9:00-11:30,下午1:30-3:00"] * n,
        },
        schema_overrides={"multiplier": pl.Float64, "list_date": pl.String, "delist_date": pl.String},
    )


def fut_weekly_detail(params: Params, today: date) -> pl.DataFrame:
    """One row per product of a week."""
    text = params.get("week", "")
    if len(text) != 6 or not text.isdecimal():
        return pl.DataFrame()
    ends = [day for day in calendars.open_days("week") if day.isocalendar()[:2] == (int(text[:4]), int(text[4:]))]
    if not ends or ends[0] > today:
        return pl.DataFrame()
    t = DAYS.index(ends[0])
    d = futures_day(t)
    frame = pl.DataFrame(
        {"number": d.products, "vol": d.vol, "oi": d.oi, "close": np.where(d.is_main, d.close, np.nan)}
    )
    sums = frame.group_by("number", maintain_order=True).agg(
        pl.col("vol", "oi").sum(), pl.col("close").drop_nans().first()
    )
    rows = []
    for number, vol, oi, close in sums.rows():
        product = products()[number]
        amount = round(vol * product.base * product.multiplier / 1e8, 2)
        rows.append(
            (
                product.exchange,
                product.code,
                f"样本{product.code}",
                int(vol * 5),
                1.5,
                amount,
                2.5,
                int(vol * 200),
                0.5,
                amount * 40,
                -0.5,
                int(oi),
                0.1,
                close,
                0.2,
                text,
                compact(ends[0]),
            )
        )
    columns = [
        "exchange", "prd", "name", "vol", "vol_yoy", "amount", "amout_yoy", "cumvol", "cumvol_yoy", "cumamt",
        "cumamt_yoy", "open_interest", "interest_wow", "mc_close", "close_wow", "week", "week_date",
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row")


SPOT = {
    "Au99.95": 0,
    "Au99.99": 0,
    "Au100g": 0,
    "Au50g": 0,
    "iAu99.99": 0,
    "Au(T+D)": 1,
    "mAu(T+D)": 1,
    "Au(T+N1)": 1,
    "Au(T+N2)": 1,
    "Pt99.95": 2,
    "Ag99.99": 3,
    "Ag(T+D)": 4,
}
"""Code -> kind: gold spot, gold deferred, platinum, silver spot, silver deferred."""


def sge_daily(params: Params, today: date) -> pl.DataFrame:
    """Gold, platinum and silver, CNY per gram; both sides counted."""
    t = asked_index(params)
    if t is None:
        return pl.DataFrame()
    kinds = np.array(list(SPOT.values()))
    ids = np.arange(len(kinds))
    base = np.array([600.0, 600.0, 230.0, 8.0, 8.0])[kinds]
    path = np.exp(levels("metal", np.where(kinds < 2, 0, kinds), t, ((4, 0.01), (64, 0.05), (256, 0.2))))
    digits = 3
    close, before = (
        cents(base * path * (1 + 0.004 * (uniforms("spot close", ids, at) - 0.5)), digits) for at in (t, t - 1)
    )
    opening = cents(before * (1 + 0.004 * (uniforms("spot open", ids, t) - 0.5)), digits)
    high, low = np.maximum(opening, close), np.minimum(opening, close)
    average = np.round(low + (high - low) * uniforms("spot average", ids, t), digits)
    vol = np.round(10 ** (1 + 3 * uniforms("spot vol", ids)) * 2, 2)
    deferred = np.isin(kinds, (1, 4))
    return pl.DataFrame(
        {
            "ts_code": list(SPOT),
            "trade_date": [compact(DAYS[t])] * len(ids),
            "close": close,
            "open": opening,
            "high": high,
            "low": low,
            "price_avg": average,
            "change": np.round(close - before, digits),
            "pct_change": np.round(100 * (close / before - 1), 2),
            "vol": vol,
            "amount": np.round(average * vol * 1000, 2),
            "oi": np.where(deferred, np.round(vol * 3), np.nan),
            "settle_vol": np.where(deferred, np.round(vol * 0.1), np.nan),
            "settle_dire": [
                ("空支付给多" if u < 0.5 else "多支付给空") if d else None
                for d, u in zip(deferred, uniforms("spot fee", ids, t), strict=True)
            ],
        },
        nan_to_null=True,
    )


def sge_basic(params: Params, today: date) -> pl.DataFrame:
    """All contracts."""
    n = len(SPOT)
    return pl.DataFrame(
        {
            "ts_code": list(SPOT), "ts_name": list(SPOT),
            "trade_type": ["延期" if "(" in code else "现货" for code in SPOT],
            "t_unit": [1000.0] * n, "p_unit": [1.0] * n, "min_change": [0.01] * n, "price_limit": [10.0] * n,
            "min_vol": [1] * n, "max_vol": [500] * n, "trade_mode": ["T+D" if "(" in code else "T+0" for code in SPOT],
            "margin_rate": [8.0] * n, "liq_rate": [8.0] * n, "trade_time": ["20:00-02:30 09:00-15:30"] * n,
            "list_date": ["20021030"] * n,
        }
    )  # fmt: skip


ANSWERS = {
    function.__name__: function
    for function in (fut_daily, fut_mapping, fut_settle, fut_basic, fut_weekly_detail, sge_daily, sge_basic)
}
"""API -> what it answers to (parameters, today)."""
