"""Documents of one store (log records, segments, schemas …) kept in the cache, in front of the store itself.

Write-once documents are asked for once. Nothing is kept before the whole reading that asked for it succeeded, with
all the hashes it checks; and each is kept together with its own sha256, so a damaged copy counts as absent. What can
change (index.json, and latest.json as a function of the last record seen) is asked for every time and kept for
offline use.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

from opendata.contract.canonical import sha256
from opendata.contract.keys import INDEX
from opendata.errors import CacheError, Offline
from opendata.protocol.operations import Found, Get, Operation, Reply
from opendata.read.cache import Cache
from opendata.stores.store import Store, Stream, check_key, utc_now

_WRITE_ONCE = re.compile(r"datasets/[^/]+/[^/]+/[^/]+/[^/]+\.json|index/[^/]+\.json")

_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""Names that are devices on Windows, whatever follows the dot; a namespace or a dataset may be called so."""


class Shelf:
    """The folder of one store: bodies under their key, each with its sha256 in the first line."""

    def __init__(self, cache: Cache, store: Store) -> None:
        self._cache = cache
        self._folder = cache.refs / sha256(store.describe().encode())[:16]

    def read(self, key: str) -> bytes | None:
        """The body kept under a key, or None if there is none that is whole."""
        try:
            digest, _, body = self._path(key).read_bytes().partition(b"\n")
        except (FileNotFoundError, NotADirectoryError):
            return None
        return body if sha256(body).encode() == digest else None

    def write(self, key: str, body: bytes) -> None:
        """Keep a body; where the cache cannot be written, only a body that is kept already is fine."""
        path = self._path(key)
        try:
            with self._cache.writing(path.parent):
                temporary = path.with_name(f".{uuid4().hex[:12]}")
                temporary.write_bytes(sha256(body).encode() + b"\n" + body)
                temporary.replace(path)
        except CacheError:
            if self.read(key) != body:
                raise

    def drop(self, key: str) -> None:
        """Forget what is kept under a key."""
        path = self._path(key)
        if path.exists():
            with self._cache.writing(path.parent):
                path.unlink(missing_ok=True)

    def age(self, key: str) -> float:
        """Seconds since a body was kept."""
        return time.time() - os.stat(self._path(key)).st_mtime

    def _path(self, key: str) -> Path:
        return self._folder.joinpath(
            *(f"~{part}" if _DEVICE.match(part) else part for part in check_key(key).split("/"))
        )


class Documents:
    """A store for one reading: answers from the shelf where it can. `keep` when the reading has succeeded."""

    def __init__(self, store: Store, shelf: Shelf, *, offline: bool) -> None:
        self.store = store
        self.name = store.name
        self.shelf = shelf
        self.offline = offline
        self.used: list[str] = []
        """Keys that were answered from the shelf."""
        self._fresh: dict[str, bytes] = {}

    def describe(self) -> str:
        """Where the store is."""
        return self.store.describe()

    def stream(self, key: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Stream]:
        """Open an object for reading; see `Store.stream`. Data is not a document: `fetch` has its cache."""
        return self.store.stream(key, start, end)

    def perform(self, operation: Operation) -> Reply:
        """Perform one operation; see `Store.perform`."""
        key = operation.key if isinstance(operation, Get) else ""
        write_once = _WRITE_ONCE.fullmatch(key) is not None
        if key and (write_once or self.offline) and (body := self.shelf.read(key)) is not None:
            self.used.append(key)
            return Found(body, "", utc_now())
        if self.offline:
            raise Offline(
                f"offline, and the cache does not hold {key or 'a listing'} of {self.describe()}",
                hint="load it once while online, or unset OPENDATA_OFFLINE",
            )
        reply = self.store.perform(operation)
        if isinstance(reply, Found) and (write_once or key == INDEX):
            self._fresh[key] = reply.body
        return reply

    def keep(self) -> None:
        """Keep what was read from the store."""
        for key, body in self._fresh.items():
            self.shelf.write(key, body)
        self._fresh.clear()

    def forget(self) -> None:
        """Drop the copies that were used: they do not fit together (any more)."""
        for key in self.used:
            self.shelf.drop(key)
        self.used.clear()
