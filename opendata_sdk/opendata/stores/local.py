"""A folder as a store, for one machine: objects are files, the etag is the sha256 of the content.

Nothing is ever visible half-written: bytes go to a temporary file, are synced, and get their name in one step. A new
object gets it by a hard link, which fails if the name is taken; replacing and removing are serialised by a lock that
the operating system releases when its holder dies. Names that begin with a dot are the store's own.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from opendata.errors import NotFound, StoreDenied, StoreError, StoreFull, StoreUnavailable
from opendata.protocol.operations import (
    Ambiguous,
    Delete,
    Done,
    Found,
    Get,
    Keys,
    List,
    Missing,
    Operation,
    Put,
    Refused,
    Reply,
    Stored,
)
from opendata.stores.store import CHUNK, Stream, check_key, check_range, utc_now, within

LITTER_AGE = 24 * 3600
"""Seconds after which a temporary file was certainly left by a process that died."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM}
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}
_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class LocalStore:
    """Objects under one folder of one file system; the folder is made by the first write."""

    name = "local"

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).expanduser().absolute()
        self._swept = False

    def __repr__(self) -> str:
        return f"LocalStore({str(self.folder)!r})"

    def describe(self) -> str:
        """The folder."""
        return f"local folder {self.folder}"

    def perform(self, operation: Operation) -> Reply:
        """Perform one operation; see `Store.perform`."""
        try:
            match operation:
                case Get(key):
                    return self._get(self._path(key))
                case Put(key, body, etag):
                    path = self._path(key)
                    return self._create(path, body) if etag is None else self._replace(path, body, etag)
                case Delete(key):
                    return self._delete(self._path(key))
                case List(key, start_after):
                    return Keys(tuple(sorted(found for found in self._keys(key) if found > start_after)))
        except OSError as error:
            raise self._explained(error, type(operation).__name__.lower(), key) from error

    @contextmanager
    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[Stream]:
        """Open a range of an object; see `Store.stream`."""
        check_range(start, end)
        path = self._path(key)
        try:
            file = path.open("rb")
        except _ABSENT as error:
            raise NotFound(f"there is no {key} in {self.describe()}") from error
        except OSError as error:
            raise self._explained(error, "read", key) from error
        with file:
            yield Stream(os.fstat(file.fileno()).st_size, within(self._chunks(file, key, start), start, start, end))

    def _chunks(self, file: io.BufferedReader, key: str, start: int) -> Iterator[bytes]:
        try:
            file.seek(start)
            while chunk := file.read(CHUNK):
                yield chunk
        except OSError as error:
            raise self._explained(error, "read", key) from error

    def _get(self, path: Path) -> Reply:
        try:
            body = path.read_bytes()
        except _ABSENT:
            return Missing(utc_now())
        return Found(body, _etag(body), utc_now())

    def _create(self, path: Path, body: bytes) -> Reply:
        if path.exists():
            return Refused()
        with self._temporary(body) as temporary:
            self._make_folder(path.parent)
            try:
                os.link(temporary, path)
            except FileExistsError:
                return Refused()
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                with self._locked():
                    if path.exists():
                        return Refused()
                    temporary.rename(path)
            return self._stored(path, body)

    def _replace(self, path: Path, body: bytes, etag: str) -> Reply:
        with self._locked():
            current = self._get(path)
            if not isinstance(current, Found) or current.etag != etag:
                return Refused()
            with self._temporary(body) as temporary:
                temporary.rename(path)
            return self._stored(path, body)

    def _stored(self, path: Path, body: bytes) -> Reply:
        try:
            _sync_folder(path.parent)
        except OSError as error:  # the name is there now; whether it outlives a power cut is not known
            return Ambiguous(f"the folder of {path.name} could not be synced: {error.strerror}")
        return Stored(_etag(body), utc_now())

    def _delete(self, path: Path) -> Reply:
        if path.exists():
            with self._locked():
                path.unlink(missing_ok=True)
                _sync_folder(path.parent)
        return Done()

    def _keys(self, prefix: str) -> Iterator[str]:
        parent = prefix.rpartition("/")[0]
        top = self._path(parent) if parent else self.folder
        for folder, folders, files in os.walk(top, onerror=_raise_unless_absent):
            folders[:] = [name for name in folders if not name.startswith(".")]
            base = Path(folder).relative_to(self.folder)
            for name in files:
                key = (base / name).as_posix()
                if key.startswith(prefix) and not name.startswith("."):
                    yield key

    def _path(self, key: str) -> Path:
        return self.folder / check_key(key)

    @contextmanager
    def _temporary(self, body: bytes) -> Iterator[Path]:
        """A synced file with these bytes and a name of its own; gone afterwards unless it was renamed."""
        folder = self.folder / ".tmp"
        self._make_folder(folder)
        self._sweep(folder)
        temporary = folder / uuid4().hex
        try:
            with temporary.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            with suppress(OSError):  # the object may be stored by now; what stays here is swept later
                temporary.unlink()

    def _sweep(self, folder: Path) -> None:
        """Once per store object, remove what killed processes left behind."""
        if self._swept:
            return
        self._swept = True
        for litter in folder.iterdir():
            with suppress(FileNotFoundError):  # another process sweeps as well
                if time.time() - litter.stat().st_mtime > LITTER_AGE:
                    litter.unlink()

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and its parents so that they outlive a power cut."""
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            _sync_folder(path.parent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        import fcntl  # not on Windows, where a folder can be read but not written

        self._make_folder(self.folder)
        with (self.folder / ".lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _explained(self, error: OSError, verb: str, key: str) -> StoreError:
        """The store's error for one of the operating system."""
        message = f"cannot {verb} {key} in {self.describe()}: {error.strerror or error}"
        if error.errno in _FULL:
            return StoreFull(message, hint="free some space or raise the quota, then run again")
        if error.errno in _DENIED:
            return StoreDenied(message, hint="check who owns the folder and its permissions")
        return StoreUnavailable(message, hint="the object may be fine; run again")


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _raise_unless_absent(error: OSError) -> None:
    if not isinstance(error, _ABSENT):
        raise error
