"""Loading a view: the rows of a slice, refined, with the symbols that were meant and prices at one base.

An adjusted price depends on the day, the symbol and the base alone: the factor of the base day is looked up in the
whole history of the state, not in the window that is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from opendata.errors import InvalidValue
from opendata.read.engines import Engine
from opendata.read.meaning import Meaning
from opendata.read.refine import Adjusting, Latest, Refinement, divide
from opendata.read.request import Condition, Slice, Window, parse_day
from opendata.read.symbols import choose
from opendata.read.tables import Table
from opendata.read.view import View

LOOKBACKS = (30, 400, None)
"""Days before the base in which a factor is looked for, first in few; None: in all."""


def load_view(table: Callable[[Slice], Table], wanted: Slice, view: View, meaning: Meaning, engine: Engine) -> Any:
    """The rows of a view in an engine; `table` finds the files of a slice, of one and the same state."""
    loaded, left = divide(wanted, view, meaning)
    rows = engine.rows(table(loaded))
    if left.latest:
        rows = engine.refine(rows, Refinement(latest=left.latest))
    if view.symbols:
        symbol = meaning.symbol_column
        present = _distinct(engine, rows, symbol)
        chosen = choose(view.symbols, present)
        if chosen != present:
            rows = engine.refine(rows, Refinement(conditions=[[(symbol, "in", sorted(chosen))]]))
    adjusting = left.adjusting
    base = base_of(view, meaning)
    if adjusting and adjusting.prices and base:
        factored = engine.refine(rows, Refinement(conditions=[[(adjusting.factor, ">", 0)]]))
        needed = _distinct(engine, factored, adjusting.symbol)
        factors = _factors(table, adjusting, needed, base, replace(view, symbols=(), adjust=None), meaning, engine)
        adjusting = replace(adjusting, base=factors)
    return engine.finish(engine.refine(rows, replace(left, latest=None, adjusting=adjusting)))


def base_of(view: View, meaning: Meaning) -> date | None:
    """The base day of an adjustment; None if prices are not divided. By default the newest day that is known of."""
    if view.adjust is None or (view.adjust == "hfq" and view.adjust_base is None):
        return None
    if view.adjust_base:
        return view.adjust_base
    newest = parse_day((meaning.newest or "")[:10] or None, "adjust_base")
    if newest is None:
        raise InvalidValue("adjust_base", None, f"must be given: {meaning.metadata.id} has no newest day")
    return min(newest, view.as_of.date() if isinstance(view.as_of, datetime) else view.as_of or newest)


def _factors(
    table: Callable[[Slice], Table],
    adjusting: Adjusting,
    needed: set[str],
    base: date,
    view: View,
    meaning: Meaning,
    engine: Engine,
) -> dict[str, float]:
    """The last factor of each symbol at or before a day, as far as there is one."""
    time = meaning.schema.time_column
    symbol, factor = adjusting.symbol, adjusting.factor
    found: dict[str, float] = {}
    for days in LOOKBACKS:
        missing = tuple(sorted(needed - found.keys()))
        if not missing or time is None:
            break
        conditions = (Condition(symbol, "in", missing), Condition(factor, ">", 0))
        window = Window(base - timedelta(days=days) if days else None, base)
        loaded, left = divide(Slice((symbol, time.name, factor), window, (conditions,)), view, meaning)
        rows = engine.refine(engine.rows(table(loaded)), left)
        rows = engine.refine(rows, Refinement(latest=Latest((symbol,), time.name)))
        found.update(engine.unique(rows, (symbol, factor)))
    return found


def _distinct(engine: Engine, rows: Any, column: str) -> set[str]:
    values: Iterable[tuple[Any, ...]] = engine.unique(rows, (column,))
    return {value for (value,) in values if value is not None}
