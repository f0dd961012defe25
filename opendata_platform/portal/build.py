"""Bring the portal's files in a store up to its index.json; only what changed is made and written anew.

portal/built.json keeps a fingerprint per dataset of all that its document is made from. A dataset that cannot be read
keeps what is shown of it, and the others are built all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opendata.contract.canonical import sha256, to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import OpenDataError, StoreUnavailable
from opendata.protocol.index import read_index
from opendata.protocol.objects import UNREADABLE, get, get_verified, swap
from opendata.protocol.operations import IMMUTABLE, ONE_MINUTE, Delete, Found, Steps, Together

from opendata_platform.datasets.catalog import all_specs
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.portal.document import dataset_document
from opendata_platform.portal.facts import read_facts
from opendata_platform.portal.schedule import newest_due, schedule
from opendata_platform.portal.search import Row, parse_rows, parse_shards, search_files, search_row

REVISION = 4
"""Counts how documents are made; a new one has all of them made anew."""

_SEARCH = object_key(ObjectKind.PORTAL_SEARCH)
_HEAD = object_key(ObjectKind.PORTAL_SEARCH_HEAD)
_BUILT = object_key(ObjectKind.PORTAL_BUILT)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: the datasets listed, those that were made anew or removed, and those that cannot be read."""

    datasets: int
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unreadable: Mapping[str, OpenDataError] = field(default_factory=dict)


def build_portal(now: datetime, *, everything: bool = False) -> Steps[Built]:
    """Build the files; `everything` trusts nothing that was built before."""
    entries = (yield from read_index()) or {}
    known = yield from _fingerprints()
    rows, shards = yield from _rows()
    fingerprints: dict[str, str] = {}
    fresh: dict[str, Row] = {}
    changed, unreadable = [], {}
    for dataset, entry in entries.items():
        spec = all_specs().get(dataset)
        fingerprint = _fingerprint(entry, spec, now)
        if dataset in rows and known.get(dataset) == fingerprint and not everything:
            fresh[dataset], fingerprints[dataset] = rows[dataset], fingerprint
            continue
        try:
            facts = yield from read_facts(dataset, entry["seq"])
        except UNREADABLE as error:
            unreadable[dataset] = error
            if dataset in rows:
                fresh[dataset] = rows[dataset]
            continue
        document = dataset_document(entry, facts, spec, now)
        yield from _write(object_key(ObjectKind.PORTAL_DATASET, dataset=dataset), to_json(document))
        fresh[dataset], fingerprints[dataset] = search_row(document), fingerprint
        changed.append(dataset)
    removed = tuple(sorted({*rows, *known} - entries.keys()))
    yield from _write_search(list(fresh.values()), shards)
    yield from _delete({object_key(ObjectKind.PORTAL_DATASET, dataset=dataset) for dataset in removed})
    yield from _write(_BUILT, to_json({"format": FORMAT, "revision": REVISION, "datasets": fingerprints}))
    return Built(len(entries), tuple(changed), removed, unreadable)


def _fingerprint(entry: Mapping[str, Any], spec: DatasetSpec | None, now: datetime) -> str:
    declared = [schedule(spec), newest_due(spec, now)] if spec else None
    return sha256(to_json([entry, declared]))[:16]


def _fingerprints() -> Steps[dict[str, str]]:
    """What the last build left; nothing if that was of another revision or cannot be read."""
    found = yield from get(_BUILT)
    try:
        fields = Fields(parse_object(found.body, _BUILT), _BUILT) if isinstance(found, Found) else None
        return dict(fields.nested("datasets").document) if fields and fields.integer("revision") == REVISION else {}
    except UNREADABLE:
        return {}


def _rows() -> Steps[tuple[dict[str, Row], set[str]]]:
    """The rows that are shown, and the keys of the shards that hold them; what cannot be read is made anew."""
    found = yield from get(_SEARCH)
    if not isinstance(found, Found):
        return {}, set()
    try:
        rows = parse_rows(found.body, _SEARCH)
        shards = parse_shards(found.body, _SEARCH)
        for shard in shards:
            rows |= parse_rows((yield from get_verified(shard)), shard.key)
    except UNREADABLE:
        return {}, set()
    return rows, {shard.key for shard in shards}


def _write_search(rows: list[Row], before: set[str]) -> Steps[None]:
    """Shards first, then what names them; those that are named no more go last."""
    files = search_files(rows)
    for key, body in files.shards.items():
        if key not in before:
            yield from _write(key, body, IMMUTABLE)
    if files.head is not None:
        yield from _write(_HEAD, files.head)
    yield from _write(_SEARCH, files.whole)
    yield from _delete({*(before - files.shards.keys()), *([] if files.head else [_HEAD])})


def _write(key: str, body: bytes, cache_control: str = ONE_MINUTE) -> Steps[None]:
    def replace(current: bytes | None) -> bytes:
        return body

    if not (yield from swap(key, replace, cache_control)):
        raise StoreUnavailable(f"{key}: the store never settled the write", hint="build the portal again later")


def _delete(keys: set[str]) -> Steps[None]:
    if keys:
        yield Together(tuple(Delete(key) for key in sorted(keys)))
