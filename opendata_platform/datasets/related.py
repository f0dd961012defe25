"""The published data around one partition, as its checks and its building see them; what was used is remembered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
from opendata.contract.ids import Versioning
from opendata.contract.records import Entry
from opendata.contract.selectors import AtSeq
from opendata.protocol.resolve import find_state
from opendata.stores.driver import run

from opendata_platform.datasets.partitions import Partitions
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sources.outcome import Provenance

LONGEST_PERIOD = 62
"""Calendar days within which a slice of a month must be found."""


class RelatedData:
    """`quality.checks.Related` over the store of a run, for one partition."""

    def __init__(self, publisher: Publisher, partition: str, partitions_of: Callable[[str], Partitions]) -> None:
        self.partition = partition
        self._publisher = publisher
        self._partitions_of = partitions_of
        self._used: dict[tuple[str, str], Entry] = {}

    @property
    def datasets(self) -> list[str]:
        """The datasets of which something was read."""
        return list(dict.fromkeys(dataset for dataset, _ in self._used))

    def versions(self) -> dict[str, str]:
        """Content hash of each version that was read, by `dataset@version`."""
        return {f"{name}@{version}": e.data.content_hash for (name, version), e in self._used.items() if e.data}

    def provenance(self) -> Provenance | None:
        """How the sandbox made any of what was read; None where all is live data."""
        found = {self._publisher.provenance(dataset) for dataset in self.datasets}
        return "synthetic" if "synthetic" in found else "recorded" if "recorded" in found else None

    def has(self, dataset: str, partitions: Partitions) -> bool:
        """Whether a dataset can give its part to a partition of `partitions`: the same slice if it has such, else the
        newest copy, else a slice of the weeks before."""
        theirs = self._partitions_of(dataset)
        if theirs == partitions:
            return self._entry(dataset, self.partition, self.partition) is not None
        if theirs.versioning is Versioning.SNAPSHOT:
            return self._entry(dataset, None, None) is not None
        return self._entry(dataset, self._days_before(LONGEST_PERIOD), self.partition) is not None

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        """The rows of a dataset's partition, `offset` partitions after this one; None where it is not published."""
        partition = self._partitions_of(dataset).shifted(self.partition, offset)
        return self._read(dataset, partition, partition) if partition else None

    def latest(self, dataset: str, days: int) -> pl.DataFrame | None:
        """The newest published partition from `days` before this one up to it."""
        return self._read(dataset, self._days_before(days), self.partition)

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """The newest version of all."""
        return self._read(dataset, None, None)

    def committed(self, dataset: str) -> str:
        """When the newest of the versions that were read of a dataset was committed, as an instant's text."""
        seq = max(entry.at_seq for (name, _), entry in self._used.items() if name == dataset)
        return run(find_state(dataset, AtSeq(seq)), self._publisher.store).record.committed_at

    def run_of(self, dataset: str) -> str | None:
        """The run that published the newest of the partitions that were read of a dataset; None if it named none."""
        entries = [entry for (name, _), entry in self._used.items() if name == dataset]
        if not entries:
            return None
        seq = max(entries, key=lambda entry: entry.partition).at_seq
        found = run(find_state(dataset, AtSeq(seq)), self._publisher.store).record.actor.get("run_id")
        return str(found) if found else None

    def _read(self, dataset: str, first: str | None, last: str | None) -> pl.DataFrame | None:
        entry = self._entry(dataset, first, last)
        if entry is None or entry.data is None:
            return None
        self._used[dataset, entry.data.version] = entry
        return self._publisher.read(dataset, entry.data)

    def _entry(self, dataset: str, first: str | None, last: str | None) -> Entry | None:
        return self._publisher.newest_entry(dataset, first, last)

    def _days_before(self, days: int) -> str:
        return (date.fromisoformat(self.partition) - timedelta(days=days)).isoformat()
