"""Runs the protocol over a store: performs each operation that a protocol function yields and sends the reply back.

This is where waiting lives. Operations of a `Together` run in threads, and an ambiguous reply is handed over after a
pause that grows, so that the protocol, which cannot wait, does not hammer a store in trouble.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from opendata.errors import OpenDataError
from opendata.protocol.operations import Ambiguous, Operation, Put, Reply, Request, Steps, T, Together
from opendata.stores.retry import pause
from opendata.stores.store import Store

WIDTH = 8
"""Operations of one `Together` in flight at the same time."""

Observer = Callable[[Operation], None]


def run(steps: Steps[T], store: Store, *, observe: Observer | None = None) -> T:
    """Drive a protocol function to its end and return its result.

    A failed operation is thrown into the function, which may handle it. `observe` is called, in this thread, with
    every operation the protocol asks for (the probe before the first write is not among them).
    """
    driver = _Driver(store, observe)
    try:
        request = next(steps)
        while True:
            try:
                reply = driver.answer(request)
            except OpenDataError as error:
                request = steps.throw(error)
            else:
                request = steps.send(reply)
    except StopIteration as finished:
        result: T = finished.value
        return result


class _Driver:
    def __init__(self, store: Store, observe: Observer | None) -> None:
        self.store = store
        self.observe = observe
        self.ambiguous = 0

    def answer(self, request: Request) -> Reply | tuple[Reply, ...]:
        operations = request.operations if isinstance(request, Together) else (request,)
        if any(isinstance(operation, Put) for operation in operations):
            from opendata.stores.probe import require_safe  # only writers need it

            require_safe(self.store)
        if self.observe:
            for operation in operations:
                self.observe(operation)
        replies = self._perform(operations)
        if any(isinstance(reply, Ambiguous) for reply in replies):
            time.sleep(pause(self.ambiguous))
            self.ambiguous += 1
        return replies if isinstance(request, Together) else replies[0]

    def _perform(self, operations: tuple[Operation, ...]) -> tuple[Reply, ...]:
        if len(operations) < 2:
            return tuple(self.store.perform(operation) for operation in operations)
        with ThreadPoolExecutor(min(WIDTH, len(operations))) as pool:
            return tuple(pool.map(self.store.perform, operations))
