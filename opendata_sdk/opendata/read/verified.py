"""Is a file what its commit says? sha256 decides, before a file is opened.

Hashing costs about a fifth of reading a big Parquet file, so for big files the answer is remembered together with
device, inode, size, mtime and ctime. Any write changes ctime, which no program can set back; a file that changed too
recently for its ctime to tell is hashed again. What this does not see, a disk that returns other bytes by itself, is
found by `od cache verify` and `od verify`, which always hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

ALWAYS_HASH_BELOW = 4 << 20
"""Bytes below which hashing is cheaper than remembering."""

SETTLED = 2.0
"""Seconds after its last change from which a file's ctime would show another one (the clock ticks in milliseconds)."""


def hash_file(path: Path) -> str:
    """sha256 of a file."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(1 << 18))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
    return digest.hexdigest()


def holds(path: Path, sha256: str, size: int, memory: Path) -> bool:
    """Whether the file has this hash. FileNotFoundError if there is no file. `memory` is a folder for what is known."""
    before = path.stat()
    if before.st_size != size:
        return False
    note = memory / f"{sha256}.json"
    remembers = size >= ALWAYS_HASH_BELOW and os.name == "posix"  # elsewhere ctime is when the file was made
    if remembers and _read(note) == _signature(before):
        return True
    if hash_file(path) != sha256:
        return False
    if remembers and _signature(path.stat()) == _signature(before) and time.time() - before.st_ctime > SETTLED:
        _write(note, _signature(before))
    return True


def _signature(stat: os.stat_result) -> list[int]:
    return [stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _read(note: Path) -> object:
    try:
        return json.loads(note.read_bytes())
    except (OSError, ValueError):
        return None


def _write(note: Path, signature: list[int]) -> None:
    with suppress(OSError):  # a cache that cannot be written only costs hashing again
        note.parent.mkdir(parents=True, exist_ok=True)
        temporary = note.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(signature))
        temporary.replace(note)
