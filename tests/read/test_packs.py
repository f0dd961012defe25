"""Packs and single column chunks: what is read through them is what is read without, for fewer bytes and requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.client import Client
from opendata.errors import IntegrityError, Offline
from opendata.read import plan
from opendata.stores.local import LocalStore
from opendata.write import pack as packing
from opendata.write.types import POLARS_TYPES

from tests.fixtures.fault_proxy import FaultProxy, FlipReplyBit, fault_proxy
from tests.fixtures.web_server import WebServer, web_server
from tests.read.packed_stocks import (
    DAYS,
    SCHEMA,
    STOCKS,
    SYMBOLS,
    everything,
    pack_everything,
    publish_stocks,
    stocks,
)
from tests.read.publishing import metadata, publish_frames


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A store with packs, served."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "BODY_GROUP", 400)
        patch.setattr(packing, "SERIES_GROUP", 128)
        store = LocalStore(tmp_path_factory.mktemp("packed"))
        publish_stocks(store)
        pack_everything(store)
    with web_server(store.folder) as server:
        yield server


@pytest.fixture
def slices_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files as small as these are read by column chunk, as big ones are."""
    monkeypatch.setattr(plan, "REQUEST", 20_000)
    monkeypatch.setattr(plan, "WHOLE", 1.0)


def expected(options: dict[str, Any]) -> pl.DataFrame:
    """The slice, by hand."""
    frame = everything()
    if start := options.get("start_date"):
        frame = frame.filter(pl.col("trade_date") >= start)
    if end := options.get("end_date"):
        frame = frame.filter(pl.col("trade_date") <= end)
    for column, operator, value in options.get("filters") or ():
        match operator:
            case "in":
                frame = frame.filter(pl.col(column).is_in(value))
            case "=":
                frame = frame.filter(pl.col(column) == value)
            case _:
                frame = frame.filter(pl.col(column) > value)
    frame = frame.select(options["columns"]) if options.get("columns") else frame
    return frame.head(options["n_rows"]) if options.get("n_rows") is not None else frame


@st.composite
def slices(draw: st.DrawFn) -> dict[str, Any]:
    """Slices of all kinds."""
    days = st.sampled_from(DAYS)
    first, last = sorted((draw(days), draw(days)))
    filters: list[tuple[str, str, Any]] = []
    if draw(st.booleans()):
        filters.append(("symbol", "in", draw(st.lists(st.sampled_from([*SYMBOLS, "000001.SZ"]), max_size=4))))
    if draw(st.booleans()):
        filters.append(("open", ">", draw(st.floats(0, 40))))
    return {
        "start_date": draw(st.sampled_from([None, first])),
        "end_date": draw(st.sampled_from([None, last])),
        "columns": draw(
            st.none() | st.lists(st.sampled_from([c.name for c in SCHEMA.columns]), min_size=1, unique=True)
        ),
        "filters": filters or None,
        "n_rows": draw(st.none() | st.integers(0, 100)),
    }


def as_polars(table: Any) -> pl.DataFrame:
    """A table of any engine in polars' types."""
    if isinstance(table, pl.DataFrame):
        return table
    plain = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)
    types = {column.name: POLARS_TYPES[column.type] for column in SCHEMA.columns}
    frame = pl.DataFrame(pl.from_arrow(plain)) if plain.num_columns else pl.DataFrame()
    return frame.with_columns(pl.col(name).cast(types[name]) for name in frame.columns)


@settings(deadline=None, max_examples=60)
@given(slices(), st.sampled_from(["polars", "arrow", "pandas"]))
def test_reading_through_packs_is_reading_without(packed: WebServer, options: dict[str, Any], engine: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "REQUEST", 20_000)
        patch.setattr(plan, "WHOLE", 1.0)
        loaded = as_polars(Client(packed.url).load(STOCKS, engine=engine, **options))
    assert loaded.with_columns(cs.float().fill_nan(None)).equals(expected(options))


def data_requests(web: WebServer) -> list[tuple[str, str | None]]:
    """Path and range of what was asked for beside documents."""
    return [(path, span) for path, span, _ in web.requests if path.endswith(".parquet")]


def test_one_symbol_is_one_range_of_the_pack_by_symbol(packed: WebServer, slices_pay: None) -> None:
    packed.requests.clear()
    frame = Client(packed.url).load(STOCKS, filters=[("symbol", "=", SYMBOLS[7])], end_date="2026-02-28")
    assert frame.equals(expected({"filters": [("symbol", "=", SYMBOLS[7])], "end_date": date(2026, 2, 28)}))
    assert len(packed.requests) == 4, "pointer, commit, layout, rows"
    ((path, span),) = data_requests(packed)
    assert "/_pack/" in path
    assert span is not None
    packed.requests.clear()
    Client(packed.url).load(STOCKS, filters=[("symbol", "=", SYMBOLS[7])], end_date="2026-02-28")
    assert len(packed.requests) == 1, "warm, only the pointer is asked for"


def test_a_symbol_in_any_spelling_costs_no_more(packed: WebServer, slices_pay: None) -> None:
    packed.requests.clear()
    frame = Client(packed.url).load(STOCKS, symbols=["sh600007"], end_date="2026-02-28")
    assert frame.equals(expected({"filters": [("symbol", "=", SYMBOLS[7])], "end_date": date(2026, 2, 28)}))
    assert len(packed.requests) == 4, "pointer, commit, layout, rows"


def test_everything_is_read_in_time_order_not_sorted_back(packed: WebServer) -> None:
    keys = [item.key for item in Client(packed.url).explain(STOCKS).objects]
    assert len([key for key in keys if "/_pack/" in key]) == 2, "the packs of two months, not the one by symbol"


def test_a_month_of_some_columns_fetches_only_their_chunks(packed: WebServer, slices_pay: None) -> None:
    packed.requests.clear()
    options = {"start_date": date(2026, 2, 2), "end_date": date(2026, 2, 20), "columns": ["trade_date", "close"]}
    assert Client(packed.url).load(STOCKS, **options).equals(expected(options))
    assert len(packed.requests) <= 6
    assert all(span for _, span in data_requests(packed))


def test_a_second_selection_fetches_only_what_the_first_did_not(
    packed: WebServer, slices_pay: None, tmp_path: Path
) -> None:
    client = Client(packed.url)
    january = {"start_date": date(2026, 1, 1), "end_date": date(2026, 1, 31)}
    client.load(STOCKS, columns=["symbol", "close"], **january)
    names = ["symbol", "close", "open"]
    before = client.load(STOCKS, columns=names, dry_run=True, **january).transfer
    fresh = Client(packed.url, cache_dir=tmp_path / "other").load(STOCKS, columns=names, dry_run=True, **january)
    assert 0 < before < fresh.transfer


def test_forcing_a_download_fetches_chunks_that_are_here_again(packed: WebServer, slices_pay: None) -> None:
    options: dict[str, Any] = {"columns": ["close"], "start_date": date(2026, 1, 1), "end_date": date(2026, 1, 31)}
    first = Client(packed.url).load(STOCKS, **options)
    packed.requests.clear()
    assert Client(packed.url).load(STOCKS, force_download=True, **options).equals(first)
    assert data_requests(packed)


def test_what_is_here_can_be_read_offline_and_what_is_not_says_so(packed: WebServer, slices_pay: None) -> None:
    options: dict[str, Any] = {"columns": ["close"], "start_date": date(2026, 1, 1), "end_date": date(2026, 1, 31)}
    online = Client(packed.url).load(STOCKS, **options)
    with pytest.warns(UserWarning, match="offline"):
        assert Client(packed.url, offline=True).load(STOCKS, **options).equals(online)
    with pytest.warns(UserWarning, match="offline"), pytest.raises(Offline):
        Client(packed.url, offline=True).load(STOCKS, **{**options, "columns": ["open"]})


def test_a_chunk_that_was_flipped_on_the_way_is_asked_for_again(packed: WebServer, slices_pay: None) -> None:
    options: dict[str, Any] = {"columns": ["close"], "start_date": date(2026, 1, 1), "end_date": date(2026, 1, 31)}
    with fault_proxy(packed.url) as proxy:
        proxy.inject(FlipReplyBit(), method="GET", path="parquet")
        assert Client(proxy.url).load(STOCKS, **options).equals(expected(options))


def test_chunks_that_stay_wrong_are_refused_and_not_kept(packed: WebServer, slices_pay: None) -> None:
    options: dict[str, Any] = {"columns": ["close"], "start_date": date(2026, 1, 1), "end_date": date(2026, 1, 31)}
    with fault_proxy(packed.url) as proxy:
        flip_all(proxy)
        with pytest.raises(IntegrityError, match="recorded hashes"):
            Client(proxy.url).load(STOCKS, **options)
        proxy.clear()
        assert Client(proxy.url).load(STOCKS, **options).equals(expected(options))


def flip_all(proxy: FaultProxy) -> None:
    """Damage every answer with data."""
    proxy.inject(FlipReplyBit(), method="GET", path="parquet", times=1000)


def test_a_damaged_chunk_or_slice_in_the_cache_is_fetched_again(
    packed: WebServer, slices_pay: None, cache: Path
) -> None:
    options: dict[str, Any] = {"columns": ["close"], "start_date": date(2026, 1, 1), "end_date": date(2026, 1, 31)}
    online = Client(packed.url).load(STOCKS, **options)
    for blob in cache.glob("blobs/sha256/??/*"):
        blob.chmod(0o644)
        body = bytearray(blob.read_bytes())
        body[len(body) // 2] ^= 1
        blob.write_bytes(body)
    assert Client(packed.url).load(STOCKS, **options).equals(online)
    assert list(cache.glob("quarantine/*"))


def test_rows_on_the_days_of_a_pack_that_come_in_another_partition_drop_it(tmp_path: Path, slices_pay: None) -> None:
    store = LocalStore(tmp_path / "late")
    publish_stocks(store)
    pack_everything(store)
    late = stocks(DAYS[3]).with_columns(symbol=pl.lit("000001.SZ") + pl.int_range(pl.len()).cast(pl.String))
    record = publish_frames(store, metadata(STOCKS), {"2026-03-20": late}, SCHEMA)
    assert [(pack.lo, pack.sorted_by) for pack in record.packs] == [("2026-02-01", None)]
    with web_server(store.folder) as web:
        frame = Client(web.url).load(STOCKS, start_date=DAYS[3], end_date=DAYS[3])
    assert frame.height == stocks(DAYS[3]).height + late.height


def test_a_correction_drops_the_packs_of_its_range_and_is_read(tmp_path: Path, slices_pay: None) -> None:
    store = LocalStore(tmp_path / "corrected")
    publish_stocks(store)
    pack_everything(store)
    corrected = stocks(DAYS[3]).with_columns(close=pl.lit(7.0))
    record = publish_frames(store, metadata(STOCKS), {str(DAYS[3]): corrected}, SCHEMA)
    assert [(pack.lo, pack.sorted_by) for pack in record.packs] == [("2026-02-01", None)]
    with web_server(store.folder) as web:
        frame = Client(web.url).load(STOCKS, filters=[("symbol", "=", SYMBOLS[5])], columns=["trade_date", "close"])
    assert frame.filter(trade_date=DAYS[3])["close"].to_list() == [7.0]
