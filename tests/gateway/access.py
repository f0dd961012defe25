"""An `Access` over a database, with a clock that tests can turn and plans that are small enough to use up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from opendata_platform.gateway.access import Access
from opendata_platform.gateway.database import Database
from opendata_platform.gateway.github import TokenVerifier, TrustedPublishing
from opendata_platform.gateway.keys import Keys
from opendata_platform.gateway.limits import Limiter, SqlLimiter
from opendata_platform.gateway.plans import Plan, Policy
from opendata_platform.gateway.sessions import Sessions
from opendata_platform.gateway.usage import Usage

ADMIN_TOKEN = "a" * 32
SMALL = Policy(
    plans={
        "anonymous": Plan("anonymous", 3, 2, 1_000),
        "free": Plan("free", 5, 4, 5_000),
        "pro": Plan("pro", 100, 50, 100_000),
        "enterprise": Plan("enterprise", 1_000, 500, 1_000_000),
    },
    requests_per_minute_of_address=200,
    requests_per_minute_of_namespace=300,
)


@dataclass
class Clock:
    """A clock that stands still until a test turns it."""

    now: datetime = datetime(2026, 11, 24, 9, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Desk:
    """The gate and what stands behind it."""

    database: Database
    clock: Clock = field(default_factory=Clock)
    policy: Policy = SMALL
    limiter: Limiter | None = None

    def __post_init__(self) -> None:
        self.keys = Keys(self.database, self.clock)
        self.sessions = Sessions(self.database, self.clock)
        self.usage = Usage(self.database, self.clock)
        verifier = TokenVerifier("https://gateway.example", self.clock, "http://127.0.0.1:9")
        self.access = Access(
            keys=self.keys,
            sessions=self.sessions,
            publishing=TrustedPublishing(self.database, verifier, self.sessions, self.clock),
            limiter=self.limiter or SqlLimiter(self.database, self.clock),
            usage=self.usage,
            admin_token=ADMIN_TOKEN,
            policy=self.policy,
        )


def bearer(token: str) -> dict[str, str]:
    """The header that shows a credential."""
    return {"authorization": f"Bearer {token}"}
