"""The two axes of every failure (stage: where, category: what kind) and what each category means for the caller.

Here: the closed sets of stages, categories and subcodes, how often each may be tried, who acts on it, and the
base of the platform's own typed errors. Not here: how a foreign exception is recognised (`recognise.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    """Where in a run something happened."""

    PLAN = "plan"
    FETCH = "fetch"
    PARSE = "parse"
    VALIDATE = "validate"
    WRITE = "write"
    UPLOAD = "upload"
    COMMIT = "commit"
    INDEX = "index"
    MIRROR = "mirror"


class Category(StrEnum):
    """What kind of thing happened; the portal shows this."""

    NETWORK = "network"
    PARSE = "parse"
    WRITE = "write"
    UPLOAD = "upload"
    PERMISSION = "permission"
    QUOTA = "quota"
    VALIDATION = "validation"
    CONFLICT = "conflict"
    INTEGRITY = "integrity"
    CONFIG = "config"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


SUBCODES: Mapping[Category, frozenset[str]] = MappingProxyType(
    {
        Category.NETWORK: frozenset({"dns", "connect", "tls", "timeout", "reset", "truncated_body", "upstream_5xx"}),
        Category.PARSE: frozenset({"not_json", "bad_shape", "bad_number", "bad_date", "encoding", "html_page"}),
        Category.WRITE: frozenset({"disk_full", "readonly", "memory", "encode"}),
        Category.UPLOAD: frozenset({"store_5xx", "slow_down", "checksum", "multipart", "signature_expired"}),
        Category.PERMISSION: frozenset(
            {"token_invalid", "no_api_right", "store_denied", "clock_skew", "oidc_rejected"}
        ),
        Category.QUOTA: frozenset({"rate", "daily", "row_cap", "store_full", "egress"}),
        Category.VALIDATION: frozenset(
            {
                "schema",
                "check_failed",
                "empty_day",
                "calendar",
                "row_cap_suspected",
                "universe",
                "bad_request",
            }
        ),
        Category.CONFLICT: frozenset({"base_moved", "seq_race", "condemned_revision"}),
        Category.INTEGRITY: frozenset({"hash_mismatch", "missing_object", "chain_broken"}),
        Category.CONFIG: frozenset({"bad_id", "bad_metadata", "missing_secret", "backend_unsafe"}),
        Category.CANCELLED: frozenset({"sigterm", "deadline", "freeze"}),
        Category.INTERNAL: frozenset({"unclassified"}),
    }
)

SEVERITY: tuple[Category, ...] = (
    Category.INTEGRITY,
    Category.INTERNAL,
    Category.PERMISSION,
    Category.CONFIG,
    Category.WRITE,
    Category.QUOTA,
    Category.VALIDATION,
    Category.PARSE,
    Category.UPLOAD,
    Category.NETWORK,
    Category.CONFLICT,
    Category.CANCELLED,
)
"""Worst first: what a group of failures is reported as."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A category with one of its subcodes."""

    category: Category
    subcode: str

    def __post_init__(self) -> None:
        if self.subcode not in SUBCODES[self.category]:
            known = ", ".join(sorted(SUBCODES[self.category]))
            raise ValueError(f"{self.subcode!r} is not a subcode of {self.category}: use one of {known}")

    def __str__(self) -> str:
        return f"{self.category}.{self.subcode}"

    @property
    def attempts(self) -> int:
        """How often the same work may be tried in all, the first time included."""
        return _ATTEMPTS.get(str(self), _ATTEMPTS.get(self.category, 1))


UNCLASSIFIED = Fault(Category.INTERNAL, "unclassified")

_ATTEMPTS: Mapping[str, int] = MappingProxyType(
    {
        "network": 4,
        "network.truncated_body": 2,
        "parse": 2,
        "upload": 4,
        "quota.rate": 3,
        "conflict": 5,
        "cancelled": 2,
    }
)


class ClassifiedError(Exception):
    """Base of the platform's own typed errors: the raiser already knows what kind of failure it is.

    `retry_after` is in seconds, None where the failure states no time.
    """

    def __init__(self, message: str, fault: Fault, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fault = fault
        self.retry_after = retry_after
