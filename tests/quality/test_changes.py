"""What new rows change: the counts add up, and every changed cell is found, against a plain dictionary."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from opendata_platform.quality.changes import compare

SCHEMA = {"code": pl.String, "day": pl.Int64, "price": pl.Float64, "note": pl.String}
Rows = dict[tuple[str, int], tuple[float | None, str | None]]

ROWS: st.SearchStrategy[Rows] = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 3)),
    st.tuples(st.none() | st.sampled_from([1.0, 2.5, float("nan")]), st.none() | st.sampled_from(["x", "y"])),
)


def _frame(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame([(*key, *values) for key, values in rows.items()], SCHEMA, orient="row")


@given(ROWS, ROWS)
def test_counts_and_cells_are_those_of_a_plain_comparison(old: Rows, new: Rows) -> None:
    changes = compare(_frame(old), _frame(new), ["code", "day"])
    shared = old.keys() & new.keys()
    differing = {key for key in shared if repr(old[key]) != repr(new[key])}
    assert (changes.inserted, changes.updated, changes.unchanged, changes.removed) == (
        len(new.keys() - old.keys()),
        len(differing),
        len(shared - differing),
        len(old.keys() - new.keys()),
    )
    assert changes.reconciles
    assert changes.rows == len(new)
    cells = {
        (f"{key[0]}/{key[1]}", name)
        for key in differing
        for name, before, after in zip(("price", "note"), old[key], new[key], strict=True)
        if repr(before) != repr(after)
    }
    assert {(cell.key, cell.column) for cell in changes.sample} == cells
    assert sum(changes.cells.values()) == len(cells)


@given(st.lists(st.sampled_from("ABC")), st.lists(st.sampled_from("ABC")))
def test_without_a_key_equal_rows_pair_up(old: list[str], new: list[str]) -> None:
    changes = compare(pl.DataFrame({"x": old}, {"x": pl.String}), pl.DataFrame({"x": new}, {"x": pl.String}), [])
    paired = sum(min(old.count(letter), new.count(letter)) for letter in "ABC")
    assert (changes.unchanged, changes.inserted, changes.removed) == (paired, len(new) - paired, len(old) - paired)


def test_a_changed_cell_is_shown_with_both_values() -> None:
    old = _frame({("A", 1): (1.0, "x"), ("B", 1): (2.5, None)})
    new = _frame({("A", 1): (1.0, "x"), ("B", 1): (2.5, "y")})
    (cell,) = compare(old, new, ["code", "day"]).sample
    assert (cell.key, cell.column, cell.old, cell.new) == ("B/1", "note", None, "y")


def test_a_column_to_ignore_changes_nothing() -> None:
    old, new = _frame({("A", 1): (1.0, "x")}), _frame({("A", 1): (1.0, "y")})
    assert compare(old, new, ["code", "day"], ignore=["note"]).unchanged == 1


def test_a_repeated_key_counts_as_inserted_and_leaves_the_rest_accounted_for() -> None:
    old = _frame({("A", 1): (1.0, "x")})
    new = pl.concat([old, old])
    changes = compare(old, new, ["code", "day"])
    assert (changes.inserted, changes.unchanged, changes.rows) == (1, 1, 2)
    assert changes.reconciles
