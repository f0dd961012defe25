"""Publishing without storage credentials: begin hands out uploads, commit judges what arrived and publishes it.

Whatever dies in between leaves at most bytes that no commit names: until the log record is written nothing is visible,
and after it everything is. So a commit may be repeated at any time, and `odp gc` removes what was never committed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from opendata.contract.canonical import format_instant
from opendata.contract.fields import Fields
from opendata.contract.ids import Version
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Record
from opendata.errors import Conflict, InvalidValue
from opendata.protocol.commit import Author
from opendata.protocol.index import join_index, sweep_dirty
from opendata.protocol.operations import Found, Get
from opendata.protocol.publish import Draft, Published, Quarantined, Unchanged, publish
from opendata.stores.driver import run
from opendata.stores.store import Store, utc_now
from ulid import ULID

from opendata_platform.gateway.database import Database
from opendata_platform.gateway.errors import TooLarge
from opendata_platform.gateway.places import Upload, find_places
from opendata_platform.gateway.presign import Presigner
from opendata_platform.gateway.principal import Principal
from opendata_platform.gateway.publications import Publication, Publications, Ticket
from opendata_platform.gateway.registry import Registry
from opendata_platform.gateway.uploaded import REQUIRED_CHECKS, judge, read_claims

MOST_PARTITIONS = 100
LARGEST_PUBLICATION = 256 << 20
"""Bytes of all data files of a publication: its commit holds them in memory, decoded too."""


class Publishing:
    """Begins, commits and aborts publications."""

    def __init__(
        self,
        database: Database,
        store: Store,
        presigner: Presigner,
        registry: Registry,
        clock: Callable[[], datetime] = utc_now,
        *,
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called after a commit: whoever asks this gateway after the answer sees what was published."""
        self._store = store
        self._presigner = presigner
        self._registry = registry
        self._publications = Publications(database, clock)
        self._changed = changed

    def begin(self, document: object, principal: Principal) -> dict[str, Any]:
        """Promise an upload for each announced data file that the bucket does not have yet."""
        fields = Fields(document, "request")
        dataset = self._registry.to_publish(fields.text("dataset"), principal).id
        parent = fields.integer("parent_seq") if fields.document.get("parent_seq") is not None else None
        base, places = run(find_places(dataset, _announced(fields), parent), self._store)
        tickets = tuple(
            Ticket(place.upload.partition, place.version, place.upload.bytes, place.upload.sha256) for place in places
        )
        publication = Publication(str(ULID()), dataset, base, tickets)
        self._publications.add(publication, principal)
        signed = {
            place.upload.partition: self._presigner.write(place.key(dataset), place.upload.bytes, place.upload.sha256)
            for place in places
            if not place.there
        }
        expires_at = min((upload.expires_at for upload in signed.values()), default=utc_now())
        return {
            "publication": publication.id,
            "parent_seq": base,
            "expires_at": format_instant(expires_at),
            "uploads": [
                {"partition": partition, "url": upload.url, "headers": upload.headers}
                for partition, upload in signed.items()
            ],
        }

    def commit(self, document: object, principal: Principal) -> dict[str, Any]:
        """Judge what arrived and publish it; a commit that was answered before is answered the same again."""
        fields = Fields(document, "request")
        claims = read_claims(fields.document.get("evidence"))
        publication = self._publications.start_commit(fields.text("publication"), principal)
        if publication.result is not None:
            return dict(publication.result)
        metadata = self._registry.to_publish(publication.dataset, principal).metadata
        origin = {"gateway": principal.id, "publication": publication.id}
        drafts = [
            judge(self._fetch(publication, ticket), ticket.partition, ticket.sha256, metadata, claims, origin)
            for ticket in publication.tickets
        ]
        author = Author({**principal.actor, "publication": publication.id}, lambda: str(ULID()))
        outcome = run(
            publish(metadata, drafts, author, required=REQUIRED_CHECKS, parent=publication.parent_seq), self._store
        )
        self._changed()
        self._settle_index(outcome)
        result = _result(publication, outcome, drafts)
        self._publications.finish(publication.id, result)
        return result

    def abort(self, document: object, principal: Principal) -> dict[str, Any]:
        """Give a publication up. What was uploaded stays until `odp gc`: another publication may stand on it."""
        publication = Fields(document, "request").text("publication")
        self._publications.abort(publication, principal)
        return {"publication": publication, "outcome": "aborted"}

    def _fetch(self, publication: Publication, ticket: Ticket) -> bytes:
        key = object_key(ObjectKind.DATA, dataset=publication.dataset, version=ticket.version)
        reply = self._store.perform(Get(key, ticket.sha256))
        if not isinstance(reply, Found):
            raise Conflict(f"{ticket.partition} has not been uploaded", hint="upload it, then commit again")
        return reply.body

    def _settle_index(self, outcome: Published | Unchanged | Quarantined) -> None:
        """What is found unchanged may be the commit of a gateway that died before the index: sweep then."""
        if isinstance(outcome, Published):
            run(join_index([outcome], self._store.name), self._store)
        elif isinstance(outcome, Unchanged):
            run(sweep_dirty(self._store.name), self._store)


def _announced(fields: Fields) -> list[Upload]:
    items = [Fields(item, "partitions") for item in fields.items("partitions")]
    if not 1 <= len(items) <= MOST_PARTITIONS:
        raise InvalidValue("partitions", len(items), f"must be from 1 to {MOST_PARTITIONS}")
    uploads = [Upload(item.base("partition"), item.integer("bytes", 1), item.sha256("sha256")) for item in items]
    if len({upload.partition for upload in uploads}) < len(uploads):
        raise InvalidValue("partitions", [upload.partition for upload in uploads], "must not repeat")
    total = sum(upload.bytes for upload in uploads)
    if total > LARGEST_PUBLICATION:
        raise TooLarge(
            f"{total} bytes are announced, more than the {LARGEST_PUBLICATION} of one publication",
            hint="publish in smaller partitions, or fewer at a time",
        )
    return uploads


def _result(
    publication: Publication, outcome: Published | Unchanged | Quarantined, drafts: Sequence[Draft]
) -> dict[str, Any]:
    checks = [{"partition": draft.partition, **check.to_dict()} for draft in drafts for check in draft.evidence.checks]
    if isinstance(outcome, Quarantined):
        return _answer(publication, "quarantined", None, checks)
    if isinstance(outcome, Published) or outcome.record.actor.get("publication") == publication.id:
        return _answer(publication, "published", outcome.record, checks)
    return _answer(publication, "unchanged", outcome.record, checks)


def _answer(
    publication: Publication, outcome: str, record: Record | None, checks: list[dict[str, Any]]
) -> dict[str, Any]:
    """`versions` are those that the publication made visible."""
    changes = record.changes if record and outcome == "published" else ()
    return {
        "publication": publication.id,
        "dataset": publication.dataset,
        "outcome": outcome,
        "seq": record.seq if record else None,
        "versions": [str(Version(change.partition, change.to_rev)) for change in changes],
        "checks": checks,
    }
