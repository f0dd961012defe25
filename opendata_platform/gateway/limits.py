"""Limits: at most so much of something, by somebody, in a window of time.

Windows are fixed (a minute or a UTC day, the same for every process), so what is used up is one number that the
database or Redis adds to atomically: exact under any number of clients, and kept over a restart. A request is charged
to all of its limits or, when one refuses, to none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from opendata.contract.canonical import format_instant

from opendata_platform.gateway.database import Database, Transaction
from opendata_platform.gateway.errors import RateLimited
from opendata_platform.gateway.plans import MINUTE

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` by `subject` in each window of `seconds`."""

    name: str
    subject: str
    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What a request costs of one limit."""

    limit: Limit
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit, and the seconds until it is whole again."""

    limit: Limit
    amount: int
    seconds: int


class Limiter(ABC):
    """Counts what is used up; `clock` decides which window it is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @abstractmethod
    def take(self, charges: Sequence[Charge]) -> tuple[Left, ...]:
        """Use up every charge, or none of them and raise RateLimited."""

    @abstractmethod
    def left(self, limit: Limit) -> Left:
        """What is left of a limit now; uses up nothing."""

    @abstractmethod
    def together(self) -> AbstractContextManager[object]:
        """A block whose charges are one transaction with all that it writes to the limiter's own database."""

    def _now(self) -> int:
        return int(self._clock().timestamp())


class SqlLimiter(Limiter):
    """Counts in the gateway's database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(clock)
        self._database = database
        self._cleared_at = 0

    def take(self, charges: Sequence[Charge]) -> tuple[Left, ...]:
        now = self._now()
        with self._database.transaction() as tx:
            self._clear(tx, now)
            return tuple(_take_in_sql(tx, charge, now) for charge in charges)

    def left(self, limit: Limit) -> Left:
        now = self._now()
        rows = self._database.select(
            "SELECT used FROM limit_counters WHERE name = :name AND subject = :subject AND ends_at = :ends_at",
            name=limit.name,
            subject=limit.subject,
            ends_at=_instant(window_end(limit, now)),
        )
        return left_of(limit, rows[0]["used"] if rows else 0, now)

    def together(self) -> AbstractContextManager[object]:
        return self._database.transaction()

    def _clear(self, tx: Transaction, now: int) -> None:
        """Forget the windows that are over, once a minute."""
        if now - self._cleared_at >= 60:
            tx.execute("DELETE FROM limit_counters WHERE ends_at <= :now", now=_instant(now))
            self._cleared_at = now


def _take_in_sql(tx: Transaction, charge: Charge, now: int) -> Left:
    limit = charge.limit
    if charge.cost > limit.amount:
        raise refusal(charge, now)
    rows = tx.execute(
        "INSERT INTO limit_counters (name, subject, ends_at, used) VALUES (:name, :subject, :ends_at, :cost) "
        "ON CONFLICT (name, subject, ends_at) DO UPDATE SET used = limit_counters.used + excluded.used "
        "WHERE limit_counters.used + excluded.used <= :amount RETURNING used",
        name=limit.name,
        subject=limit.subject,
        ends_at=_instant(window_end(limit, now)),
        cost=charge.cost,
        amount=limit.amount,
    )
    if not rows:
        raise refusal(charge, now)
    return left_of(limit, rows[0]["used"], now)


def rate_limit_headers(left: Iterable[Left]) -> dict[str, str]:
    """The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers)."""
    known = tuple(left)
    return {
        "RateLimit-Policy": ", ".join(
            f'"{item.limit.name}";q={item.limit.amount};w={item.limit.seconds}' for item in known
        ),
        "RateLimit": ", ".join(f'"{item.limit.name}";r={item.amount};t={item.seconds}' for item in known),
    }


def refusal(charge: Charge, now: int) -> RateLimited:
    """What is raised when a limit does not allow a charge."""
    limit = charge.limit
    used_up = left_of(limit, limit.amount, now)
    allowed = f"{limit.amount} {limit.name} per {'minute' if limit.seconds == MINUTE else 'day'}"
    if charge.cost > limit.amount:
        message, hint = f"{charge.cost} {limit.name} at once are more than {allowed}", "ask for a larger plan"
    else:
        message, hint = f"the limit of {allowed} is used up", f"try again in {used_up.seconds} s"
    return RateLimited(message, used_up.seconds, rate_limit_headers([used_up]), hint=hint)


def left_of(limit: Limit, used: int, now: int) -> Left:
    """What is left when `used` is used up."""
    return Left(limit, max(0, limit.amount - used), window_end(limit, now) - now)


def window_end(limit: Limit, now: int) -> int:
    """When the window that contains `now` ends, in seconds since 1970."""
    return (now // limit.seconds + 1) * limit.seconds


def _instant(seconds: int) -> str:
    return format_instant(datetime.fromtimestamp(seconds, UTC))
