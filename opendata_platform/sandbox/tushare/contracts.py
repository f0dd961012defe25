"""Futures of the made-up market: products, month contracts, which of them is the main one, prices and positions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from opendata import calendars

from opendata_platform.sandbox.tushare.hashing import Floats, Ints, cents, levels, uniforms
from opendata_platform.sandbox.tushare.shares import DAYS, FLAGS

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

    @property
    def main_code(self) -> str:
        """Of the main contract. TL, the long bond, would be the near contract of T: the vendor says TL0."""
        return f"{'TL0' if self.code == 'TL' else self.code}.{self.suffix}"

    @property
    def near_code(self) -> str:
        """Of the nearest contract."""
        return f"{self.code}L.{self.suffix}"

    def contract(self, month: int) -> str:
        """The code of a month contract."""
        return f"{self.code}{month // 12 % 100:02d}{month % 12 + 1:02d}.{self.suffix}"


@dataclass(frozen=True, eq=False)
class FuturesDay:
    """All month contracts of a day: arrays of equal length, product by product, nearest first."""

    products: Ints
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
    is_main: FLAGS


@dataclass(frozen=True, eq=False)
class _Contracts:
    """The month contracts that trade at a time."""

    numbers: Ints
    """Of the products."""
    months: Ints
    """year * 12 + month - 1 of the delivery."""

    @property
    def ids(self) -> Ints:
        return self.numbers * 100_000 + self.months

    def prices(self, t: int) -> tuple[Floats, Floats]:
        """Last and settlement price of a day."""
        base = np.array([product.base for product in products()])[self.numbers]
        path = np.exp(levels("product price", self.numbers, t, ((4, 0.01), (16, 0.03), (64, 0.08), (256, 0.2))))
        curve = base * (1 + 0.004 * (self.months % 24)) * path
        close = cents(curve * (1 + 0.01 * (uniforms("contract close", self.ids, t) - 0.5)), 1)
        settle = cents(curve * (1 + 0.004 * (uniforms("contract settle", self.ids, t) - 0.5)), 1)
        return close, settle

    def activity(self, t: int) -> tuple[Floats, Floats]:
        """Open interest, largest in the main contract, and volume; far contracts rest on some days."""
        size = 10 ** (3.5 + 1.5 * uniforms("product oi", self.numbers))
        far = np.abs(self.months - main_months(DAYS[t])[self.numbers])
        oi = np.round(size * np.exp(-0.7 * far) * (1 + 0.1 * uniforms("contract oi", self.ids, t)), 0)
        vol = np.round(oi * (0.05 + 0.9 * uniforms("contract vol", self.ids, t)), 0)
        rests = (far > 6) & (uniforms("contract idle", self.ids, t) < 0.3)
        return oi, np.where(rests, 0.0, vol)


@lru_cache(maxsize=1)
def products() -> tuple[Product, ...]:
    """All of them."""
    listed = [(suffix, exchange, code) for suffix, (exchange, codes) in PRODUCTS.items() for code in codes.split()]
    numbers = np.arange(len(listed))
    multipliers = np.array([5.0, 10.0, 20.0, 100.0, 300.0])[(uniforms("product size", numbers) * 5).astype(np.int64)]
    bases = np.round(10 ** (2.5 + 2 * uniforms("product base", numbers)), 0)
    return tuple(
        Product(number, code, suffix, exchange, float(multipliers[number]), float(bases[number]))
        for number, (suffix, exchange, code) in enumerate(listed)
    )


@lru_cache(maxsize=1000)
def last_day(month: int) -> date:
    """The last trading day of a contract: the first open day from the 15th of its month."""
    middle = date(month // 12, month % 12 + 1, 15)
    return calendars.between(middle, middle + timedelta(days=14))[0] if middle <= calendars.LAST_DAY else middle


def nearest(day: date) -> int:
    """The month of the contracts that expire next."""
    month = day.year * 12 + day.month - 1
    return month if day <= last_day(month) else month + 1


@lru_cache(maxsize=1000)
def main_months(day: date) -> Ints:
    """The months of the main contracts: January, May or September, left at least a month before; each product changes
    on a day of its own."""
    leaving = (day - timedelta(days=product.number % 28) for product in products())
    earliest = [left.year * 12 + left.month + 1 for left in leaving]
    return np.array([next(m for m in range(month, month + 12) if m % 4 == 0) for month in earliest], dtype=np.int64)


@lru_cache(maxsize=40)
def futures_day(t: int) -> FuturesDay:
    """All month contracts that trade on a day."""
    near = nearest(DAYS[t])
    numbers = np.repeat(np.arange(len(products())), MONTHS_OUT)
    months = np.tile(np.arange(near, near + MONTHS_OUT), len(products()))
    contracts = _Contracts(numbers, months)
    (last, settle), (oi, vol) = contracts.prices(t), contracts.activity(t)
    (pre_last, pre_settle), (pre_oi, pre_vol) = contracts.prices(t - 1), contracts.activity(t - 1)
    opening = cents(pre_settle * (1 + 0.006 * (uniforms("contract open", contracts.ids, t) - 0.5)), 1)
    idle = vol == 0
    # Without trades there are no prices, and the settlement price is taken for the close.
    return FuturesDay(
        products=numbers,
        codes=[products()[n].contract(int(month)) for n, month in zip(numbers, months, strict=True)],
        pre_close=np.where(pre_vol == 0, pre_settle, pre_last),
        pre_settle=pre_settle,
        open=np.where(idle, np.nan, opening),
        high=np.where(idle, np.nan, np.maximum.reduce([opening, last, settle])),
        low=np.where(idle, np.nan, np.minimum.reduce([opening, last, settle])),
        close=np.where(idle, settle, last),
        settle=settle,
        vol=vol,
        oi=oi,
        oi_chg=oi - pre_oi,
        multiplier=np.array([product.multiplier for product in products()])[numbers],
        is_main=months == main_months(DAYS[t])[numbers],
    )
