"""What was knowable at a time: of every fact the newest revision known then, and nothing that came out later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opendata.client import Client
from opendata.contract.schema import Column, TableSchema
from opendata.errors import InvalidValue, NotPointInTime
from opendata.stores.local import LocalStore

from tests.read.engine_rows import ENGINES, rows_of
from tests.read.publishing import metadata, publish_frames

MACRO = "test/macro"
DECLARED = {"available": "available_date", "key": ["series_id", "period"]}
SCHEMA = TableSchema(
    (
        Column("available_date", "date", nullable=True),
        Column("series_id", "string"),
        Column("period", "date"),
        Column("vintage", "int64"),
        Column("value", "float64", nullable=True),
    ),
    primary_key=("series_id", "period", "vintage"),
    partition_column="period",
)
BY_RELEASE = TableSchema(SCHEMA.columns, ("available_date", "series_id", "period", "vintage"), "available_date")
Q1, Q2 = date(2024, 3, 31), date(2024, 6, 30)
JUNE, JULY, AUGUST = date(2024, 6, 14), date(2024, 7, 15), date(2024, 8, 15)
RELEASES = [
    (JUNE, "gdp", Q1, 1, 5.0),
    (JULY, "gdp", Q1, 2, 5.3),
    (JULY, "gdp", Q1, 3, 5.2),  # corrected on the same day: the later row counts
    (JULY, "gdp", Q2, 1, 4.7),
    (AUGUST, "gdp", Q1, 4, None),  # withdrawn
    (None, "gdp", Q2, 9, 9.9),  # of which nobody knows when it came out
    (AUGUST, "cpi", Q2, 1, 0.2),
]

Row = tuple[date | None, str, date, int, float | None]


def publish_releases(store: LocalStore, rows: Sequence[Row], schema: TableSchema = SCHEMA, **more: Any) -> Client:
    """A complete copy of a table of revisions."""
    frame = pl.DataFrame(
        rows,
        schema={
            c.name: {"date": pl.Date, "string": pl.String, "int64": pl.Int64}.get(c.type, pl.Float64)
            for c in schema.columns
        },
        orient="row",
    )
    publish_frames(
        store, metadata(MACRO, "snapshot", **({"point_in_time": DECLARED} | more)), {"2024-09-01": frame}, schema
    )
    return Client(str(store.folder))


@pytest.fixture
def client(store: LocalStore) -> Client:
    """A client of the releases above."""
    return publish_releases(store, RELEASES)


def values(table: Any) -> dict[tuple[str, date], float | None]:
    """The value of each fact; there is one."""
    rows = rows_of(table)
    found = {(row["series_id"], row["period"]): row["value"] for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2024-06-13", {}),
        ("20240614", {("gdp", Q1): 5.0}),
        (date(2024, 7, 14), {("gdp", Q1): 5.0}),
        ("2024-07-15", {("gdp", Q1): 5.2, ("gdp", Q2): 4.7}),
        ("2024-07-15T23:59:59Z", {("gdp", Q1): 5.0}),  # the day is not over: it may not be out yet
        ("2024-07-16T00:00:00Z", {("gdp", Q1): 5.2, ("gdp", Q2): 4.7}),
        (datetime(2024, 7, 16, 7, 59, tzinfo=timezone(timedelta(hours=8))), {("gdp", Q1): 5.0}),
        ("2030-01-01", {("gdp", Q1): None, ("gdp", Q2): 4.7, ("cpi", Q2): 0.2}),
    ],
    ids=str,
)
def test_only_what_was_knowable_is_there(client: Client, engine: str, as_of: Any, expected: dict[Any, Any]) -> None:
    assert values(client.load(MACRO, as_of=as_of, engine=engine)) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_filters_see_the_revision_that_counts_and_never_bring_back_an_older_one(client: Client, engine: str) -> None:
    def ask(*filters: Any, **options: Any) -> dict[tuple[str, date], float | None]:
        columns = ["value", "period", "series_id"]
        return values(
            client.load(MACRO, as_of="2024-07-20", filters=[*filters], engine=engine, columns=columns, **options)
        )

    assert ask(("value", "=", 5.3)) == {}
    assert ask(("value", ">", 5.0)) == {("gdp", Q1): 5.2}
    assert ask(("vintage", "<", 3)) == {("gdp", Q2): 4.7}
    assert ask(("series_id", "=", "gdp"), end="2024-04-01") == {("gdp", Q1): 5.2}
    assert ask(n_rows=1) == {("gdp", Q1): 5.2}


@pytest.mark.parametrize("engine", ENGINES)
def test_dates_cut_the_revisions_that_count_where_time_is_the_release(store: LocalStore, engine: str) -> None:
    known = [row for row in RELEASES if row[0]]
    client = publish_releases(store, known, TableSchema(SCHEMA.columns, BY_RELEASE.primary_key, "available_date"))
    loaded = values(client.load(MACRO, as_of="2024-08-31", end="2024-07-31", engine=engine))
    assert loaded == {("gdp", Q2): 4.7}, "the revision of July of the first quarter was replaced in August"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_date_is_its_end_also_for_instants(store: LocalStore, engine: str) -> None:
    schema = TableSchema(
        (Column("seen_at", "timestamp[us, UTC]"), Column("series_id", "string"), Column("value", "float64")),
        ("seen_at", "series_id"),
    )
    times = [datetime(2024, 7, 15, 23, 59, 59, tzinfo=UTC), datetime(2024, 7, 16, tzinfo=UTC)]
    frame = pl.DataFrame(
        {"seen_at": times, "series_id": "gdp", "value": [1.0, 2.0]},
        schema_overrides={"seen_at": pl.Datetime("us", "UTC")},
    )
    described = metadata(MACRO, "snapshot", point_in_time={"available": "seen_at", "key": ["series_id"]})
    publish_frames(store, described, {"2024-09-01": frame}, schema)
    client = Client(str(store.folder))
    asked = ["2024-07-15", "2024-07-15T23:59:59Z", "2024-07-16T00:00:00Z", "2024-07-16", "2024-07-15T23:59:58Z"]
    loaded = [[row["value"] for row in rows_of(client.load(MACRO, as_of=at, engine=engine))] for at in asked]
    assert loaded == [[1.0], [1.0], [2.0], [2.0], []]


rows = st.tuples(
    st.dates(date(2024, 6, 1), date(2024, 6, 12)),
    st.sampled_from(["gdp", "cpi"]),
    st.sampled_from([Q1, Q2]),
    st.integers(1, 5),
    st.none() | st.sampled_from([1.0, 2.0, 3.0]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    known=st.lists(rows, min_size=1, max_size=25, unique_by=lambda row: row[1:4]),
    at=st.dates(date(2024, 5, 31), date(2024, 6, 13)),
    by_release=st.booleans(),
    filters=st.sampled_from([None, [("value", ">", 1.5)], [("series_id", "=", "gdp"), ("vintage", "<", 4)]]),
    engine=st.sampled_from(ENGINES),
)
def test_nothing_that_came_later_changes_what_was_knowable(
    tmp_path_factory: pytest.TempPathFactory,
    known: list[Row],
    at: date,
    by_release: bool,
    filters: Any,
    engine: str,
) -> None:
    folder = tmp_path_factory.mktemp("as_of")
    schema = BY_RELEASE if by_release else SCHEMA
    cut = [row for row in known if row[0] is not None and row[0] <= at]
    full = _load(folder / "full", known, schema, at, filters, engine)
    assert full == (_load(folder / "cut", cut, schema, at, filters, engine) if cut else [])
    newest: dict[tuple[str, date], Row] = {}
    for row in sorted(cut, key=lambda row: (row[1], row[2], row[0], row[3])):
        newest[row[1:3]] = row
    if filters is None:
        assert sorted(row["vintage"] for row in full) == sorted(row[3] for row in newest.values())


def _load(
    folder: Path, known: Sequence[Row], schema: TableSchema, at: date, filters: Any, engine: str
) -> list[dict[str, Any]]:
    client = publish_releases(LocalStore(folder), sorted(known, key=lambda row: (row[1], row[2], row[3])), schema)
    return rows_of(client.load(MACRO, as_of=at, filters=filters, engine=engine))


def test_a_dataset_without_knowledge_time_says_so(store: LocalStore) -> None:
    publish_frames(
        store,
        metadata(MACRO, "snapshot"),
        {
            "2024-09-01": pl.DataFrame(RELEASES, schema=[c.name for c in SCHEMA.columns], orient="row").cast(
                {"available_date": pl.Date}
            )
        },
        SCHEMA,
    )
    client = Client(str(store.folder))
    with pytest.raises(NotPointInTime, match='version="@'):
        client.load(MACRO, as_of="2024-07-15")


@pytest.mark.parametrize("as_of", ["yesterday", "2024-07-15T10:00:00", datetime(2024, 7, 15), 20240715])  # noqa: DTZ001
def test_a_time_that_is_none_is_refused(client: Client, as_of: Any) -> None:
    with pytest.raises(InvalidValue, match="as_of"):
        client.load(MACRO, as_of=as_of)
