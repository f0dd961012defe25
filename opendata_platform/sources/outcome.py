"""What asking a source can end in: the captured answer, or a typed reason why there is none.

A source's trouble is a value, not an exception: the caller has to look at it before it can touch any data, so an
outage can never become an empty frame. Not here: how an HTTP answer becomes an outcome (`http.py`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeAlias, TypeVar

from opendata.contract.canonical import format_instant

from opendata_platform.quality.categories import Category, ClassifiedError, Fault

T = TypeVar("T")

Provenance: TypeAlias = Literal["recorded", "synthetic"]
"""How the sandbox made an answer: from a recording of the real source, or from nothing."""


@dataclass(frozen=True, slots=True)
class RawCapture:
    """One answer exactly as it was received."""

    source: str
    url: str
    """As requested, secrets redacted."""
    body: bytes
    media_type: str
    fetched_at: datetime
    """UTC, zone-aware."""
    sandbox: Provenance | None
    """None for an answer of the live source."""

    @property
    def sha256(self) -> str:
        """Hex digest of the body."""
        return hashlib.sha256(self.body).hexdigest()

    def origin(self) -> dict[str, object]:
        """Where the data came from, as kept with the evidence."""
        return {
            "source": self.source,
            "url": self.url,
            "sha256": self.sha256,
            "bytes": len(self.body),
            "media_type": self.media_type,
            "fetched_at": format_instant(self.fetched_at),
            "sandbox": self.sandbox,
        }


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """The source answered with what was asked for."""

    value: T


@dataclass(frozen=True, slots=True)
class NotOk:
    """Base of the outcomes without data: why, in which category, and when to come back (seconds, None: unstated)."""

    reason: str
    category: Category
    subcode: str
    retry_after: float | None = None

    def __post_init__(self) -> None:
        Fault(self.category, self.subcode)

    @property
    def fault(self) -> Fault:
        """Category and subcode as one value."""
        return Fault(self.category, self.subcode)

    def error(self) -> SourceError:
        """The same as an exception, for a caller that has to stop."""
        return SourceError(self)


class NotYetAvailable(NotOk):
    """The period is not over, or the source has not published it yet: ask again later."""


class Empty(NotOk):
    """The source answered that it has nothing; never the same as an outage."""


class RateLimited(NotOk):
    """Too many requests."""


class Denied(NotOk):
    """The source wants a key, does not accept ours, or does not serve us."""


class ChangedFormat(NotOk):
    """The answer is not in the documented format."""


class Failed(NotOk):
    """The source could not be reached, broke off or refused the request."""


Outcome: TypeAlias = Ok[T] | NotYetAvailable | Empty | RateLimited | Denied | ChangedFormat | Failed
NonOk: TypeAlias = NotYetAvailable | Empty | RateLimited | Denied | ChangedFormat | Failed


class SourceError(ClassifiedError):
    """A non-ok outcome raised as an exception."""

    def __init__(self, outcome: NotOk) -> None:
        super().__init__(f"{type(outcome).__name__}: {outcome.reason}", outcome.fault, retry_after=outcome.retry_after)
        self.outcome = outcome


class ParseError(ClassifiedError):
    """An answer does not fit its declared schema; `subcode` is one of category parse."""

    def __init__(self, subcode: str, message: str) -> None:
        super().__init__(message, Fault(Category.PARSE, subcode))

    def outcome(self) -> ChangedFormat:
        """The same as an outcome."""
        return ChangedFormat(self.message, self.fault.category, self.fault.subcode)
