"""Published tables as plain rows, and the same rows as the frames that the platform reads; small random markets."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
from opendata import calendars

from opendata_platform.tushare.table_catalog import all_tables

DAY = date(2026, 9, 16)
"""A Wednesday: the week has not ended."""
Row = Mapping[str, Any]

MACRO = "tushare/macro-observations"
MACRO_SCHEMA = {
    "series_key": pl.String,
    "period_end": pl.Date,
    "value": pl.Float64,
    "available_date": pl.Date,
    "revision_no": pl.Int64,
}
STOCKS = ("600001.SH", "600002.SH", "000003.SZ", "000004.SZ")
FUNDS = ("510001.SH", "159002.SZ")
INDICES = ("000300.SH", "000905.SH", "801010.SI", "SPX")
FUTURES = ("CU2610.SHF", "CU2611.SHF", "TL2612.CFX", "CU.SHF", "SR2609.ZCE")
SPOT = ("Au99.99", "Au(T+D)")
PAIRS = ("USDCNH.FXCM", "EURUSD.FXCM", "XAUUSD.FXCM")
CLASSES = {
    **dict.fromkeys(STOCKS, "stock"),
    **dict.fromkeys(FUNDS, "etf"),
    **dict.fromkeys(INDICES, "index"),
    **dict.fromkeys(FUTURES, "futures"),
    **dict.fromkeys(SPOT, "spot"),
    **dict.fromkeys(PAIRS, "fx"),
}
SERIES = (
    "cn.gdp",
    "cn.cpi",
    "cn.ppi",
    "cn.shibor.on",
    "cn.shibor.1w",
    "cn.shibor_lpr.1y",
    "cn.m2",
    "cn.social_financing",
    *(f"us.{name}.y10" for name in ("tycr", "trycr", "tbr", "tltr", "trltr")),
)


@dataclass
class Market:
    """What is published: by dataset and day of the slice; complete copies stand under None."""

    slices: dict[tuple[str, date | None], list[Row]] = field(default_factory=lambda: defaultdict(list))
    day: date = DAY

    def add(self, dataset: str, day: date | None, *rows: Row) -> None:
        """Publish rows of a table; the day of a slice is in its rows where the table has `trade_date`."""
        key = f"tushare/{dataset}"
        dated = key in TRADED and day is not None
        self.slices[key, day] += [{**row, "trade_date": day} if dated else row for row in rows]

    def rows(self, dataset: str) -> list[Row]:
        """Every row of a table."""
        return [row for (name, _), rows in self.slices.items() if name == dataset for row in rows]

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        """The rows of a slice."""
        period = "week" if dataset == "tushare/futures-weekly-context" else "day"
        return self._frame(dataset, calendars.shifted(self.day, offset, period))

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """The rows of a complete copy."""
        return self._frame(dataset, None)

    def latest(self, dataset: str, days: int) -> pl.DataFrame | None:
        """The matrix asks for slices only."""
        raise AssertionError(f"the matrix asked for {days} days of {dataset}")

    def run_of(self, dataset: str) -> str | None:
        """Who published a table."""
        return f"run of {dataset}"

    def _frame(self, dataset: str, day: date | None) -> pl.DataFrame | None:
        if (dataset, day) not in self.slices:
            return None
        schema = MACRO_SCHEMA if dataset == MACRO else SCHEMAS[dataset]
        rows = self.slices[dataset, day]
        columns = {name: [row.get(name) for row in rows] for name in schema}
        return pl.DataFrame(columns, schema=schema)


SCHEMAS = {table.id: {n: c.dtype for n, c in table.schema.columns().items()} for table in all_tables().values()}
TRADED = {name for name, columns in SCHEMAS.items() if "trade_date" in columns}


def back(steps: int, day: date = DAY) -> date:
    """The trading day so many before."""
    found = calendars.shifted(day, -steps)
    assert found
    return found


def random_market(seed: int) -> Market:
    """A market in which every fact is there, null, zero, old or absent by chance."""
    chance, market = random.Random(seed), Market()
    likely = chance.choice([0.2, 0.6, 0.95])

    def happens() -> bool:
        return chance.random() < likely

    def value() -> float | None:
        return chance.choice([None, 0.0, 1.5]) if chance.random() < 0.4 else 2.5

    def some(names: Iterable[str]) -> list[str]:
        return [name for name in names if happens()]

    if happens():
        market.add("instrument-master", None, *(_listed(name, chance) for name in some([*CLASSES, "USDJPY.FXCM"])))
    for steps in (0, 1, 4):
        day = back(steps)
        bars = [
            {
                "symbol": name,
                "asset_class": CLASSES[name],
                **{c: value() for c in ("close", "settle", "amount", "volume")},
            }
            for name in some(CLASSES)
        ]
        tables: dict[str, list[Row]] = {
            "daily-prices": bars,
            "stock-daily-basic": [{"symbol": name} for name in some(STOCKS)],
            "stock-moneyflow": [{"symbol": name} for name in some(STOCKS)],
            "stock-adj-factor": [{"symbol": name, "adj_factor": value()} for name in some(STOCKS)],
            "etf-adj-factor": [{"symbol": name, "adj_factor": value()} for name in some(FUNDS)],
            "etf-share-size": [{"symbol": n, "total_share": value(), "total_size": value()} for n in some(FUNDS)],
            "index-daily-basics": [{"index_code": name} for name in some(INDICES)],
            "market-daily-stats": [{"source": n, "amount": value()} for n in some(["daily_info", "sz_daily_info"])],
            "futures-daily-ext": [{"symbol": n, "settle": value(), "oi": value()} for n in some(FUTURES)],
            "futures-index-daily-ext": [{"symbol": n, "close": value()} for n in some(["NHCI.NH", "NHAI.NH"])],
            "futures-continuous-daily": [{"continuous_code": n} for n in some(["CU.SHF", "TL0.CFX", "SR.ZCE"])],
            "spot-sge-daily-ext": [
                {"symbol": n, **{c: value() for c in ("price_avg", "settle_vol", "amount", "oi")}} for n in some(SPOT)
            ],
            "basket-membership-daily": [
                *({"basket_id": "L1", "basket_type": "industry", "symbol": name} for name in some(STOCKS)),
                *(_weights(name, day, chance) for name in some(INDICES)),
            ],
            "corporate-events": [
                {"symbol": name, "event_type": chance.choice(["suspend", "resume"]), "effective_date": day}
                for name in STOCKS
                if chance.random() < 0.4
            ],
        }
        for table, rows in tables.items():
            if happens():
                market.add(table, day, *rows)
    for weeks in (0, 1, 2, 3):
        ended = calendars.shifted(DAY, -weeks, "week")
        assert ended
        if happens():
            rows = [{"contract_code": name, "week_end": ended} for name in some(["CU.SHF", "TL.CFX", "SR.ZCE"])]
            market.add("futures-weekly-context", ended, *rows)
    if happens():
        market.add("macro-observations", None, *(row for name in some(SERIES) for row in _observed(name, chance)))
    return market


def _listed(name: str, chance: random.Random) -> Row:
    return {
        "symbol": name,
        "asset_class": CLASSES.get(name, "fx"),
        "industry": "CU" if name == "CU.SHF" else None,
        "status": chance.choice(["listed", "listed", "listed", "suspended"]),
        "list_date": chance.choice([None, date(2020, 1, 2), DAY, DAY + timedelta(days=1)]),
        "delist_date": chance.choice([None, None, DAY, DAY - timedelta(days=1), date(2027, 1, 4)]),
    }


def _weights(name: str, day: date, chance: random.Random) -> Row:
    since = DAY - timedelta(days=chance.choice([0, 20, 40, 41, 60]))
    weight = chance.choice([None, 0.0, 3.5])
    return {
        "basket_id": name,
        "basket_type": "index",
        "symbol": "600001.SH",
        "weight": weight,
        "source_window": f"{min(since, day)}/{day}",
    }


def _observed(name: str, chance: random.Random) -> list[Row]:
    """A few periods of a series with revisions, some of which are not available yet, or never."""
    found = []
    for number in range(chance.randint(1, 4)):
        if name.startswith("us.") or ".shibor." in name:
            period = DAY - timedelta(days=chance.choice([0, 1, 2, 2, 2, 2, 3, 6, 8]))
        else:
            step = 3 if name == "cn.gdp" else 1
            months = DAY.year * 12 + DAY.month - 1 - step * chance.randint(0, 5)
            first = date(months // 12, months % 12 + 1, 1)
            period = first - timedelta(days=1)
        available = chance.choice([None, DAY, DAY - timedelta(days=10), DAY + timedelta(days=1)])
        found.append(
            {
                "series_key": name,
                "period_end": period,
                "value": chance.choice([None, 0.0, 2.1]),
                "available_date": available,
                "revision_no": number,
            }
        )
    return found
