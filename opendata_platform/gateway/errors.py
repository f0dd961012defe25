"""What only a gateway can answer: who you are, what you may do, and how often.

OpenDataError
├── Unauthenticated        the credential is not one that is in force
│   └── TokenRejected      a GitHub token breaks one of the rules of trusted publishing
├── Forbidden              the caller is known and may not do this
├── RateLimited            a limit of the caller's plan, address or namespace is used up
├── IssuerUnavailable      the keys of the token issuer cannot be fetched, so no token can be believed
├── TooLarge               a body or an announced object is bigger than the gateway takes
└── TooSlow                the body of a request did not arrive in time
"""

from __future__ import annotations

from opendata.errors import OpenDataError


class Unauthenticated(OpenDataError):
    """The credential is not in force; never says whether it is unknown, wrong, expired or revoked."""

    code = "unauthenticated"
    exit_code = 6


class TokenRejected(Unauthenticated):
    """An OIDC token breaks a rule; the message names the rule, never the token."""

    code = "token_rejected"


class Forbidden(OpenDataError):
    """The caller is known, and what it asks for is not its to do."""

    code = "forbidden"
    exit_code = 6


class RateLimited(OpenDataError):
    """A limit is used up until `retry_after` seconds from now; `headers` tell a client the same in HTTP."""

    code = "rate_limited"
    exit_code = 5

    def __init__(self, message: str, retry_after: int, headers: dict[str, str], *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint or f"try again in {retry_after} s")
        self.retry_after = retry_after
        self.headers = {"Retry-After": str(retry_after), **headers}


class IssuerUnavailable(OpenDataError):
    """The issuer's keys are not at hand and cannot be fetched now; nothing is said about the token."""

    code = "issuer_unavailable"
    exit_code = 5


class TooLarge(OpenDataError):
    """A body, or an object that is announced, is bigger than the gateway takes."""

    code = "too_large"


class TooSlow(OpenDataError):
    """The body of a request did not arrive in time."""

    code = "too_slow"
    exit_code = 5
