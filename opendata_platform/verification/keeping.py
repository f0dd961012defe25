"""Keeping a report: verified.json beside the data by compare-and-swap, and its summary in index.json."""

from __future__ import annotations

from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.verification import Verification, verification_rank
from opendata.errors import Conflict, InvalidValue
from opendata.protocol.index import join_verification
from opendata.protocol.objects import swap
from opendata.protocol.operations import ONE_MINUTE, Steps


def keep(verification: Verification, bucket: str) -> Steps[Verification]:
    """Write verified.json unless a later report is there, and join what stands to index.json; returns what stands.

    A verified.json that cannot be read is replaced. Raises Conflict if others keep winning.
    """
    standing = verification

    def update(current: bytes | None) -> bytes | None:
        nonlocal standing
        known = _readable(verification.dataset, current)
        standing = max(known or verification, verification, key=lambda one: verification_rank(one.summary()))
        return None if standing is known else standing.to_bytes()

    key = object_key(ObjectKind.VERIFIED, dataset=verification.dataset)
    if not (yield from swap(key, update, ONE_MINUTE)):
        raise Conflict(f"{verification.dataset}: others verified it at the same time", hint="verify it again")
    yield from join_verification(standing, bucket)
    return standing


def _readable(dataset: str, current: bytes | None) -> Verification | None:
    try:
        known = Verification.from_bytes(current) if current is not None else None
    except InvalidValue:
        return None
    return known if known and known.dataset == dataset else None
