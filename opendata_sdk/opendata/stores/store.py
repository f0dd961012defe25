"""What a store is: one place that performs the operations of the protocol and streams objects to readers.

The stores themselves are in `local`, `s3` and `https`; the rule that a writer probes its store first is in `probe`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

from opendata.errors import InvalidValue
from opendata.protocol.operations import Operation, Reply

CHUNK = 1 << 16
"""Bytes per chunk of a stream: what a killed download can lose."""

_KEY = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*")


@dataclass(frozen=True, slots=True)
class Stream:
    """An open object: the size of the whole object in bytes (None when the server does not say) and its chunks.

    The chunks are the bytes from `start` to before `end`, as far as the object has them; a start at or past the end of
    the object gives none. Taking a chunk raises StoreUnavailable when the connection breaks: count what arrived and
    open the stream again from there.
    """

    size: int | None
    chunks: Iterator[bytes] = field(repr=False)


class Store(Protocol):
    """A bucket, a folder or a web server that holds the layout."""

    @property
    def name(self) -> str:
        """The bucket's name, or "local"; written to `storage.bucket` of the index."""

    def perform(self, operation: Operation) -> Reply:
        """Perform one operation. Raises a StoreError when it definitely failed, InvalidValue for a bad key."""

    def stream(self, key: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Stream]:
        """Open the bytes from `start` to before `end` (None: all the rest); NotFound when the object is missing."""

    def describe(self) -> str:
        """Where the store is, for messages; free of secrets."""


def check_key(key: str) -> str:
    """Accept a key that is safe as a path and as a URL: ASCII segments, none empty, none beginning with a dot."""
    if not _KEY.fullmatch(key):
        raise InvalidValue("key", key, "must be segments of A-Z a-z 0-9 _ ~ . - that do not begin with a dot")
    return key


def check_range(start: int, end: int | None) -> None:
    """Refuse a range that holds no byte of any object."""
    if start < 0 or (end is not None and end <= start):
        raise InvalidValue("end", str(end), f"must be greater than start={start}, which must not be negative")


def range_header(start: int, end: int | None) -> str:
    """The Range header for the bytes from `start` to before `end`."""
    check_range(start, end)
    return f"bytes={start}-" if end is None else f"bytes={start}-{end - 1}"


def within(chunks: Iterator[bytes], at: int, start: int, end: int | None) -> Iterator[bytes]:
    """Of chunks that begin at byte `at`, the bytes from `start` to before `end`."""
    for chunk in chunks:
        if wanted := chunk[max(0, start - at) : None if end is None else end - at]:
            yield wanted
        at += len(chunk)
        if end is not None and at >= end:
            return


def check_url(field_name: str, url: str) -> str:
    """Accept an http(s) URL without user, password, query or fragment; returns it without the trailing slash."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.query or parts.fragment:
        raise InvalidValue(
            field_name, "(not shown)", "must be an http(s) URL without user, password, query and fragment"
        )
    return url.rstrip("/")


def server_time(date: str | None) -> datetime:
    """The instant of a Date header, in UTC; this machine's clock when the server sent none that can be read."""
    try:
        at = parsedate_to_datetime(date) if date else utc_now()
    except ValueError:
        at = utc_now()
    return at.astimezone(timezone.utc) if at.tzinfo else at.replace(tzinfo=timezone.utc)


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(timezone.utc)
