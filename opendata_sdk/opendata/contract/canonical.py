"""One byte form for JSON, so that equal documents have equal hashes."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from typing import Any

from opendata.errors import InvalidValue


def to_json(document: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8, no NaN or infinity."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def sha256(data: bytes) -> str:
    """sha256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def format_instant(instant: datetime) -> str:
    """An instant as `2026-11-20T09:30:00.000Z` (UTC, milliseconds)."""
    if instant.tzinfo is None:
        raise InvalidValue("instant", instant, "must carry a time zone")
    utc = instant.astimezone(timezone.utc).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def parse_instant(text: str, field: str = "instant") -> datetime:
    """Read an ISO 8601 instant; a time zone is required."""
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00") if text.endswith("Z") else text)
        utc = instant.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise InvalidValue(field, text, "must be an ISO 8601 instant such as 2026-11-20T09:30:00Z") from None
    if instant.tzinfo is None:
        raise InvalidValue(field, text, "must carry a time zone, for example a final Z")
    return utc
