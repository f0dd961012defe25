"""Publishing partitions: evidence, staging, and the commit with rebase.

A correction is the same thing: a partition that has a head gets its next revision.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from opendata.contract.canonical import sha256
from opendata.contract.evidence import CheckResult, Evidence, Verdict, audit_document, worst
from opendata.contract.ids import Version, Versioning, base_kind, check_base
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.metadata import Metadata
from opendata.contract.records import AuditRef, Change, Data, Entry, ObjectRef, Op, Record
from opendata.contract.schema import DataSummary
from opendata.errors import Conflict, IntegrityError, InvalidValue
from opendata.protocol.commit import MAX_REBASES, Author, Proposal, try_commit
from opendata.protocol.objects import create
from opendata.protocol.operations import PARQUET, Steps
from opendata.protocol.tip import Tip, advance_pointer, read_tip
from opendata.protocol.tree import heads, read_segments, touched

MAX_STAGING_ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """One partition that is about to be published, and the evidence about exactly this content.

    `minimum` and `maximum` are the range of the time column as ISO text.
    """

    partition: str
    data: bytes = field(repr=False)
    schema_json: bytes = field(repr=False)
    preview_json: bytes = field(repr=False)
    summary: DataSummary
    schema_hash: str
    minimum: str | None
    maximum: str | None
    evidence: Evidence

    def at_version(self, revision: int) -> Data:
        """How the version tree describes this draft once it is staged as `revision`."""
        return Data(
            version=str(Version(self.partition, revision)),
            sha256=self.summary.sha256,
            content_hash=self.summary.content_hash,
            schema_hash=self.schema_hash,
            bytes=self.summary.bytes,
            rows=self.summary.row_count,
            min=self.minimum,
            max=self.maximum,
        )


@dataclass(frozen=True, slots=True)
class Published:
    """A commit was written. `unchanged` names the partitions that had this content already.

    `pointed` is false if latest.json could not be brought up to the commit; the next sweep does it.
    """

    record: Record
    metadata: Metadata
    versions: tuple[str, ...]
    unchanged: tuple[str, ...]
    pointed: bool


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The store held exactly this content and metadata; nothing was written."""

    record: Record


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Checks failed: the bytes and their evidence are kept, readers see nothing of them."""

    verdict: Verdict
    partitions: tuple[str, ...]
    audit_key: str
    failed: tuple[CheckResult, ...]


def publish(
    metadata: Metadata,
    drafts: Sequence[Draft],
    author: Author,
    *,
    required: Collection[str],
    reason: str = "",
    parent: int | None = None,
) -> Steps[Published | Unchanged | Quarantined]:
    """Publish partitions of one dataset in one commit.

    `required` names the checks without whose results nothing is published. `parent` is the seq that the author has
    seen; without it, the state at the first look. A partition that somebody else changed since, to other content, is
    a Conflict; disjoint partitions rebase by themselves.

    Raises GateFailed for missing or stale evidence, Conflict, CommitUncertain, or a StoreError.
    """
    _check_drafts(metadata, drafts, required)
    tip = yield from read_tip(metadata.id)
    base: dict[str, int] = {}
    staged: dict[str, int] = {}
    for _ in range(MAX_REBASES):
        segments = yield from read_segments(touched(tip.record.tree if tip.record else (), _names(drafts)))
        current = heads(tip.record.tree if tip.record else (), segments, _names(drafts))
        _check_tip(metadata, drafts, tip, parent)
        changed = [draft for draft in drafts if not _is_head(draft, current.get(draft.partition))]
        for draft in changed:
            _check_base(draft, current.get(draft.partition), base, parent)
        if tip.record and not changed and tip.record.metadata.sha256 == metadata.sha256:
            return Unchanged(tip.record)
        for draft in changed:
            yield from _stage(metadata, draft, current.get(draft.partition), staged)
        commit_id = author.new_commit_id()
        audit = yield from _write_audit(metadata, changed, author, commit_id)
        if audit and audit.verdict != Verdict.PASS.value:
            return _quarantined(changed, audit)
        proposal = Proposal(
            op=Op.CORRECT if any(base[draft.partition] for draft in changed) else Op.PUBLISH,
            reason=reason,
            versioning=metadata.versioning,
            metadata=(yield from _write_metadata(metadata, tip)),
            entries=[
                Entry(
                    draft.partition,
                    staged[draft.partition],
                    staged[draft.partition] + 1,
                    tip.seq + 1,
                    draft.at_version(staged[draft.partition]),
                )
                for draft in changed
            ],
            changes=[Change(draft.partition, base[draft.partition], staged[draft.partition]) for draft in changed],
            segments=segments,
            audit=audit,
        )
        record = yield from try_commit(tip, proposal, author, commit_id)
        if record:
            pointed = yield from advance_pointer(record)
            unchanged = set(_names(drafts)) - set(_names(changed))
            versions = tuple(str(Version(draft.partition, staged[draft.partition])) for draft in changed)
            return Published(record, metadata, versions, tuple(sorted(unchanged)), pointed)
        tip = yield from read_tip(metadata.id)
    raise Conflict(f"{metadata.id}: other writers took {MAX_REBASES} commits in a row", hint="publish again later")


def keep_raw(dataset: str, answer: bytes) -> Steps[str]:
    """Keep a source's answer that could not be read as a table, under its hash; returns the key."""
    key = object_key(ObjectKind.RAW, dataset=dataset, sha256=sha256(answer))
    yield from create(key, answer, "application/octet-stream")
    return key


def _names(drafts: Sequence[Draft]) -> list[str]:
    return [draft.partition for draft in drafts]


def _check_drafts(metadata: Metadata, drafts: Sequence[Draft], required: Collection[str]) -> None:
    names = _names(drafts)
    if len(set(names)) != len(names):
        raise InvalidValue("partition", sorted(names), "must not repeat within one publication")
    kinds = {base_kind(check_base(name)) for name in names}
    if len(kinds) > 1:
        raise InvalidValue("partition", sorted(names), "must all be of one kind: dates, months, hours or versions")
    for draft in drafts:
        if ("semver" in kinds) != (metadata.versioning is Versioning.SEMVER):
            raise InvalidValue("partition", draft.partition, f"must suit versioning {metadata.versioning.value}")
        if sha256(draft.data) != draft.summary.sha256:
            raise IntegrityError(f"{draft.partition}: the data changed after it was summarised")
        draft.evidence.require(draft.partition, draft.summary.content_hash, required)


def _check_tip(metadata: Metadata, drafts: Sequence[Draft], tip: Tip, parent: int | None) -> None:
    if parent is not None and parent > tip.seq:
        raise Conflict(
            f"{metadata.id}: commit {parent} was seen before, but the log ends at {tip.seq}",
            hint="look for another store, or history that was lost, before publishing",
        )
    if tip.record is None:
        if not drafts:
            raise InvalidValue("drafts", drafts, "must hold a partition: a dataset begins with data")
        return
    if tip.record.versioning is not metadata.versioning:
        raise InvalidValue(
            "versioning", metadata.versioning.value, f"must stay {tip.record.versioning.value} once published"
        )
    if tip.record.tree:
        kind = base_kind(tip.record.tree[0].lo)
        for draft in drafts:
            if base_kind(draft.partition) != kind:
                raise InvalidValue("partition", draft.partition, f"must be a {kind} like those published before")


def _is_head(draft: Draft, entry: Entry | None) -> bool:
    return (
        entry is not None
        and entry.data is not None
        and (entry.data.content_hash, entry.data.schema_hash) == (draft.summary.content_hash, draft.schema_hash)
    )


def _check_base(draft: Draft, entry: Entry | None, base: dict[str, int], parent: int | None) -> None:
    """The author's base is what the first look showed; it must still be the head."""
    revision = entry.rev if entry else 0
    moved = base.setdefault(draft.partition, revision) != revision
    if entry and (moved or (parent is not None and entry.at_seq > parent)):
        raise Conflict(
            f"{draft.partition}: somebody else published revision {revision} in commit {entry.at_seq} meanwhile",
            hint="look at what was published, then publish again on top of it",
        )
    if entry and base_kind(draft.partition) == "semver":
        raise Conflict(
            f"version {draft.partition} was used before; a semantic version is never used twice",
            hint="publish the next version",
        )


def _stage(metadata: Metadata, draft: Draft, entry: Entry | None, staged: dict[str, int]) -> Steps[None]:
    """Write the version directory at the first revision that the fence allows and no other bytes occupy.

    The data comes first: whoever created it owns the directory. Equal bytes of an earlier attempt are reused.
    """
    revision = max(staged.get(draft.partition, 1), entry.next_rev if entry else 1)
    if staged.get(draft.partition) == revision:
        return
    for candidate in range(revision, revision + MAX_STAGING_ATTEMPTS):
        if candidate > 1 and base_kind(draft.partition) == "semver":
            raise Conflict(
                f"version {draft.partition} is taken by bytes that were never published",
                hint="publish under the next version",
            )
        version = str(Version(draft.partition, candidate))
        if (yield from _stage_at(metadata.id, version, draft)):
            staged[draft.partition] = candidate
            return
    raise Conflict(
        f"{draft.partition}: the next {MAX_STAGING_ATTEMPTS} revisions are taken by unpublished bytes",
        hint="collect garbage with `odp gc`, then publish again",
    )


def _stage_at(dataset: str, version: str, draft: Draft) -> Steps[bool]:
    objects: Mapping[ObjectKind, bytes] = {
        ObjectKind.DATA: draft.data,
        ObjectKind.SCHEMA: draft.schema_json,
        ObjectKind.PREVIEW: draft.preview_json,
    }
    for kind, body in objects.items():
        content_type = PARQUET if kind is ObjectKind.DATA else "application/json"
        if not (yield from create(object_key(kind, dataset=dataset, version=version), body, content_type)):
            return False
    return True


def _write_audit(metadata: Metadata, drafts: Sequence[Draft], author: Author, commit_id: str) -> Steps[AuditRef | None]:
    if not drafts:
        return None
    evidence = [draft.evidence for draft in drafts]
    body = audit_document(metadata.id, commit_id, evidence, author.actor)
    key = object_key(ObjectKind.AUDIT, dataset=metadata.id, commit=commit_id)
    if not (yield from create(key, body)):
        raise IntegrityError(f"{key} holds other evidence", hint="commit ids must be fresh for every attempt")
    return AuditRef(key, sha256(body), worst(item.verdict for item in evidence).value)


def _write_metadata(metadata: Metadata, tip: Tip) -> Steps[ObjectRef]:
    key = object_key(ObjectKind.METADATA, dataset=metadata.id, digest=metadata.sha256[:12])
    ref = ObjectRef(key, metadata.sha256)
    if (tip.record is None or tip.record.metadata != ref) and not (yield from create(key, metadata.to_bytes())):
        raise IntegrityError(f"{key} holds other metadata than its name says", hint="run `odp fsck` on the store")
    return ref


def _quarantined(drafts: Sequence[Draft], audit: AuditRef) -> Quarantined:
    rejected = [draft for draft in drafts if draft.evidence.verdict is not Verdict.PASS]
    return Quarantined(
        Verdict(audit.verdict),
        tuple(draft.partition for draft in rejected),
        audit.key,
        tuple(check for draft in rejected for check in draft.evidence.checks if not check.passed),
    )
