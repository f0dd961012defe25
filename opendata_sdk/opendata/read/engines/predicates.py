"""What a polars predicate says about single columns, as filters that files can be chosen by.

An expression is taken apart with `meta.pop`, and recognised by putting it together again and comparing. What is not
recognised restricts nothing: the filters never leave out a row that the predicate would keep.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeAlias

import polars as pl

from opendata.read.request import Condition

Groups: TypeAlias = "tuple[tuple[Condition, ...], ...]"

MOST_GROUPS = 64
"""Alternatives beyond which a predicate is too involved to choose files by."""

_COMPARISONS: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "=": (operator.eq, "="),
    "<": (operator.lt, ">"),
    "<=": (operator.le, ">="),
    ">": (operator.gt, "<"),
    ">=": (operator.ge, "<="),
}
"""Each operator, and the one that says the same with the sides exchanged."""


def filters_of(predicate: pl.Expr) -> Groups:
    """Filters that every row kept by the predicate meets: any of these groups of conditions; empty: all rows."""
    return _groups(predicate) or ()


def _groups(expression: pl.Expr) -> Groups | None:
    """As `filters_of`, but None for nothing known."""
    inputs = expression.meta.pop()
    if len(inputs) == 2:
        right, left = inputs
        for first, second in ((left, right), (right, left)):
            if expression.meta.eq(first & second):
                return _both(_groups(first), _groups(second))
            if expression.meta.eq(first | second):
                return _either(_groups(first), _groups(second))
        return _comparison(expression, left, right) or _comparison(expression, right, left)
    if len(inputs) == 3:
        return _between(expression, inputs)
    return None


def _both(one: Groups | None, other: Groups | None) -> Groups | None:
    if one is None or other is None:
        return one if other is None else other
    joined = tuple((*first, *second) for first in one for second in other)
    return joined if len(joined) <= MOST_GROUPS else one


def _either(one: Groups | None, other: Groups | None) -> Groups | None:
    if one is None or other is None or len(one) + len(other) > MOST_GROUPS:
        return None
    return (*one, *other)


def _comparison(expression: pl.Expr, left: pl.Expr, right: pl.Expr) -> Groups | None:
    """`column operator value`, `value operator column` or `column is_in values`."""
    for name, (compare, exchanged) in _COMPARISONS.items():
        if expression.meta.eq(compare(left, right)):
            if (column := _column(left)) and _is_literal(right):
                return _condition(column, name, _value(right))
            if (column := _column(right)) and _is_literal(left):
                return _condition(column, exchanged, _value(left))
    if (column := _column(left)) and _is_literal(right) and expression.meta.eq(left.is_in(right)):
        return _condition(column, "in", _value(right))
    return None


def _between(expression: pl.Expr, inputs: list[pl.Expr]) -> Groups | None:
    high, low, subject = inputs
    column = _column(subject)
    if not column or not _is_literal(low) or not _is_literal(high):
        return None
    if not any(
        expression.meta.eq(subject.is_between(low, high, closed=closed)) for closed in ("both", "left", "right", "none")
    ):
        return None
    return _both(_condition(column, ">=", _value(low)), _condition(column, "<=", _value(high)))


def _column(expression: pl.Expr) -> str | None:
    names = expression.meta.root_names()
    return names[0] if len(names) == 1 and not expression.meta.pop() else None


def _is_literal(expression: pl.Expr) -> bool:
    return not expression.meta.root_names()


def _value(expression: pl.Expr) -> Any:
    """A literal as Python has it; several values as a list."""
    values = pl.select(expression).to_series()
    value = values.to_list() if len(values) != 1 else values.item()
    return value.to_list() if isinstance(value, pl.Series) else value


def _condition(column: str, comparison: str, value: Any) -> Groups | None:
    """One condition, if the value is of a kind whose order files know."""
    values = value if comparison == "in" else [value]
    plain = isinstance(values, list) and all(isinstance(item, (str, int, float, date)) for item in values)
    if not plain or any(isinstance(item, datetime) and item.tzinfo is None for item in values):
        return None
    return ((Condition(column, comparison, value),),)
