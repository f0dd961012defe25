"""API keys: random, shown once, kept as SHA-256, known in support by their prefix.

odk_4f1c9a0b72de_<48 hexadecimal digits>
    └ prefix ──┘ └ 192 random bits ────┘
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from opendata.contract.canonical import format_instant, sha256
from opendata.contract.ids import NAME, check_dataset_id
from opendata.errors import InvalidValue, NotFound

from opendata_platform.gateway.database import Database, Row
from opendata_platform.gateway.limits import Clock
from opendata_platform.gateway.plans import check_plan

_TOKEN = re.compile(r"odk_(?P<prefix>[0-9a-f]{12})_[0-9a-f]{48}")
_NAMESPACE = re.compile(rf"{NAME}/\*")
_NOBODY = "0" * 64
"""Stands in for the hash of a key that does not exist, so that the comparison is made all the same."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is known after it was handed out.

    `datasets` are the only ones that it may publish, where `ns/*` is a namespace (None: all that its owner has).
    """

    prefix: str
    owner: str
    plan: str
    datasets: tuple[str, ...] | None
    created_at: str
    revoked_at: str | None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key: the only time that its token is known."""

    key: ApiKey
    token: str = field(repr=False)


def prefix_of(token: str) -> str | None:
    """The prefix of what has the form of a key, else None."""
    match = _TOKEN.fullmatch(token)
    return match["prefix"] if match else None


class Keys:
    """The keys in the gateway's database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, owner: str, plan: str, datasets: Sequence[str] | None = None) -> IssuedKey:
        """Make a key for `owner`. Raises InvalidValue for an unknown plan or for what is no dataset id or `ns/*`."""
        if not owner.strip():
            raise InvalidValue("owner", owner, "must be text that says whose key it is")
        prefix = secrets.token_hex(6)
        token = f"odk_{prefix}_{secrets.token_hex(24)}"
        key = ApiKey(prefix, owner, check_plan(plan), _check_datasets(datasets), format_instant(self._clock()), None)
        with self._database.transaction() as tx:
            tx.execute(
                "INSERT INTO api_keys (prefix, sha256, owner, plan, datasets, created_at) "
                "VALUES (:prefix, :digest, :owner, :plan, :datasets, :created_at)",
                prefix=prefix,
                digest=sha256(token.encode()),
                owner=owner,
                plan=plan,
                datasets=json.dumps(key.datasets),
                created_at=key.created_at,
            )
        return IssuedKey(key, token)

    def verify(self, token: str) -> ApiKey | None:
        """The key in force with this token. None, after the same work, when it is unknown, wrong or revoked."""
        rows = self._database.select("SELECT * FROM api_keys WHERE prefix = :prefix", prefix=prefix_of(token) or "")
        right = hmac.compare_digest(sha256(token.encode()), rows[0]["sha256"] if rows else _NOBODY)
        return _key(rows[0]) if right and rows and rows[0]["revoked_at"] is None else None

    def list(self, owner: str | None = None) -> list[ApiKey]:
        """The keys of `owner` (None: of everybody), revoked ones included, oldest first."""
        with self._database.transaction() as tx:
            rows = tx.execute("SELECT * FROM api_keys ORDER BY created_at, prefix")
        return [_key(row) for row in rows if owner is None or row["owner"] == owner]

    def revoke(self, prefix: str, owner: str | None = None) -> ApiKey:
        """End a key for good (None: whoever owns it). Raises NotFound when `owner` has no key of this prefix."""
        with self._database.transaction() as tx:
            rows = tx.execute(
                "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, :now) "
                "WHERE prefix = :prefix AND (owner = :owner OR :any_owner) RETURNING *",
                now=format_instant(self._clock()),
                prefix=prefix,
                owner=owner or "",
                any_owner=owner is None,
            )
        if not rows:
            raise NotFound(f"there is no key with prefix {prefix!r}", hint="see `odp gateway keys list`")
        return _key(rows[0])


def _check_datasets(datasets: Sequence[str] | None) -> tuple[str, ...] | None:
    if datasets is None:
        return None
    return tuple(
        item if isinstance(item, str) and _NAMESPACE.fullmatch(item) else check_dataset_id(item, "datasets")
        for item in datasets
    )


def _key(row: Row) -> ApiKey:
    datasets = json.loads(row["datasets"])
    return ApiKey(
        row["prefix"],
        row["owner"],
        row["plan"],
        None if datasets is None else tuple(datasets),
        row["created_at"],
        row["revoked_at"],
    )
