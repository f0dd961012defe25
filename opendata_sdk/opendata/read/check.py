"""Re-hashing every object of a state in the store itself, whatever the cache holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from opendata.contract.fields import parse_object
from opendata.contract.ids import Version
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Data, ObjectRef, Record, SegmentRef
from opendata.contract.schema import TableSchema
from opendata.contract.selectors import Selector
from opendata.errors import Gone, IntegrityError, InvalidValue, NotFound
from opendata.protocol.fsck import Finding
from opendata.protocol.objects import get
from opendata.protocol.operations import Found
from opendata.protocol.pack import packed_objects
from opendata.protocol.resolve import find_version
from opendata.protocol.tree import read_segments
from opendata.read.html import Shown
from opendata.stores.driver import run
from opendata.stores.store import Store


@dataclass(frozen=True, slots=True, repr=False)
class Verification(Shown):
    """What was checked, and what is not as the commit says."""

    dataset: str
    seq: int
    objects: int
    bytes: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as the commit says."""
        return not self.findings


def verify_state(
    store: Store, record: Record, selector: Selector, workers: int, report: Callable[[int], object]
) -> Verification:
    """Check everything that a state names; for a named version, that version. A StoreError ends the check: an outage
    is no finding."""
    checker = _Checker(store, report)
    refs = [ref for ref in (record.metadata, record.audit, *packed_objects(record)) if ref]
    tasks: list[Callable[[], list[Finding]]] = [
        partial(checker.hash_object, ObjectRef(record.key, record.sha256)),
        *(partial(checker.hash_object, ObjectRef(ref.key, ref.sha256)) for ref in refs),
    ]
    findings: list[Finding] = []
    if isinstance(selector, Version):
        versions = [run(find_version(record, selector), store)]
    else:
        versions = []
        for segment in record.tree:
            found, damage = checker.read_segment(segment)
            versions += found
            findings += damage
    tasks += [partial(checker.check_version, record.dataset, data) for data in versions]
    with ThreadPoolExecutor(workers) as pool:
        for result in pool.map(lambda task: task(), tasks):
            findings += result
    return Verification(record.dataset, record.seq, checker.objects, checker.bytes, tuple(findings))


class _Checker:
    def __init__(self, store: Store, report: Callable[[int], object]) -> None:
        self.store = store
        self.report = report
        self.objects = 0
        self.bytes = 0

    def read_segment(self, ref: SegmentRef) -> tuple[Sequence[Data], list[Finding]]:
        """The versions in a segment, or what is wrong with it."""
        self.objects += 1
        try:
            entries = run(read_segments([ref]), self.store)[ref.key]
        except (Gone, IntegrityError, InvalidValue) as error:
            return (), [Finding(ref.key, error.message)]
        return [entry.data for entry in entries if entry.data], []

    def hash_object(self, ref: ObjectRef) -> list[Finding]:
        """Hash one object, chunk by chunk."""
        self.objects += 1
        digest = hashlib.sha256()
        try:
            with self.store.stream(ref.key) as stream:
                for chunk in stream.chunks:
                    digest.update(chunk)
                    self.bytes += len(chunk)
                    self.report(len(chunk))
        except NotFound:
            return [Finding(ref.key, "missing")]
        if digest.hexdigest() != ref.sha256:
            return [Finding(ref.key, "does not have the recorded sha256")]
        return []

    def check_version(self, dataset: str, data: Data) -> list[Finding]:
        """Check data.parquet by hash, schema.json by what the commit says of it, and that preview.json is there."""
        findings = self.hash_object(ObjectRef(data.key(dataset), data.sha256))
        for kind, check in ((ObjectKind.SCHEMA, _schema_problem), (ObjectKind.PREVIEW, _preview_problem)):
            self.objects += 1
            key = object_key(kind, dataset=dataset, version=data.version)
            reply = run(get(key), self.store)
            problem = check(reply.body, data) if isinstance(reply, Found) else "missing"
            if problem:
                findings.append(Finding(key, problem))
        return findings


def _schema_problem(body: bytes, data: Data) -> str | None:
    try:
        document = parse_object(body, "schema.json")
        schema = TableSchema.from_dict(document)
    except InvalidValue as error:
        return error.message
    summary = document.get("data")
    if schema.schema_hash != data.schema_hash:
        return "does not have the recorded schema_hash"
    if not isinstance(summary, dict) or summary.get("sha256") != data.sha256:
        return "describes other data than the commit"
    return None


def _preview_problem(body: bytes, data: Data) -> str | None:
    try:
        parse_object(body, "preview.json")
    except InvalidValue as error:
        return error.message
    return None
