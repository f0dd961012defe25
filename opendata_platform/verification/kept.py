"""Making a version of the platform's own datasets again, from the answers of its source that were kept beside it."""

from __future__ import annotations

import json

from opendata.contract.ids import Version
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Data, ObjectRef, Record
from opendata.errors import Gone
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import find_publication
from opendata.write import content_hash

from opendata_platform.datasets.origin import Fetched
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.sources.outcome import ParseError
from opendata_platform.tushare.capture import Capture
from opendata_platform.verification.reproducible import Attempt, NotRebuilt, Rebuilt


def rebuild(spec: DatasetSpec, record: Record, published: Data) -> Steps[Attempt]:
    """Read the kept answer that a published version came from once more, by today's declaration.

    Raises IntegrityError if what is kept is damaged.
    """
    if not isinstance(spec.origin, Fetched):
        return NotRebuilt(
            "it is built from other datasets, not from kept answers", "它由其他数据集生成，而非留存的应答"
        )
    if not spec.origin.keeps_answers:
        return NotRebuilt("the answers of its source are not kept: ask it again", "未留存来源的应答：请重新请求来源")
    if spec.table.schema_hash != published.schema_hash:
        return NotRebuilt("its columns have been declared anew since", "其列声明此后已变更")
    digest = yield from _answer_of(record, published)
    if digest is None:
        return NotRebuilt("its evidence names no answer", "其证据未记录应答")
    key = object_key(ObjectKind.RAW, dataset=record.dataset, sha256=digest)
    try:
        body = yield from get_verified(ObjectRef(key, digest))
    except Gone:
        return NotRebuilt("the answer that it came from is no longer kept", "其来源应答已不再留存")
    try:
        frame = spec.origin.parse(Capture.from_body(body)).frame
    except ParseError as error:
        return NotRebuilt(f"the kept answer can no longer be read: {error.message}", "留存的应答已无法读取")
    return Rebuilt(content_hash(frame, spec.table), "reading the kept answer again")


def _answer_of(record: Record, published: Data) -> Steps[str | None]:
    """The sha256 of the answer that a version was made of, as its evidence says."""
    publication = yield from find_publication(record, Version.parse(published.version))
    if publication.audit is None:
        return None
    audit = json.loads((yield from get_verified(ObjectRef(publication.audit.key, publication.audit.sha256))))
    for item in audit["partitions"]:
        if item["content_hash"] == published.content_hash:
            digest: str | None = item["origin"].get("sha256")
            return digest
    return None
