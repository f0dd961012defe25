"""Where a reader gets things from: a folder, read in place (`folder`), or a remote store through a cache (`remote`)."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from opendata.contract.selectors import Selector
from opendata.errors import DatasetNotFound, IntegrityError, InvalidValue, OpenDataError
from opendata.protocol.index import read_index
from opendata.protocol.operations import Steps, T
from opendata.protocol.resolve import State
from opendata.read.plan import Part
from opendata.read.slices import Stretch
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

    def requests(self, parts: Sequence[Part]) -> list[Stretch]:
        """The requests for data that these files need."""

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


def explained(error: DatasetNotFound, source: Source, dataset: str) -> DatasetNotFound:
    """The error with where was looked, and with ids that may have been meant, as far as the index can be read."""
    message = f"{dataset} has not been published in {source.store.describe()}"
    try:
        entries = source.run(read_index)
    except OpenDataError:
        return DatasetNotFound(message, hint=error.hint)
    if entries is None:
        return DatasetNotFound(message, hint="there is no index.json either: check OPENDATA_ENDPOINT")
    if similar := _similar(dataset, entries):
        return DatasetNotFound(message, hint=f"did you mean {' or '.join(similar)}?")
    return DatasetNotFound(message, hint="list what there is with `od search`")


def _similar(dataset: str, known: Iterable[str]) -> list[str]:
    """Ids that somebody may have meant."""
    ids = list(known)
    name = dataset.partition("/")[2]
    same_name = [item for item in ids if item.partition("/")[2] == name]
    return same_name or difflib.get_close_matches(dataset, ids, n=3)
