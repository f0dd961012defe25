"""A bucket that is not asked twice for what cannot change: write-once objects by their hash, and sizes of data files.

What can change, latest.json above all, is never remembered here.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from threading import Lock

from cachetools import LRUCache
from opendata.contract.canonical import sha256
from opendata.protocol.operations import Found, Get, Operation, Reply
from opendata.stores.store import Store, Stream

MOST_BYTES = 64 << 20
LARGEST_OBJECT = 4 << 20
MOST_SIZES = 65_536


class RememberingStore:
    """Performs what it does not remember in another store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._objects: LRUCache[tuple[str, str], Found] = LRUCache(MOST_BYTES, getsizeof=lambda found: len(found.body))
        self._sizes: LRUCache[str, int] = LRUCache(MOST_SIZES)
        self._turn = Lock()

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self._store.name

    def perform(self, operation: Operation) -> Reply:
        """Perform one operation; an object whose hash is given is asked for once, if it has that hash."""
        if not isinstance(operation, Get) or operation.sha256 is None:
            return self._store.perform(operation)
        known = (operation.key, operation.sha256)
        with self._turn:
            found = self._objects.get(known)
        if found is not None:
            return found
        reply = self._store.perform(operation)
        if isinstance(reply, Found) and len(reply.body) <= LARGEST_OBJECT and sha256(reply.body) == operation.sha256:
            with self._turn:
                self._objects[known] = reply
        return reply

    def stream(self, key: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Stream]:
        """Open an object, unremembered."""
        return self._store.stream(key, start, end)

    def describe(self) -> str:
        """Where the store is, for messages."""
        return self._store.describe()

    def size(self, key: str) -> int:
        """Bytes of a write-once object; raises NotFound."""
        with self._turn:
            size = self._sizes.get(key)
        if size is None:
            with self._store.stream(key, 0, 1) as stream:
                size = stream.size or 0
            with self._turn:
                self._sizes[key] = size
        return size
