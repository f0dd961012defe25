"""Which packs a dataset should have, and making those it lacks.

Packs are a pure cache: deleting every one of them costs readers requests and bytes, never a row. By time there is one
for each past year and each past month of the newest one; by symbol (the first part of the key that is no time) one over
everything up to the last past month. Past means that a later partition is published; what is corrected afterwards loses
its packs and gets new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

import polars as pl
from opendata.contract.ids import Versioning
from opendata.contract.metadata import Metadata
from opendata.contract.records import Data, Entry, ObjectRef, Pack, Record
from opendata.contract.schema import TableSchema
from opendata.contract.selectors import Newest
from opendata.protocol.commit import Author
from opendata.protocol.objects import get_verified
from opendata.protocol.pack import PackDraft, commit_packs, members_digest, stage_pack
from opendata.protocol.resolve import find_state, read_entries
from opendata.read.meaning import SYMBOL_COLUMNS, find_symbol_column
from opendata.read.plan import read_schema
from opendata.stores.driver import run
from opendata.stores.store import Store
from opendata.write import decode
from opendata.write.pack import pack_by, pack_by_time, pack_of_file

MOST_ROWS = 8_000_000
"""Rows of a pack by symbol, which is sorted in memory."""

WORTH_A_LAYOUT = 1 << 20
"""Bytes of a complete copy from which reading parts of it is worth a document that describes them."""


@dataclass(frozen=True)
class Recipe:
    """A pack that should be there: of these versions, sorted by a column or (None) as they come."""

    entries: tuple[Entry, ...]
    sorted_by: str | None

    @property
    def rows(self) -> int:
        """How many."""
        return sum(entry.data.rows for entry in self.entries if entry.data)

    def is_made(self, pack: Pack) -> bool:
        """Whether a pack is this one."""
        return (pack.members, pack.sorted_by) == (members_digest(self.entries), self.sorted_by)


@dataclass(frozen=True)
class Packed:
    """What was done for one dataset."""

    made: tuple[Pack, ...]
    dropped: int
    record: Record


def wanted_packs(record: Record, entries: Sequence[Entry], key_column: str | None) -> list[Recipe]:
    """The packs that a state should have; `key_column` is the one that rows can be sorted by beside time."""
    visible = [entry for entry in entries if entry.data and entry.data.rows]
    if not visible:
        return []
    if record.versioning is not Versioning.DATE:
        newest = visible[-1]
        big = newest.data is not None and newest.data.bytes >= WORTH_A_LAYOUT
        return [Recipe((newest,), None)] if big else []
    past = [entry for entry in visible if entry.partition[:7] < visible[-1].partition[:7]]
    recipes = [Recipe(part, None) for part in _by_period(past, visible[-1].partition[:4])]
    if key_column:
        recipes += [Recipe(part, key_column) for part in _by_size(past)]
    return [recipe for recipe in recipes if len(recipe.entries) > 1]


def key_column(metadata: Metadata, schema: TableSchema) -> str | None:
    """The column that holds the symbols, as readers know it, else the first column of the key that is no time."""
    if symbol := find_symbol_column(metadata, schema):
        return symbol
    dated = {column.name for column in schema.columns if column.is_dated}
    return next((name for name in schema.primary_key if name not in dated and name not in SYMBOL_COLUMNS), None)


def pack_dataset(dataset: str, store: Store, author: Author, say: Callable[[str], None]) -> Packed:
    """Bring the packs of a dataset up to its newest state; one commit, or none if nothing is to be done.

    Raises DatasetNotFound before the first publication, and Conflict if somebody corrects what is being packed.
    """
    record = run(find_state(dataset, Newest()), store).record
    if record.newest is None:
        return Packed((), 0, record)
    entries = run(read_entries(record), store)
    schema = run(read_schema(dataset, record.newest), store)
    metadata = Metadata.from_bytes(run(get_verified(record.metadata), store))
    recipes = wanted_packs(record, entries, key_column(metadata, schema))
    missing = [recipe for recipe in recipes if not any(recipe.is_made(pack) for pack in record.packs)]
    obsolete = [p.layout.key for p in record.packs if not any(recipe.is_made(p) for recipe in recipes)]
    if not missing and not obsolete:
        return Packed((), 0, record)
    made = []
    for recipe in missing:
        since, until = own_days(recipe.entries, entries)
        draft = replace(_draft(dataset, recipe, store), since=since, until=until)
        pack = run(stage_pack(dataset, draft, author), store)
        say(f"{dataset}: {pack.lo} to {pack.hi} by {pack.sorted_by or 'time'}, {pack.rows} rows, {pack.bytes} bytes")
        made.append(pack)
    return Packed(tuple(made), len(obsolete), run(commit_packs(dataset, made, author, obsolete), store))


def own_days(members: Sequence[Entry], entries: Sequence[Entry]) -> tuple[str | None, str | None]:
    """The days around the rows of some versions on which no other version has rows; None where another has."""
    own = [data for data in (entry.data for entry in members) if data]
    names = {entry.partition for entry in members}
    others = [entry.data for entry in entries if entry.data and entry.partition not in names]
    lows, highs = [data.min for data in own if data.min], [data.max for data in own if data.max]
    if len(lows) < len(own) or any(data.min is None and data.rows for data in others):
        return None, None
    first, last = min(lows)[:10], max(highs)[:10]
    before = max((data.max[:10] for data in others if data.max and data.max[:10] < first), default=None)
    after = min((data.min[:10] for data in others if data.min and data.min[:10] > last), default=None)
    if any(data.min and data.max and data.min[:10] <= last and data.max[:10] >= first for data in others):
        return None, None
    return _shifted(before, 1) or first, _shifted(after, -1) or last


def _shifted(day: str | None, days: int) -> str | None:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat() if day else None


def _by_period(past: Sequence[Entry], newest_year: str) -> Iterator[tuple[Entry, ...]]:
    """Past years, and the past months of the newest year; another schema begins another pack."""

    def period(entry: Entry) -> tuple[str, str]:
        return _schema(entry), entry.partition[: 7 if entry.partition[:4] == newest_year else 4]

    return (tuple(group) for _, group in groupby(past, key=period))


def _by_size(past: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    """Everything, cut between years where it has too many rows and where another schema begins."""
    chosen: list[Entry] = []
    rows = 0
    for _, group in groupby(past, key=lambda entry: (_schema(entry), entry.partition[:4])):
        year = list(group)
        more = sum(entry.data.rows for entry in year if entry.data)
        if chosen and (rows + more > MOST_ROWS or _schema(year[0]) != _schema(chosen[0])):
            yield tuple(chosen)
            chosen, rows = [], 0
        chosen += year
        rows += more
    if chosen:
        yield tuple(chosen)


def _schema(entry: Entry) -> str:
    return entry.data.schema_hash if entry.data else ""


def _draft(dataset: str, recipe: Recipe, store: Store) -> PackDraft:
    versions = [entry.data for entry in recipe.entries if entry.data]
    schema = run(read_schema(dataset, versions[0]), store)
    if len(versions) == 1:
        return pack_of_file(recipe.entries[0], _bytes(dataset, versions[0], store), schema)
    frames = _frames(dataset, versions, store)
    if recipe.sorted_by is None:
        return pack_by_time(recipe.entries, frames, schema)
    return pack_by(recipe.sorted_by, recipe.entries, frames, schema)


def _frames(dataset: str, versions: Iterable[Data], store: Store) -> Iterator[pl.DataFrame]:
    return (decode(_bytes(dataset, data, store)) for data in versions)


def _bytes(dataset: str, data: Data, store: Store) -> bytes:
    return run(get_verified(ObjectRef(data.key(dataset), data.sha256)), store)
