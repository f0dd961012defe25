"""Where the uploads of a publication go: the version of each partition that is next, or that holds these bytes already.

The same rule by which `opendata.protocol.publish` stages, asked before there are any bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opendata.contract.canonical import sha256
from opendata.contract.ids import Version, base_kind
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Entry
from opendata.errors import Conflict
from opendata.protocol.objects import get
from opendata.protocol.operations import Missing, Steps
from opendata.protocol.publish import MAX_STAGING_ATTEMPTS
from opendata.protocol.tip import read_tip
from opendata.protocol.tree import heads, read_segments, touched


@dataclass(frozen=True, slots=True)
class Upload:
    """What is announced of one partition's data file."""

    partition: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Place:
    """The version that an upload goes to; `there` says that its bytes need not be sent any more."""

    upload: Upload
    version: str
    there: bool

    def key(self, dataset: str) -> str:
        """Key of the data file."""
        return object_key(ObjectKind.DATA, dataset=dataset, version=self.version)


def find_places(dataset: str, uploads: Sequence[Upload], parent: int | None) -> Steps[tuple[int, tuple[Place, ...]]]:
    """The seq that the publication builds on (`parent`, else that of now) and a place for each upload.

    Raises Conflict if somebody else published other content of one of the partitions after `parent`.
    """
    tip = yield from read_tip(dataset)
    names = [upload.partition for upload in uploads]
    tree = tip.record.tree if tip.record else ()
    segments = yield from read_segments(touched(tree, names))
    known = heads(tree, segments, names)
    base = tip.seq if parent is None else parent
    if base > tip.seq:
        raise Conflict(f"{dataset}: commit {base} was seen before, but the log ends at {tip.seq}")
    places = []
    for upload in uploads:
        places.append((yield from _find_place(dataset, upload, known.get(upload.partition), base)))
    return base, tuple(places)


def _find_place(dataset: str, upload: Upload, head: Entry | None, parent: int) -> Steps[Place]:
    if head and head.data and head.data.sha256 == upload.sha256:
        return Place(upload, head.data.version, there=True)
    if head and head.at_seq > parent:
        raise Conflict(
            f"{dataset}: somebody else published {upload.partition} in commit {head.at_seq} meanwhile",
            hint="look at what was published, then publish again on top of it",
        )
    first = head.next_rev if head else 1
    for revision in range(first, first + MAX_STAGING_ATTEMPTS):
        if revision > 1 and base_kind(upload.partition) == "semver":
            raise Conflict(
                f"{dataset}: version {upload.partition} is taken; a semantic version is never used twice",
                hint="publish the next version",
            )
        place = Place(upload, str(Version(upload.partition, revision)), there=False)
        found = yield from get(place.key(dataset))
        if isinstance(found, Missing):
            return place
        if sha256(found.body) == upload.sha256:
            return Place(upload, place.version, there=True)
    raise Conflict(
        f"{dataset}: the next revisions of {upload.partition} are taken by unpublished bytes",
        hint="ask the operator to collect garbage with `odp gc`, then publish again",
    )
