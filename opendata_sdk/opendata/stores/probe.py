"""The start-up probe: a store that ignores conditional writes must not be written to.

`require_safe` is called by the driver before the first `Put` that it performs on a store, so no writer can forget it
and a reader never pays for it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from weakref import WeakSet

from ulid import ULID

from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import BackendUnsafe, StoreError
from opendata.protocol.operations import Ambiguous, Delete, Found, Get, Put, Refused, Stored
from opendata.stores.retry import Transient, retrying
from opendata.stores.store import Store

_safe: WeakSet[Store] = WeakSet()
_probing = threading.Lock()


def require_safe(store: Store) -> None:
    """Probe the store unless this process already did; raises BackendUnsafe, or why it could not be probed."""
    with _probing:
        if store not in _safe:
            probe(store)
            _safe.add(store)


def probe(store: Store) -> None:
    """Try the conditions on throw-away keys, eight operations; raises BackendUnsafe when one is ignored.

    An unclear answer starts the probe again on new keys; StoreUnavailable when the answers stay unclear.
    """
    retrying(lambda: _attempt(store), f"probing {store.describe()} for conditional writes")


def _attempt(store: Store) -> None:
    first, second, absent = (object_key(ObjectKind.PROBE, commit=str(ULID())) for _ in range(3))
    try:
        first_etag = _create(store, first, b"first")
        second_etag = _create(store, second, b"second")
        _must_refuse(store, Put(first, b"again"), "overwrote an object with a create-only PUT")
        _must_refuse(store, Put(first, b"stale", second_etag), "overwrote an object despite a stale If-Match")
        _must_refuse(store, Put(absent, b"absent", first_etag), "created an object despite If-Match")
        found = store.perform(Get(first))
        if not isinstance(found, Found) or found.body != b"first":
            raise _unsafe(store, "applied a write that it said it had refused")
    finally:
        with suppress(StoreError):  # the verdict counts; what is left under _probe/ harms nobody
            for key in (first, second, absent):
                store.perform(Delete(key))


def _create(store: Store, key: str, body: bytes) -> str:
    match store.perform(Put(key, body)):
        case Stored(etag):
            return etag
        case Refused():
            raise _unsafe(store, "refused to create an object that does not exist")
        case reply:
            raise Transient(str(reply))


def _must_refuse(store: Store, put: Put, otherwise: str) -> None:
    match store.perform(put):
        case Refused():
            return
        case Ambiguous(reason):
            raise Transient(reason)
        case _:
            raise _unsafe(store, otherwise)


def _unsafe(store: Store, what: str) -> BackendUnsafe:
    return BackendUnsafe(
        f"{store.describe()} {what}",
        hint="publish to a store that honours If-Match and If-None-Match (R2, S3, SeaweedFS, a local folder)",
    )
