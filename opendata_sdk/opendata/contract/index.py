"""index.json: the list of all datasets, joined entry by entry.

An entry is a pure function of a dataset's tip record, its metadata, its health and its verification. Joining two
indexes takes, per dataset, the entry with the greater seq, the health with more reports and the later verification, so
updates may be lost, repeated or reordered and the result is the same. `verified` is true while the verification is of
the very state (data and metadata) that the entry shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from opendata.contract.canonical import sha256, to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.health import health_rank
from opendata.contract.ids import check_dataset_id
from opendata.contract.keys import ObjectKind, dataset_prefix, object_key
from opendata.contract.metadata import META_VERSION, Metadata
from opendata.contract.records import Record
from opendata.contract.verification import confirms, verification_rank

SPLIT_ABOVE = 1_000_000
"""Bytes above which index.json names one shard per namespace instead of holding the entries."""

_NO_REPORTS: Mapping[str, Any] = MappingProxyType({"health": None, "verification": None, "verified": False})
"""What an entry says beside its commit and its metadata, as long as nothing was reported."""

_TOO_LONG = ("readme",)
"""Metadata that only the page of a dataset shows."""

_PROVENANCE = ("repository", "commit", "workflow", "workflow_run")
"""What an entry says of who made its commit, as far as the commit names it."""

Entries: TypeAlias = Mapping[str, dict[str, Any]]
"""Index entries by dataset id."""


def index_entry(record: Record, metadata: Metadata, bucket: str) -> dict[str, Any]:
    """The entry of one dataset; its health and its verification are joined to it."""
    newest = record.newest
    return {
        **{name: value for name, value in metadata.document.items() if name not in _TOO_LONG},
        "seq": record.seq,
        "state": record.state,
        "version": newest.version if newest else None,
        "versioning": record.versioning.value,
        "partitions": record.totals.parts,
        "row_count": record.totals.rows,
        "bytes": record.totals.bytes,
        "schema_hash": newest.schema_hash if newest else None,
        "min_date": record.totals.min,
        "max_date": record.totals.max,
        "last_updated_at": record.committed_at,
        "storage": {"bucket": bucket, "prefix": dataset_prefix(record.dataset)},
        "checksum": {"sha256": newest.sha256} if newest else {},
        "provenance": {name: record.actor[name] for name in _PROVENANCE if name in record.actor},
        **_NO_REPORTS,
    }


def join(*indexes: Entries) -> dict[str, dict[str, Any]]:
    """Per dataset the entry with the greatest seq, the newest health and the newest verification.

    Commutative, associative and idempotent.
    """
    joined: dict[str, dict[str, Any]] = {}
    for index in indexes:
        for dataset, entry in index.items():
            joined[dataset] = _join_entries(joined.get(dataset, entry), entry)
    return joined


def _join_entries(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    entry = max(one, other, key=_rank)
    health = max(one.get("health"), other.get("health"), key=health_rank)
    verification = max(one.get("verification"), other.get("verification"), key=verification_rank)
    return with_reports(entry, health, verification)


def with_reports(entry: dict[str, Any], health: object, verification: object) -> dict[str, Any]:
    """An entry with these summaries of health.json and verified.json."""
    reports = {"health": health, "verification": verification, "verified": confirms(verification, entry.get("state"))}
    return entry | {name: new for name, new in reports.items() if entry.get(name, _NO_REPORTS[name]) != new}


def _rank(entry: dict[str, Any]) -> tuple[int, bytes]:
    # Two honest entries of one seq are equal; the bytes only make the choice between forged ones order-independent.
    return entry["seq"], to_json({name: value for name, value in entry.items() if name not in _NO_REPORTS})


def index_document(entries: Entries) -> tuple[bytes, dict[str, bytes]]:
    """index.json, and the shards it names (key to bytes) when it is too big to be one object.

    Private datasets are left out. Deterministic: `generated_at` is the newest update and `generation` the number of
    commits listed, so anybody who rebuilds the index from the same commits writes the same bytes.
    """
    ordered = [entries[dataset] for dataset in sorted(entries) if entries[dataset].get("visibility") != "private"]
    head = {
        "format": FORMAT,
        "meta_version": META_VERSION,
        "generated_at": max((entry["last_updated_at"] for entry in ordered), default=None),
        "generation": sum(entry["seq"] for entry in ordered),
    }
    whole = to_json({**head, "datasets": ordered})
    if len(whole) <= SPLIT_ABOVE:
        return whole, {}
    by_namespace: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in ordered:
        by_namespace[entry["id"].split("/")[0]].append(entry)
    shards, refs = {}, []
    for namespace, members in by_namespace.items():
        body = to_json({"format": FORMAT, "datasets": members})
        digest = sha256(body)
        key = object_key(ObjectKind.INDEX_SHARD, namespace=namespace, digest=digest[:12])
        shards[key] = body
        refs.append({"namespace": namespace, "key": key, "sha256": digest, "datasets": len(members)})
    return to_json({**head, "datasets": [], "shards": refs}), shards


def parse_entries(data: bytes, where: str = "index.json") -> dict[str, dict[str, Any]]:
    """The entries that a document (index.json or a shard) holds itself."""
    entries = {}
    for item in Fields(parse_object(data, where), where).items("datasets"):
        fields = Fields(item, f"{where}.datasets")
        fields.integer("seq", 1)
        fields.instant("last_updated_at")
        entries[check_dataset_id(fields.text("id"), f"{where}.datasets.id")] = fields.document
    return entries


def parse_shards(data: bytes) -> list[tuple[str, str]]:
    """Key and sha256 of the shards that index.json names; empty while it holds the entries itself."""
    document = Fields(parse_object(data, "index.json"), "index.json")
    items = document.items("shards") if "shards" in document.document else []
    fields = [Fields(item, "index.json.shards") for item in items]
    return [(shard.text("key"), shard.sha256("sha256")) for shard in fields]
