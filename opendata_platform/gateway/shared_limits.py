"""Limits that several gateways share: counted in Redis, through the library that knows its dialects."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from limits.errors import StorageError
from limits.storage import RedisStorage
from opendata.errors import StoreUnavailable

from opendata_platform.gateway.limits import Charge, Clock, Left, Limit, Limiter, left_of, refusal, window_end


class RedisLimiter(Limiter):
    """Counts in Redis; without it nothing is allowed, since nothing could be counted."""

    def __init__(self, url: str, clock: Clock) -> None:
        super().__init__(clock)
        self._storage = RedisStorage(url, wrap_exceptions=True)

    def take(self, charges: Sequence[Charge]) -> tuple[Left, ...]:
        now = self._now()
        taken: list[Charge] = []
        left: list[Left] = []
        try:
            for charge in charges:
                used = self._add(charge.limit, charge.cost, now)
                taken.append(charge)
                if used > charge.limit.amount:
                    for item in taken:
                        self._add(item.limit, -item.cost, now)
                    raise refusal(charge, now)
                left.append(left_of(charge.limit, used, now))
        except StorageError as error:
            raise _redis_silent() from error
        return tuple(left)

    def left(self, limit: Limit) -> Left:
        now = self._now()
        try:
            return left_of(limit, self._storage.get(_redis_key(limit, now)), now)
        except StorageError as error:
            raise _redis_silent() from error

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def _add(self, limit: Limit, cost: int, now: int) -> int:
        return self._storage.incr(_redis_key(limit, now), limit.seconds, amount=cost)


def _redis_silent() -> StoreUnavailable:
    return StoreUnavailable("the limits cannot be counted: Redis does not answer", hint="try again later")


def _redis_key(limit: Limit, now: int) -> str:
    return f"opendata:{limit.name}:{limit.subject}:{window_end(limit, now)}"
