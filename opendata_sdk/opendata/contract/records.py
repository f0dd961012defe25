"""Log records, the segments of the version tree, and latest.json.

A record is one commit. Its tree names segments; a segment names the versions of up to 256 partitions. All are
write-once and named by hash, so a record pins the bytes of the whole dataset. latest.json is a pure function of the
record it points to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from enum import Enum
from functools import lru_cache
from typing import Any

from opendata.contract.canonical import sha256, to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.ids import Version, Versioning, check_base, check_dataset_id
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import InvalidValue

SEGMENT_SIZE = 256


def _flat(item: Any) -> dict[str, Any]:
    """The fields of a dataclass that holds only plain values."""
    return {field.name: getattr(item, field.name) for field in fields_of(item)}


class Op(str, Enum):
    """What a commit does."""

    PUBLISH = "publish"
    CORRECT = "correct"
    ROLLBACK = "rollback"
    YANK = "yank"
    PACK = "pack"
    GC = "gc"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A write-once object: its key and the sha256 of its bytes."""

    key: str
    sha256: str

    @classmethod
    def read(cls, fields: Fields) -> ObjectRef:
        return cls(fields.text("key"), fields.sha256("sha256"))


@dataclass(frozen=True, slots=True)
class Data:
    """The bytes of one published version, and the range of its time column as text."""

    version: str
    sha256: str
    content_hash: str
    schema_hash: str
    bytes: int
    rows: int
    min: str | None
    max: str | None

    @classmethod
    def read(cls, fields: Fields) -> Data:
        return cls(
            str(Version.parse(fields.text("version"), f"{fields.where}.version")),
            fields.sha256("sha256"),
            fields.sha256("content_hash"),
            fields.sha256("schema_hash"),
            fields.integer("bytes"),
            fields.integer("rows"),
            fields.maybe_text("min"),
            fields.maybe_text("max"),
        )

    def key(self, dataset: str) -> str:
        """Key of the Parquet file."""
        return object_key(ObjectKind.DATA, dataset=dataset, version=self.version)


@dataclass(frozen=True, slots=True)
class Entry:
    """The head of one partition in the version tree.

    `rev` 0 means that nothing is visible (yanked, or rolled back to before the first publication), and `data` is None.
    `next_rev` is the fence: a commit may only bring a revision of at least `next_rev`, and it never goes down.
    `at_seq` is the commit that made this the head, so the previous head is found in the tree of `at_seq - 1`.
    """

    partition: str
    rev: int
    next_rev: int
    at_seq: int
    data: Data | None

    def __post_init__(self) -> None:
        check_base(self.partition)
        if (self.data is None) != (self.rev == 0):
            raise InvalidValue(f"entry {self.partition}.rev", self.rev, "must be 0 exactly when nothing is visible")
        if self.data and self.data.version != str(Version(self.partition, self.rev)):
            raise InvalidValue(f"entry {self.partition}.version", self.data.version, f"must be revision {self.rev}")
        if self.next_rev <= self.rev:
            raise InvalidValue(f"entry {self.partition}.next_rev", self.next_rev, "must be greater than rev")

    def to_dict(self) -> dict[str, Any]:
        data = _flat(self.data) if self.data else {}
        return {
            "partition": self.partition,
            "rev": self.rev,
            "next_rev": self.next_rev,
            "at_seq": self.at_seq,
            **data,
        }

    @classmethod
    def read(cls, document: object) -> Entry:
        fields = Fields(document, "segment.entries")
        rev = fields.integer("rev")
        return cls(
            fields.text("partition"),
            rev,
            fields.integer("next_rev", 1),
            fields.integer("at_seq", 1),
            Data.read(fields) if rev else None,
        )


def segment_bytes(entries: tuple[Entry, ...]) -> bytes:
    """The bytes of a segment."""
    return to_json({"format": FORMAT, "entries": [entry.to_dict() for entry in entries]})


@lru_cache(maxsize=64)
def parse_segment(data: bytes) -> tuple[Entry, ...]:
    """Read a segment. Remembered: a run of many partitions reads the same ones again at each."""
    return tuple(Entry.read(item) for item in Fields(parse_object(data, "segment"), "segment").items("entries"))


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """A segment in a record's tree: the partitions it spans and what is visible in it."""

    lo: str
    hi: str
    n: int
    key: str
    sha256: str
    parts: int
    rows: int
    bytes: int
    min: str | None
    max: str | None

    @classmethod
    def read(cls, document: object) -> SegmentRef:
        fields = Fields(document, "record.tree")
        return cls(
            fields.base("lo"),
            fields.base("hi"),
            fields.integer("n", 1),
            fields.text("key"),
            fields.sha256("sha256"),
            fields.integer("parts"),
            fields.integer("rows"),
            fields.integer("bytes"),
            fields.maybe_text("min"),
            fields.maybe_text("max"),
        )


@dataclass(frozen=True, slots=True)
class Pack:
    """A copy of the partitions `lo`..`hi` in one file, usable only while their heads still hash to `members`.

    Its rows come as if the partitions were read one by one, or sorted by the column `sorted_by` first. `min` and `max`
    are the range of the time column as text; no other partition has rows on the days from `since` to `until`, which
    hold that range. `layout` says where in the file what is (`contract.layout`).
    """

    lo: str
    hi: str
    parts: int
    members: str
    key: str
    sha256: str
    bytes: int
    rows: int
    min: str | None
    max: str | None
    since: str | None
    until: str | None
    schema_hash: str
    sorted_by: str | None
    groups: int
    columns: int
    layout: ObjectRef

    @classmethod
    def read(cls, document: object) -> Pack:
        fields = Fields(document, "record.packs")
        return cls(
            fields.base("lo"),
            fields.base("hi"),
            fields.integer("parts", 1),
            fields.sha256("members"),
            fields.text("key"),
            fields.sha256("sha256"),
            fields.integer("bytes"),
            fields.integer("rows"),
            fields.maybe_text("min"),
            fields.maybe_text("max"),
            fields.maybe_text("since"),
            fields.maybe_text("until"),
            fields.sha256("schema_hash"),
            fields.maybe_text("sorted_by"),
            fields.integer("groups", 1),
            fields.integer("columns", 1),
            ObjectRef.read(fields.nested("layout")),
        )

    def to_dict(self) -> dict[str, Any]:
        return {**_flat(self), "layout": _flat(self.layout)}

    def owns_days_of(self, data: Data) -> bool:
        """Whether rows of this data lie on days that are the pack's alone."""
        if self.since is None or self.until is None or data.min is None or data.max is None:
            return False
        return data.min[:10] <= self.until and data.max[:10] >= self.since


@dataclass(frozen=True, slots=True)
class Totals:
    """What is visible in the dataset: partitions, rows, bytes and the range of the time column."""

    parts: int
    rows: int
    bytes: int
    min: str | None
    max: str | None


@dataclass(frozen=True, slots=True)
class AuditRef:
    """The evidence of a commit."""

    key: str
    sha256: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Change:
    """One partition of a commit: the revision its author started from and the one that is visible now (0: none)."""

    partition: str
    from_rev: int
    to_rev: int

    @classmethod
    def read(cls, item: object) -> Change:
        if not isinstance(item, list) or len(item) != 3:
            raise InvalidValue("record.changes", item, "must be [partition, from_rev, to_rev]")
        fields = Fields(dict(zip(("partition", "from_rev", "to_rev"), item, strict=True)), "record.changes")
        return cls(fields.base("partition"), fields.integer("from_rev"), fields.integer("to_rev"))


@dataclass(frozen=True, slots=True)
class Record:
    """One commit of one dataset."""

    dataset: str
    versioning: Versioning
    seq: int
    commit_id: str
    parent: str | None
    committed_at: str
    op: Op
    reason: str
    actor: Mapping[str, Any]
    changes: tuple[Change, ...]
    tree: tuple[SegmentRef, ...]
    packs: tuple[Pack, ...]
    totals: Totals
    newest: Data | None
    metadata: ObjectRef
    audit: AuditRef | None

    def to_bytes(self) -> bytes:
        """Canonical bytes; their sha256 is the identity of the commit."""
        return to_json(
            {
                "format": FORMAT,
                "dataset": self.dataset,
                "versioning": self.versioning.value,
                "seq": self.seq,
                "commit_id": self.commit_id,
                "parent": self.parent,
                "committed_at": self.committed_at,
                "op": self.op.value,
                "reason": self.reason,
                "actor": dict(self.actor),
                "changes": [[c.partition, c.from_rev, c.to_rev] for c in self.changes],
                "tree": [_flat(ref) for ref in self.tree],
                "packs": [pack.to_dict() for pack in self.packs],
                "totals": _flat(self.totals),
                "newest": {**_flat(self.newest), "key": self.newest.key(self.dataset)} if self.newest else None,
                "metadata": _flat(self.metadata),
                "audit": _flat(self.audit) if self.audit else None,
            }
        )

    @property
    def key(self) -> str:
        """Key of this record in the log."""
        return object_key(ObjectKind.LOG, dataset=self.dataset, seq=self.seq)

    @property
    def sha256(self) -> str:
        """Hash of the canonical bytes."""
        return sha256(self.to_bytes())

    @property
    def state(self) -> str:
        """Hash of what readers get: the data and the metadata. Commits that only pack the data anew share it."""
        tree = [_flat(ref) for ref in self.tree]
        return sha256(to_json({"versioning": self.versioning.value, "tree": tree, "metadata": self.metadata.sha256}))

    @classmethod
    @lru_cache(maxsize=64)
    def from_bytes(cls, data: bytes) -> Record:
        """Read a record; raises InvalidValue or UpgradeRequired. Remembered, as segments are."""
        fields = Fields(parse_object(data, "record"), "record")
        totals, newest, audit = (
            fields.nested("totals"),
            fields.maybe_nested("newest"),
            fields.maybe_nested("audit"),
        )
        seq = fields.integer("seq", 1)
        record = cls(
            dataset=check_dataset_id(fields.text("dataset"), "record.dataset"),
            versioning=fields.choice("versioning", Versioning),
            seq=seq,
            commit_id=fields.text("commit_id"),
            parent=None if seq == 1 else fields.sha256("parent"),
            committed_at=fields.instant("committed_at"),
            op=fields.choice("op", Op),
            reason=fields.text("reason"),
            actor=fields.nested("actor").document,
            changes=tuple(Change.read(item) for item in fields.items("changes")),
            tree=tuple(SegmentRef.read(item) for item in fields.items("tree")),
            packs=tuple(Pack.read(item) for item in fields.items("packs")),
            totals=Totals(
                totals.integer("parts"),
                totals.integer("rows"),
                totals.integer("bytes"),
                totals.maybe_text("min"),
                totals.maybe_text("max"),
            ),
            newest=Data.read(newest) if newest else None,
            metadata=ObjectRef.read(fields.nested("metadata")),
            audit=AuditRef(audit.text("key"), audit.sha256("sha256"), audit.text("verdict")) if audit else None,
        )
        if record.to_bytes() != data:
            raise InvalidValue("record", record.key, f"must have exactly the fields of format {FORMAT}, canonically")
        return record


@dataclass(frozen=True, slots=True)
class Latest:
    """latest.json: where the newest known commit is, and its newest data."""

    dataset: str
    seq: int
    commit: ObjectRef

    @staticmethod
    def document(record: Record) -> bytes:
        """The bytes of latest.json for a record: the same whoever writes them."""
        newest = record.newest
        data = newest and {
            "key": newest.key(record.dataset),
            "sha256": newest.sha256,
            "bytes": newest.bytes,
            "row_count": newest.rows,
        }
        return to_json(
            {
                "format": FORMAT,
                "dataset": record.dataset,
                "version": newest.version if newest else None,
                "seq": record.seq,
                "commit": {"key": record.key, "sha256": record.sha256},
                "committed_at": record.committed_at,
                "data": data,
                "schema_hash": newest.schema_hash if newest else None,
                "updated_at": record.committed_at,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Latest:
        """Read latest.json; only the pointer is taken, the record it names has the rest."""
        fields = Fields(parse_object(data, "latest.json"), "latest.json")
        latest = cls(
            check_dataset_id(fields.text("dataset"), "latest.json.dataset"),
            fields.integer("seq", 1),
            ObjectRef.read(fields.nested("commit")),
        )
        if latest.commit.key != object_key(ObjectKind.LOG, dataset=latest.dataset, seq=latest.seq):
            raise InvalidValue("latest.json.commit.key", latest.commit.key, "must be the log record of its seq")
        return latest
