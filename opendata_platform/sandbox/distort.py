"""What a fault of the data does to a table: the answer stays well-formed, what it says is wrong or new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from opendata_platform.sandbox.answers import Row, Table


class BadFault(ValueError):
    """A fault was asked for that does not exist or does not fit; the text says what is wrong."""


def require(holds: bool, otherwise: str) -> None:
    """Raise BadFault saying `otherwise` unless it holds."""
    if not holds:
        raise BadFault(otherwise)


def number(value: object) -> Decimal:
    """The exact number; raises BadFault."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise BadFault(f"{value!r} is not a number") from None


def _with_cell(table: Table, index: int, column: str, change: Callable[[str | None], str | None]) -> Table:
    require(column in table.header, f"column {column!r}: use one of {', '.join(table.header)}")
    at = table.header.index(column)
    row = table.rows[index]
    changed: Row = (*row[:at], change(row[at]), *row[at + 1 :])
    rows = list(table.rows)
    rows[index] = changed
    return replace(table, rows=tuple(rows))


def _column(table: Table, params: Mapping[str, object]) -> str:
    return str(params.get("column", table.value_column))


def _revise(table: Table, params: Mapping[str, object]) -> Table:
    """One value of a day (default: of the last row's day) is another one, by `by` (default 1)."""
    day = str(params.get("day", table.day_of(table.rows[-1]) if table.rows else ""))
    index = next((i for i, row in enumerate(table.rows) if table.day_of(row) == day), None)
    if index is None:
        return table
    by = number(params.get("by", 1))
    return _with_cell(table, index, _column(table, params), lambda cell: str(Decimal(cell or 0) + by))


def _restate(table: Table, params: Mapping[str, object]) -> Table:
    """All prices of all days are multiplied, as after a split."""
    factor = float(number(params.get("factor", 0.5)))
    at = {table.header.index(name) for name in table.price_columns}
    rows = tuple(
        tuple(f"{float(c) * factor:.6g}" if i in at and c else c for i, c in enumerate(row)) for row in table.rows
    )
    return replace(table, rows=rows)


def _unfinished_day(table: Table, params: Mapping[str, object]) -> Table:
    """The last rows of the day are not there yet."""
    n = int(str(params.get("rows", 60)))
    if table.is_late is None:
        return replace(table, rows=table.rows[:-n])
    late = table.is_late
    return replace(table, rows=tuple(row for row in table.rows if not late(row, n)))


def _rename_column(table: Table, params: Mapping[str, object]) -> Table:
    column, to = _column(table, params), str(params.get("to", "renamed"))
    require(column in table.header, f"column {column!r}: use one of {', '.join(table.header)}")
    return replace(table, header=tuple(to if name == column else name for name in table.header))


def _add_column(table: Table, params: Mapping[str, object]) -> Table:
    name = str(params.get("column", "brand_new"))
    return replace(table, header=(*table.header, name), rows=tuple((*row, "1") for row in table.rows))


def _null_newest(table: Table, params: Mapping[str, object]) -> Table:
    """The newest values of one column are unknown."""
    changed = table
    for index in range(max(0, len(table.rows) - int(str(params.get("rows", 3)))), len(table.rows)):
        changed = _with_cell(changed, index, _column(table, params), lambda cell: None)
    return changed


def _duplicate_rows(table: Table, params: Mapping[str, object]) -> Table:
    """The last rows come twice, with `conflicting` the second time with another value."""
    n = int(str(params.get("rows", 1)))
    twice = replace(table, rows=(*table.rows, *table.rows[-n:]))
    if not params.get("conflicting"):
        return twice
    return _with_cell(twice, -1, _column(table, params), lambda cell: str(Decimal(cell or 0) + 1))


def _bad_number(table: Table, params: Mapping[str, object]) -> Table:
    value = str(params.get("value", "12.3.4"))
    return _with_cell(table, len(table.rows) // 2, _column(table, params), lambda cell: value)


CHANGES: Mapping[str, Callable[[Table, Mapping[str, object]], Table]] = {
    "revise": _revise,
    "restate": _restate,
    "unfinished_day": _unfinished_day,
    "rename_column": _rename_column,
    "add_column": _add_column,
    "null_newest": _null_newest,
    "duplicate_rows": _duplicate_rows,
    "bad_number": _bad_number,
}
