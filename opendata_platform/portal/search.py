"""portal/search.json: one row per dataset, all that the search page needs.

Up to SHARDED_ABOVE rows the file holds them itself, above it names shards. Above HEAD_ABOVE rows there is also
portal/search-head.json with the most recently updated ones, for the first paint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opendata.contract.canonical import sha256, to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.health import Outcome
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import ObjectRef

from opendata_platform.portal.keywords import keywords

FIELDS = (
    "id", "title", "title_zh", "tags", "columns", "keywords", "asset_class", "frequency", "license", "rows", "bytes",
    "updated", "through", "runs", "verified", "sandbox",
)  # fmt: skip
"""What the elements of a row are."""
HEAD_ABOVE, HEAD_ROWS = 5_000, 300
SHARDED_ABOVE, SHARD_ROWS = 30_000, 10_000

ASSET_CLASSES = ("stock", "etf", "index", "futures", "spot", "crypto", "bond", "fx", "macro", "weather", "health")
"""Tags that say what kind of thing a dataset is about."""
_LETTERS = {Outcome.PUBLISHED: "p", Outcome.UNCHANGED: "u", Outcome.QUARANTINED: "q", Outcome.FAILED: "f"}

Row = list[Any]


@dataclass(frozen=True, slots=True)
class SearchFiles:
    """The objects to write, by key."""

    whole: bytes
    head: bytes | None
    shards: Mapping[str, bytes]


def search_row(document: Mapping[str, Any]) -> Row:
    """The row of a dataset, from its document."""
    entry = document["entry"]
    columns = [column["name"] for column in document["columns"]]
    tags = entry.get("tags", [])
    said = [entry["id"], entry["title"], entry.get("title_zh") or "", *tags, *columns]
    row = {
        "id": entry["id"],
        "title": entry["title"],
        "title_zh": entry.get("title_zh"),
        "tags": tags,
        "columns": columns,
        "keywords": keywords(said, entry.get("title_zh")),
        "asset_class": next((tag for tag in tags if tag in ASSET_CLASSES), None),
        "frequency": entry.get("frequency"),
        "license": entry["license"],
        "rows": entry["row_count"],
        "bytes": entry["bytes"],
        "updated": entry["last_updated_at"],
        "through": entry["max_date"] and entry["max_date"][:10],
        "runs": "".join(_LETTERS[Outcome(run["outcome"])] for run in document["runs"]),
        "verified": entry["verified"],
        "sandbox": "sandbox" in entry,
    }
    return [row[name] for name in FIELDS]


def search_files(rows: Sequence[Row]) -> SearchFiles:
    """The files for these rows: the same whatever order they come in."""
    ordered = sorted(rows)
    updated = FIELDS.index("updated")
    head = {
        "format": FORMAT,
        "generated_at": max((row[updated] for row in rows), default=None),
        "datasets": len(rows),
        "fields": list(FIELDS),
    }
    newest = sorted(ordered, key=lambda row: row[updated], reverse=True)[:HEAD_ROWS]
    first = to_json({**head, "rows": newest}) if len(rows) > HEAD_ABOVE else None
    if len(rows) <= SHARDED_ABOVE:
        return SearchFiles(to_json({**head, "rows": ordered}), first, {})
    shards, refs = {}, []
    for start in range(0, len(ordered), SHARD_ROWS):
        part = ordered[start : start + SHARD_ROWS]
        body = to_json({"format": FORMAT, "fields": list(FIELDS), "rows": part})
        digest = sha256(body)
        key = object_key(ObjectKind.PORTAL_SEARCH_SHARD, digest=digest[:12])
        shards[key] = body
        refs.append({"key": key, "sha256": digest, "datasets": len(part)})
    return SearchFiles(to_json({**head, "rows": [], "shards": refs}), first, shards)


def parse_rows(body: bytes, where: str) -> dict[str, Row]:
    """The rows that search.json or a shard holds itself, by dataset; none if their fields are not these."""
    fields = Fields(parse_object(body, where), where)
    return {row[0]: row for row in fields.items("rows")} if fields.items("fields") == list(FIELDS) else {}


def parse_shards(body: bytes, where: str) -> list[ObjectRef]:
    """The shards that search.json names; none while it holds the rows itself."""
    document = Fields(parse_object(body, where), where)
    items = document.items("shards") if "shards" in document.document else []
    return [ObjectRef.read(Fields(item, f"{where}.shards")) for item in items]
