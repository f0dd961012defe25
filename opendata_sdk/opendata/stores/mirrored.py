"""A store with mirrors: copies of it that are believed only as far as a hash vouches for them.

Data is raced: who answers first is asked first from then on. A source that fails or is slow is asked only after the
others, one that gives wrong bytes not at all. Documents come from the store itself (the origin); when it does not
answer, a mirror stands in, with a StaleState warning for a document that no hash vouches for. That something is
missing is for the origin alone to say.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from opendata.contract.canonical import sha256
from opendata.errors import IntegrityError, NotFound, OpenDataError, StaleState, StoreError, StoreUnavailable
from opendata.protocol.operations import Found, Get, Operation, Reply
from opendata.stores.store import Store, Stream

PATIENCE = 0.5
"""Seconds that the first source has at least before the others are asked as well."""

SLOW = 4.0
"""How many times the quickest answer so far a source may take before it counts as slow."""


class MirroredStore:
    """The store for one call of a reader; safe to share between threads.

    Whoever checks bytes of a stream does it before the stream is closed: an IntegrityError that leaves the `with`
    block tells on the source.
    """

    def __init__(self, origin: Store, mirrors: Sequence[Store]) -> None:
        self.name = origin.name
        self.stands_in: Store | None = None
        """The mirror that answered with a document that no hash vouches for."""
        self._origin = origin
        self._silent = False
        self._sources: tuple[Store, ...] = (origin, *mirrors)
        """Those still trusted, in the order of asking; never empty."""
        self._reasons: dict[str, str] = {}
        self._quickest: float | None = None
        self._lock = threading.Lock()

    def describe(self) -> str:
        """Where the origin is."""
        return self._origin.describe()

    def perform(self, operation: Operation) -> Reply:
        """Perform one operation at the origin; a `Get` that it does not answer, at the mirrors."""
        if not isinstance(operation, Get):
            return self._origin.perform(operation)
        if not self._silent:
            try:
                return self._origin.perform(operation)
            except StoreUnavailable as error:
                self._silent = True
                self._blame(self._origin, error)
        for source in self._sources:
            if source is not self._origin and (reply := self._document(source, operation)):
                return reply
        raise self._nobody(operation.key)

    @contextmanager
    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[Stream]:
        """Open a range of an object at the source that answers first; see `Store.stream`."""
        answer = self._race(key, start, end)
        with answer.opened:
            try:
                yield answer.stream
            except (IntegrityError, StoreUnavailable) as error:
                self._blame(answer.source, error)
                raise

    def _document(self, mirror: Store, wanted: Get) -> Found | None:
        try:
            reply = mirror.perform(wanted)
        except StoreError as error:
            self._blame(mirror, error)
            return None
        if not isinstance(reply, Found):
            self._reasons[mirror.describe()] = f"there is no {wanted.key}"
            return None
        if wanted.sha256 is None:
            self._warn(mirror, wanted.key)
        elif sha256(reply.body) != wanted.sha256:
            self._blame(mirror, IntegrityError(f"{wanted.key} does not have the recorded sha256"))
            return None
        return reply

    def _warn(self, mirror: Store, key: str) -> None:
        if self.stands_in is None:
            self.stands_in = mirror
            warnings.warn(
                f"{self.describe()} does not answer; {key} comes from the mirror {mirror.describe()}, "
                "which may be behind",
                StaleState,
                stacklevel=2,
            )

    def _race(self, key: str, start: int, end: int | None) -> _Answer:
        """The first answer. Once one has been quickest, the others are asked only when it lets us wait or fails."""
        waiting = self._sources
        race = _Race(key, start, end)
        race.enter(waiting if self._quickest is None else waiting[:1])
        missing: NotFound | None = None
        while race.running or len(race.entered) < len(waiting):
            outcome = race.next(self._patience() if len(race.entered) < len(waiting) else None)
            if isinstance(outcome, _Answer):
                self._prefer(outcome, race)
                return outcome
            if outcome is not None:
                source, error = outcome
                if isinstance(error, NotFound):
                    self._reasons[source.describe()] = error.message
                    missing = error if source is self._origin else missing
                elif isinstance(error, StoreError):
                    self._blame(source, error)
                else:
                    raise error
            race.enter(waiting[len(race.entered) :])
        raise missing or self._nobody(key)

    def _patience(self) -> float:
        return max(PATIENCE, SLOW * (self._quickest or 0.0))

    def _prefer(self, answer: _Answer, race: _Race) -> None:
        """Ask this source first from now on: those that were asked before it and have not answered are slower."""
        with self._lock:
            self._quickest = min(answer.seconds, self._quickest or answer.seconds)
            if answer.source in self._sources and race.running:
                self._sources = (answer.source, *self._others(answer.source))

    def _blame(self, source: Store, error: OpenDataError) -> None:
        """Ask this source after the others, or not at all if its bytes were wrong."""
        with self._lock:
            self._reasons[source.describe()] = error.message
            if isinstance(error, IntegrityError):
                self._sources = self._others(source) or self._sources
            elif source in self._sources:
                self._sources = (*self._others(source), source)

    def _others(self, source: Store) -> tuple[Store, ...]:
        return tuple(other for other in self._sources if other is not source)

    def _nobody(self, key: str) -> StoreUnavailable:
        reasons = "; ".join(f"{where}: {reason}" for where, reason in self._reasons.items())
        return StoreUnavailable(
            f"neither {self.describe()} nor a mirror gives {key} ({reasons})",
            hint="they may be down or unreachable from here; try again later, or use offline=True (--offline)",
        )


@dataclass(frozen=True)
class _Answer:
    """An open stream and who gave it after how many seconds; closing `opened` closes it."""

    source: Store
    stream: Stream
    opened: ExitStack
    seconds: float


@dataclass
class _Race:
    """Several sources that open the same range, each in a thread, which does not keep the process from ending."""

    key: str
    start: int
    end: int | None
    entered: list[Store] = field(default_factory=list)
    running: int = 0
    _outcomes: SimpleQueue[_Answer | tuple[Store, Exception]] = field(default_factory=SimpleQueue)
    _won: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, sources: Sequence[Store]) -> None:
        """Let these sources begin."""
        for source in sources:
            self.entered.append(source)
            self.running += 1
            threading.Thread(target=self._open, args=(source,), daemon=True).start()

    def next(self, timeout: float | None) -> _Answer | tuple[Store, Exception] | None:
        """What happens next: an answer, a failure, or None after the timeout."""
        try:
            outcome = self._outcomes.get(timeout=timeout)
        except Empty:
            return None
        self.running -= 1
        return outcome

    def _open(self, source: Store) -> None:
        began = time.monotonic()
        opened = ExitStack()
        try:
            stream = opened.enter_context(source.stream(self.key, self.start, self.end))
        except Exception as error:  # noqa: BLE001 (handed to the thread that waits)
            self._outcomes.put((source, error))
            return
        if self._won.acquire(blocking=False):
            self._outcomes.put(_Answer(source, stream, opened, time.monotonic() - began))
        else:
            opened.close()
