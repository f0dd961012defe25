"""The cache folder: verified files under their hash, what is known of datasets, and unfinished downloads.

    <root>/v1/blobs/sha256/ab/<sha256>   a Parquet file, read-only
    <root>/v1/refs/<store>/…             documents of a store and what names were resolved to (`documents`)
    <root>/v1/partial/                   downloads under way or broken off, and their locks
    <root>/v1/quarantine/                files that no longer had their hash
    <root>/v1/verified/                  which big files were hashed in which state (`verified`)
    <root>/v1/slices/                    which file was made of which parts of a remote one (`slices`)

No symlinks. Several processes share it without coordination: a file gets its name only when it is whole and synced.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from opendata.errors import CacheError, OpenDataError
from opendata.read.verified import hash_file, holds

LITTER_AGE = 24 * 3600
"""Seconds after which unfinished and quarantined files are removed."""

LOCK_WAIT = 60.0
"""Seconds to wait for another process that downloads the same file, before downloading it as well."""


def cache_root(env: Mapping[str, str]) -> Path:
    """OPENDATA_CACHE, else opendata under XDG_CACHE_HOME, else ~/.cache/opendata."""
    if env.get("OPENDATA_CACHE"):
        return Path(env["OPENDATA_CACHE"]).expanduser()
    if env.get("XDG_CACHE_HOME"):
        return Path(env["XDG_CACHE_HOME"]) / "opendata"
    return Path("~/.cache/opendata").expanduser()


@dataclass(frozen=True, slots=True)
class Blob:
    """One file of the cache."""

    sha256: str
    path: Path
    bytes: int
    used: float
    """When it was last read or written, in seconds since the epoch, as far as the file system tells."""


class Cache:
    """One cache folder; made by the first write."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root).expanduser().absolute()
        self._home = self.root / "v1"
        self._swept = False

    @property
    def refs(self) -> Path:
        """Folder of the documents."""
        return self._home / "refs"

    @property
    def verified(self) -> Path:
        """Folder of what is known about big files."""
        return self._home / "verified"

    def blob_path(self, sha256: str) -> Path:
        """Where the file with this hash is or would be."""
        return self._home / "blobs" / "sha256" / sha256[:2] / sha256

    def find(self, sha256: str, size: int) -> Path | None:
        """The file with this hash, verified; one that was damaged is put in quarantine and counts as absent."""
        path = self.blob_path(sha256)
        try:
            if holds(path, sha256, size, self.verified):
                return path
        except FileNotFoundError:
            return None
        self.quarantine(path)
        return None

    def quarantine(self, path: Path) -> None:
        """Take a damaged file out of use."""
        with self.writing(self._home / "quarantine") as folder, suppress(FileNotFoundError):
            path.rename(folder / f"{path.name}-{uuid4().hex[:8]}")

    @contextmanager
    def writing(self, folder: Path) -> Iterator[Path]:
        """Make a folder of the cache and write in it; what the operating system refuses becomes a CacheError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            yield folder
        except OpenDataError:
            raise
        except OSError as error:
            raise CacheError(
                f"cannot write the cache {self.root}: {error.strerror}",
                hint="free some space, or set OPENDATA_CACHE (cache_dir=… in Python) to a writable folder",
            ) from error

    @property
    def partial(self) -> Path:
        """Folder of unfinished downloads."""
        return self._home / "partial"

    def leftovers(self, sha256: str) -> list[Path]:
        """Unfinished downloads of this file, the longest first."""
        sizes = {}
        for path in self.partial.glob(f"{sha256}-*"):
            with suppress(FileNotFoundError):  # another process finished or removed it
                sizes[path] = path.stat().st_size
        return sorted(sizes, key=lambda path: -sizes[path])

    def adopt(self, temporary: Path, sha256: str) -> Path:
        """Give a complete, synced file its name."""
        path = self.blob_path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.chmod(0o444)
            temporary.replace(path)
        except FileNotFoundError:  # where locks do nothing, a process that was as fast may have cleared ours away
            if not path.exists():
                raise
        sync_folder(path.parent)
        return path

    @contextmanager
    def turn(self, sha256: str) -> Iterator[None]:
        """Wait for others that download the same file. It only saves bandwidth."""
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        with (self.partial / f"{sha256}.lock").open("ab") as lock:
            deadline = time.monotonic() + LOCK_WAIT
            while time.monotonic() < deadline:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(0.05)
                else:
                    break
            yield

    def note(self, name: str, text: str) -> None:
        """Remember a line about a slice."""
        with self.writing(self._home / "slices") as folder:
            temporary = folder / f".{uuid4().hex[:12]}"
            temporary.write_text(text)
            temporary.replace(folder / name)

    def noted(self, name: str) -> str | None:
        """What was remembered about a slice."""
        try:
            return (self._home / "slices" / name).read_text()
        except FileNotFoundError:
            return None

    def blobs(self) -> Iterator[Blob]:
        """All files in the cache."""
        for path in sorted(self._home.glob("blobs/sha256/??/*")):
            with suppress(FileNotFoundError):  # pruned meanwhile
                stat = path.stat()
                yield Blob(path.name, path, stat.st_size, max(stat.st_atime, stat.st_mtime))

    def check(self) -> list[Blob]:
        """Hash every file; those that are damaged are put in quarantine and returned."""
        damaged = [blob for blob in self.blobs() if hash_file(blob.path) != blob.sha256]
        for blob in damaged:
            self.quarantine(blob.path)
        return damaged

    def remove(self, blob: Blob) -> None:
        """Remove one file."""
        with self.writing(blob.path.parent):
            blob.path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Once per object, remove old unfinished and quarantined files."""
        if self._swept:
            return
        self._swept = True
        for folder in (self.partial, self._home / "quarantine"):
            for path in folder.glob("*"):
                with suppress(FileNotFoundError):  # another process sweeps as well
                    if time.time() - path.stat().st_mtime > LITTER_AGE:
                        path.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut, where folders can be synced."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
