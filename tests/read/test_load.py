"""Loading: which rows, of which state, in which engine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import opendata as od
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opendata.client import Client
from opendata.contract.schema import TYPES, Column, TableSchema
from opendata.errors import DatasetNotFound, Gone, IntegrityError, InvalidValue, StoreUnavailable, VersionNotFound
from opendata.protocol.history import rollback, yank
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.write.types import POLARS_TYPES

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

DAYS = ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"]


@pytest.fixture
def local(store: LocalStore) -> Client:
    """A client of a store with four days of bars and two copies of prices."""
    publish_bars(store, {day: bars(day, close=number) for number, day in enumerate(DAYS)})
    publish_prices(store, {"2026-11-19": prices(date(2026, 11, 19))})
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20), days=12)})
    return Client(str(store.folder))


def all_bars() -> pl.DataFrame:
    """What the four days are together."""
    return pl.concat([bars(day, close=number) for number, day in enumerate(DAYS)])


def test_slices_are_united_in_time_order(local: Client) -> None:
    assert local.load(BARS).equals(all_bars())


def test_of_snapshots_the_newest_is_loaded(local: Client) -> None:
    assert local.load(PRICES).equals(prices(date(2026, 11, 20), days=12))


def test_every_engine_returns_the_same_rows_and_utc_instants(local: Client) -> None:
    frame, table, series = local.load(BARS), local.load(BARS, engine="arrow"), local.load(BARS, engine="pandas")
    assert frame.schema["open_time"] == pl.Datetime("ms", "UTC")
    assert table.schema.field("open_time").type == pa.timestamp("ms", "UTC")
    assert isinstance(series["open_time"].dtype, pd.DatetimeTZDtype)
    assert as_polars(table).equals(frame)
    assert pl.from_pandas(series).cast(frame.schema).equals(frame)


@pytest.mark.parametrize("engine", ["polars", "arrow", "pandas"])
@pytest.mark.parametrize("n_rows", [0, 1, 24, 30, 1000])
def test_n_rows_are_the_first_rows_in_every_engine(local: Client, engine: Any, n_rows: int) -> None:
    loaded = local.load(BARS, engine=engine, n_rows=n_rows, columns=["trades", "close"])
    expected = all_bars().select("trades", "close").head(n_rows)
    assert as_polars(loaded).equals(expected)


@pytest.mark.parametrize("engine", ["polars", "arrow", "pandas"])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    first=st.dates(date(2026, 10, 28), date(2026, 11, 4)),
    length=st.integers(0, 3),
    trades=st.integers(-1, 25),
    symbol=st.sampled_from(["BTC", "ETH", "XRP"]),
    either=st.booleans(),
)
def test_rows_are_those_that_a_plain_filter_keeps(
    local: Client, engine: Any, first: date, length: int, trades: int, symbol: str, either: bool
) -> None:
    last = date.fromordinal(first.toordinal() + length)
    conditions = [("trades", ">=", trades), ("symbol", "in", [symbol])]
    filters = [[condition] for condition in conditions] if either else conditions
    day, kept = pl.col("open_time").dt.date(), (pl.col("trades") >= trades, pl.col("symbol") == symbol)
    expected = all_bars().filter(day.is_between(first, last), (kept[0] | kept[1]) if either else (kept[0] & kept[1]))
    loaded = local.load(BARS, engine=engine, start=first, end=last, filters=filters)
    assert as_polars(loaded).equals(expected)


@pytest.mark.parametrize(
    "value", [datetime(2026, 11, 1, 12, tzinfo=UTC), "2026-11-01T12:00:00Z", "2026-11-01T20:00:00+08:00"]
)
@pytest.mark.parametrize("engine", ["polars", "arrow", "pandas"])
def test_filters_on_instants_are_in_utc(local: Client, engine: Any, value: object) -> None:
    loaded = as_polars(local.load(BARS, engine=engine, filters=[("open_time", "=", value)]))
    assert loaded["open_time"].to_list() == [datetime(2026, 11, 1, 12, tzinfo=UTC)]


def test_an_instant_without_a_zone_is_refused(local: Client) -> None:
    with pytest.raises(InvalidValue, match="time zone"):
        local.load(BARS, filters=[("open_time", ">", datetime(2026, 11, 1, 12))])  # noqa: DTZ001


def test_dates_outside_the_data_give_an_empty_table_with_all_columns(local: Client) -> None:
    for engine in ("polars", "arrow", "pandas"):
        loaded = as_polars(local.load(BARS, start="20300101", engine=engine))
        assert loaded.height == 0
        assert loaded.columns == all_bars().columns


def test_dates_read_only_the_files_they_touch(local: Client, store: LocalStore) -> None:
    (store.folder / f"datasets/{BARS}/2026-10-30/data.parquet").unlink()
    assert local.load(BARS, start_date="2026-11-01", end_date="20261101").equals(bars("2026-11-01", close=2))
    with pytest.raises(Gone):
        local.load(BARS)


def test_dates_cut_snapshots_by_their_rows(local: Client) -> None:
    assert local.load(PRICES, start="2026-11-18", end="2026-11-19")["close"].to_list() == [10.0, 11.0]


def test_columns_come_in_the_order_asked_for_and_a_wrong_one_is_named(local: Client) -> None:
    assert local.load(BARS, columns=["trades", "symbol"]).columns == ["trades", "symbol"]
    with pytest.raises(InvalidValue, match=r"clos.*\n.*did you mean close"):
        local.load(BARS, columns=["clos"])


def test_scan_reads_lazily_what_load_reads(local: Client) -> None:
    query = local.scan(BARS, start="2026-10-31").filter(pl.col("symbol") == "BTC").select("close")
    assert isinstance(query, pl.LazyFrame)
    expected = all_bars().filter(pl.col("open_time").dt.date() >= date(2026, 10, 31), pl.col("symbol") == "BTC")
    assert query.collect().equals(expected.select("close"))


def test_head_is_the_beginning_of_the_newest_version(local: Client) -> None:
    assert local.head(BARS, 3).equals(bars("2026-11-02", close=3).head(3))
    assert local.head(f"{BARS}@2026-10-30", 2, engine="pandas")["close"].to_list() == [0.0, 0.125]


def test_every_form_of_version_reads_what_was_published_then(local: Client, store: LocalStore) -> None:
    before = local.versions(BARS)[0]
    publish_bars(store, {"2026-11-01": bars("2026-11-01", close=7.0)})
    corrected = local.load(BARS, start="2026-11-01", end="2026-11-01")
    assert corrected.equals(bars("2026-11-01", close=7.0))
    assert local.load(f"{BARS}@2026-11-01.r2").equals(corrected)
    assert local.load(BARS, version="2026-11-01").equals(bars("2026-11-01", close=2))
    assert local.load(BARS, version=f"seq:{before.seq}").equals(all_bars())
    assert local.load(BARS, version=f"@{before.committed_at}").equals(all_bars())
    with pytest.raises(VersionNotFound):
        local.load(BARS, version="2026-11-01.r3")
    with pytest.raises(VersionNotFound):
        local.load(BARS, version="@2001-01-01T00:00:00Z")
    with pytest.raises(VersionNotFound):
        local.load(BARS, version="seq:99")


def test_a_named_release_stays_what_it_was(store: LocalStore) -> None:
    schema, frame = TableSchema((Column("n", "int64"),), ("n",)), pl.DataFrame({"n": [1, 2]})
    described = metadata("test/release", "semver")
    publish_frames(store, described, {"1.9.0": frame}, schema)
    publish_frames(store, described, {"1.10.0": frame * 2}, schema)
    local = Client(str(store.folder))
    assert local.load("test/release")["n"].to_list() == [2, 4]
    assert local.load("test/release@1.9.0")["n"].to_list() == [1, 2]


def test_a_yanked_version_is_left_out_unless_it_is_named(local: Client, store: LocalStore) -> None:
    run(yank(BARS, "2026-10-31", author(), "wrong"), store)
    assert local.load(BARS).height == 72
    assert local.load(f"{BARS}@2026-10-31").height == 24


def test_a_rolled_back_dataset_reads_as_before(local: Client, store: LocalStore) -> None:
    publish_bars(store, {"2026-11-02": bars("2026-11-02", close=50)})
    run(rollback(BARS, 1, author(), "wrong"), store)
    assert local.load(BARS).equals(all_bars())


def test_a_dataset_with_nothing_visible_says_so(store: LocalStore) -> None:
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    run(yank(PRICES, "2026-11-20", author(), "wrong"), store)
    with pytest.raises(VersionNotFound, match="no data"):
        Client(str(store.folder)).load(PRICES)


@pytest.mark.parametrize("engine", ["polars", "arrow", "pandas"])
def test_a_column_that_came_later_is_null_before(local: Client, store: LocalStore, engine: Any) -> None:
    wider = TableSchema((*BAR_SCHEMA.columns, Column("fee", "float64", nullable=True)), ("open_time",), "open_time")
    frame = bars("2026-11-03", close=4).with_columns(fee=pl.lit(0.5))
    publish_frames(store, metadata(BARS), {"2026-11-03": frame}, wider)
    loaded = as_polars(local.load(BARS, engine=engine, columns=["fee", "trades"]))
    assert loaded.columns == ["fee", "trades"]
    assert loaded["fee"].fill_nan(None).to_list() == [None] * 96 + [0.5] * 24
    assert as_polars(local.load(BARS, engine=engine, columns=["fee"], n_rows=30))["fee"].null_count() == 30
    assert local.load(BARS, engine=engine, filters=[("fee", ">", 0)]).shape[0] == 24


@pytest.mark.parametrize("declared", TYPES)
@pytest.mark.parametrize("engine", ["polars", "arrow", "pandas"])
def test_a_column_that_no_file_read_has_still_has_its_type(store: LocalStore, engine: Any, declared: str) -> None:
    day = Column("day", "date")
    publish_frames(
        store,
        metadata("test/grown"),
        {"2026-11-01": pl.DataFrame({"day": [date(2026, 11, 1)]})},
        TableSchema((day,), ("day",), "day"),
    )
    wider = TableSchema((day, Column("late", declared, nullable=True)), ("day",), "day")
    late = pl.Series("late", [None], POLARS_TYPES[declared])
    publish_frames(
        store, metadata("test/grown"), {"2026-11-02": pl.DataFrame({"day": [date(2026, 11, 2)], "late": late})}, wider
    )
    loaded = Client(str(store.folder)).load("test/grown", end="2026-11-01", engine=engine)
    assert loaded.shape == (1, 2)
    if engine != "pandas":
        assert pl.DataFrame(loaded)["late"].to_list() == [None]
        assert pl.DataFrame(loaded).schema["late"] == POLARS_TYPES[declared]


def test_a_dry_run_reads_no_data(local: Client, store: LocalStore) -> None:
    for file in store.folder.rglob("data.parquet"):
        file.unlink()
    plan = local.load(BARS, start="2026-11-01", dry_run=True)
    assert (plan.dataset, plan.version, plan.files, plan.rows, plan.transfer) == (BARS, "2026-11-02", 2, 48, 0)


def test_a_flipped_byte_in_a_file_of_the_store_is_caught(local: Client, store: LocalStore) -> None:
    path = store.folder / f"datasets/{PRICES}/2026-11-20/data.parquet"
    whole = path.read_bytes()
    for position in range(0, len(whole), 97):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(IntegrityError):
            local.load(PRICES)
    path.write_bytes(whole)
    assert local.load(PRICES).height == 12


def test_an_old_pointer_put_back_into_a_folder_changes_nothing(local: Client, store: LocalStore) -> None:
    pointer = store.folder / f"datasets/{PRICES}/latest.json"
    old = pointer.read_bytes()
    publish_prices(store, {"2026-11-21": prices(date(2026, 11, 21), days=3)})
    pointer.write_bytes(old)
    assert local.load(PRICES).height == 3


def test_an_unknown_dataset_says_where_it_was_looked_for_and_what_is_like_it(local: Client, store: LocalStore) -> None:
    with pytest.raises(DatasetNotFound) as caught:
        local.load("test/bar")
    assert str(store.folder) in caught.value.message
    assert "test/bars" in str(caught.value.hint)


def test_a_folder_that_is_not_there_is_no_empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreUnavailable, match="no store"):
        Client().load(PRICES)


def test_the_environment_is_read_when_a_call_is_made(
    local: Client, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(store.folder))
    assert od.load(PRICES).equals(local.load(PRICES))
    assert od.scan(PRICES).collect().height == 12
    assert od.head(PRICES, 1, engine="arrow").num_rows == 1


def test_an_unknown_engine_is_refused(local: Client) -> None:
    with pytest.raises(InvalidValue, match="polars, pandas, arrow"):
        local.load(PRICES, engine="excel")


def as_polars(table: Any) -> pl.DataFrame:
    """Any engine's table with the types of polars."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    frame = table if isinstance(table, pl.DataFrame) else pl.DataFrame(pl.from_arrow(table))
    return frame.with_columns(pl.col(pl.Datetime).dt.cast_time_unit("ms"))
