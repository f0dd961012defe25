"""Where a reader gets things from: a folder, read in place (`folder`), or a remote store through a cache (`remote`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from opendata.contract.selectors import Selector
from opendata.errors import IntegrityError, InvalidValue
from opendata.protocol.operations import Steps, T
from opendata.protocol.resolve import State
from opendata.read.plan import Part
from opendata.stores.store import Store


class Source(Protocol):
    """One store as a reader sees it, for the time of one call."""

    @property
    def store(self) -> Store:
        """The store itself."""

    def run(self, reading: Callable[[], Steps[T]]) -> T:
        """Run a protocol function that reads; it may be started anew."""

    def find(self, dataset: str, selector: Selector) -> State:
        """The state that a selector means. Raises DatasetNotFound, VersionNotFound, Gone or RollbackRefused."""

    def settle(self, dataset: str, selector: Selector, state: State) -> None:
        """Remember the state that a selector was found to mean, if it can never mean another one."""

    def missing(self, parts: Sequence[Part]) -> int:
        """Bytes that would have to be transferred for these files."""

    def files(self, parts: Sequence[Part]) -> list[Path]:
        """Local paths of these files, verified. Raises Gone or IntegrityError."""

    def forget(self) -> bool:
        """Drop the cached documents that this call has used; False if there are none, so asking again is no use."""


@contextmanager
def documents_of(store: Store) -> Iterator[None]:
    """While documents of a store are read, one that breaks the contract is damage, not a mistake of the caller."""
    try:
        yield
    except InvalidValue as error:
        raise IntegrityError(
            f"{store.describe()} holds a document that is not what it should be: {error.message}",
            hint="check that the endpoint is a bucket of this layout; if it is, run `odp fsck` on it",
        ) from error
