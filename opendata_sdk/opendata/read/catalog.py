"""What there is and what it is: search over index.json, and the description of one dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from opendata.contract.ids import Version
from opendata.contract.metadata import Metadata
from opendata.contract.records import Record, Totals
from opendata.contract.schema import TableSchema
from opendata.contract.selectors import Selector
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import find_version
from opendata.read.html import Shown
from opendata.read.plan import read_schema

_WEIGHTS = {
    "id": 8,
    "title": 6,
    "title_zh": 6,
    "tags": 4,
    "description": 1,
    "description_zh": 1,
    "source": 1,
    "frequency": 1,
}


@dataclass(frozen=True, slots=True, repr=False)
class Match(Shown):
    """One dataset that a search found; `entry` is its entry in index.json."""

    id: str
    title: str
    rows: int
    updated_at: str
    score: int
    entry: Mapping[str, Any]

    def shown(self) -> dict[str, Any]:
        """What it is, without the whole entry."""
        return {"id": self.id, "title": self.title, "rows": self.rows, "updated_at": self.updated_at}


@dataclass(frozen=True, slots=True, repr=False)
class Info(Shown):
    """One dataset in one state: who made it, what is in it, and how much."""

    id: str
    title: str
    description: str
    license: str
    source: str
    version: str | None
    seq: int
    committed_at: str
    versioning: str
    partitions: int
    rows: int
    bytes: int
    first: str | None
    last: str | None
    sandbox: str | None
    """None for live data; `recorded` or `synthetic` when it was made from the sandbox's answers."""
    schema: TableSchema | None
    """None while no data is visible."""
    metadata: Mapping[str, Any]

    def shown(self) -> dict[str, Any]:
        """The fields, with the names of the columns in place of the schema, and without the whole metadata."""
        fields = Shown.shown(self)
        columns = tuple(column.name for column in self.schema.columns) if self.schema else ()
        return {name: value for name, value in fields.items() if name != "metadata"} | {"schema": columns}


def describe_state(record: Record, selector: Selector) -> Steps[Info]:
    """Everything about a dataset in the state of a record, or about one version. Raises Gone or IntegrityError."""
    document = Metadata.from_bytes((yield from get_verified(record.metadata))).document
    named = (yield from find_version(record, selector)) if isinstance(selector, Version) else None
    totals = Totals(1, named.rows, named.bytes, named.min, named.max) if named else record.totals
    data = named or record.newest
    schema = (yield from read_schema(record.dataset, data)) if data else None
    return Info(
        id=record.dataset,
        title=document["title"],
        description=document["description"],
        license=document["license"],
        source=document["source"],
        version=data.version if data else None,
        seq=record.seq,
        committed_at=record.committed_at,
        versioning=record.versioning.value,
        partitions=totals.parts,
        rows=totals.rows,
        bytes=totals.bytes,
        first=totals.min,
        last=totals.max,
        sandbox=document.get("sandbox"),
        schema=schema,
        metadata=document,
    )


def search_entries(entries: Iterable[Mapping[str, Any]], text: str, limit: int) -> list[Match]:
    """Datasets in which every word of the text occurs, best first; all of them for an empty text."""
    words = text.casefold().split()
    matches = []
    for entry in entries:
        scores = [_score(entry, word) for word in words]
        if all(scores):
            matches.append(
                Match(entry["id"], entry["title"], entry["row_count"], entry["last_updated_at"], sum(scores), entry)
            )
    return sorted(matches, key=lambda match: (-match.score, match.id))[:limit]


def _score(entry: Mapping[str, Any], word: str) -> int:
    """The weights of the fields in which a word occurs."""
    score = 0
    for field, weight in _WEIGHTS.items():
        value = entry.get(field) or ""
        text = value if isinstance(value, str) else " ".join(value)
        if word in text.casefold():
            score += weight
    return score
