"""Whether ingestion is paused: one small object in the store, so that it holds for every machine and over restarts.

Runs look at it before each partition: a pause stops them at the next one, and what they had published stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opendata.contract.canonical import to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import InvalidValue, StoreUnavailable
from opendata.protocol.objects import get, swap
from opendata.protocol.operations import Found, Steps

KEY = object_key(ObjectKind.CONTROL, control="ingest_control_state_v1")
NO_CACHE = "no-cache"


@dataclass(frozen=True, slots=True)
class ControlState:
    """`ingest_control_state_v1`."""

    paused: bool
    updated_at: int
    """Milliseconds since 1970, UTC; 0 when nobody ever paused."""


def read_control() -> Steps[ControlState]:
    """The state in force; not paused where there is none. Raises InvalidValue when the object cannot be read."""
    found = yield from get(KEY)
    if not isinstance(found, Found):
        return ControlState(False, 0)
    fields = Fields(parse_object(found.body, KEY), KEY)
    paused = fields.document.get("paused")
    if not isinstance(paused, bool):
        raise InvalidValue(f"{KEY}.paused", paused, "must be true or false", hint="write it anew with `odp pause`")
    return ControlState(paused, fields.integer("updatedAt"))


def set_paused(paused: bool, now: datetime) -> Steps[None]:
    """Pause ingestion or let it go on."""
    body = to_json({"format": FORMAT, "paused": paused, "updatedAt": int(now.timestamp() * 1000)})

    def replace(current: bytes | None) -> bytes:
        return body

    if not (yield from swap(KEY, replace, NO_CACHE)):
        raise StoreUnavailable(f"{KEY}: the store never settled the write", hint="try again")
