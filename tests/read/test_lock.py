"""opendata.lock: the same bytes for the same loads, the same table from the same lock, and nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.client import Client
from opendata.contract.schema import Column, TableSchema
from opendata.errors import Gone, IntegrityError, InvalidValue, NotFound, NotLocked, UpgradeRequired
from opendata.read.provenance import Provenance, provenance
from opendata.read.request import parse_slice
from opendata.read.view import parse_view
from opendata.stores.local import LocalStore

from tests.fixtures.web_server import WebServer, web_server
from tests.read.publishing import (
    BARS,
    PRICES,
    bars,
    metadata,
    prices,
    publish_bars,
    publish_frames,
    publish_prices,
)

STOCKS = "test/stocks"
STOCK_SCHEMA = TableSchema(
    (Column("date", "date"), Column("symbol", "string"), Column("close", "float64"), Column("adj_factor", "float64")),
    primary_key=("date", "symbol"),
    partition_column="date",
)
DAYS = ("2026-11-01", "2026-11-02", "2026-11-03")
SLICES: list[dict[str, Any]] = [
    {},
    {"columns": ["close", "symbol"]},
    {"start_date": date(2026, 11, 2)},
    {"start": "20261101", "end": "2026-11-02", "n_rows": 7},
    pytest.param({"filters": [("close", ">", 2), ("symbol", "in", {"BTC", "ETH"})]}, id="a set, which has no order"),
    {"filters": [[("trades", "<", 2)], [("open_time", ">=", datetime(2026, 11, 3, 23, tzinfo=UTC))]]},
    {"filters": [("open_time", "<", date(2026, 11, 2))]},
    {"symbols": "btc"},
]


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """Three days of bars and a copy of prices."""
    publish_bars(store, {day: bars(day) for day in DAYS})
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    return store


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file that is not there yet."""
    return tmp_path / "opendata.lock"


def stocks(day: date, factor: float) -> pl.DataFrame:
    """One stock on one day."""
    return pl.DataFrame({"date": [day], "symbol": ["600000.SH"], "close": [10.0], "adj_factor": [factor]})


def change(store: LocalStore) -> None:
    """Correct all three days."""
    publish_bars(store, {day: bars(day, close=7) for day in DAYS})


@pytest.mark.parametrize("options", SLICES, ids=str)
def test_a_locked_load_gives_the_same_table_whatever_was_published_since(
    published: LocalStore, client: Client, lock: Path, options: dict[str, Any]
) -> None:
    first = client.load(BARS, lock=lock, **options)
    change(published)
    assert not client.load(BARS, **options).equals(first)
    again = client.load(BARS, locked=True, lock=lock)
    assert again.equals(first)
    assert provenance(again) == provenance(first)
    assert client.load(BARS, locked=True, lock=lock, **options).equals(first)


@pytest.mark.parametrize("engine", ["pandas", "arrow", "duckdb"])
def test_every_engine_locks_and_reads_locks(published: LocalStore, client: Client, lock: Path, engine: str) -> None:
    rows = len(client.load(BARS, lock=lock, engine=engine, end="2026-11-02"))
    assert json.loads(lock.read_text())["datasets"][BARS]["rows"] == rows == 48
    change(published)
    assert len(client.load(BARS, locked=True, lock=lock, engine=engine)) == 48


def test_an_adjusted_view_as_of_a_day_is_locked_with_its_base(store: LocalStore, client: Client, lock: Path) -> None:
    adjustment = {"factor": "adj_factor", "prices": ["close"]}
    described = metadata(STOCKS, adjustment=adjustment, point_in_time={"available": "date", "key": ["date", "symbol"]})
    publish_frames(store, described, {"2026-11-01": stocks(date(2026, 11, 1), 1.0)}, STOCK_SCHEMA)
    options: dict[str, Any] = {"symbols": "600000", "adjust": "qfq", "as_of": "2026-11-05", "columns": ["close"]}
    first = client.load(STOCKS, lock=lock, **options)
    assert json.loads(lock.read_text())["datasets"][STOCKS]["slice"] == options | {"symbols": ["600000"]}
    publish_frames(store, described, {"2026-11-02": stocks(date(2026, 11, 2), 2.0)}, STOCK_SCHEMA)
    moved = client.load(STOCKS, **options)
    assert (first["close"].to_list(), moved["close"].to_list()) == ([10.0], [5.0, 10.0])
    again = client.load(STOCKS, locked=True, lock=lock)
    assert again.equals(first)
    origin = provenance(again)
    assert (origin.adjust, origin.adjust_base, origin.as_of) == ("qfq", "2026-11-01", "2026-11-05")
    assert origin == provenance(first) == Provenance.from_json(origin.to_json())
    with pytest.raises(InvalidValue, match="locked one"):
        client.load(STOCKS, locked=True, lock=lock, **options | {"adjust": "hfq"})


@pytest.mark.parametrize("version", ["2026-11-01", "seq:1", "@NOW"])
def test_the_version_that_was_asked_for_is_kept(
    published: LocalStore, client: Client, lock: Path, version: str
) -> None:
    version = version.replace("NOW", client.versions(BARS)[0].committed_at)
    first = client.load(f"{BARS}@{version}", lock=lock)
    assert json.loads(lock.read_text())["datasets"][BARS]["version"] == version
    change(published)
    assert client.load(BARS, locked=True, lock=lock).equals(first)
    assert client.load(BARS, version=version, locked=True, lock=lock).equals(first)
    with pytest.raises(InvalidValue, match="must not be given"):
        client.load(BARS, version="seq:2", locked=True, lock=lock)


def test_the_file_says_what_was_given_and_no_more(published: LocalStore, client: Client, lock: Path) -> None:
    client.load(BARS, lock=lock, columns=["close"], start="20261102", filters=[("close", "==", 1)])
    client.load(PRICES, lock=lock)
    entries = json.loads(lock.read_text())
    commit = client.versions(BARS)[0]
    assert entries["format"] == 1
    assert list(entries["datasets"]) == [BARS, PRICES]
    assert entries["datasets"][BARS] == {
        "seq": 1,
        "commit": commit.sha256,
        "committed_at": commit.committed_at,
        "slice": {"columns": ["close"], "filters": [[["close", "=", 1]]], "start_date": "2026-11-02"},
        "rows": 2,
    }


def test_the_same_loads_in_any_order_make_the_same_bytes(published: LocalStore, client: Client, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    loads = [{"id": BARS, "filters": [("symbol", "in", {"ETH", "BTC", "X"})]}, {"id": PRICES}]
    for load in loads:
        client.load(lock=one, **load)
    for load in [*reversed(loads), loads[0]]:
        client.load(lock=two, **load)
    assert one.read_bytes() == two.read_bytes()


def test_another_slice_than_the_locked_one_is_refused(published: LocalStore, client: Client, lock: Path) -> None:
    client.load(BARS, lock=lock, start="2026-11-02")
    for other in ({"start": "2026-11-01"}, {"columns": ["close"]}, {"start": "2026-11-02", "n_rows": 3}):
        with pytest.raises(InvalidValue, match="locked one"):
            client.load(BARS, locked=True, lock=lock, **other)


def test_what_is_not_locked_is_named(published: LocalStore, client: Client, lock: Path) -> None:
    with pytest.raises(NotLocked, match="does not hold test/bars") as caught:
        client.load(BARS, locked=True, lock=lock)
    assert isinstance(caught.value, (NotFound, FileNotFoundError))
    client.load(PRICES, lock=lock)
    with pytest.raises(NotLocked):
        client.load(BARS, locked=True, lock=lock)


def test_a_store_with_another_history_is_refused(
    published: LocalStore, client: Client, lock: Path, tmp_path: Path
) -> None:
    client.load(BARS, lock=lock)
    other = LocalStore(tmp_path / "other")
    publish_bars(other, {day: bars(day, close=3) for day in DAYS})
    with web_server(other.folder) as server, pytest.raises(IntegrityError):
        Client(server.url).load(BARS, locked=True, lock=lock)
    empty = LocalStore(tmp_path / "empty")
    publish_prices(empty, {"2026-11-20": prices(date(2026, 11, 20))})
    with pytest.raises(Gone):
        Client(empty.folder).load(BARS, locked=True, lock=lock)


def test_other_rows_of_the_same_files_are_refused(published: LocalStore, client: Client, lock: Path) -> None:
    client.load(BARS, lock=lock)
    lock.write_text(lock.read_text().replace('"rows": 72', '"rows": 71'))
    with pytest.raises(IntegrityError, match="72 rows, but 71"):
        client.load(BARS, locked=True, lock=lock)


def test_a_locked_load_that_is_cached_needs_no_request(
    published: LocalStore, client: Client, web: WebServer, lock: Path
) -> None:
    client.load(BARS, lock=lock, start="2026-11-02")
    change(published)
    web.requests.clear()
    assert Client(web.url).load(BARS, locked=True, lock=lock).height == 48
    assert Client(web.url, offline=True).load(BARS, locked=True, lock=lock).height == 48
    assert web.requests == []


def test_a_dry_run_writes_no_lock_and_reads_one(published: LocalStore, client: Client, lock: Path) -> None:
    client.load(BARS, lock=lock, dry_run=True)
    assert not lock.exists()
    client.load(BARS, lock=lock, end="2026-11-01")
    assert client.load(BARS, locked=True, lock=lock, dry_run=True).files == 1


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ('{"format": 2, "datasets": {}}', UpgradeRequired, "format 2"),
        ("not JSON", InvalidValue, "must be JSON"),
        ("[]", InvalidValue, "JSON object"),
        ('{"format": 1}', InvalidValue, "datasets"),
        ('{"format": 1, "datasets": {"test/bars": {"seq": 1}}}', InvalidValue, "slice"),
        ('{"format": 1, "datasets": {"test/bars": {"slice": {"engine": "x"}}}}', InvalidValue, "engine"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(
    published: LocalStore, client: Client, lock: Path, text: str, error: type[Exception], says: str
) -> None:
    lock.write_text(text)
    with pytest.raises(error, match=says):
        client.load(BARS, locked=True, lock=lock)
    assert lock.read_text() == text


def test_a_newer_file_is_not_overwritten(published: LocalStore, client: Client, lock: Path) -> None:
    lock.write_text('{"format": 2, "everything": "new"}')
    with pytest.raises(UpgradeRequired):
        client.load(BARS, lock=lock)
    assert lock.read_text() == '{"format": 2, "everything": "new"}'


def test_a_filter_that_json_has_not_is_refused_before_anything_is_read(
    published: LocalStore, client: Client, web: WebServer, lock: Path
) -> None:
    for value in (float("inf"), object()):
        with pytest.raises(InvalidValue, match="JSON"):
            client.load(BARS, lock=lock, filters=[("close", "<", value)])
    assert web.requests == []
    assert not lock.exists()


WRITE = """
import sys
from opendata.contract.records import ObjectRef
from opendata.read.lock import Request, write_lock
from opendata.read.provenance import Provenance
from opendata.read.request import parse_slice, parse_target
from opendata.read.view import parse_view
lock, dataset = sys.argv[1:]
request = Request(parse_target(dataset), parse_slice(), parse_view())
origin = Provenance(dataset, None, 1, ObjectRef("key", "0" * 64), "2026-11-20T00:00:00.000Z", "store", ())
for rows in range(50):
    write_lock(lock, request, origin, rows)
"""


def test_processes_that_write_at_once_lose_nothing(lock: Path, tmp_path: Path) -> None:
    datasets = [f"test/set-{n}" for n in range(8)]
    processes = [subprocess.Popen([sys.executable, "-c", WRITE, lock, dataset]) for dataset in datasets]
    assert [process.wait() for process in processes] == [0] * len(datasets)
    entries = json.loads(lock.read_text())["datasets"]
    assert list(entries) == datasets
    assert {entry["rows"] for entry in entries.values()} == {49}
    assert [path.name for path in tmp_path.iterdir() if "opendata.lock" in path.name] == ["opendata.lock"]


KILLED = """
import os, sys
from pathlib import Path
from opendata.read import lock
def killed(path, entries):
    os.kill(os.getpid(), 9)
lock._replace = killed
from opendata.client import Client
store, file, dataset = sys.argv[1:]
Client(store).load(dataset, lock=file)
"""


def test_a_process_killed_while_it_holds_the_lock_stops_nobody(
    published: LocalStore, client: Client, lock: Path
) -> None:
    for dataset in (PRICES, BARS):
        killed = subprocess.run([sys.executable, "-c", KILLED, published.folder, lock, dataset], check=False)
        assert killed.returncode == -9
        client.load(dataset, lock=lock)
    assert list(json.loads(lock.read_text())["datasets"]) == [BARS, PRICES]


texts = st.text(min_size=1, max_size=5)
scalars = st.one_of(texts, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.dates())
conditions = st.one_of(
    st.tuples(texts, st.sampled_from(["=", "==", "!=", "<", ">="]), scalars),
    st.tuples(texts, st.sampled_from(["in", "not in"]), st.lists(st.one_of(texts, st.integers()), max_size=3)),
)
slices = st.fixed_dictionaries(
    {},
    optional={
        "columns": st.lists(texts, min_size=1, max_size=3, unique=True),
        "filters": st.one_of(st.lists(conditions, max_size=3), st.lists(st.lists(conditions, max_size=2), max_size=2)),
        "start_date": st.dates(max_value=date(2020, 1, 1)),
        "end": st.dates(min_value=date(2020, 1, 1)).map(date.isoformat),
        "n_rows": st.integers(0, 9),
    },
)


@given(slices)
def test_a_slice_is_made_again_from_what_json_keeps_of_it(options: dict[str, Any]) -> None:
    kept = parse_slice(**options).given
    again = parse_slice(**json.loads(json.dumps(kept)))
    assert again.given == kept
    assert set(kept) <= {"columns", "filters", "start_date", "end_date", "n_rows"}
    assert (again.columns, again.window, again.n_rows) == (
        parse_slice(**options).columns,
        parse_slice(**options).window,
        parse_slice(**options).n_rows,
    )


def test_a_view_is_made_again_from_what_json_keeps_of_it() -> None:
    instant = datetime(2026, 11, 1, 8, tzinfo=UTC)
    for options in (
        {"symbols": "600000.SH", "as_of": date(2026, 11, 1)},
        {"ts_code": ["sh600000", "BTCUSDT"], "as_of": instant, "adjust": "qfq", "adjust_base": "20261101"},
    ):
        view = parse_view(**options)
        assert parse_view(**json.loads(json.dumps(view.given))) == view
    assert parse_view(max_staleness="1 trading day").given == {}


def test_the_provenance_of_a_load_comes_back_from_json(published: LocalStore, client: Client, lock: Path) -> None:
    for table in (
        client.load(BARS, lock=lock, end="2026-11-02"),
        client.load(BARS, locked=True, lock=lock),
        client.load(f"{BARS}@2026-11-01"),
        client.load(BARS, version="seq:1", symbols="BTC"),
    ):
        origin = provenance(table)
        assert Provenance.from_json(origin.to_json()) == origin
        assert json.loads(origin.to_json())["commit"]["sha256"] == origin.commit.sha256
