"""Reading and writing single objects safely: verified reads, create-only writes, compare-and-swap."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opendata.contract.canonical import sha256
from opendata.contract.records import ObjectRef
from opendata.errors import Gone, IntegrityError, InvalidValue, StoreUnavailable, UpgradeRequired
from opendata.protocol.operations import (
    IMMUTABLE,
    JSON,
    NO_CACHE,
    Ambiguous,
    Found,
    Get,
    Missing,
    Put,
    Refused,
    Steps,
    Stored,
    Together,
)

ATTEMPTS = 6

UNREADABLE = (Gone, IntegrityError, InvalidValue, UpgradeRequired)
"""The store answered, but the object is missing, damaged or too new: asking again does not help."""


def get(key: str, sha256: str | None = None) -> Steps[Found | Missing]:
    """Read one object; see `Get`."""
    reply: Found | Missing = yield Get(key, sha256)
    return reply


def get_verified(ref: ObjectRef) -> Steps[bytes]:
    """The bytes of a write-once object, checked against the recorded hash. Raises Gone or IntegrityError."""
    return verified_body(ref, (yield from get(ref.key, ref.sha256)))


def verified_body(ref: ObjectRef, reply: Found | Missing) -> bytes:
    """The bytes of a write-once object in a reply, checked against the recorded hash. Raises Gone or IntegrityError."""
    if isinstance(reply, Missing):
        raise Gone(f"{ref.key} is recorded but missing from the store", hint="run `odp fsck` on the store")
    if sha256(reply.body) != ref.sha256:
        raise IntegrityError(f"{ref.key} does not have the recorded sha256", hint="run `odp fsck` on the store")
    return reply.body


def create(key: str, body: bytes, content_type: str = JSON) -> Steps[bool]:
    """Create a write-once object. True if the key now holds `body`, False if it holds other bytes.

    An ambiguous or refused write is settled by reading the key: own bytes mean success (also when an earlier,
    unanswered attempt was the one that landed), other bytes mean that the key is taken, a missing key means try again.
    """
    reason = "refused without an object at the key"
    for _ in range(ATTEMPTS):
        reply: Stored | Refused | Ambiguous = yield Put(key, body, None, content_type, IMMUTABLE)
        if isinstance(reply, Stored):
            return True
        if isinstance(reply, Ambiguous):
            reason = reply.reason
        current = yield from get(key)
        if isinstance(current, Found):
            return current.body == body
    raise StoreUnavailable(f"{key}: the store never settled the write ({reason})", hint="publish again later")


def swap(key: str, update: Callable[[bytes | None], bytes | None], cache_control: str = NO_CACHE) -> Steps[bool]:
    """Compare-and-swap: read, let `update` make the new bytes (None: leave as it is), write if unchanged meanwhile.

    True once the key holds the update or needs none, False if others kept winning; what is written this way can be
    recomputed by anybody, so giving up loses nothing.
    """
    for _ in range(ATTEMPTS):
        current = yield from get(key)
        body = update(current.body if isinstance(current, Found) else None)
        if body is None or (isinstance(current, Found) and current.body == body):
            return True
        etag = current.etag if isinstance(current, Found) else None
        reply: Stored | Refused | Ambiguous = yield Put(key, body, etag, JSON, cache_control)
        if isinstance(reply, Stored):
            return True
    return False


def create_all(objects: Mapping[str, bytes]) -> Steps[None]:
    """Create write-once JSON objects whose keys are named by their content or by a fresh commit id."""
    replies = yield Together(tuple(Put(key, body) for key, body in objects.items()))
    for (key, body), reply in zip(objects.items(), replies, strict=True):
        if not isinstance(reply, Stored) and not (yield from create(key, body)):
            raise IntegrityError(f"{key} holds other bytes than its name says", hint="run `odp fsck` on the store")
