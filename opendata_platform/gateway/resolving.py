"""From an id and a version to the bytes that are meant, corrections included, and a URL to read them for some minutes.

Public datasets are for everybody, private ones for those whose they are; to all others those do not exist. Who may read
is asked anew at every request; what a version means, with its URL, is remembered for REMEMBERED_SECONDS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cachetools import TTLCache
from opendata.contract.canonical import format_instant
from opendata.contract.ids import Version, check_dataset_id
from opendata.contract.keys import ObjectKind
from opendata.contract.metadata import Metadata
from opendata.contract.records import Data, Record
from opendata.contract.selectors import Newest, parse_selector
from opendata.errors import DatasetNotFound, VersionNotFound
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import State, find_state, find_version, read_entries
from opendata.stores.driver import run
from opendata.stores.store import Store

from opendata_platform.gateway.presign import Presigner, Signed
from opendata_platform.gateway.principal import Principal
from opendata_platform.gateway.reading import readable
from opendata_platform.gateway.registry import Registry
from opendata_platform.gateway.remembering import RememberingStore

REMEMBERED_SECONDS = 1.0
"""How long after it was published another gateway may still answer what was there before."""
LISTED_SECONDS = 60.0
"""How long it is remembered that an unregistered dataset is public or private."""
MOST_REMEMBERED = 10_000
_SPAN = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a version means: the data, and `document`, the whole answer with a URL to read them."""

    dataset: str
    data: Data
    document: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Located:
    """An object of the layout that may be read: how it is counted, and its key. `size` is 0 for documents."""

    key: str
    dataset: str | None
    size: int
    span: str | None


class Resolving:
    """Looks up what is published, and lets it be read."""

    def __init__(self, store: Store, presigner: Presigner, registry: Registry) -> None:
        self._store = RememberingStore(store)
        self._presigner = presigner
        self._registry = registry
        self._resolved: TTLCache[tuple[str, str | None], Resolved] = TTLCache(MOST_REMEMBERED, REMEMBERED_SECONDS)
        self._listed: TTLCache[str, bool] = TTLCache(MOST_REMEMBERED, LISTED_SECONDS)
        self._forgotten = 0
        self._turn = Lock()

    def resolve(self, dataset: str, version: str | None, principal: Principal) -> Resolved:
        """What a version means (None: the newest). Raises DatasetNotFound or VersionNotFound."""
        self.check_reader(check_dataset_id(dataset, "dataset"), principal)
        with self._turn:
            resolved, began = self._resolved.get((dataset, version)), self._forgotten
        if resolved is None:
            state, data = run(_find(dataset, version), self._store)
            resolved = Resolved(dataset, data, self._answer(state, data))
            with self._turn:
                if began == self._forgotten:
                    self._resolved[dataset, version] = resolved
        return resolved

    def forget(self) -> None:
        """Look everything up anew: something was published here."""
        with self._turn:
            self._resolved.clear()
            self._forgotten += 1

    def newest(self, dataset: str) -> Record | None:
        """The newest commit of a dataset; None before the first."""
        try:
            return run(find_state(dataset, Newest()), self._store).record
        except DatasetNotFound:
            return None

    def locate(self, path: str, span: str | None, principal: Principal) -> Located:
        """The object that a path of the layout names, of which `span` (a Range header) is wanted."""
        found = readable(path)
        if found.dataset:
            self.check_reader(found.dataset, principal)
        span = span if span and _SPAN.fullmatch(span) else None
        heavy = found.kind in (ObjectKind.DATA, ObjectKind.PACK)
        return Located(found.key, found.dataset, self._size(found.key, span) if heavy else 0, span)

    def sign(self, located: Located, method: str) -> Signed:
        """A URL to read what was located."""
        return self._presigner.read(located.key, method=method, span=located.span)

    def check_reader(self, dataset: str, principal: Principal) -> None:
        """Raise DatasetNotFound for a private dataset that is not the caller's."""
        registered = self._registry.find(dataset)
        listed = registered.metadata.listed if registered else self._is_listed(dataset)
        if not listed and not principal.admin and not (registered and registered.is_of(principal)):
            raise DatasetNotFound(f"there is no dataset {dataset} here", hint="list what there is with `od search`")

    def _answer(self, state: State, data: Data) -> dict[str, Any]:
        dataset = state.record.dataset
        key = data.key(dataset)
        signed = self._presigner.read(key)
        return {
            "dataset": dataset,
            "version": data.version,
            "seq": state.record.seq,
            "commit": {"key": state.ref.key, "sha256": state.ref.sha256},
            "data": {"key": key, "sha256": data.sha256, "bytes": data.bytes, "rows": data.rows},
            "url": signed.url,
            "expires_at": format_instant(signed.expires_at),
        }

    def _size(self, key: str, span: str | None) -> int:
        """Bytes of an object that a reader gets; raises NotFound."""
        size = self._store.size(key)
        wanted = _SPAN.fullmatch(span) if span else None
        if wanted is None:
            return size
        end = min(size, int(wanted[2]) + 1) if wanted[2] else size
        return max(0, end - int(wanted[1]))

    def _is_listed(self, dataset: str) -> bool:
        """Whether what was published without being registered is public; what is not there hides nothing."""
        with self._turn:
            known = self._listed.get(dataset)
        if known is not None:
            return known
        try:
            listed = run(_published_as_listed(dataset), self._store)
        except DatasetNotFound:
            return True
        with self._turn:
            self._listed[dataset] = listed
        return listed


def _published_as_listed(dataset: str) -> Steps[bool]:
    state = yield from find_state(dataset, Newest())
    return Metadata.from_bytes((yield from get_verified(state.record.metadata))).listed


def _find(dataset: str, version: str | None) -> Steps[tuple[State, Data]]:
    """The state and its newest data; for a named version that version, for a partition the newest of its corrections.

    A partition that is hidden now is still found by its name.
    """
    selector = parse_selector(version)
    state = yield from find_state(dataset, selector)
    if not isinstance(selector, Version):
        if state.record.newest is None:
            raise VersionNotFound(f"{dataset} shows no data at commit {state.record.seq}", hint="see `od versions`")
        return state, state.record.newest
    if selector.revision == 1:
        entries = yield from read_entries(state.record, selector.base, selector.base)
        if entries and entries[0].data:
            return state, entries[0].data
    return state, (yield from find_version(state.record, selector))
