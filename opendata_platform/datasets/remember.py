"""A store that remembers the small write-once objects of the protocol which a run has read or written.

Commits, segments and metadata never change, so a second look at one within a run needs no request. Pointers, markers,
data and whatever was missing are always asked for anew.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from contextlib import AbstractContextManager

from opendata.protocol.operations import Found, Get, Operation, Put, Reply, Stored
from opendata.stores.store import Store, Stream

REMEMBERED = 64
_WRITE_ONCE = re.compile(r"datasets/[^/]+/[^/]+/_(log|seg|meta)/.+")


class RememberingStore:
    """Another store, asked less often; not shared between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, Found] = OrderedDict()

    @property
    def name(self) -> str:
        """The name of the store behind."""
        return self._store.name

    def describe(self) -> str:
        """Where the store behind is."""
        return self._store.describe()

    def stream(self, key: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Stream]:
        """Open an object of the store behind."""
        return self._store.stream(key, start, end)

    def perform(self, operation: Operation) -> Reply:
        """Answer from memory where that is the whole truth, else ask the store behind."""
        if isinstance(operation, Get) and operation.key in self._known:
            return self._known[operation.key]
        reply = self._store.perform(operation)
        match operation, reply:
            case Get(key), Found():
                self._remember(key, reply)
            case Put(key, body, None), Stored(etag, at):
                self._remember(key, Found(body, etag, at))
        return reply

    def _remember(self, key: str, found: Found) -> None:
        if _WRITE_ONCE.fullmatch(key):
            self._known[key] = found
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
