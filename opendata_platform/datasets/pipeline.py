"""One partition from its source into the store: fetch, parse, examine, publish. Every end is a value.

Whatever goes wrong with one partition is classified and returned, so that the others of a range go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from opendata.contract.records import Data, Record
from opendata.protocol.publish import Published, Quarantined

from opendata_platform.datasets.audit import Audited, audit
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.quality.categories import Category, Stage
from opendata_platform.quality.taxonomy import ErrorRecord, classify
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.outcome import Ok, ParseError

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


def run_partition(
    spec: DatasetSpec, partition: str, client: SourceClient, publisher: Publisher, run_id: str = ""
) -> Result:
    """Take one partition all the way; never raises for what happens to that partition."""
    stage, raw_key = Stage.FETCH, None

    def stopped(error: object) -> Stopped:
        now = client.now()
        record = classify(error, stage, ts=now, run_id=run_id, dataset=spec.id, partition=partition, trace_key=raw_key)
        return Stopped(partition, record)

    try:
        answer = spec.partitions.refusal(partition, client.now()) or spec.fetch(partition, client)
        if not isinstance(answer, Ok):
            return stopped(answer)
        stage = Stage.PARSE
        try:
            parsed = spec.parse(answer.value)
        except ParseError as error:
            raw_key = publisher.keep_raw(spec.id, answer.value.body)
            return stopped(error)
        stage = Stage.VALIDATE
        audited = audit(spec, partition, answer.value, parsed, publisher.head(spec))
        stage = Stage.COMMIT
        result = publisher.publish(audited)
        if isinstance(result, Quarantined):
            return Rejected(partition, audited, result)
        data = publisher.find(result.record, partition)
        assert data is not None, "what was just published is visible in its own commit"
        return Visible(partition, audited, result.record, data, isinstance(result, Published))
    except Exception as error:  # noqa: BLE001 - one partition's failure is classified, and must not stop the others
        return stopped(error)
