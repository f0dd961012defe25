"""Where a dataset's rows come from: fetched from a source, or built from other datasets.

Not here: how a partition is taken from there into the store (`pipeline.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.http import Fetch, SourceClient
from opendata_platform.sources.outcome import Outcome, Provenance
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.table import Build, Input


class Capture(Protocol):
    """What a source answered, exactly as it was received."""

    @property
    def body(self) -> bytes:
        """The bytes to keep."""
        ...

    @property
    def sandbox(self) -> Provenance | None:
        """How the sandbox made it; None for an answer of the live source."""
        ...

    def origin(self) -> dict[str, object]:
        """Where it is from, for the evidence."""
        ...


@dataclass(frozen=True, slots=True)
class Clients:
    """What a run fetches with."""

    http: SourceClient
    tushare: TushareClient | None = None
    """None where no token is configured."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return self.http.now()


Answer: TypeAlias = Outcome[Any] | Exception
"""A capture, a typed reason why there is none, or what went wrong with this partition alone."""

FetchMany: TypeAlias = Callable[[Sequence[str], Clients], Generator[tuple[str, Answer]]]
"""(partition keys, clients) -> the answer for each of them, in their order; may ask ahead."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The rows are what a source answers."""

    service: str
    """The source's name among the base URLs; runs that ask the same service share a pool."""
    fetch: FetchMany
    parse: Callable[[Any], Parsed]
    """Reads a capture by the declared schema; raises ParseError."""
    keeps_answers: bool = False
    """Whether the answers are kept beside the data, so that it can be rebuilt without asking again."""


@dataclass(frozen=True, slots=True)
class Built:
    """The rows are made of other datasets'."""

    build: Build
    inputs: tuple[Input, ...]


Origin: TypeAlias = Fetched | Built


def each(fetch: Fetch) -> FetchMany:
    """One request after the other."""

    def fetch_many(partitions: Sequence[str], clients: Clients) -> Generator[tuple[str, Answer]]:
        for partition in partitions:
            try:
                answer: Answer = fetch(partition, clients.http)
            except Exception as error:  # noqa: BLE001 - one partition's failure is a value, so that the others go on
                answer = error
            yield partition, answer

    return fetch_many
