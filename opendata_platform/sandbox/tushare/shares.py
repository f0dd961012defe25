"""Shares and funds of the made-up market: who is listed, who trades, at which prices, and when dividends are paid.

Everything is a function of instrument and day. Unadjusted prices are a total-return series divided by the adjustment
factor, so an ex-date shows in the previous close exactly as the factor says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from opendata import calendars

from opendata_platform.sandbox.tushare.hashing import Floats, Ints, cents, levels, uniforms

DAYS = calendars.open_days()
BLOCK = 9
"""Trading days within which there is at most one suspension."""
ALIVE = 10**6
"""Delisting index of what is not delisted."""
FLAGS = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Bars:
    """One trading day of everything that traded: arrays of equal length."""

    ids: Ints
    pre_close: Floats
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    vol: Floats
    """Lots."""
    amount: Floats
    """Thousand CNY."""


@dataclass(frozen=True, eq=False)
class Shares:
    """A universe of instruments with codes, listing days, and price rules."""

    kind: str
    codes: tuple[str, ...]
    listed: Ints
    """Index of the first trading day."""
    delisted: Ints
    """Index of the first trading day after the last one."""
    limits: Floats
    """Daily price limit as a fraction."""
    base: tuple[float, float]
    digits: int
    payers: float
    """Share of instruments that pay a dividend in a year."""
    suspends: float
    """Chance of a suspension in a block of days."""

    @cached_property
    def ids(self) -> Ints:
        """All instruments."""
        return np.arange(len(self.codes))

    def alive(self, t: int) -> Ints:
        """Those that are listed on a day."""
        return self.ids[(self.listed <= t) & (t < self.delisted)]

    def suspended(self, ids: Ints, t: Ints | int) -> FLAGS:
        """Whether they are suspended for the whole day; never on the day of listing."""
        block, offset = np.divmod(np.asarray(t) + ids % BLOCK, BLOCK)
        chance = uniforms(f"{self.kind} suspended", ids, block)
        length = 1 + (uniforms(f"{self.kind} length", ids, block) * 5).astype(np.int64)
        return np.asarray((chance < self.suspends) & (offset >= 2) & (offset < 2 + length) & (t > self.listed[ids]))

    def traded(self, t: int) -> Ints:
        """Those that trade on a day."""
        ids = self.alive(t)
        return ids[~self.suspended(ids, t)]

    def last_traded(self, ids: Ints, t: int) -> Ints:
        """The index of the last day before `t` on which they traded."""
        found = np.full(len(ids), t - 1)
        for back in range(1, 7):
            waiting = self.suspended(ids, found) & (found == t - back)
            found[waiting] -= 1
        return found

    def payouts(self, ids: Ints, year: int) -> tuple[Ints, Floats, Floats]:
        """Index of the ex-date in a year (ALIVE for none), yield of the cash dividend, bonus shares per share."""
        at, cash, bonus = _payouts(self, year)
        return at[ids], cash[ids], bonus[ids]

    def factors(self, ids: Ints, t: Ints) -> Floats:
        """Cumulative adjustment factors on the days `t`."""
        if not len(ids):
            return np.ones(0)
        first, last = DAYS[int(t.min())].year, DAYS[int(t.max())].year
        total = _grown(self, first)[ids]
        for year in range(first, last + 1):
            at, cash, bonus = self.payouts(ids, year)
            total = total * np.where(at <= t, _growth(cash, bonus), 1.0)
        return np.round(total, 4)

    def closes(self, ids: Ints, t: Ints) -> Floats:
        """Unadjusted closing prices on the days `t`."""
        low, high = self.base
        start = low * (high / low) ** uniforms(f"{self.kind} base", ids)
        # Growth keeps pace with the payouts, else prices would fall for ever.
        growth = 1.021 ** (t / 243)
        price = start * growth * np.exp(levels(f"{self.kind} price", ids, t)) / self.factors(ids, t)
        return np.maximum(cents(price, self.digits), 10.0**-self.digits * 50)

    def pre_closes(self, ids: Ints, t: int) -> Floats:
        """Previous closes, adjusted where the day is an ex-date; for the day of listing the issue price."""
        before = self.last_traded(ids, t)
        adjusted = self.closes(ids, before) * self.factors(ids, before) / self.factors(ids, np.full(len(ids), t))
        issue = self.closes(ids, np.full(len(ids), t)) / 1.01
        return cents(np.where(self.listed[ids] >= t, issue, adjusted), self.digits)

    def bars(self, t: int) -> Bars:
        """What traded on a day."""
        return _bars(self, t)


@lru_cache(maxsize=40)
def _bars(shares: Shares, t: int) -> Bars:
    ids = shares.traded(t)
    kind = shares.kind
    close, pre = shares.closes(ids, np.full(len(ids), t)), shares.pre_closes(ids, t)
    up, down = price_limits(pre, shares.limits[ids], shares.digits)
    opening = cents(pre * (1 + 0.02 * (uniforms(f"{kind} open", ids, t) - 0.5)), shares.digits)
    spread = 0.006 * uniforms(f"{kind} spread", ids, t)
    high = np.maximum(
        np.maximum(opening, close), np.minimum(cents(np.maximum(opening, close) * (1 + spread), shares.digits), up)
    )
    low = np.minimum(
        np.minimum(opening, close), np.maximum(cents(np.minimum(opening, close) * (1 - spread), shares.digits), down)
    )
    size = 10.0 ** (3.2 + 2 * uniforms(f"{kind} size", ids))
    vol = np.round(size * np.exp(levels(f"{kind} vol", ids, t, ((1, 0.35), (8, 0.3)))), 2)
    average = low + (high - low) * (0.3 + 0.4 * uniforms(f"{kind} average", ids, t))
    return Bars(ids, pre, opening, high, low, close, vol, np.round(average * vol / 10, 3))


@lru_cache(maxsize=100)
def _payouts(shares: Shares, year: int) -> tuple[Ints, Floats, Floats]:
    """Those of all instruments."""
    ids, kind = shares.ids, shares.kind
    first, count = _year(year)
    pays = uniforms(f"{kind} pays", ids, year) < shares.payers
    at = first + 10 + (uniforms(f"{kind} ex", ids, year) * (count - 12)).astype(np.int64)
    pays &= at > shares.listed + 20
    cash = 0.005 + 0.025 * uniforms(f"{kind} yield", ids, year)
    bonus = np.where(uniforms(f"{kind} bonus", ids, year) < 0.08, 0.3, 0.0)
    return np.where(pays, at, ALIVE), cash, bonus


@lru_cache(maxsize=100)
def _grown(shares: Shares, year: int) -> Floats:
    """The product of the factors of all payouts before a year, for all instruments."""
    if year == DAYS[0].year:
        return np.ones(len(shares.codes))
    at, cash, bonus = _payouts(shares, year - 1)
    return _grown(shares, year - 1) * np.where(at < ALIVE, _growth(cash, bonus), 1.0)


def _growth(cash: Floats, bonus: Floats) -> Floats:
    return np.round((1 + bonus) * (1 + cash), 6)


def price_limits(pre_close: Floats, limits: Floats, digits: int) -> tuple[Floats, Floats]:
    """Upper and lower limit of the day."""
    return cents(pre_close * (1 + limits), digits), cents(pre_close * (1 - limits), digits)


@lru_cache(maxsize=64)
def _year(year: int) -> tuple[int, int]:
    """Index of the first trading day of a year, and how many it has."""
    within = [index for index, day in enumerate(DAYS) if day.year == year]
    return (within[0], len(within)) if within else (ALIVE, 200)


def day_index(day: date) -> int | None:
    """The index of a trading day; None for any other."""
    return _INDEX.get(day)


_INDEX = {day: index for index, day in enumerate(DAYS)}


def _listings(kind: str, ids: Ints, youngest: float) -> Ints:
    """Listed over all years, more of them in the later ones."""
    return (uniforms(f"{kind} listed", ids) ** 0.7 * len(DAYS) * youngest).astype(np.int64)


def _numbered(ranges: list[tuple[str, int, int, str]]) -> tuple[str, ...]:
    return tuple(
        f"{prefix}{number:0{width}d}.{market}"
        for prefix, width, count, market in ranges
        for number in range(1, count + 1)
    )


def stocks() -> Shares:
    """About 5,400 A shares are listed in 2026, 300 more were delisted before."""
    return _STOCKS


def funds() -> Shares:
    """About 1,500 exchange-traded funds."""
    return _FUNDS


def _make_stocks() -> Shares:
    codes = _numbered(
        [
            ("600", 3, 900, "SH"),
            ("601", 3, 500, "SH"),
            ("603", 3, 750, "SH"),
            ("688", 3, 590, "SH"),
            ("000", 3, 800, "SZ"),
            ("002", 3, 940, "SZ"),
            ("300", 3, 900, "SZ"),
            ("301", 3, 60, "SZ"),
            ("920", 3, 260, "BJ"),
        ]
    )
    ids = np.arange(len(codes))
    listed = _listings("stock", ids, 0.995)
    chosen = uniforms("stock gone", ids) < 0.055
    lived = listed + 1200 + (uniforms("stock lived", ids) * 3000).astype(np.int64)
    gone = np.where(chosen & (lived < len(DAYS) - 30), lived, ALIVE)
    board = [0.2 if code.startswith(("688", "30")) else 0.3 if code.startswith("920") else 0.1 for code in codes]
    special = (uniforms("stock st", ids) < 0.02) & (np.array(board) == 0.1)
    limits = np.where(special, 0.05, np.array(board))
    return Shares("stock", codes, listed, gone, limits, (15.0, 100.0), 2, 0.6, 0.006)


def _make_funds() -> Shares:
    codes = _numbered([("51", 4, 800, "SH"), ("159", 3, 700, "SZ")])
    ids = np.arange(len(codes))
    listed, gone = np.maximum(_listings("fund", ids, 0.99), 3500), np.full(len(codes), ALIVE)
    return Shares("fund", codes, listed, gone, np.full(len(codes), 0.1), (1.0, 5.0), 3, 0.15, 0.0)


_STOCKS, _FUNDS = _make_stocks(), _make_funds()
