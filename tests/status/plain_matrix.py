"""The matrix again, cell by cell in plain Python: from the table of rules, sharing no code with the platform."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

Row = Mapping[str, Any]
Rows = Callable[[str], Iterable[Row]]
Verdict = tuple[str, str | None]

OK = "present"
WHITELIST = ["USDCNH", "EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "NZDUSD", "USDCAD", "USDCHF"]
SIX = {"000001.SH", "000300.SH", "000905.SH", "399001.SZ", "399005.SZ", "399006.SZ"}
OF_CLASS = {
    "stock": "core.daily_prices core.instrument_meta core.daily_basics core.daily_moneyflows",
    "etf": "core.daily_prices core.instrument_meta core.daily_basics core.daily_moneyflows",
    "index": "core.index_membership core.index_daily_basics",
    "futures": "core.daily_prices core.instrument_meta core.futures_settle core.futures_oi",
    "spot": "core.daily_prices core.instrument_meta core.spot_price_avg core.spot_settle",
    "fx": "core.daily_prices core.instrument_meta",
}
TASKS = ["task.momentum", "task.liquidity", "task.exposure"]


class PlainMatrix:
    """One day of published rows."""

    def __init__(self, day: date, rows: Rows, open_days: list[date], p1: bool) -> None:
        self.day = day
        self.p1 = p1
        self.open_days = open_days
        self._rows = rows
        self._index: dict[tuple[str, str], dict[Any, list[Row]]] = {}
        self.master = {row["symbol"]: row for row in rows("tushare/instrument-master")}
        self.bars = {row["symbol"]: row for row in rows("tushare/daily-prices") if row["trade_date"] == day}
        self.halted = {
            row["symbol"]
            for row in rows("tushare/corporate-events")
            if row["event_type"] == "suspend" and row["effective_date"] == day
        }

    def cells(self) -> dict[tuple[str, str, str], Verdict]:
        """(asset class, symbol, module) -> status and reason."""
        classes = {f"{pair}.FXCM": "fx" for pair in WHITELIST}
        for symbol, row in [*self.bars.items(), *self.master.items()]:
            classes[symbol] = row["asset_class"]
        found: dict[tuple[str, str, str], Verdict] = {}
        for symbol, asset_class in classes.items():
            for module in [*OF_CLASS[asset_class].split(), *TASKS]:
                found[asset_class, symbol, module] = self.cell(asset_class, symbol, module)
        found["index", "GLOBAL", "core.market_context"] = self.market_context()
        for module, verdict in self.macro().items():
            found["macro", "GLOBAL", module] = verdict
        return found

    def cell(self, asset_class: str, symbol: str, module: str) -> Verdict:
        """The rule of one cell."""
        known = self.master.get(symbol, {})
        if known.get("list_date") and known["list_date"] > self.day:
            return "not_applicable", "not_listed"
        if known.get("delist_date") and known["delist_date"] < self.day:
            return "not_applicable", "not_listed"
        never = {
            "etf": ["core.daily_basics", "core.daily_moneyflows", "task.exposure"],
            "spot": ["task.exposure"],
            "fx": ["task.exposure", "task.liquidity"],
        }
        if module in never.get(asset_class, []):
            return "not_applicable", "not_covered_by_source"
        if module == "core.index_daily_basics" and symbol not in SIX:
            return "not_applicable", "not_covered_by_source"
        halted = symbol not in self.bars and (symbol in self.halted or known.get("status") == "suspended")
        if halted and (module == "core.daily_prices" or (asset_class == "stock" and module != "core.instrument_meta")):
            return "not_applicable", "suspended"
        status, reason = self.judged(asset_class, symbol, module)
        if status == "missing" and asset_class == "fx" and not self.p1:
            return status, "disabled_by_flag"
        return status, reason

    def judged(self, asset_class: str, symbol: str, module: str) -> Verdict:
        """An applicable cell."""
        price = self.fact("daily-prices", symbol, ["close", "settle"])
        turnover = self.fact("daily-prices", symbol, ["amount", "volume"])
        match asset_class, module:
            case _, "core.daily_prices":
                return self.needs([self.fact("daily-prices", symbol)])
            case _, "core.instrument_meta":
                in_whitelist = symbol.endswith(".FXCM") and symbol[:6] in WHITELIST
                return self.needs([OK if symbol in self.master or in_whitelist else "not_in_universe"])
            case "stock", "core.daily_basics":
                return self.needs([self.fact("stock-daily-basic", symbol)])
            case "stock", "core.daily_moneyflows":
                return self.needs([self.fact("stock-moneyflow", symbol)])
            case "stock", "task.momentum":
                return self.needs([price], [self.fact("stock-adj-factor", symbol, ["adj_factor"])])
            case "stock", "task.liquidity":
                return self.needs([price, turnover], [self.fact("stock-daily-basic", symbol)])
            case "stock", "task.exposure":
                industry = [
                    r for r in self.of("basket-membership-daily", "symbol", symbol) if r["basket_type"] == "industry"
                ]
                first, second = self.seen(industry, []), self.fact("stock-daily-basic", symbol)
                if first != OK and second != OK:
                    return "missing", self.worst([first, second])
                return self.needs([], [first, second])
            case "etf", "task.momentum":
                return self.needs([price], [self.fact("etf-adj-factor", symbol, ["adj_factor"])])
            case "etf", "task.liquidity":
                share = self.fact("etf-share-size", symbol, ["total_share", "total_size"])
                return self.needs([price, turnover], [share])
            case "index", "core.index_membership" | "task.exposure":
                return self.membership(symbol)
            case "index", "core.index_daily_basics":
                return self.needs([self.fact("index-daily-basics", symbol, key="index_code")])
            case "index", "task.momentum":
                return self.needs([price], [self.fact("index-daily-basics", symbol, key="index_code")])
            case "index", "task.liquidity":
                return self.needs(
                    [price, turnover], [self.either(self.stats("daily_info"), self.stats("sz_daily_info"))]
                )
            case "futures", "core.futures_settle":
                return self.needs([self.fact("futures-daily-ext", symbol, ["settle"])])
            case "futures", "core.futures_oi":
                return self.needs([self.fact("futures-daily-ext", symbol, ["oi"])])
            case "futures", "task.momentum":
                nanhua = self.fact("futures-index-daily-ext", "NHCI.NH", ["close"])
                series = {"TL.CFX": "TL0.CFX"}.get(self.product(symbol), self.product(symbol))
                continuous = self.fact("futures-continuous-daily", series, key="continuous_code")
                return self.needs([price], [self.either(nanhua, continuous)])
            case "futures", "task.liquidity":
                return self.needs([price, turnover], [self.weekly(symbol, 14)])
            case "futures", "task.exposure":
                week = self.weekly(symbol, 7)
                fortnight = self.weekly(symbol, 14)
                if week == OK:
                    return "complete", None
                return ("partial", week) if fortnight == OK else ("missing", fortnight)
            case "spot", "core.spot_price_avg":
                return self.needs([self.fact("spot-sge-daily-ext", symbol, ["price_avg"])])
            case "spot", "core.spot_settle":
                return self.needs([self.fact("spot-sge-daily-ext", symbol, ["settle_vol"])])
            case "spot", "task.momentum":
                return self.needs([price], [self.fact("spot-sge-daily-ext", symbol, ["price_avg"])])
            case "spot", "task.liquidity":
                traded = self.fact("spot-sge-daily-ext", symbol, ["amount", "oi"])
                settled = self.fact("spot-sge-daily-ext", symbol, ["settle_vol"])
                return self.or_else(traded, settled)
            case "fx", "task.momentum":
                return self.needs([price])
        raise AssertionError((asset_class, module))

    def market_context(self) -> Verdict:
        """One cell for the whole market."""
        return self.or_else(self.stats("daily_info"), self.stats("sz_daily_info"))

    # Facts: "present", or the reason why not

    def of(self, table: str, column: str, value: Any) -> list[Row]:
        """The rows of a table about one thing."""
        name = f"tushare/{table}"
        if (name, column) not in self._index:
            index: dict[Any, list[Row]] = defaultdict(list)
            for row in self._rows(name):
                index[row.get(column)].append(row)
            self._index[name, column] = index
        return self._index[name, column].get(value, []) if value is not None else []

    def fact(self, table: str, value: Any, columns: Iterable[str] = (), key: str = "symbol") -> str:
        """A row of the day itself."""
        return self.seen(self.of(table, key, value), list(columns))

    def seen(self, rows: Iterable[Row], columns: list[str]) -> str:
        """Whether a row of the day has one of the columns."""
        today = [row for row in rows if row["trade_date"] == self.day]
        if any(not columns or any(row.get(c) is not None for c in columns) for row in today):
            return OK
        return "null_field" if today else "no_row"

    def stats(self, source: str) -> str:
        """The statistics of one source."""
        return self.fact("market-daily-stats", source, ["amount", "volume"], key="source")

    def product(self, symbol: str) -> str:
        """CU2610.SHF is of CU.SHF."""
        match = re.fullmatch(r"([A-Z]+)[0-9]{3,4}\.([A-Z]+)", symbol)
        if match:
            return f"{match[1]}.{match[2]}"
        return f"{self.master.get(symbol, {}).get('industry')}.{symbol.split('.')[-1]}"

    def weekly(self, symbol: str, days: int) -> str:
        """The newest week that has ended."""
        ended = [row["week_end"] for row in self.of("futures-weekly-context", "contract_code", self.product(symbol))]
        past = [end for end in ended if end <= self.day]
        if not past:
            return "no_row"
        return OK if (self.day - max(past)).days <= days else "stale"

    def membership(self, symbol: str) -> Verdict:
        """The newest day of weights."""
        rows = self.of("basket-membership-daily", "basket_id", symbol)
        days = [(date.fromisoformat(row["source_window"][:10]), row["weight"]) for row in rows if row["source_window"]]
        weighted = [day for day, weight in days if weight is not None]
        null_today = any(day == self.day and weight is None for day, weight in days)
        if not weighted:
            return "missing", "null_field" if null_today else "no_row"
        if (self.day - max(weighted)).days <= 40:
            return "complete", None
        return "partial", "null_field" if null_today else "stale"

    # Verdicts

    def needs(self, required: list[str], optional: Iterable[str] = ()) -> Verdict:
        """Missing without the first, partial without the others."""
        for fact in required:
            if fact != OK:
                return "missing", fact
        for fact in optional:
            if fact != OK:
                return "partial", fact
        return "complete", None

    def or_else(self, best: str, instead: str) -> Verdict:
        """Complete with the best, partial with what may stand for it."""
        if best == OK:
            return "complete", None
        return ("partial", best) if instead == OK else ("missing", instead)

    def either(self, *facts: str) -> str:
        """Present if one is."""
        return OK if OK in facts else self.worst(facts)

    def worst(self, facts: Iterable[str]) -> str:
        """The reason of several that are absent."""
        absent = [fact for fact in facts if fact != OK]
        return next(reason for reason in ("null_field", "stale", "no_row") if reason in absent)

    # Macro

    def macro(self) -> dict[str, Verdict]:
        """The four modules."""
        names = ["cn_growth_inflation", "cn_liquidity", "us_rates", "cross_market"]
        if not self.p1:
            return {f"macro.{name}": ("not_applicable", "disabled_by_flag") for name in names}
        us = ["us.tycr", "us.trycr", "us.tbr", "us.tltr", "us.trltr"]
        newest = {name: self.newest(name) for name in us}
        newest_us = max((period for period, _ in newest.values() if period), default=None)
        growth = [self.series(name) for name in ("cn.gdp", "cn.cpi", "cn.ppi")]
        money = [self.series(name) for name in ("cn.shibor", "cn.shibor_lpr")]
        credit = [self.series(name) for name in ("cn.m2", "cn.social_financing")]
        rates = [self.series(name, newest_us) for name in us]
        found = {
            "macro.cn_growth_inflation": self.counted(growth, 2),
            "macro.cn_liquidity": self.two_sides(money, credit),
            "macro.us_rates": self.counted(rates, 4),
        }
        complete = [status == "complete" for status, _ in found.values()]
        cross = "complete" if all(complete) else "partial" if any(complete) else "missing"
        found["macro.cross_market"] = (cross, None if cross == "complete" else "no_row")
        return found

    def counted(self, facts: list[str], enough: int) -> Verdict:
        """Complete with enough of them, partial with one."""
        count = facts.count(OK)
        if count >= enough:
            return "complete", None
        return ("partial" if count else "missing"), self.worst(facts)

    def two_sides(self, first: list[str], second: list[str]) -> Verdict:
        """Complete with one of each, partial with one at all."""
        sides = [OK in first, OK in second]
        if all(sides):
            return "complete", None
        if any(sides):
            return "partial", self.worst(second if sides[0] else first)
        return "missing", self.worst([*first, *second])

    def newest(self, name: str) -> tuple[date | None, bool]:
        """The newest period with a value that was known, and whether a later one is null."""
        values: dict[tuple[str, date], tuple[int, Any]] = {}
        for row in self._rows("tushare/macro-observations"):
            key = row["series_key"]
            if (
                (key == name or key.startswith(name + "."))
                and row["available_date"]
                and row["available_date"] <= self.day
            ):
                place = key, row["period_end"]
                if place not in values or values[place][0] < row["revision_no"]:
                    values[place] = row["revision_no"], row["value"]
        filled = [period for (_, period), (_, value) in values.items() if value is not None]
        latest = max((period for _, period in values), default=None)
        last = max(filled, default=None)
        return last, latest != last

    def series(self, name: str, only: date | None = None) -> str:
        """Whether the newest value is fresh (and, of US rates, of the newest day of all)."""
        last, null = self.newest(name)
        if last and self.periods_behind(name, last) <= 2 and only in (None, last):
            return OK
        return "null_field" if null else "stale" if last else "no_row"

    def periods_behind(self, name: str, period: date) -> int:
        """How many periods a period is behind the newest one that is due."""
        auction = datetime.combine(self.day, time(9, 15))
        if name.startswith("us."):
            due = self.day
            while due.weekday() > 4 or datetime.combine(due + timedelta(days=1), time(12)) >= auction:
                due -= timedelta(days=1)
            between = [period + timedelta(days=n) for n in range(1, (due - period).days + 1)]
            return sum(day.weekday() < 5 for day in between)
        if name == "cn.shibor":
            due = max(day for day in self.open_days if day < self.day)
            return sum(period < day <= due for day in self.open_days)
        months = self.day.year * 12 + self.day.month - 1
        behind = months - (period.year * 12 + period.month - 1)
        match name:
            case "cn.cpi" | "cn.ppi":
                out = self.day > date(self.day.year, self.day.month, 18)
                return behind - (1 if out else 2)
            case "cn.m2" | "cn.social_financing":
                out = self.day > date(self.day.year, self.day.month, 20)
                return behind - (1 if out else 2)
            case "cn.shibor_lpr":
                end = date(self.day.year + self.day.month // 12, self.day.month % 12 + 1, 1) - timedelta(days=1)
                return behind - (0 if auction > datetime.combine(end - timedelta(days=5), time(9, 30)) else 1)
            case "cn.gdp":
                ended = months // 3 - 1
                end = date((ended * 3 + 3) // 12, (ended * 3 + 3) % 12 + 1, 1) - timedelta(days=1)
                due_quarter = ended if auction > datetime.combine(end + timedelta(days=30), time(0)) else ended - 1
                return due_quarter - (period.year * 12 + period.month - 1) // 3
        raise AssertionError(name)
