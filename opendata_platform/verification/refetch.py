"""Making a version of the platform's own datasets again by asking its source once more.

It holds where a source does not change what it answered, as archives of past days do. Of a source that restates its
history the answer is another one, and the rule says so.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

from opendata.contract.ids import Version
from opendata.contract.records import Data
from opendata.write import content_hash

from opendata_platform.datasets.clients import open_clients
from opendata_platform.datasets.origin import Fetched
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.quality.categories import Stage
from opendata_platform.quality.taxonomy import classify
from opendata_platform.sources.outcome import Ok, ParseError
from opendata_platform.verification.reproducible import Attempt, NotRebuilt, Rebuilt


def refetch(spec: DatasetSpec, published: Data) -> Attempt:
    """Ask the source for the partition of a published version and read the answer by today's declaration."""
    if not isinstance(spec.origin, Fetched):
        return NotRebuilt("it is built from other datasets, and has no source", "它由其他数据集生成，没有来源")
    partition = Version.parse(published.version).base
    with open_clients() as clients, closing(spec.origin.fetch([partition], clients)) as fetched:
        _, answer = next(fetched)
        if not isinstance(answer, Ok):
            return _failed(answer, Stage.FETCH, clients.now())
        try:
            frame = spec.origin.parse(answer.value).frame
        except ParseError as error:
            return _failed(error, Stage.PARSE, clients.now())
    return Rebuilt(content_hash(frame, spec.table), "asking the source again")


def _failed(error: object, stage: Stage, now: datetime) -> NotRebuilt:
    said = classify(error, stage, ts=now).summary
    return NotRebuilt(f"the source gave nothing to compare: {said}", f"来源未给出可比较的内容：{said}")
