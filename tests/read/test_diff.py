"""Two states or versions compared: the counts, the rows, the cells, and no more read than differs."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.client import Client
from opendata.contract.schema import Column, TableSchema
from opendata.errors import VersionNotFound
from opendata.protocol.history import rollback, yank
from opendata.read.compare import compare
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from tests.fixtures.web_server import WebServer
from tests.read.publishing import (
    BAR_SCHEMA,
    BARS,
    PRICES,
    author,
    bars,
    metadata,
    prices,
    publish_bars,
    publish_frames,
    publish_prices,
)

DAYS = ("2026-11-01", "2026-11-02", "2026-11-03")

values = st.one_of(st.none(), st.floats(), st.just(math.nan))
rows = st.tuples(values, st.one_of(st.none(), st.integers(-5, 5)), st.one_of(st.none(), st.text(max_size=3)))
keys = st.tuples(st.integers(0, 4), st.one_of(st.none(), st.sampled_from("ab")))
tables = st.dictionaries(keys, rows, max_size=10)
TYPES = {"day": pl.Int64(), "symbol": pl.String(), "close": pl.Float64(), "trades": pl.Int32(), "note": pl.String()}


def frame_of(table: dict[Any, Any]) -> pl.DataFrame:
    """A table with the key (day, symbol)."""
    return pl.DataFrame([(*key, *row) for key, row in table.items()], schema=TYPES, orient="row")


def comparable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row in which NaN equals NaN."""
    return tuple("NaN" if isinstance(value, float) and math.isnan(value) else value for value in row)


def by_key(frame: pl.DataFrame) -> dict[Any, list[Any]]:
    """The rows of a table by their first two columns."""
    return {row[:2]: list(row) for row in frame.iter_rows()}


@given(tables, tables)
def test_the_differences_applied_to_the_first_table_give_the_second(before: Any, after: Any) -> None:
    found = compare(frame_of(before), frame_of(after), ["day", "symbol"])
    result = by_key(frame_of(before))
    for row in found.removed.iter_rows():
        del result[row[:2]]
    for day, symbol, column, _, text in found.cells.iter_rows():
        value = pl.Series([text]).cast(TYPES[column]).item()
        result[day, symbol][list(TYPES).index(column)] = value
    for row in found.added.iter_rows():
        assert row[:2] not in result
        result[row[:2]] = list(row)
    assert Counter(map(comparable, map(tuple, result.values()))) == Counter(
        map(comparable, frame_of(after).iter_rows())
    )
    assert found.unchanged + found.changed + found.added.height == len(after)
    assert found.changed == found.cells.select("day", "symbol").n_unique()
    assert found.rows["change"].value_counts().height <= 3
    assert found.rows.height == found.added.height + found.removed.height + found.changed


@given(st.lists(rows, max_size=8), st.lists(rows, max_size=8))
def test_without_a_key_rows_are_counted(before: list[Any], after: list[Any]) -> None:
    types = dict(list(TYPES.items())[2:])
    old, new = (pl.DataFrame(table, schema=types, orient="row") for table in (before, after))
    found = compare(old, new, [])
    was, now = (Counter(map(comparable, frame.iter_rows())) for frame in (old, new))
    assert Counter(map(comparable, found.added.iter_rows())) == now - was
    assert Counter(map(comparable, found.removed.iter_rows())) == was - now
    assert found.unchanged == (was & now).total()
    assert found.cells.is_empty()
    assert found.changed == 0


def test_a_key_that_repeats_is_no_key() -> None:
    old = pl.DataFrame({"k": [1, 1], "v": [1, 2]})
    found = compare(old, pl.DataFrame({"k": [1, 1], "v": [1, 3]}), ["k"])
    assert (found.added["v"].to_list(), found.removed["v"].to_list(), found.unchanged) == ([3], [2], 1)


def test_a_key_column_may_have_any_name() -> None:
    names = ("change", "column", "before", "after")
    old = pl.DataFrame({name: [1, 2] for name in names} | {"v": [1, 2]})
    new = pl.DataFrame({name: [1, 3] for name in names} | {"v": [5, 2]})
    found = compare(old, new, names)
    assert found.rows.columns == [*names, "change_"]
    assert found.cells.rows() == [(1, 1, 1, 1, "v", "1", "5")]


def test_a_column_of_another_type_differs_where_its_values_do() -> None:
    old = pl.DataFrame({"k": [1, 2, 3], "v": [1.0, 2.5, math.nan]})
    new = pl.DataFrame({"k": [1, 2, 3], "v": [1, 2, 3]})
    assert compare(old, new, ["k"]).cells["k"].to_list() == [2, 3]
    texts = pl.DataFrame({"k": [1, 2, 3], "v": ["1.0", "2.5", "?"]})
    assert compare(old, texts, ["k"]).cells.rows() == [(3, "v", "NaN", "?")]


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """Three days, then a corrected one, a new one and one that is hidden."""
    publish_bars(store, {day: bars(day) for day in DAYS})
    corrected = bars("2026-11-02").with_columns(trades=pl.col("trades") + (pl.col("trades") == 3))
    publish_bars(store, {"2026-11-02": corrected, "2026-11-04": bars("2026-11-04", rows=2)})
    run(yank(BARS, "2026-11-03", author(), "wrong source"), store)
    return store


def test_partitions_rows_and_cells_are_told(published: LocalStore, client: Client) -> None:
    found = client.diff(BARS, "seq:1")
    assert (found.a, found.b) == ("seq:1", "seq:3")
    assert found.partitions_added == ("2026-11-04",)
    assert found.partitions_removed == ("2026-11-03",)
    assert found.partitions_changed == ("2026-11-02",)
    assert (found.rows_added, found.rows_removed, found.rows_changed, found.rows_unchanged) == (2, 24, 1, 47)
    assert found.cells.select("symbol", "column", "before", "after").rows() == [("BTC", "trades", "3", "4")]
    assert found.added.equals(bars("2026-11-04", rows=2))
    assert found.removed.equals(bars("2026-11-03"))
    assert found.summary().splitlines() == [
        "test/bars: seq:1 → seq:3",
        "partitions: 1 added, 1 removed, 1 changed",
        "rows: 2 added, 24 removed, 1 changed, 47 unchanged",
    ]
    back = client.diff(BARS, None, "seq:1")
    assert (back.rows_added, back.rows_removed, back.rows_changed, back.rows_unchanged) == (24, 2, 1, 47)


def test_only_files_that_differ_are_fetched(published: LocalStore, client: Client, web: WebServer) -> None:
    client.diff(BARS, "seq:1", "seq:2")
    fetched = {path for path, _, _ in web.requests if path.endswith(".parquet")}
    assert fetched == {
        f"/datasets/{BARS}/{name}/data.parquet" for name in ("2026-11-02", "2026-11-02.r2", "2026-11-04")
    }


def test_equal_segments_are_not_read(
    store: LocalStore, client: Client, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opendata.protocol.tree.SEGMENT_SIZE", 2)
    days = [f"2026-11-0{number}" for number in range(1, 7)]
    publish_bars(store, {day: bars(day, rows=1) for day in days})
    publish_bars(store, {days[-1]: bars(days[-1], rows=1, close=7)})
    found = client.diff(BARS, "seq:1", "seq:2")
    assert (found.rows_changed, found.rows_unchanged) == (1, 5)
    assert len([path for path, _, _ in web.requests if "/_seg/" in path]) == 2


def test_a_state_compared_with_itself_or_rolled_back_to_shows_nothing(published: LocalStore, client: Client) -> None:
    run(rollback(BARS, 1, author(), "undo"), published)
    for a, b in ((None, None), ("seq:1", "seq:4"), ("seq:2", "seq:2")):
        found = client.diff(BARS, a, b)
        assert not found
        assert found.rows.columns == ["open_time", "symbol", "change"]
        assert found.cells.columns == ["open_time", "symbol", "column", "before", "after"]
    assert client.diff(BARS, "seq:1", "seq:4").rows_unchanged == 72


def test_versions_are_compared_whole(published: LocalStore, client: Client) -> None:
    corrected = client.diff(BARS, "2026-11-02", "2026-11-02.r2")
    assert (corrected.a, corrected.b) == ("2026-11-02", "2026-11-02.r2")
    assert (corrected.rows_changed, corrected.rows_unchanged) == (1, 23)
    other_days = client.diff(BARS, "2026-11-01", "2026-11-02")
    assert (other_days.rows_added, other_days.rows_removed) == (24, 24)


def test_a_version_is_compared_with_what_a_state_shows_of_it(published: LocalStore, client: Client) -> None:
    assert client.diff(BARS, "2026-11-02").rows_changed == 1
    assert client.diff(BARS, "2026-11-02", "seq:1").rows_unchanged == 24
    hidden = client.diff(BARS, "2026-11-03")
    assert (hidden.rows_removed, hidden.partitions_removed) == (24, ("2026-11-03",))


def test_copies_are_compared_as_they_are(store: LocalStore, client: Client) -> None:
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    publish_prices(store, {"2026-11-21": prices(date(2026, 11, 21), close=5.0)})
    found = client.diff(PRICES, "seq:1", "seq:2")
    assert (found.rows_added, found.rows_removed, found.rows_changed, found.rows_unchanged) == (1, 1, 9, 0)
    assert client.diff(PRICES, "2026-11-20", "2026-11-21").rows.equals(found.rows)


def test_columns_that_came_went_or_changed_are_named(store: LocalStore, client: Client) -> None:
    publish_bars(store, {"2026-11-01": bars("2026-11-01")})
    time, symbol, _, _ = BAR_SCHEMA.columns
    columns = (time, symbol, Column("close", "float32", unit="CNY"), Column("volume", "float64", nullable=True))
    later = TableSchema(columns, BAR_SCHEMA.primary_key, BAR_SCHEMA.partition_column)
    frame = (
        bars("2026-11-01")
        .drop("trades")
        .with_columns(pl.col("close").cast(pl.Float32), volume=pl.lit(None, pl.Float64))
    )
    publish_frames(store, metadata(BARS), {"2026-11-01": frame}, later)
    found = client.diff(BARS, "seq:1")
    assert {(change.column, change.before, change.after) for change in found.columns} == {
        ("close", "float64 [USD]", "float32 [CNY]"),
        ("trades", "int64", None),
        ("volume", None, "float64, nullable"),
    }
    assert set(found.cells["column"]) == {"trades"}, "the prices are the same numbers, and the new column is empty"


def test_nothing_on_both_sides_is_an_error(published: LocalStore, client: Client) -> None:
    for day in ("2026-11-01", "2026-11-02", "2026-11-04"):
        run(yank(BARS, day, author(), "all wrong"), published)
    assert client.diff(BARS, "seq:1").rows_removed == 72
    with pytest.raises(VersionNotFound, match="no data"):
        client.diff(BARS, None, None)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(DAYS), st.integers(1, 3), min_size=1), min_size=2, max_size=3))
def test_every_two_states_differ_by_their_loads(
    tmp_path_factory: pytest.TempPathFactory, commits: list[dict[str, int]]
) -> None:
    store = LocalStore(tmp_path_factory.mktemp("store"))
    for nth, commit in enumerate(commits):
        publish_bars(store, {day: bars(day, rows=number, close=nth) for day, number in commit.items()})
    client = Client(store.folder)
    tip = client.info(BARS).seq
    for seq in range(1, tip + 1):
        found = client.diff(BARS, f"seq:{seq}")
        old, new = client.load(BARS, version=f"seq:{seq}"), client.load(BARS)
        whole = compare(old, new, BAR_SCHEMA.primary_key)
        assert found.rows.equals(whole.rows)
        assert found.cells.equals(whole.cells)
        assert found.rows_unchanged == whole.unchanged
