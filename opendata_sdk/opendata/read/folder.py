"""Reading a local store in place: nothing is copied, and every file is verified before it is opened.

The log itself is at hand, so the newest state is read from it: putting back an old latest.json changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from opendata.contract.ids import Version
from opendata.contract.selectors import Newest, Selector
from opendata.errors import DatasetNotFound, Gone, IntegrityError
from opendata.protocol.operations import Steps, T
from opendata.protocol.resolve import State, find_state
from opendata.protocol.tip import read_tip
from opendata.read.plan import Part
from opendata.read.slices import Stretch
from opendata.read.source import documents_of
from opendata.read.verified import holds
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.stores.store import check_key


class FolderSource:
    """A local store; see `Source`."""

    def __init__(self, store: LocalStore, memory: Path, workers: int) -> None:
        """`memory` is the cache's folder of files that were verified before."""
        self.store = store
        self._memory = memory
        self._workers = workers

    def run(self, reading: Callable[[], Steps[T]]) -> T:
        """Run a protocol function that reads."""
        with documents_of(self.store):
            return run(reading(), self.store)

    def find(self, dataset: str, selector: Selector) -> State:
        """The state that a selector means."""
        if not isinstance(selector, (Newest, Version)):
            return self.run(lambda: find_state(dataset, selector))
        tip = self.run(lambda: read_tip(dataset))
        if tip.record is None:
            raise DatasetNotFound(f"{dataset} has not been published in {self.store.describe()}")
        return State(tip.record)

    def settle(self, dataset: str, selector: Selector, state: State) -> None:
        """Nothing to remember: asking again costs nothing."""

    def requests(self, parts: Sequence[Part]) -> list[Stretch]:
        """None: files are read in place."""
        return []

    def files(self, parts: Sequence[Part]) -> list[Path]:
        """Paths of these files within the folder, verified."""
        with ThreadPoolExecutor(self._workers) as pool:
            return list(pool.map(self._verified, parts))

    def forget(self) -> bool:
        """There are no cached documents."""
        return False

    def _verified(self, part: Part) -> Path:
        path = self.store.folder / check_key(part.key)
        try:
            if holds(path, part.sha256, part.bytes, self._memory):
                return path
        except FileNotFoundError as error:
            raise Gone(
                f"{part.key} is recorded but missing from {self.store.describe()}", hint="run `odp fsck` on the store"
            ) from error
        raise IntegrityError(
            f"{path} does not have the recorded sha256 {part.sha256[:12]}…",
            hint="restore the file from a copy, or publish the partition again; other versions can still be read",
        )
