"""The one way into a store: publishes audited partitions, reads what is published, and settles the index at the end."""

from __future__ import annotations

from collections import OrderedDict

import polars as pl
from opendata.contract.canonical import sha256
from opendata.contract.ids import Version
from opendata.contract.metadata import Metadata
from opendata.contract.records import Data, Entry, Record
from opendata.contract.selectors import Newest
from opendata.errors import DatasetNotFound, Gone, IntegrityError, VersionNotFound
from opendata.protocol.commit import Author
from opendata.protocol.index import join_index, sweep_dirty
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Found, Get
from opendata.protocol.publish import Published, Quarantined, Unchanged, keep_raw, publish
from opendata.protocol.resolve import find_state, read_entries
from opendata.stores.driver import run
from opendata.stores.store import Store
from opendata.write import decode

from opendata_platform.datasets.audited import Audited
from opendata_platform.datasets.remember import RememberingStore
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.quality.checks import Head
from opendata_platform.sources.outcome import Provenance

REMEMBERED_FRAMES = 48
"""Partitions kept decoded in a run: the neighbours and the complete copies that checks look at again and again."""
PROVENANCES: tuple[Provenance | None, ...] = (None, "recorded", "synthetic")


class Publisher:
    """Publishes into one store on behalf of one author; one per run."""

    def __init__(self, store: Store, author: Author) -> None:
        self.store = RememberingStore(store)
        self._author = author
        self._states: dict[str, Record] = {}
        self._published: list[Published] = []
        self._unchanged = False
        self._frames: OrderedDict[str, pl.DataFrame] = OrderedDict()

    def head(self, spec: DatasetSpec) -> Head | None:
        """What is published of a dataset now (as this run has seen or left it); None before the first publication."""
        record = self._state(spec.id)
        if record is None:
            return None

        return Head(record.newest, self._provenance(spec, record))

    def publish(self, audited: Audited) -> Published | Unchanged | Quarantined:
        """Publish one audited partition; raises GateFailed, Conflict, CommitUncertain or a StoreError."""
        result = run(
            publish(audited.metadata, [audited.draft], self._author, required=audited.spec.required), self.store
        )
        if isinstance(result, Published):
            self._published.append(result)
        self._unchanged |= isinstance(result, Unchanged)
        if not isinstance(result, Quarantined):
            self._states[audited.spec.id] = result.record
        return result

    def keep_answer(self, audited: Audited, answer: bytes) -> None:
        """Keep the answer that new content came from, so that it can be read again; unchanged content needs none."""
        entry = self.newest_entry(audited.spec.id, audited.draft.partition, audited.draft.partition)
        if entry is None or entry.data is None or entry.data.content_hash != audited.draft.summary.content_hash:
            self.keep_raw(audited.spec.id, answer)

    def keep_raw(self, dataset: str, answer: bytes) -> str:
        """Keep an answer as it was received; returns its key."""
        return run(keep_raw(dataset, answer), self.store)

    def finish(self) -> None:
        """Bring index.json up to what this run has published.

        What the run found unchanged may be the commit of a run that was killed before its index: then the dirty
        markers are swept too. What cannot be settled now stays marked, and the next sweep settles it.
        """
        if self._published:
            run(join_index(self._published, self.store.name), self.store)
        if self._unchanged:
            run(sweep_dirty(self.store.name), self.store)
        self._published, self._unchanged = [], False

    def find(self, record: Record, partition: str) -> Data | None:
        """The visible head of one partition in a state."""
        entries = run(read_entries(record, partition, partition), self.store)
        return entries[0].data if entries else None

    def newest_entry(self, dataset: str, first: str | None = None, last: str | None = None) -> Entry | None:
        """The newest visible partition from `first` to `last` (None: of all), as this run has seen or left it."""
        record = self._state(dataset)
        if record is None or record.newest is None:
            return None
        if first is None and last is None:
            first = Version.parse(record.newest.version).base
        entries = run(read_entries(record, first, last), self.store)
        return entries[-1] if entries else None

    def published(self, dataset: str, first: str, last: str) -> set[str]:
        """The partitions from `first` to `last` that are visible, and so need not be published again by this run."""
        record = self._state(dataset)
        found = {entry.partition for entry in run(read_entries(record, first, last), self.store)} if record else set()
        self._unchanged |= bool(found)
        return found

    def read(self, dataset: str, data: Data) -> pl.DataFrame:
        """The rows of one published version, verified against its hash; the last few are remembered."""
        key = data.key(dataset)
        if key in self._frames:
            self._frames.move_to_end(key)
            return self._frames[key]
        frame = self._fetch(key, data)
        self._frames[key] = frame
        if len(self._frames) > REMEMBERED_FRAMES:
            self._frames.popitem(last=False)
        return frame

    def _fetch(self, key: str, data: Data) -> pl.DataFrame:
        reply = self.store.perform(Get(key))
        if not isinstance(reply, Found):
            raise Gone(f"{key} is recorded but missing from the store", hint="run `odp fsck` on the store")
        if sha256(reply.body) != data.sha256:
            raise IntegrityError(f"{key} does not have the recorded sha256", hint="run `odp fsck` on the store")
        return decode(reply.body)

    def load(self, dataset: str, first: str, last: str) -> pl.DataFrame:
        """The published rows of the partitions from `first` to `last`; raises VersionNotFound when there are none."""
        record = self._state(dataset)
        entries = run(read_entries(record, first, last), self.store) if record else ()
        frames = [self.read(dataset, entry.data) for entry in entries if entry.data]
        if not frames:
            raise VersionNotFound(
                f"{dataset} has nothing published from {first} to {last}", hint="materialise these partitions first"
            )
        return pl.concat(frames)

    def _state(self, dataset: str) -> Record | None:
        if dataset not in self._states:
            try:
                self._states[dataset] = run(find_state(dataset, Newest()), self.store).record
            except DatasetNotFound:
                return None
        return self._states[dataset]

    def provenance(self, dataset: str) -> Provenance | None:
        """What the published metadata of a dataset say: whether the sandbox made any of it."""
        record = self._state(dataset)
        return self._said(record) if record else None

    def _provenance(self, spec: DatasetSpec, record: Record) -> Provenance | None:
        """The same; the metadata are read only if they are not of this declaration."""
        for choice in PROVENANCES:
            if spec.metadata(choice).sha256 == record.metadata.sha256:
                return choice
        return self._said(record)

    def _said(self, record: Record) -> Provenance | None:
        published = Metadata.from_bytes(run(get_verified(record.metadata), self.store)).document.get("sandbox")
        return next((choice for choice in PROVENANCES if choice == published), "synthetic")
