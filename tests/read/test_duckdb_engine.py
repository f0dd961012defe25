"""Four engines, one content: which rows, in which order, of which types."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from typing import Any

import opendata as od
import polars as pl
import pytest
from opendata.client import Client
from opendata.contract.schema import Column, TableSchema
from opendata.errors import MissingExtra
from opendata.stores.local import LocalStore

from tests.read.engine_rows import ENGINES, rows_of
from tests.read.publishing import metadata, publish_frames

FACTS = "test/facts"
DAYS = (date(2026, 11, 2), date(2026, 11, 3))
SCHEMA = TableSchema(
    (
        Column("seen", "timestamp[ms, UTC]"),
        Column("symbol", "string"),
        Column("day", "date"),
        Column("close", "float64", nullable=True),
        Column("lots", "int64", nullable=True),
        Column("adj_factor", "float64", nullable=True),
    ),
    primary_key=("seen", "symbol"),
    partition_column="seen",
)
WITH_NOTE = TableSchema((*SCHEMA.columns, Column('no"te', "string", nullable=True)), ("seen", "symbol"), "seen")
MEANING = {
    "adjustment": {"factor": "adj_factor", "prices": ["close"]},
    "point_in_time": {"available": "seen", "key": ["symbol", "day"]},
}


def facts(day: date, hours: int = 3) -> pl.DataFrame:
    """Two symbols an hour, each with one revision of the fact before; some cells are null."""
    rows = [
        {
            "seen": datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC),
            "symbol": symbol,
            "day": date(2026, 11, 1 + hour // 2),
            "close": None if hour == 1 else hour + day.day / 8,
            "lots": hour * 10 if symbol == "A'" else None,
            "adj_factor": 1.1 if day.day == 2 else 2.2,
        }
        for hour in range(hours)
        for symbol in ("A'", "B")
    ]
    return pl.DataFrame(rows, schema_overrides={"seen": pl.Datetime("ms", "UTC"), "lots": pl.Int64})


@pytest.fixture
def client(store: LocalStore) -> Client:
    """A client of a dataset whose second day has a column more than the first."""
    described = metadata(FACTS, **MEANING)
    publish_frames(store, described, {DAYS[0].isoformat(): facts(DAYS[0])}, SCHEMA)
    noted = facts(DAYS[1]).with_columns(pl.Series('no"te', ["it's"] + [None] * 5))
    publish_frames(store, described, {DAYS[1].isoformat(): noted}, WITH_NOTE)
    return Client(str(store.folder))


REQUESTS: list[dict[str, Any]] = [
    {},
    {"columns": ['no"te', "lots", "seen"]},
    {"columns": ["close"], "n_rows": 7},
    {"n_rows": 0},
    {"start": "2026-11-03"},
    {"start": "2026-11-02", "end": "2026-11-02", "columns": ['no"te']},
    {"start": "2030-01-01"},
    {"filters": [("symbol", "=", "A'"), ("close", ">", 0.5)]},
    {"filters": [[("symbol", "in", ["B", "it's"])], [('no"te', "=", "it's")]]},
    {"filters": [("symbol", "in", [])]},
    {"filters": [("symbol", "not in", ["B"]), ("day", "!=", date(2026, 11, 1))]},
    {"filters": [("seen", "<", "2026-11-03T00:30:00Z")], "n_rows": 3},
    {"symbols": "b"},
    {"symbols": ["B"], "columns": ["close", "seen"], "n_rows": 2},
    {"as_of": "2026-11-02"},
    {"as_of": "2026-11-03T01:00:00Z", "columns": ["close"]},
    {"as_of": "2026-11-03", "start": "2026-11-03", "filters": [("lots", ">=", 0)]},
    {"as_of": "2026-11-03", "filters": [[("close", ">", 1.0), ("symbol", "=", "B")], [("lots", "=", 0)]]},
    {"adjust": "hfq"},
    {"adjust": "qfq", "adjust_base": "2026-11-02", "columns": ["close"]},
    {"adjust": "qfq", "filters": [("close", ">", 1.0)], "n_rows": 3},
    {"adjust": "hfq", "as_of": "2026-11-03", "columns": ["symbol", "close"]},
    {"adjust": "qfq", "adjust_base": "2020-01-01"},
]


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_every_engine_has_the_same_content(client: Client, engine: str, request_: dict[str, Any]) -> None:
    assert rows_of(client.load(FACTS, engine=engine, **request_)) == rows_of(client.load(FACTS, **request_))


@pytest.mark.parametrize("request_", [r for r in REQUESTS if not {"columns", "n_rows", "filters"} & set(r)], ids=str)
def test_a_scan_has_the_content_of_a_load(client: Client, request_: dict[str, Any]) -> None:
    assert rows_of(client.scan(FACTS, **request_)) == rows_of(client.load(FACTS, **request_))


def test_the_content_is_what_was_published(client: Client) -> None:
    expected = rows_of(pl.concat([facts(day) for day in DAYS]))
    assert rows_of(client.load(FACTS, engine="duckdb", columns=[c.name for c in SCHEMA.columns])) == expected


def test_a_relation_has_sql_types_and_utc_instants(client: Client) -> None:
    relation = client.load(FACTS, engine="duckdb")
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert types == {
        "seen": "TIMESTAMP WITH TIME ZONE",
        "symbol": "VARCHAR",
        "day": "DATE",
        "close": "DOUBLE",
        "lots": "BIGINT",
        "adj_factor": "DOUBLE",
        'no"te': "VARCHAR",
    }
    hours = relation.query("facts", "SELECT DISTINCT hour(seen) AS hour FROM facts ORDER BY hour")
    assert hours is not None
    assert hours.fetchall() == [(0,), (1,), (2,)]


@pytest.mark.parametrize("engine", ENGINES)
def test_provenance_says_how_the_rows_were_seen(client: Client, engine: str) -> None:
    table = client.load(FACTS, engine=engine, adjust="qfq", as_of="2026-11-03", symbols="B", columns=["close"])
    found = od.provenance(table)
    assert (found.dataset, found.version, found.seq) == (FACTS, "2026-11-03", 2)
    assert (found.adjust, found.adjust_base, found.as_of) == ("qfq", "2026-11-03", "2026-11-03")
    assert len(found.objects) == 2
    plain = od.provenance(client.load(FACTS, engine=engine))
    assert (plain.adjust, plain.adjust_base, plain.as_of) == (None, None, None)


def test_head_gives_a_relation(client: Client) -> None:
    assert [row["close"] for row in rows_of(client.head(FACTS, 3, symbols="B", engine="duckdb"))] == [
        0.375,
        None,
        2.375,
    ]


def test_without_duckdb_the_error_says_what_to_install(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtra, match="pip install duckdb"):
        client.load(FACTS, engine="duckdb")
