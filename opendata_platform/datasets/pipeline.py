"""Partitions from their source into the store: fetch or build, examine, publish. Every end is a value.

Whatever goes wrong with one partition is classified and returned, so that the others of a range go on. A partition is
committed before the next one is looked at, so a run that is killed has lost nothing that it had published.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeAlias

import polars as pl
from opendata.contract.canonical import parse_instant
from opendata.contract.records import Data, Record
from opendata.protocol.publish import Published, Quarantined

from opendata_platform.datasets.audit import INGESTED_AT, Rows, audit
from opendata_platform.datasets.audited import Audited
from opendata_platform.datasets.catalog import partitions_of
from opendata_platform.datasets.origin import Answer, Built, Clients, Fetched
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.datasets.related import RelatedData
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.quality.categories import Category, Stage
from opendata_platform.quality.taxonomy import ErrorRecord, classify
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.outcome import Empty, NonOk, Ok, ParseError

_CONCERNS_ALL = frozenset({Category.PERMISSION, Category.CONFIG, Category.QUOTA})


@dataclass(frozen=True, slots=True)
class Visible:
    """The partition is published with this content; `new` says whether this run did it."""

    partition: str
    audited: Audited
    record: Record
    data: Data
    new: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """The gate said no: bytes and evidence are kept, readers see what they saw before."""

    partition: str
    audited: Audited
    quarantined: Quarantined


@dataclass(frozen=True, slots=True)
class Stopped:
    """There was nothing to publish, or it could not be written; nothing is visible of it."""

    partition: str
    error: ErrorRecord

    @property
    def concerns_all(self) -> bool:
        """Whether the same would happen to every other partition of the run."""
        return self.error.category in _CONCERNS_ALL


Result: TypeAlias = Visible | Rejected | Stopped


@dataclass
class Run:
    """What the partitions of one run share."""

    spec: DatasetSpec
    clients: Clients
    publisher: Publisher
    id: str = ""
    accepted: Collection[str] = field(default_factory=frozenset)
    """Holding checks whose failure the operator has looked at and lets pass."""

    def partitions(self, partitions: Sequence[str]) -> Iterator[Result]:
        """Take partitions all the way, one after the other; never raises for what happens to one of them."""
        with closing(self._answers(partitions)) as answers:
            for partition, answer in answers:
                yield self._settle(partition, answer)

    def partition(self, partition: str) -> Result:
        """Take one partition all the way."""
        return next(iter(self.partitions([partition])))

    def _answers(self, partitions: Sequence[str]) -> Generator[tuple[str, Answer | None]]:
        """What is known of each partition before it is settled: the source's answer, or why there cannot be one."""
        now = self.clients.now()
        refused = {name: why for name in partitions if (why := self.spec.partitions.refusal(name, now))}
        wanted = [name for name in partitions if name not in refused]
        if isinstance(self.spec.origin, Fetched):
            with closing(self.spec.origin.fetch(wanted, self.clients)) as fetched:
                yield from fetched
        else:
            yield from ((name, None) for name in wanted)
        yield from refused.items()

    def _settle(self, partition: str, answer: Answer | None) -> Result:
        stage = _Stage()
        try:
            rows = self._rows(partition, answer, stage)
            if not isinstance(rows, Rows):
                return self._stopped(partition, rows, stage)
            stage.now = Stage.VALIDATE
            audited = audit(self.spec, partition, rows, self.publisher, partitions_of, self.accepted)
            stage.now = Stage.COMMIT
            if isinstance(answer, Ok) and isinstance(self.spec.origin, Fetched) and self.spec.origin.keeps_answers:
                self.publisher.keep_answer(audited, answer.value.body)
            result = self.publisher.publish(audited)
            if isinstance(result, Quarantined):
                return Rejected(partition, audited, result)
            data = self.publisher.find(result.record, partition)
            assert data is not None, "what was just published is visible in its own commit"
            return Visible(partition, audited, result.record, data, isinstance(result, Published))
        except Exception as error:  # noqa: BLE001 - one partition's failure is classified, and must not stop the others
            return self._stopped(partition, error, stage)

    def _rows(self, partition: str, answer: Answer | None, stage: _Stage) -> Rows | NonOk | Exception:
        """The rows to audit, or why there are none."""
        if isinstance(self.spec.origin, Built):
            stage.now = Stage.PARSE
            return _built(self.spec, self.spec.origin, RelatedData(self.publisher, partition, partitions_of))
        if not isinstance(answer, Ok):
            assert answer is not None, "a source was asked for every partition"
            return answer
        stage.now = Stage.PARSE
        capture = answer.value
        try:
            return Rows(self.spec.origin.parse(capture), capture.sandbox, capture.origin())
        except ParseError as error:
            stage.raw_key = self.publisher.keep_raw(self.spec.id, capture.body)
            return error

    def _stopped(self, partition: str, error: object, stage: _Stage) -> Stopped:
        record = classify(
            error,
            stage.now,
            ts=self.clients.now(),
            run_id=self.id,
            dataset=self.spec.id,
            partition=partition,
            trace_key=stage.raw_key,
        )
        return Stopped(partition, record)


@dataclass
class _Stage:
    """How far a partition has come."""

    now: Stage = Stage.FETCH
    raw_key: str | None = None


def run_partition(spec: DatasetSpec, partition: str, clients: Clients, publisher: Publisher) -> Result:
    """Take one partition all the way; never raises for what happens to that partition."""
    return Run(spec, clients, publisher).partition(partition)


def _built(spec: DatasetSpec, origin: Built, related: RelatedData) -> Rows | NonOk:
    """The rows of a table. A row keeps the instant at which it came in, whatever changes around it."""
    absent = [item for item in origin.inputs if not related.has(item.dataset, spec.partitions)]
    missing = [item.dataset for item in absent if item.required]
    if missing or len(absent) == len(origin.inputs):
        named = ", ".join(missing or [item.dataset for item in absent])
        reason = f"{related.partition}: {named} is not published; materialise it first"
        return Empty(reason, Category.VALIDATION, "empty_day")
    frame = origin.build(related.partition, related)
    arrived = {dataset: parse_instant(related.committed(dataset)) for dataset in related.datasets}
    sources = {dataset.split("/")[1].replace("-", "_"): at for dataset, at in arrived.items()}
    instant = pl.Datetime("ms", "UTC")
    new = pl.col("source").replace_strict(sources, default=max(arrived.values()), return_dtype=instant)
    stamped = frame.with_columns(new.alias(INGESTED_AT))
    published = related.frame(spec.id)
    if published is not None and published.columns == stamped.columns:
        earlier = published.unique(frame.columns).rename({INGESTED_AT: "earlier"})
        known = frame.join(earlier, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
        stamped = stamped.with_columns(known["earlier"].fill_null(stamped[INGESTED_AT]).alias(INGESTED_AT))
    origin_of = {"built_from": related.versions(), "missing": [item.dataset for item in absent]}
    return Rows(Parsed(stamped), related.provenance(), origin_of)
