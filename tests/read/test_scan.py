"""Lazy queries: they fetch what they need when they run, and give what the same query on everything gives."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.client import Client
from opendata.read import plan
from opendata.read.engines.polars import expression
from opendata.read.engines.predicates import filters_of
from opendata.read.provenance import provenance
from opendata.stores.local import LocalStore
from opendata.write import pack as packing

from tests.fixtures.web_server import WebServer, web_server
from tests.read.packed_stocks import DAYS, STOCKS, SYMBOLS, everything, pack_everything, publish_stocks
from tests.read.publishing import BARS, bars, publish_bars


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A store with packs of small row groups, served, whose files are read by column chunk as big ones are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "BODY_GROUP", 400)
        patch.setattr(packing, "SERIES_GROUP", 128)
        patch.setattr(plan, "REQUEST", 20_000)
        patch.setattr(plan, "WHOLE", 1.0)
        store = LocalStore(tmp_path_factory.mktemp("scanned"))
        publish_stocks(store)
        pack_everything(store)
        with web_server(store.folder) as server:
            yield server


def atoms() -> st.SearchStrategy[pl.Expr]:
    """Conditions on one column, of all kinds, known and unknown to the planner."""
    day, symbol, price = st.sampled_from(DAYS), st.sampled_from([*SYMBOLS, "000001.SZ"]), st.floats(0, 40)
    compare = st.sampled_from([operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge])
    return st.one_of(
        st.builds(lambda op, v: op(pl.col("trade_date"), v), compare, day),
        st.builds(lambda op, v: op(pl.lit(v), pl.col("trade_date")), compare, day),
        st.builds(lambda op, v: op(pl.col("symbol"), v), compare, symbol),
        st.builds(lambda op, v: op(pl.col("open"), v), compare, price),
        st.builds(lambda op, v: op(pl.col("volume"), v), compare, st.integers(0, 2000)),
        st.builds(lambda a, b: pl.col("trade_date").is_between(min(a, b), max(a, b), closed="left"), day, day),
        st.builds(lambda values: pl.col("symbol").is_in(values), st.lists(symbol, max_size=3)),
        st.just(pl.col("volume").is_null()),
        st.just(pl.col("symbol").str.ends_with("7.SH")),
        st.just(pl.col("trade_date").dt.day() == 3),
        st.just(pl.col("open") > pl.col("close") - 0.01),
    )


def predicates() -> st.SearchStrategy[pl.Expr]:
    """Conditions joined in all ways."""
    return st.recursive(
        atoms(),
        lambda inner: st.one_of(
            st.builds(operator.and_, inner, inner),
            st.builds(operator.or_, inner, inner),
            st.builds(operator.inv, inner),
        ),
        max_leaves=6,
    )


@settings(deadline=None, max_examples=200)
@given(predicates())
def test_the_filters_of_a_predicate_leave_out_no_row_that_it_keeps(predicate: pl.Expr) -> None:
    groups = [[(c.column, c.operator, c.value) for c in group] for group in filters_of(predicate)]
    kept = everything().filter(predicate)
    assert not groups or kept.filter(expression(groups)).height == kept.height


@settings(deadline=None, max_examples=60)
@given(predicates(), st.lists(st.sampled_from(["symbol", "close", "volume"]), min_size=1, unique=True), st.booleans())
def test_a_query_gives_what_it_gives_on_everything(
    packed: WebServer, predicate: pl.Expr, columns: list[str], streaming: bool
) -> None:
    query = Client(packed.url).scan(STOCKS).filter(predicate).select(columns)
    found = query.collect(engine="streaming" if streaming else "in-memory")
    assert found.equals(everything().filter(predicate).select(columns))


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (pl.col("symbol") == "A", [[("symbol", "=", "A")]]),
        (pl.lit(3) < pl.col("volume"), [[("volume", ">", 3)]]),
        (pl.col("symbol").is_in(["A", "B"]), [[("symbol", "in", ["A", "B"])]]),
        (
            pl.col("trade_date").is_between(date(2026, 1, 1), date(2026, 1, 2)),
            [[("trade_date", ">=", date(2026, 1, 1)), ("trade_date", "<=", date(2026, 1, 2))]],
        ),
        ((pl.col("open") > 1) & pl.col("volume").is_null(), [[("open", ">", 1)]]),
        ((pl.col("open") > 1) | (pl.col("close") < 2), [[("open", ">", 1)], [("close", "<", 2)]]),
        ((pl.col("open") > 1) | pl.col("volume").is_null(), []),
    ],
)
def test_what_a_predicate_says_of_single_columns_is_found(predicate: pl.Expr, expected: list[Any]) -> None:
    assert [[(c.column, c.operator, c.value) for c in group] for group in filters_of(predicate)] == expected


def test_too_many_alternatives_restrict_nothing_rather_than_too_much() -> None:
    many = reduce(operator.or_, [pl.col("volume") == n for n in range(100)])
    assert filters_of(many) == ()


def test_nothing_is_fetched_before_the_query_runs_and_then_only_its_chunks(packed: WebServer) -> None:
    query = Client(packed.url).scan(STOCKS)
    assert query.collect_schema().names() == everything().columns
    packed.requests.clear()
    narrow = query.filter(pl.col("symbol") == SYMBOLS[3], pl.col("trade_date") < date(2026, 3, 1)).select("close")
    assert packed.requests == []
    wanted = everything().filter(pl.col("symbol") == SYMBOLS[3], pl.col("trade_date") < date(2026, 3, 1))
    assert narrow.collect().equals(wanted.select("close"))
    fetched = [(path, span) for path, span, _ in packed.requests if path.endswith(".parquet")]
    assert len(fetched) <= 2
    assert all("/_pack/" in path and span for path, span in fetched), fetched


def test_a_query_stays_with_the_state_that_it_was_made_of(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    publish_bars(store, {"2026-11-01": bars("2026-11-01")})
    query = Client(str(store.folder)).scan(BARS)
    publish_bars(store, {"2026-11-02": bars("2026-11-02")})
    assert query.collect().height == 24
    assert provenance(query).seq == 1


def test_counting_rows_reads_one_column(packed: WebServer) -> None:
    assert Client(packed.url).scan(STOCKS).select(pl.len()).collect().item() == everything().height
