"""Adjusted prices: a function of the day, the symbol and the base, whatever else is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import opendata as od
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opendata.client import Client
from opendata.contract.ids import Versioning
from opendata.contract.schema import Column, TableSchema
from opendata.contract.selectors import Newest
from opendata.errors import InvalidValue, NotAdjustable
from opendata.protocol.pack import commit_packs, stage_pack
from opendata.protocol.resolve import find_state, read_entries
from opendata.read import plan
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.write import decode
from opendata.write import pack as packing

from tests.fixtures.web_server import web_server
from tests.read.engine_rows import ENGINES, rows_of
from tests.read.publishing import author, metadata, publish_frames

STOCKS = "test/stocks"
A, B, C, INDEX = "600000.SH", "000001.SZ", "000002.SZ", "000300.SH"
SCHEMA = TableSchema(
    (
        Column("trade_date", "date"),
        Column("symbol", "string"),
        Column("close", "float64", nullable=True),
        Column("volume", "float64", nullable=True),
        Column("adj_factor", "float64", nullable=True),
    ),
    primary_key=("trade_date", "symbol"),
    partition_column="trade_date",
)
ADJUSTMENT = {"factor": "adj_factor", "prices": ["open", "close"]}

D1, D2, D3, D4, D5 = date(2024, 1, 2), date(2024, 6, 3), date(2024, 6, 4), date(2026, 1, 5), date(2026, 11, 20)
RAW = [
    # A splits two for one before D2: 20.00 becomes 10.00 a share, and its factor doubles.
    (D1, A, 20.00, 1.0),
    (D2, A, 10.50, 2.0),
    # On D4 it pays 0.50 a share on a close of 10.50: the factor grows by 10.50 / (10.50 - 0.50) = 1.05 to 2.1.
    (D4, A, 9.60, 2.1),
    (D5, A, 12.00, 2.1),
    # B doubles its shares as well, has a day without a trade, and is delisted after that.
    (D1, B, 8.00, 1.5),
    (D2, B, 4.00, 3.0),
    (D3, B, None, 3.0),
    # C is new; an index has no factor.
    (D5, C, 5.00, 1.0),
    (D2, INDEX, 3600.0, None),
    (D5, INDEX, 4500.0, None),
]
HFQ = {
    (D1, A): 20.00 * 1.0,
    (D2, A): 10.50 * 2.0,
    (D4, A): 9.60 * 2.1,
    (D5, A): 12.00 * 2.1,
    (D1, B): 8.00 * 1.5,
    (D2, B): 4.00 * 3.0,
    (D5, C): 5.00 * 1.0,
}
"""Price times the factor of the day."""
BASES: dict[date | None, dict[str, float]] = {
    None: {A: 2.1, B: 3.0, C: 1.0},  # the newest day of the state is D5; B's last factor is that of D3
    D5: {A: 2.1, B: 3.0, C: 1.0},
    date(2026, 11, 19): {A: 2.1, B: 3.0},
    date(2025, 12, 31): {A: 2.0, B: 3.0},  # the last factors are a year and a half old
    D2: {A: 2.0, B: 3.0},
    date(2024, 6, 2): {A: 1.0, B: 1.5},
    date(2024, 1, 1): {},  # before the first factor there is nothing to divide by
}
"""Each symbol's last factor at or before a day."""


def expected(day: date, symbol: str, adjust: str, base: date | None) -> float | None:
    """The adjusted close, by the table above."""
    price = HFQ.get((day, symbol))
    if price is None or (adjust == "hfq" and base is None):
        return price
    factor = BASES[base].get(symbol)
    return None if factor is None else price / factor


def frames(rows: list[tuple[date, str, float | None, float | None]]) -> dict[str, pl.DataFrame]:
    """The rows as partitions."""
    names = {"trade_date": pl.Date, "symbol": pl.String, "close": pl.Float64, "adj_factor": pl.Float64}
    whole = pl.DataFrame(sorted(rows), schema=names, orient="row").with_columns(volume=pl.lit(100.0))
    days = whole.select([c.name for c in SCHEMA.columns]).partition_by("trade_date", as_dict=True)
    return {str(day): frame for (day,), frame in days.items()}


@pytest.fixture(scope="module", params=["partitions", "packs"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a dataset that declares its adjustment: read file by file, or by column chunks of packs."""
    store = LocalStore(tmp_path_factory.mktemp("adjusted"))
    publish_frames(store, metadata(STOCKS, adjustment=ADJUSTMENT), frames(RAW), SCHEMA)
    if request.param == "partitions":
        yield Client(str(store.folder))
        return
    with pytest.MonkeyPatch.context() as patch, web_server(store.folder) as server:
        patch.setattr(packing, "SERIES_GROUP", 2)
        patch.setattr(plan, "REQUEST", 20_000)
        patch.setattr(plan, "WHOLE", 1.0)
        entries = run(read_entries(run(find_state(STOCKS, Newest()), store).record), store)
        files = [decode((store.folder / entry.data.key(STOCKS)).read_bytes()) for entry in entries if entry.data]
        drafts = [packing.pack_by_time(entries, files, SCHEMA), packing.pack_by("symbol", entries, files, SCHEMA)]
        packs = [run(stage_pack(STOCKS, draft, author()), store) for draft in drafts]
        run(commit_packs(STOCKS, packs, author()), store)
        yield Client(server.url, cache_dir=tmp_path_factory.mktemp("cache"), progress=False)


def closes(table: Any) -> dict[tuple[date, str], float | None]:
    """The close of each day and symbol of a table of any engine."""
    return {(row["trade_date"], row["symbol"]): row["close"] for row in rows_of(table)}


def test_the_hand_computed_prices_are_those_of_the_textbook() -> None:
    """Forward-adjusted to today, the price before the split and the dividend is 20.00 / 2 / 1.05."""
    assert expected(D1, A, "qfq", None) == pytest.approx(20.00 / 2 / 1.05)
    assert expected(D2, A, "qfq", None) == pytest.approx(10.50 / 1.05)
    assert expected(D5, A, "qfq", None) == 12.00
    assert expected(D1, B, "qfq", None) == expected(D2, B, "qfq", None) == 4.00


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("adjust", ["qfq", "hfq"])
def test_prices_are_those_computed_by_hand(client: Client, adjust: Any, base: date | None, engine: str) -> None:
    loaded = closes(client.load(STOCKS, adjust=adjust, adjust_base=base, engine=engine))
    assert loaded == {(day, symbol): expected(day, symbol, adjust, base) for day, symbol, _, _ in RAW}


@settings(
    max_examples=settings.default.max_examples // 4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    window=st.tuples(st.none() | st.sampled_from([D1, D2, D3, D4, D5]), st.none() | st.sampled_from([D2, D4, D5])),
    symbols=st.none() | st.sets(st.sampled_from([A, B, C, INDEX]), min_size=1).map(sorted),
    columns=st.none() | st.permutations(["close", "symbol", "trade_date", "volume"]),
    n_rows=st.none() | st.integers(1, 12),
    adjust=st.sampled_from(["qfq", "hfq"]),
    base=st.sampled_from(list(BASES)),
    engine=st.sampled_from(ENGINES),
)
@pytest.mark.filterwarnings("ignore::opendata.errors.UnknownSymbol")
def test_the_price_of_a_day_never_depends_on_the_rest(
    client: Client,
    window: tuple[date | None, date | None],
    symbols: list[str] | None,
    columns: list[str] | None,
    n_rows: int | None,
    adjust: Any,
    base: date | None,
    engine: str,
) -> None:
    first, last = window if None in window else sorted(window, key=str)
    options: dict[str, Any] = {"start": first, "end": last, "symbols": symbols, "columns": columns, "n_rows": n_rows}
    table = client.load(STOCKS, adjust=adjust, adjust_base=base, engine=engine, **options)
    raw = client.load(STOCKS, **options)
    if columns:
        assert list(getattr(table, "column_names", table.columns)) == columns
    assert closes(table) == {key: expected(*key, adjust, base) for key in closes(raw)}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_later_publication_changes_only_what_its_factors_say(store: LocalStore, engine: str) -> None:
    described = metadata(STOCKS, adjustment=ADJUSTMENT)
    publish_frames(store, described, frames(RAW), SCHEMA)
    client = Client(str(store.folder))
    pinned, based = {"version": "seq:1"}, {"adjust_base": "2026-11-20"}
    before = closes(client.load(STOCKS, adjust="qfq", engine=engine))
    publish_frames(store, described, frames([(date(2026, 11, 23), A, 6.0, 4.2)]), SCHEMA)
    assert closes(client.load(STOCKS, adjust="qfq", engine=engine, **pinned)) == before
    assert closes(client.load(STOCKS, adjust="qfq", engine=engine, end="2026-11-20", **based)) == before
    halved = closes(client.load(STOCKS, adjust="qfq", engine=engine, symbols=A, end="2026-11-20"))
    assert halved == {key: price / 4.2 for key, price in HFQ.items() if key[1] == A}


@pytest.mark.parametrize("engine", ENGINES)
def test_filters_see_adjusted_prices(client: Client, engine: str) -> None:
    loaded = client.load(STOCKS, adjust="qfq", engine=engine, filters=[("close", "<", 9.6), ("symbol", "=", A)])
    assert closes(loaded) == {(D1, A): 20.00 * 1.0 / 2.1}


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_price_among_the_columns_nothing_is_adjusted(client: Client, engine: str) -> None:
    rows = rows_of(client.load(STOCKS, adjust="qfq", engine=engine, columns=["volume"]))
    assert rows == [{"volume": 100.0}] * len(RAW)


def test_what_was_adjusted_and_how_is_in_the_provenance(client: Client, request: pytest.FixtureRequest) -> None:
    assert od.provenance(client.load(STOCKS, adjust="qfq")).adjust_base == "2026-11-20"
    assert od.provenance(client.load(STOCKS, adjust="hfq", adjust_base="20240603")).adjust_base == "2024-06-03"
    assert od.provenance(client.load(STOCKS, adjust="hfq")).adjust_base is None
    read = {item.key for item in od.provenance(client.load(STOCKS, adjust="qfq", start=D4, end=D4)).objects}
    if "partitions" in request.node.name:
        days = {f"datasets/{STOCKS}/{day}/data.parquet" for day in (D4, D5)}
        assert read == days, "the files of the factors belong to what was read"


def test_a_version_is_adjusted_by_what_is_in_it(client: Client) -> None:
    loaded = closes(client.load(f"{STOCKS}@2024-06-03", adjust="qfq"))
    assert loaded == {(D2, A): 10.50 * 2.0 / 2.0, (D2, B): 4.00 * 3.0 / 3.0, (D2, INDEX): None}


def test_complete_copies_are_adjusted_too(store: LocalStore) -> None:
    whole = pl.concat(frames(RAW).values())
    described = metadata(STOCKS, Versioning.SNAPSHOT.value, adjustment=ADJUSTMENT)
    publish_frames(store, described, {"2026-11-21": whole}, SCHEMA)
    loaded = closes(Client(str(store.folder)).load(STOCKS, adjust="qfq", start="2026-01-01"))
    assert loaded == {key: expected(*key, "qfq", None) for key in [(D4, A), (D5, A), (D5, C), (D5, INDEX)]}


def test_a_dataset_that_declares_no_adjustment_says_so(store: LocalStore) -> None:
    publish_frames(store, metadata(STOCKS), frames(RAW), SCHEMA)
    client = Client(str(store.folder))
    with pytest.raises(NotAdjustable, match="adjustment"):
        client.load(STOCKS, adjust="qfq")


def test_a_state_without_the_factor_says_so(store: LocalStore) -> None:
    bare = TableSchema(SCHEMA.columns[:-1], SCHEMA.primary_key, SCHEMA.partition_column)
    rows = {day: frame.drop("adj_factor") for day, frame in frames(RAW).items()}
    publish_frames(store, metadata(STOCKS, adjustment=ADJUSTMENT), rows, bare)
    with pytest.raises(NotAdjustable, match="no column adj_factor"):
        Client(str(store.folder)).load(STOCKS, adjust="hfq")


@pytest.mark.parametrize(
    "options", [{"adjust": "forward"}, {"adjust_base": "2026-11-20"}, {"adjust": "qfq", "adjust_base": "yesterday"}]
)
def test_a_wrong_adjustment_is_refused(client: Client, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue, match="adjust"):
        client.load(STOCKS, **options)
