"""A store in memory that fails on purpose, writers that step through the protocol, and a seeded scheduler.

Everything happens at the granularity of one store operation: before each, the scheduler picks the writer that moves and
the fault that hits it. The same seed gives the same history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import Any

from opendata.errors import OpenDataError, StoreUnavailable
from opendata.protocol.operations import (
    Ambiguous,
    Delete,
    Done,
    Found,
    Get,
    Keys,
    List,
    Missing,
    Operation,
    Put,
    Refused,
    Reply,
    Request,
    Steps,
    Stored,
    T,
    Together,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
UNCONDITIONAL = "*"
"""An `if_match` that always holds: what a careless writer would send, for the mutants."""


class Fault(Enum):
    """What happens to one operation."""

    NONE = auto()
    LOST_REPLY = auto()
    """Applied, but the answer never arrives."""
    DROPPED = auto()
    """Not applied, and no answer either."""
    ZOMBIE = auto()
    """No answer; applied at some later time, perhaps after the writer is gone."""
    ECHO = auto()
    """Applied, then repeated by a proxy: the writer sees the refusal of the repetition."""
    FAILED = auto()
    """Definitely not applied, and the writer is told so."""
    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()
    CRASH_ZOMBIE = auto()


CRASHES = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.CRASH_ZOMBIE)
UNANSWERED = (Fault.LOST_REPLY, Fault.DROPPED, Fault.ZOMBIE)


@dataclass
class SimulatedStore:
    """Objects, a clock, and the writes that are still on their way. `watch` is told of every change."""

    objects: dict[str, bytes] = field(default_factory=dict)
    now: datetime = START
    in_flight: list[Put | Delete] = field(default_factory=list)
    hidden: Callable[[str], bool] = lambda key: False
    """Keys that a stale listing misses."""
    watch: Callable[[str, bytes | None, bytes | None], None] = lambda key, before, after: None

    def perform(self, operation: Operation) -> Reply:
        """Perform one operation as a correct store does."""
        self.now += timedelta(milliseconds=1)
        match operation:
            case Get(key):
                body = self.objects.get(key)
                return Missing(self.now) if body is None else Found(body, etag(body), self.now)
            case Put(key, body, if_match):
                current = self.objects.get(key)
                if if_match != UNCONDITIONAL and if_match != (None if current is None else etag(current)):
                    return Refused()
                self.objects[key] = body
                self.watch(key, current, body)
                return Stored(etag(body), self.now)
            case List(prefix, start_after):
                found = (key for key in self.objects if key.startswith(prefix) and key > start_after)
                return Keys(tuple(sorted(key for key in found if not self.hidden(key))))
            case Delete(key):
                current = self.objects.pop(key, None)
                if current is not None:
                    self.watch(key, current, None)
                return Done()

    def land(self, random: Random) -> None:
        """Let one write that is on its way arrive."""
        self.perform(self.in_flight.pop(random.randrange(len(self.in_flight))))


def etag(body: bytes) -> str:
    """Etag of a body: its hash, so that equal bytes have equal etags."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


@dataclass
class Writer:
    """One process in the middle of a protocol function."""

    steps: Steps[Any]
    store: SimulatedStore
    commit_ids: Sequence[str] = ()
    fences_only: bool = False
    """Its commit stands also when what follows fails: garbage collection, which only raises fences."""
    result: Any = None
    error: OpenDataError | None = None
    crashed: bool = False
    running: bool = True
    performed: int = 0
    _queue: list[Operation] = field(default_factory=list)
    _replies: list[Reply] = field(default_factory=list)
    _together: bool = False

    def __post_init__(self) -> None:
        self._advance(lambda: next(self.steps))

    @property
    def operation(self) -> Operation:
        """The operation that the next step performs."""
        return self._queue[0]

    def step(self, fault: Fault = Fault.NONE) -> None:
        """Perform the next operation, hit by `fault`, and go on to the one after."""
        operation = self._queue.pop(0)
        self.performed += 1
        if fault in CRASHES:
            if fault is Fault.CRASH_AFTER:
                self.store.perform(operation)
            elif fault is Fault.CRASH_ZOMBIE and isinstance(operation, (Put, Delete)):
                self.store.in_flight.append(operation)
            self.steps.close()
            self.crashed, self.running = True, False
            return
        reply = self._reply(operation, fault)
        if isinstance(reply, OpenDataError):
            self._queue.clear()
            self._replies.clear()
            self._advance(lambda: self.steps.throw(reply))
            return
        self._replies.append(reply)
        if not self._queue:
            answer = tuple(self._replies) if self._together else self._replies[0]
            self._replies.clear()
            self._advance(lambda: self.steps.send(answer))

    def _reply(self, operation: Operation, fault: Fault) -> Reply | StoreUnavailable:
        if fault in (Fault.NONE, Fault.ECHO) and not isinstance(operation, Put):
            return self.store.perform(operation)
        if fault is Fault.FAILED:
            return StoreUnavailable(f"{operation}: failed on purpose")
        if fault is Fault.ZOMBIE and isinstance(operation, (Put, Delete)):
            self.store.in_flight.append(operation)
        if fault in (Fault.NONE, Fault.LOST_REPLY, Fault.ECHO):
            reply = self.store.perform(operation)
            if fault is Fault.NONE:
                return reply
        if not isinstance(operation, Put):
            return StoreUnavailable(f"{operation}: no answer on purpose")
        return Refused() if fault is Fault.ECHO else Ambiguous("no answer on purpose")

    def _advance(self, resume: Callable[[], Request]) -> None:
        try:
            request = resume()
            while isinstance(request, Together) and not request.operations:
                request = self.steps.send(())
        except StopIteration as finished:
            self.result, self.running = finished.value, False
        except OpenDataError as error:
            self.error, self.running = error, False
        else:
            self._together = isinstance(request, Together)
            self._queue = list(request.operations) if isinstance(request, Together) else [request]


def run(store: SimulatedStore, steps: Steps[T], faults: dict[int, Fault] | None = None) -> T:
    """Drive a protocol function alone to its end; `faults` names the operations, counted from 0, that are hit."""
    writer = Writer(steps, store)
    while writer.running:
        writer.step((faults or {}).get(writer.performed, Fault.NONE))
    if writer.error:
        raise writer.error
    result: T = writer.result
    return result


def count_operations(store: SimulatedStore, steps: Steps[Any]) -> list[Operation]:
    """Drive a protocol function to its end and return the operations it performed."""
    writer, performed = Writer(steps, store), []
    while writer.running:
        performed.append(writer.operation)
        writer.step()
    if writer.error:
        raise writer.error
    return performed


@dataclass
class Scheduler:
    """Interleaves writers: who moves, what fails, when lost writes land and how the clock jumps, from one seed."""

    store: SimulatedStore
    random: Random
    trouble: float = 0.08
    """Probability that an operation is hit by a fault."""

    def run(self, writers: Sequence[Writer]) -> None:
        """Run all writers to their end, then let everything that is still on its way arrive."""
        random, store = self.random, self.store
        faults = list(Fault)[1:]
        running = [writer for writer in writers if writer.running]
        while running:
            writer = running[int(random.random() * len(running))]
            fault = faults[int(random.random() * len(faults))] if random.random() < self.trouble else Fault.NONE
            writer.step(fault)
            if not writer.running:
                running.remove(writer)
            if store.in_flight and random.random() < 0.1:
                store.land(random)
            if random.random() < 0.02:
                store.now += timedelta(seconds=random.randint(-3600, 3600))
        while store.in_flight:
            store.land(random)
