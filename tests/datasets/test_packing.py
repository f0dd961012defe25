"""Which packs a dataset gets, and that they change nothing but what a read costs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from opendata.client import Client
from opendata.contract.records import Record
from opendata.contract.schema import Column, TableSchema
from opendata.contract.selectors import Newest
from opendata.errors import DatasetNotFound
from opendata.protocol.fsck import Finding, check_store
from opendata.protocol.index import sweep_dirty
from opendata.protocol.resolve import find_state
from opendata.read import plan
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from opendata_platform.datasets import packing
from opendata_platform.datasets.packing import Packed, pack_dataset
from tests.fixtures.web_server import web_server
from tests.read.publishing import PRICES, author, metadata, prices, publish_frames, publish_prices

DAILY = "test/daily"
SCHEMA = TableSchema(
    (Column("day", "date"), Column("symbol", "string"), Column("close", "float64")), ("symbol", "day"), "day"
)
WIDER = TableSchema((*SCHEMA.columns, Column("volume", "int64", nullable=True)), ("symbol", "day"), "day")


def one_day(day: date, close: float = 0.0) -> pl.DataFrame:
    """A day of three symbols."""
    number = (day - date(2024, 1, 1)).days
    return pl.DataFrame({"day": [day] * 3, "symbol": ["A", "B", "C"], "close": [close + number, 2.0, 3.0]})


def every_tenth_day(first: date, last: date) -> dict[str, pl.DataFrame]:
    """Partitions between two days."""
    days = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, 10)]
    return {str(day): one_day(day) for day in days}


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A store with a dataset from 2024 to March 2026."""
    store = LocalStore(tmp_path / "store")
    frames = every_tenth_day(date(2024, 1, 1), date(2026, 3, 20))
    publish_frames(store, metadata(DAILY), frames, SCHEMA)
    return store


def pack(store: LocalStore, dataset: str = DAILY) -> Packed:
    """Make the packs of a dataset."""
    return pack_dataset(dataset, store, author(), lambda line: None)


def state(store: LocalStore, dataset: str = DAILY) -> Record:
    """The newest state."""
    return run(find_state(dataset, Newest()), store).record


def damage(store: LocalStore) -> tuple[Finding, ...]:
    """What a deep check finds once the index has followed."""
    run(sweep_dirty(store.name), store)
    return run(check_store(store.name, deep=True), store)


def ranges(record: Record) -> list[tuple[str, str, str | None]]:
    """What the packs of a state cover."""
    return sorted(((p.lo[:7], p.hi[:7], p.sorted_by) for p in record.packs), key=str)


def test_past_years_past_months_and_one_pack_by_symbol(store: LocalStore) -> None:
    pack(store)
    assert ranges(state(store)) == [
        ("2024-01", "2024-12", None),
        ("2024-01", "2026-02", "symbol"),
        ("2025-01", "2025-12", None),
        ("2026-01", "2026-01", None),
        ("2026-02", "2026-02", None),
    ]
    assert damage(store) == ()


def test_packing_again_does_nothing(store: LocalStore) -> None:
    seq = pack(store).record.seq
    again = pack(store)
    assert (again.made, again.dropped, again.record.seq) == ((), 0, seq)


def test_a_new_month_is_packed_and_the_pack_by_symbol_made_anew(store: LocalStore) -> None:
    pack(store)
    day = date(2026, 4, 1)
    publish_frames(store, metadata(DAILY), {str(day): one_day(day)}, SCHEMA)
    packed = pack(store)
    assert [(p.lo[:7], p.hi[:7], p.sorted_by) for p in packed.made] == [
        ("2026-03", "2026-03", None),
        ("2024-01", "2026-03", "symbol"),
    ]
    assert packed.dropped == 1


def test_a_correction_costs_only_the_packs_that_hold_its_day(store: LocalStore) -> None:
    pack(store)
    partition = next(p.lo for p in state(store).packs if p.lo.startswith("2025") and p.sorted_by is None)
    day = date.fromisoformat(partition)
    publish_frames(store, metadata(DAILY), {partition: one_day(day, close=99.0)}, SCHEMA)
    packed = pack(store)
    assert [(p.lo[:4], p.hi[:4], p.sorted_by) for p in packed.made] == [
        ("2025", "2025", None),
        ("2024", "2026", "symbol"),
    ]
    assert damage(store) == ()


def test_another_schema_begins_another_pack(store: LocalStore) -> None:
    days = [date(2026, 3, 25), date(2026, 4, 1), date(2026, 4, 11), date(2026, 5, 1)]
    frames = {str(day): one_day(day).with_columns(volume=pl.lit(None, pl.Int64)) for day in days}
    publish_frames(store, metadata(DAILY), frames, WIDER)
    pack(store)
    found = ranges(state(store))
    assert ("2024-01", "2026-03", "symbol") in found
    assert ("2026-03", "2026-04", "symbol") in found
    assert len({p.schema_hash for p in state(store).packs}) == 2


def test_the_pack_by_symbol_is_cut_between_years_when_it_grows_too_big(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_ROWS", 120)
    pack(store)
    by_symbol = [(lo, hi) for lo, hi, column in ranges(state(store)) if column]
    assert by_symbol == [("2024-01", "2024-12"), ("2025-01", "2025-12"), ("2026-01", "2026-02")]


@pytest.mark.parametrize("engine", ["polars", "pandas", "arrow", "duckdb"])
def test_every_engine_reads_the_same_with_and_without_packs(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine: str
) -> None:
    monkeypatch.setattr(plan, "REQUEST", 1_000_000)
    wanted = [{}, {"symbols": ["B"]}, {"start": "2025-03-05", "end": "2026-02-07"}, {"columns": ["close"], "n_rows": 7}]
    with web_server(store.folder) as web:
        plain = [rows(Client(web.url, cache_dir=tmp_path / "plain").load(DAILY, engine=engine, **o)) for o in wanted]
        pack(store)
        packed = [rows(Client(web.url, cache_dir=tmp_path / "packed").load(DAILY, engine=engine, **o)) for o in wanted]
        assert any("_pack" in path for path, _, _ in web.requests)
    assert packed == plain


def rows(table: object) -> list[str]:
    """The rows of a table of any engine, as text."""
    frame = table if isinstance(table, pl.DataFrame) else getattr(table, "pl", None)
    if callable(frame):
        frame = frame()
    if frame is None:
        frame = pl.DataFrame(table) if hasattr(table, "column_names") else pl.from_pandas(table)
    assert isinstance(frame, pl.DataFrame)
    return [str(row) for row in frame.with_columns(pl.col(pl.Datetime).cast(pl.Date)).iter_rows()]


def test_only_the_newest_big_copy_of_a_snapshot_dataset_gets_a_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path / "snapshots")
    for day in (date(2026, 11, 19), date(2026, 11, 20)):
        publish_prices(store, {str(day): prices(day, days=500)})
        assert pack(store, PRICES).made == (), "small copies are read whole"
        monkeypatch.setattr(packing, "WORTH_A_LAYOUT", 1)
        assert len(pack(store, PRICES).made) == 1
        monkeypatch.setattr(packing, "WORTH_A_LAYOUT", 1 << 20)
    monkeypatch.setattr(packing, "WORTH_A_LAYOUT", 1)
    record = state(store, PRICES)
    assert [(p.lo, p.key) for p in record.packs] == [("2026-11-20", f"datasets/{PRICES}/2026-11-20/data.parquet")]
    monkeypatch.setattr(plan, "WHOLE", 1.0)
    with web_server(store.folder) as web:
        frame = Client(web.url, cache_dir=tmp_path / "cache").load(PRICES, columns=["close"])
        spans = [span for path, span, _ in web.requests if path.endswith(".parquet")]
    assert frame.height == 500
    assert spans
    assert all(spans)


def test_a_dataset_that_was_never_published_says_so(store: LocalStore) -> None:
    with pytest.raises(DatasetNotFound):
        pack(store, "test/nothing")
