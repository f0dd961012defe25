"""The store operations that the protocol asks for, and the answers it understands.

The protocol does no I/O. Its functions are generators: each yields an operation and is sent the reply, so the same
code runs over a folder, an S3 bucket, plain https and the crash simulator. A driver (`opendata.stores.driver`)
performs the operations. An operation that definitely failed is thrown into the generator as an error of
`opendata.errors`; one that may or may not have been applied is answered `Ambiguous`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

IMMUTABLE = "public, max-age=31536000, immutable"
NO_CACHE = "no-cache"
ONE_MINUTE = "public, max-age=60"

JSON = "application/json"
PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class Get:
    """Read one object whole. Reply: `Found` or `Missing`.

    `sha256` is what a write-once object must hash to, where that is known. Who asks still checks it; a store that has
    several sources takes the bytes from the first that fits.
    """

    key: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Write one object under a condition: `if_match=None` creates only, otherwise the etag must still be current.

    Reply: `Stored`, `Refused` (the condition does not hold) or `Ambiguous` (no answer: applied or not, now or later).
    """

    key: str
    body: bytes = field(repr=False)
    if_match: str | None = None
    content_type: str = JSON
    cache_control: str = IMMUTABLE


@dataclass(frozen=True, slots=True)
class List:
    """Keys that begin with `prefix` and sort after `start_after`, in order, all pages. Reply: `Keys`."""

    prefix: str
    start_after: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove one object; removing a missing one is fine. Reply: `Done`."""

    key: str


@dataclass(frozen=True, slots=True)
class Together:
    """Operations that do not depend on each other and may run at the same time. Reply: a tuple of their replies."""

    operations: tuple[Get | Put | Delete, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The object's bytes, its etag (for `Put.if_match`) and the store's clock."""

    body: bytes = field(repr=False)
    etag: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """The store answered: there is no such object. `at` is the store's clock."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """The object was written; its new etag."""

    etag: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """The condition did not hold (the key exists, or the etag is not the current one)."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Timeout, reset, 5xx or 409: the write may have been applied, or may still be."""

    reason: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys listed, sorted."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The object is gone."""


Operation: TypeAlias = Get | Put | List | Delete
Request: TypeAlias = Operation | Together
Reply: TypeAlias = Found | Missing | Stored | Refused | Ambiguous | Keys | Done

T = TypeVar("T")
Steps: TypeAlias = Generator[Request, Any, T]
"""A protocol function: yields requests, is sent replies, returns T."""
