"""Symbols as people write them: every spelling finds what the dataset calls it, whatever that is."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opendata.client import Client
from opendata.contract.schema import Column, TableSchema
from opendata.errors import InvalidValue, UnknownSymbol
from opendata.read.symbols import choose, spellings
from opendata.stores.local import LocalStore

from tests.fixtures.web_server import WebServer
from tests.read.engine_rows import ENGINES, rows_of
from tests.read.publishing import metadata, publish_frames

CONVENTIONS = {
    "suffix": "600000.SH",
    "prefix": "SH600000",
    "lower": "sh600000",
    "dotted": "sh.600000",
    "mic": "600000.XSHG",
    "bare": "600000",
}
MIXED = ["000001.SZ", "000001.SH", "600000.SH", "430047.BJ", "BTCUSDT", "AU2412.SHF", "Au99.99", "Au(T+D)", "aapl"]


def schema(column: str, *more: str) -> TableSchema:
    """A table of days with a column of symbols."""
    names = (column, *more)
    columns = (Column("day", "date"), *(Column(name, "string") for name in names), Column("close", "float64"))
    return TableSchema(columns, ("day", column), "day")


def publish_symbols(
    store: LocalStore, dataset: str, symbols: Sequence[str], table: TableSchema, **described: Any
) -> None:
    """Two days with a row for each symbol."""
    names = [column.name for column in table.columns if column.type == "string"]
    frames = {
        day.isoformat(): pl.DataFrame(
            {"day": [day] * len(symbols), **dict.fromkeys(names, symbols), "close": [float(day.day)] * len(symbols)}
        )
        for day in (date(2026, 11, 2), date(2026, 11, 3))
    }
    publish_frames(store, metadata(dataset, **described), frames, table)


@pytest.fixture
def client(store: LocalStore) -> Client:
    """A client of one dataset for each convention, and of one with symbols of all kinds."""
    for convention, symbol in CONVENTIONS.items():
        publish_symbols(store, f"test/{convention}", [symbol, symbol.replace("600000", "600001")], schema("ts_code"))
    publish_symbols(store, "test/mixed", MIXED, schema("symbol"))
    return Client(str(store.folder))


def found(client: Client, dataset: str, symbols: Any, **options: Any) -> set[str]:
    """The symbols that were loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownSymbol)
        frame = client.load(dataset, symbols=symbols, **options)
    return set(frame["symbol" if "symbol" in frame.columns else "ts_code"])


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("asked", [*CONVENTIONS.values(), "sH600000", "600000.sh", "SH.600000", "600000.xshg"])
def test_every_spelling_finds_every_convention(client: Client, convention: str, asked: str) -> None:
    assert found(client, f"test/{convention}", asked) == {CONVENTIONS[convention]}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("btcusdt", {"BTCUSDT"}),
        ("au2412.shf", {"AU2412.SHF"}),
        ("AU99.99", {"Au99.99"}),
        ("au(t+d)", {"Au(T+D)"}),
        ("AAPL", {"aapl"}),
        ("000001.XSHE", {"000001.SZ"}),
        ("sh000001", {"000001.SH"}),
        ("bj430047", {"430047.BJ"}),
        ("430047.XBSE", {"430047.BJ"}),
        (["600000", "BTCUSDT", "btcusdt"], {"600000.SH", "BTCUSDT"}),
    ],
)
def test_symbols_of_all_kinds_are_found(client: Client, asked: Any, expected: set[str]) -> None:
    assert found(client, "test/mixed", asked) == expected


def test_an_exact_symbol_wins_over_one_of_another_case(store: LocalStore) -> None:
    publish_symbols(store, "test/cases", ["ABC", "abc"], schema("symbol"))
    client = Client(str(store.folder))
    assert found(client, "test/cases", "abc") == {"abc"}
    assert found(client, "test/cases", "ABC") == {"ABC"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("options", [{}, {"n_rows": 1}, {"columns": ["close"]}])
def test_a_bare_code_of_two_exchanges_must_name_one(client: Client, engine: str, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue, match=r"000001\.SH and 000001\.SZ: name the exchange"):
        client.load("test/mixed", symbols="000001", engine=engine, **options)


def test_a_symbol_without_rows_is_warned_of_and_the_others_are_loaded(client: Client) -> None:
    with pytest.warns(UnknownSymbol, match=r"600519\.SH has no row") as warned:
        frame = client.load("test/mixed", symbols=["600519.SH", "600000"])
    assert len(warned) == 1
    assert set(frame["symbol"]) == {"600000.SH"}
    with pytest.warns(UnknownSymbol):
        assert client.load("test/mixed", symbols=["600519.SH"], columns=["close"]).shape == (0, 1)


def test_symbols_work_in_head_and_scan_and_with_filters(client: Client) -> None:
    assert client.head("test/mixed", 5, symbols="sh600000")["day"].to_list() == [date(2026, 11, 3)]
    query = client.scan("test/mixed", ts_code="sh600000").select("close")
    assert query.collect()["close"].to_list() == [2.0, 3.0]
    either = [[("close", "=", 2.0)], [("close", "=", 9.0)]]
    frame = client.load("test/mixed", symbols=["btcusdt", "sh600000"], filters=either, columns=["close", "symbol"])
    assert frame.rows() == [(2.0, "600000.SH"), (2.0, "BTCUSDT")]


def test_over_http_what_is_cached_is_seen_without_a_request(client: Client, web: WebServer) -> None:
    pinned = {"version": "2026-11-02", "symbols": "sh600000"}
    remote = Client(web.url)
    first = remote.load("test/mixed", **pinned)
    web.requests.clear()
    assert remote.load("test/mixed", **pinned).equals(first)
    assert web.requests == []
    assert Client(web.url, offline=True).load("test/mixed", **pinned).equals(first)


def test_only_rows_of_the_symbols_count_as_first_rows(client: Client) -> None:
    assert client.load("test/mixed", symbols="aapl", n_rows=1)["symbol"].to_list() == ["aapl"]


def test_the_column_of_symbols_is_the_one_declared_else_the_only_one_known(store: LocalStore) -> None:
    publish_symbols(store, "test/declared", ["600000.SH"], schema("wind_code"), symbol_column="wind_code")
    publish_symbols(store, "test/undeclared", ["600000.SH"], schema("wind_code"))
    publish_symbols(store, "test/two", ["600000.SH"], schema("code", "symbol"))
    client = Client(str(store.folder))
    assert client.load("test/declared", symbols="sh600000").height == 2
    with pytest.raises(InvalidValue, match=r"no column for symbols(.|\n)*hint:.*symbol_column"):
        client.load("test/undeclared", symbols="sh600000")
    with pytest.raises(InvalidValue, match="has no column for symbols, or several"):
        client.load("test/two", symbols="sh600000")


@pytest.mark.parametrize("symbols", [[], "", [" "], [600000], 5])
def test_what_is_no_symbol_is_refused(client: Client, symbols: Any) -> None:
    with pytest.raises(InvalidValue, match="symbols"):
        client.load("test/mixed", symbols=symbols)


def test_one_of_two_names_is_enough(client: Client) -> None:
    with pytest.raises(InvalidValue, match="ts_code"):
        client.load("test/mixed", symbols="aapl", ts_code="aapl")


codes = st.from_regex(r"[0-9]{6}", fullmatch=True)
exchanges = st.sampled_from(["SH", "SZ", "BJ"])


@given(code=codes, exchange=exchanges)
def test_all_spellings_of_a_security_mean_the_same(code: str, exchange: str) -> None:
    ways = set(spellings(f"{code}.{exchange}"))
    for way in ways - {code}:
        assert set(spellings(way)) == ways
        assert set(spellings(way.swapcase())) == ways
    assert ways <= set(spellings(code))


@given(code=codes, listed=st.sets(exchanges, min_size=1))
def test_a_bare_code_means_the_one_security_that_has_it(code: str, listed: set[str]) -> None:
    present = {f"{code}.{exchange}" for exchange in listed}
    if len(present) == 1:
        assert choose([code], present) == present
    else:
        with pytest.raises(InvalidValue):
            choose([code], present)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.sampled_from(MIXED), min_size=1, unique=True), engine=st.sampled_from(ENGINES))
def test_what_is_loaded_is_what_was_asked_for(client: Client, asked: list[str], engine: str) -> None:
    rows = rows_of(client.load("test/mixed", symbols=asked, engine=engine))
    assert sorted(row["symbol"] for row in rows) == sorted(asked * 2)
