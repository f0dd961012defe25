"""Reading a remote store through the cache: few requests, offline use, and no way back to an older state."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from opendata.contract.canonical import format_instant
from opendata.contract.footer import Span
from opendata.contract.ids import Version
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Latest
from opendata.contract.selectors import AtInstant, Newest, Selector
from opendata.errors import (
    DatasetNotFound,
    Gone,
    IntegrityError,
    InvalidValue,
    Offline,
    RollbackRefused,
    StaleState,
    StoreUnavailable,
)
from opendata.protocol.operations import Steps, T
from opendata.protocol.resolve import State, find_pinned, find_state
from opendata.protocol.tip import read_record
from opendata.read.cache import Cache
from opendata.read.documents import Documents, Shelf
from opendata.read.fetch import fetch_all
from opendata.read.plan import Part
from opendata.read.progress import progress_bar
from opendata.read.slices import Stretch, cached_slice, fetch_slices, stretches
from opendata.read.source import documents_of
from opendata.stores.driver import run
from opendata.stores.mirrored import MirroredStore
from opendata.stores.store import Store


class RemoteSource:
    """A remote store; see `Source`."""

    def __init__(
        self,
        store: Store,
        cache: Cache,
        *,
        offline: bool,
        workers: int,
        progress: bool | None,
        allow_rollback: bool,
        again: bool,
    ) -> None:
        """`again` downloads also what the cache holds."""
        self.store = store
        self._cache = cache
        self._shelf = Shelf(cache, store)
        self._offline = offline
        self._workers = workers
        self._progress = progress
        self._allow_rollback = allow_rollback
        self._again = again
        self._used: list[str] = []

    def run(self, reading: Callable[[], Steps[T]]) -> T:
        """Run a protocol function that reads. If cached documents do not fit together, they are dropped and the
        reading starts anew, once."""
        documents = Documents(self.store, self._shelf, offline=self._offline)
        with documents_of(self.store):
            try:
                result = run(reading(), documents)
            except (Gone, IntegrityError, InvalidValue):
                if not documents.used or self._offline:
                    raise
                documents.forget()
                documents = Documents(self.store, self._shelf, offline=False)
                result = run(reading(), documents)
        self._used += documents.used
        documents.keep()
        return result

    def find(self, dataset: str, selector: Selector) -> State:
        """The state that a selector means; no request if that was settled before and is in the cache."""
        pin = self._pointer(_pin_key(dataset, selector)) if isinstance(selector, (Version, AtInstant)) else None
        if pin:
            return self.run(lambda: find_pinned(dataset, pin.seq, pin.commit.sha256))
        if isinstance(selector, Newest):
            state = self._newest(dataset)
            if self._offline:
                self._warn_stale(state)
            return state
        if isinstance(selector, Version):
            return self._newest(dataset)
        return self.run(lambda: find_state(dataset, selector))

    def settle(self, dataset: str, selector: Selector, state: State) -> None:
        """A version that was published stays so; what was shown at an instant, once a later commit exists."""
        if self._hearsay or not isinstance(selector, (Version, AtInstant)):
            return
        key = _pin_key(dataset, selector)
        if self._pointer(key):
            return
        following = isinstance(selector, Version) or self.run(lambda: read_record(dataset, state.record.seq + 1))
        if following:
            self._shelf.write(key, Latest.document(state.record))

    def requests(self, parts: Sequence[Part]) -> list[Stretch]:
        """The requests for data that these files need, given what the cache holds."""
        return [stretch for part in parts for stretch in self._stretches(part)]

    def _stretches(self, part: Part) -> list[Stretch]:
        if part.selection:
            return stretches(part, self._cache, again=self._again)
        here = not self._again and self._cache.blob_path(part.sha256).exists()
        return [] if here else [Stretch(part.key, Span(0, part.bytes), ())]

    def files(self, parts: Sequence[Part]) -> list[Path]:
        """Paths of these files in the cache, downloaded where needed."""
        if self._offline:
            return [cached_slice(self._cache, part) if part.selection else self._cached(part) for part in parts]
        whole = [part for part in parts if part.selection is None]
        sliced = [part for part in parts if part.selection]
        missing = sum(request.span.size for request in self.requests(parts))
        with progress_bar(sum(part.bytes for part in whole) + missing, self._progress if missing else False) as report:
            fetched = fetch_all(self.store, self._cache, whole, workers=self._workers, report=report, again=self._again)
            made = fetch_slices(
                self.store, self._cache, sliced, workers=self._workers, report=report, again=self._again
            )
        paths = iter(fetched), iter(made)
        return [next(paths[part.selection is not None]) for part in parts]

    def forget(self) -> bool:
        """Drop the cached documents that this call has used."""
        used, self._used = self._used, []
        for key in used:
            self._shelf.drop(key)
        return bool(used) and not self._offline

    def _newest(self, dataset: str) -> State:
        """The newest state, which must not be older than the newest one seen with this cache."""
        key = object_key(ObjectKind.LATEST, dataset=dataset)
        seen = self._pointer(key)
        if self._offline and seen is None:
            raise Offline(
                f"offline, and {dataset} was never loaded from {self.store.describe()} with this cache",
                hint="load it once while online, or unset OPENDATA_OFFLINE",
            )
        try:
            state = self.run(lambda: find_state(dataset, Newest()))
        except StoreUnavailable as error:
            if seen is None:
                raise
            hint = f"offline=True (--offline) reads commit {seen.seq}, seen {self._age(key)} ago; or try again later"
            raise StoreUnavailable(error.message, hint=hint) from error
        except DatasetNotFound as error:
            if seen is None or self._allow_rollback:
                raise
            raise self._refused(f"{dataset} is not in {self.store.describe()} any more", seen) from error
        self._refuse_rollback(state, seen)
        if not self._hearsay:
            self._shelf.write(key, Latest.document(state.record))
        return state

    @property
    def _hearsay(self) -> bool:
        """Whether what is newest was not learnt from the store itself now, so that nothing may be concluded from it."""
        return self._offline or (isinstance(self.store, MirroredStore) and self.store.stands_in is not None)

    def _refuse_rollback(self, state: State, seen: Latest | None) -> None:
        if seen is None or self._allow_rollback or state.record.seq > seen.seq:
            return
        if state.record.seq < seen.seq:
            raise self._refused(f"{state.record.dataset} shows commit {state.record.seq}", seen)
        if state.ref != seen.commit:
            raise self._refused(f"{state.record.dataset} shows another commit {seen.seq} than before", seen)

    def _refused(self, what: str, seen: Latest) -> RollbackRefused:
        age = self._age(object_key(ObjectKind.LATEST, dataset=seen.dataset))
        return RollbackRefused(
            f"{what}, but commit {seen.seq} was seen {age} ago: somebody put back an older state",
            hint="try again in a minute (a cache on the way may be old); if the store was restored on purpose, "
            "pass allow_rollback=True (--allow-rollback)",
        )

    def _warn_stale(self, state: State) -> None:
        record = state.record
        age = self._age(object_key(ObjectKind.LATEST, dataset=record.dataset))
        warnings.warn(
            f"offline: {record.dataset} as last seen {age} ago (commit {record.seq} of {record.committed_at}); "
            "there may be newer versions",
            StaleState,
            stacklevel=2,
        )

    def _cached(self, part: Part) -> Path:
        path = self._cache.find(part.sha256, part.bytes)
        if path is None:
            raise Offline(
                f"offline, and the cache does not hold {part.key}",
                hint="load it once while online, or unset OPENDATA_OFFLINE",
            )
        return path

    def _pointer(self, key: str) -> Latest | None:
        body = self._shelf.read(key)
        return Latest.from_bytes(body) if body else None

    def _age(self, key: str) -> str:
        return format_age(self._shelf.age(key))


def format_age(seconds: float) -> str:
    """A span of time in its largest unit, for messages."""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if count := int(seconds // length):
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{max(0, int(seconds))} seconds"


def _pin_key(dataset: str, selector: Version | AtInstant) -> str:
    name = str(selector) if isinstance(selector, Version) else format_instant(selector.instant).replace(":", "")
    return f"pins/{dataset}/{name}.json"
