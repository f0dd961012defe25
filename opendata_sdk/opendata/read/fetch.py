"""Downloading files into the cache: in parallel, hashed while written, resumed where an earlier attempt broke off.

Every download writes a file of its own, so no lock is needed for correctness. What an earlier attempt left is copied
(and hashed) first, and only the rest is asked for.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from opendata.errors import Gone, IntegrityError, NotFound, StoreUnavailable
from opendata.read.cache import Cache
from opendata.read.plan import Part
from opendata.stores.retry import ATTEMPTS, pause
from opendata.stores.store import CHUNK, Store

Report = Callable[[int], object]
"""Called with the number of bytes that have become available since the last call (negative: they must come again)."""

TRIES = 3
"""How often a file with wrong bytes is downloaded: once more without what was left over, then from another source."""


class _Stopped(Exception):
    """Another download failed, or the user interrupted."""


def fetch_all(
    store: Store, cache: Cache, parts: Sequence[Part], *, workers: int, report: Report, again: bool = False
) -> list[Path]:
    """Bring files into the cache and return their paths in order; the first error stops the other downloads.

    `again` downloads also what the cache holds. Raises Gone, IntegrityError, StoreUnavailable or CacheError.
    """
    download = _Download(store, cache, report, again)
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(download.fetch, part) for part in parts]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            download.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]


class _Download:
    def __init__(self, store: Store, cache: Cache, report: Report, again: bool) -> None:
        self.store = store
        self.cache = cache
        self.report = report
        self.again = again
        self.stop = threading.Event()

    def fetch(self, part: Part) -> Path:
        """One file of the cache, downloaded unless it is there; wrong bytes are dropped and asked for again."""
        if not self.again and (found := self.cache.find(part.sha256, part.bytes)):
            self.report(part.bytes)
            return found
        with self.cache.writing(self.cache.partial), self.cache.turn(part.sha256):
            if not self.again and (found := self.cache.find(part.sha256, part.bytes)):
                self.report(part.bytes)
                return found
            for _ in range(TRIES - 1):
                try:
                    return self._attempt(part)
                except IntegrityError:
                    for leftover in self.cache.leftovers(part.sha256):
                        leftover.unlink(missing_ok=True)
            return self._attempt(part)

    def _attempt(self, part: Part) -> Path:
        """Download one file, beginning with what the longest earlier attempt left."""
        temporary = self.cache.partial / f"{part.sha256}-{uuid4().hex[:12]}"
        leftovers = self.cache.leftovers(part.sha256)[:1]
        file = _HashedFile(temporary, part)
        try:
            with file:
                for leftover in leftovers:
                    with suppress(FileNotFoundError):  # whoever left it finished after all
                        file.copy(leftover)
                self.report(file.size)
                self._receive(part, file)
                file.finish()
        except (StoreUnavailable, KeyboardInterrupt, _Stopped):
            self.report(-file.size)  # what arrived stays for the next attempt
            raise
        except BaseException:  # wrong bytes, or no space for them
            self.report(-file.size)
            for path in (temporary, *leftovers):
                path.unlink(missing_ok=True)
            raise
        path = self.cache.adopt(temporary, part.sha256)
        for leftover in leftovers:
            with suppress(OSError):  # it is swept later
                leftover.unlink()
        return path

    def _receive(self, part: Part, file: _HashedFile) -> None:
        """Read the rest of an object; where the connection breaks, ask again from there."""
        failures = 0
        while file.size < part.bytes:
            start, answered = file.size, False
            try:
                with self.store.stream(part.key, start) as stream:
                    answered = True
                    if stream.size not in (None, part.bytes):
                        raise IntegrityError(f"{part.key} has {stream.size} bytes, the commit says {part.bytes}")
                    for chunk in stream.chunks:
                        if self.stop.is_set():
                            raise _Stopped
                        file.write(chunk)
                        self.report(len(chunk))
                    if start == 0 and file.size == part.bytes:
                        file.check()  # here, where the store still knows who sent all this
            except NotFound as error:
                raise Gone(
                    f"{part.key} is recorded but missing from {self.store.describe()}",
                    hint="the publisher may restore it; other versions can still be read (`od versions`)",
                ) from error
            except StoreUnavailable:
                failures = failures + 1 if file.size == start else 0
                if not answered or failures == ATTEMPTS:
                    raise
                time.sleep(pause(failures))


class _HashedFile:
    """A new file that is hashed while it is written and cannot become longer than it should."""

    def __init__(self, path: Path, part: Part) -> None:
        self.path = path
        self.part = part
        self.size = 0
        self._digest = hashlib.sha256()

    def __enter__(self) -> _HashedFile:
        self._file = self.path.open("xb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def write(self, chunk: bytes) -> None:
        if self.size + len(chunk) > self.part.bytes:
            raise IntegrityError(f"{self.part.key} is longer than the {self.part.bytes} bytes that the commit says")
        self._file.write(chunk)
        self._file.flush()  # what a killed process received must be found by the next
        self._digest.update(chunk)
        self.size += len(chunk)

    def copy(self, leftover: Path) -> None:
        """Take over what an earlier attempt received; its last bytes are asked for again in any case."""
        with leftover.open("rb") as file:
            while chunk := file.read(CHUNK)[: self.part.bytes - 1 - self.size]:
                self.write(chunk)

    def check(self) -> None:
        """Raise IntegrityError if these are not the bytes of the commit."""
        if self._digest.hexdigest() != self.part.sha256:
            raise IntegrityError(
                f"{self.part.key} does not have the recorded sha256 {self.part.sha256[:12]}…; nothing was kept",
                hint="try again; if it stays, the store or something between holds other bytes than were published",
            )

    def finish(self) -> None:
        """Check and sync."""
        self.check()
        os.fsync(self._file.fileno())
