"""What the protocol costs at 9,000 daily partitions, and how full segments stay however history is filled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from math import ceil
from random import Random

import pytest
from opendata.contract.canonical import sha256
from opendata.contract.records import Data, Entry, Record, parse_segment
from opendata.contract.selectors import Newest
from opendata.protocol import tree as version_tree
from opendata.protocol.operations import Get, Put, Steps
from opendata.protocol.pack import uncovered
from opendata.protocol.publish import Published
from opendata.protocol.resolve import find_state, read_entries
from opendata.protocol.tip import advance_pointer, read_tip
from opendata.protocol.tree import Tree, replace_entries, touched

from tests.protocol.building import DATASET, adding_pack, author, draft, joining, publishing
from tests.protocol.invariants import Invariants
from tests.protocol.simulator import SimulatedStore, count_operations, run

FIRST = date(2001, 1, 1)
PARTITIONS = 9_000
LAST = str(FIRST + timedelta(PARTITIONS - 1))
NEXT = str(FIRST + timedelta(PARTITIONS))


@pytest.fixture(scope="module")
def large() -> Invariants:
    """9,000 days of one dataset, in the index."""
    world = Invariants(SimulatedStore())
    drafts = [draft(str(FIRST + timedelta(number)), f"{number}") for number in range(PARTITIONS)]
    result = run(world.store, publishing(drafts, author()[0]))
    assert isinstance(result, Published)
    run(world.store, joining(result))
    return world


def test_resolving_one_day_takes_at_most_four_reads_with_the_data(large: Invariants) -> None:
    def one_day(day: str) -> Steps[None]:
        state = yield from find_state(DATASET, Newest())
        (entry,) = yield from read_entries(state.record, day, day)
        assert entry.data
        yield Get(entry.data.key(DATASET))

    for number in (0, 1, 4_500, PARTITIONS - 1):
        operations = count_operations(large.store, one_day(str(FIRST + timedelta(number))))
        assert len(operations) <= 4
        assert all(isinstance(operation, Get) for operation in operations)


def test_a_daily_publication_takes_at_most_sixteen_operations_beyond_the_data(large: Invariants) -> None:
    def daily() -> Steps[None]:
        result = yield from publishing([draft(NEXT, "next")], author()[0])
        assert isinstance(result, Published)
        yield from joining(result)

    operations = count_operations(large.fork().store, daily())
    assert len([o for o in operations if not (isinstance(o, Put) and o.key.endswith("data.parquet"))]) <= 16


def test_an_unchanged_run_writes_nothing(large: Invariants) -> None:
    operations = count_operations(large.store, publishing([draft(LAST, f"{PARTITIONS - 1}")], author()[0]))
    assert all(isinstance(operation, Get) for operation in operations)
    assert len(operations) <= 4


def pack_year(store: SimulatedStore, year: int) -> Record:
    """Pack the days of one year."""
    tip = run(store, read_tip(DATASET)).record
    assert tip
    entries = run(store, read_entries(tip, f"{year}-01-01", f"{year}-12-31"))
    return run(store, adding_pack(entries, f"year {year}".encode(), author()[0]))


def files(store: SimulatedStore, record: Record) -> int:
    """How many files a reader of the full history opens; together they hold every row."""
    packs = record.packs
    rest = uncovered(run(store, read_entries(record)), packs)
    assert sum(pack.rows for pack in packs) + sum(e.data.rows for e in rest if e.data) == record.totals.rows
    return len(packs) + len(rest)


def test_full_history_through_yearly_packs_is_at_most_sixty_files(large: Invariants) -> None:
    store = large.fork().store
    store.watch = lambda key, before, after: None
    years = range(FIRST.year, int(LAST[:4]) + 1)
    record = [pack_year(store, year) for year in years][-1]
    assert files(store, record) == len(years)
    appended = run(store, publishing([draft(NEXT, "next")], author()[0]))
    assert isinstance(appended, Published)
    assert files(store, appended.record) == len(years) + 1, "a new day leaves the packs before it"
    corrected = run(store, publishing([draft("2010-06-01", "corrected")], author()[0]))
    assert isinstance(corrected, Published)
    assert files(store, corrected.record) == len(years) + 365, "a correction costs its own year the pack"
    assert files(store, pack_year(store, 2010)) <= 60


def test_a_pointer_that_lags_far_behind_costs_a_few_reads(large: Invariants) -> None:
    world = Invariants(SimulatedStore())
    for number in range(200):
        result = run(world.store, publishing([draft("2026-01-01", f"{number}")], author()[0]))
        assert isinstance(result, Published)
    first = world.datasets[DATASET].records[0]
    world.datasets[DATASET].pointer = 0
    del world.store.objects[f"datasets/{DATASET}/latest.json"]
    run(world.store, advance_pointer(first))
    assert len(count_operations(world.store, read_tip(DATASET))) <= 20
    assert run(world.store, read_tip(DATASET)).seq == 200


def fill(tree: Tree, segments: dict[str, tuple[Entry, ...]], numbers: Iterable[int], seq: int) -> Tree:
    """The tree with these days put in by one commit; `segments` is the store."""
    days = [str(FIRST + timedelta(number)) for number in numbers]
    digest = sha256(b"")
    entries = [Entry(day, 1, 2, seq, Data(day, digest, digest, digest, 1, 1, day, day)) for day in days]
    read = {ref.key: segments[ref.key] for ref in touched(tree, days)}
    tree, objects = replace_entries(DATASET, f"{seq:026d}", tree, read, entries)
    segments.update({key: parse_segment(body) for key, body in objects.items()})
    return tree


SPAN = 600
SMALL = 32
ORDERS: dict[str, tuple[list[int], list[int]]] = {
    "oldest first": ([], list(range(SPAN))),
    "newest first": ([], list(range(SPAN))[::-1]),
    "oldest first, below the newest day": ([SPAN], list(range(SPAN))),
    "newest first, above the oldest day": ([0], list(range(1, SPAN))[::-1]),
    "oldest first, into a gap": ([*range(100), *range(SPAN - 100, SPAN)], list(range(100, SPAN - 100))),
    "newest first, into a gap": ([*range(100), *range(SPAN - 100, SPAN)], list(range(100, SPAN - 100))[::-1]),
}


@pytest.fixture
def segments_of_32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Smaller segments, so that few days fill many."""
    monkeypatch.setattr(version_tree, "SEGMENT_SIZE", SMALL)


@pytest.mark.usefixtures("segments_of_32")
@pytest.mark.parametrize("step", [1, 30], ids=["day by day", "in months"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_backfill_in_order_keeps_segments_full(order: str, step: int) -> None:
    before, days = ORDERS[order]
    segments: dict[str, tuple[Entry, ...]] = {}
    tree = fill((), segments, before, 1) if before else ()
    for seq, start in enumerate(range(0, len(days), step), start=2):
        tree = fill(tree, segments, days[start : start + step], seq)
    _check(tree, segments, {*before, *days})
    assert len(tree) <= ceil(1.5 * (len(before) + len(days)) / SMALL) + 2


@pytest.mark.usefixtures("segments_of_32")
def test_a_backfill_in_any_order_keeps_segments_half_full_on_average() -> None:
    days = list(range(SPAN))
    Random(1).shuffle(days)
    segments: dict[str, tuple[Entry, ...]] = {}
    tree: Tree = ()
    for seq, day in enumerate(days, start=1):
        tree = fill(tree, segments, [day], seq)
    _check(tree, segments, set(days))
    assert len(tree) <= 2 * ceil(SPAN / SMALL) + 1


def _check(tree: Tree, segments: dict[str, tuple[Entry, ...]], numbers: set[int]) -> None:
    listed = [entry.partition for ref in tree for entry in segments[ref.key]]
    assert listed == sorted(str(FIRST + timedelta(number)) for number in numbers)
    assert all(0 < ref.n <= SMALL and ref.n == len(segments[ref.key]) for ref in tree)
