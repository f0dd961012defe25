"""From an error to what a caller is told of it: a status, and a document without anything of the inside."""

from __future__ import annotations

from typing import Any

from opendata.errors import (
    CommitUncertain,
    Conflict,
    GateFailed,
    Gone,
    IntegrityError,
    InvalidValue,
    NotFound,
    OpenDataError,
    StoreError,
    StoreUnavailable,
    UpgradeRequired,
)

from opendata_platform.gateway.errors import (
    Forbidden,
    IssuerUnavailable,
    RateLimited,
    TooLarge,
    TooSlow,
    Unauthenticated,
)

LONGEST_MESSAGE = 1_000

STATUSES: dict[type[OpenDataError], tuple[int, str]] = {
    InvalidValue: (400, "A value is not valid; the message names it."),
    Unauthenticated: (401, "A credential is missing or not in force."),
    Forbidden: (403, "The credential is not for this."),
    NotFound: (404, "There is no such thing."),
    TooSlow: (408, "The body did not arrive in time."),
    Conflict: (409, "Somebody else was first, or the publication is over."),
    Gone: (410, "The bucket lost a recorded object."),
    TooLarge: (413, "It is too large."),
    GateFailed: (422, "The evidence is missing or about other data."),
    IntegrityError: (422, "The bytes are not what was recorded."),
    RateLimited: (429, "A limit is used up; Retry-After says for how long."),
    OpenDataError: (500, "The gateway failed."),
    UpgradeRequired: (501, "The data were written in a newer format."),
    StoreError: (502, "The bucket refused."),
    StoreUnavailable: (503, "The bucket does not answer, or what it did is not known yet; ask again."),
    CommitUncertain: (503, "The bucket does not answer, or what it did is not known yet; ask again."),
    IssuerUnavailable: (503, "The issuer of tokens does not answer; ask again."),
}
"""Status and description of each class of errors; others are as their nearest base."""


def status_of(error: OpenDataError) -> int:
    """The HTTP status of an error."""
    return next(STATUSES[kind][0] for kind in type(error).__mro__ if kind in STATUSES)


def error_document(error: OpenDataError, request_id: str) -> dict[str, Any]:
    """What the caller is told; of the bucket's trouble only that there is some."""
    message, hint = error.message, error.hint
    if isinstance(error, StoreError):
        message, hint = "the bucket behind the gateway did not do what was asked", "try again later"
    return document(error.code, type(error).__name__, message[:LONGEST_MESSAGE], hint, request_id)


def document(code: str, kind: str, message: str, hint: str | None, request_id: str) -> dict[str, Any]:
    """The one form of every error."""
    return {"error": {"code": code, "type": kind, "message": message, "hint": hint, "request_id": request_id}}


def headers_of(error: OpenDataError) -> dict[str, str]:
    """Headers that belong to an error."""
    match error:
        case RateLimited():
            return error.headers
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case TooSlow() | TooLarge():
            return {"Connection": "close"}
        case StoreUnavailable() | CommitUncertain() | IssuerUnavailable():
            return {"Retry-After": "5"}
        case _:
            return {}
