"""The publications that are under way, and what became of those that are over: the gateway's memory between requests.

    open ──▶ committing ──▶ done
      └────▶ aborted

`committing` is where a gateway that dies leaves a publication; whoever began it commits again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from opendata.contract.canonical import format_instant, to_json
from opendata.errors import Conflict, NotFound

from opendata_platform.gateway.database import Database, Transaction
from opendata_platform.gateway.errors import Forbidden
from opendata_platform.gateway.principal import Principal

LIFETIME = timedelta(hours=1)
"""How long after its begin a publication may be committed."""


class Phase(StrEnum):
    """Where a publication stands."""

    OPEN = "open"
    COMMITTING = "committing"
    DONE = "done"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What was promised an upload: these bytes, as this version of a partition."""

    partition: str
    version: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication; `result` is what its commit answered, once it did."""

    id: str
    dataset: str
    parent_seq: int
    tickets: tuple[Ticket, ...]
    result: Mapping[str, Any] | None = None


class Publications:
    """The publications in the gateway's database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def add(self, publication: Publication, principal: Principal) -> None:
        """Remember a publication that begins."""
        now = self._clock()
        with self._database.transaction() as tx:
            tx.execute(
                "INSERT INTO publications (id, dataset, principal, parent_seq, phase, created_at, expires_at) "
                "VALUES (:id, :dataset, :principal, :parent_seq, :phase, :created_at, :expires_at)",
                id=publication.id,
                dataset=publication.dataset,
                principal=principal.id,
                parent_seq=publication.parent_seq,
                phase=Phase.OPEN.value,
                created_at=format_instant(now),
                expires_at=format_instant(now + LIFETIME),
            )
            for ticket in publication.tickets:
                tx.execute(
                    "INSERT INTO tickets (publication, partition, version, bytes, sha256) "
                    "VALUES (:publication, :partition, :version, :bytes, :sha256)",
                    publication=publication.id,
                    partition=ticket.partition,
                    version=ticket.version,
                    bytes=ticket.bytes,
                    sha256=ticket.sha256,
                )

    def start_commit(self, publication: str, principal: Principal) -> Publication:
        """The publication to commit; with its result when that was done before. Raises Conflict if it is over."""
        with self._database.transaction() as tx:
            row = _row(tx, publication, principal)
            phase = Phase(row["phase"])
            if phase is Phase.ABORTED:
                raise Conflict(f"publication {publication} was aborted", hint="begin another one")
            if phase is not Phase.DONE and row["expires_at"] <= format_instant(self._clock()):
                raise Conflict(f"publication {publication} expired at {row['expires_at']}", hint="begin another one")
            if phase is Phase.OPEN:
                _move(tx, publication, Phase.COMMITTING)
            tickets = tx.execute(
                "SELECT partition, version, bytes, sha256 FROM tickets WHERE publication = :id ORDER BY partition",
                id=publication,
            )
        return Publication(
            id=publication,
            dataset=row["dataset"],
            parent_seq=row["parent_seq"],
            tickets=tuple(Ticket(**ticket) for ticket in tickets),
            result=json.loads(row["result"]) if row["result"] else None,
        )

    def finish(self, publication: str, result: Mapping[str, Any]) -> None:
        """Keep what the commit answered, so that it can be asked again."""
        with self._database.transaction() as tx:
            tx.execute(
                "UPDATE publications SET phase = :phase, result = :result WHERE id = :id",
                phase=Phase.DONE.value,
                result=to_json(dict(result)).decode(),
                id=publication,
            )

    def abort(self, publication: str, principal: Principal) -> None:
        """Give a publication up, once or again. Raises Conflict if its commit has begun."""
        with self._database.transaction() as tx:
            phase = Phase(_row(tx, publication, principal)["phase"])
            if phase in (Phase.COMMITTING, Phase.DONE):
                raise Conflict(
                    f"publication {publication} is being committed", hint="commit it again to learn what became of it"
                )
            _move(tx, publication, Phase.ABORTED)


def _row(tx: Transaction, publication: str, principal: Principal) -> dict[str, Any]:
    rows = tx.execute("SELECT * FROM publications WHERE id = :id", id=publication)
    if not rows:
        raise NotFound(f"there is no publication {publication!r}", hint="begin one")
    if rows[0]["principal"] != principal.id:
        raise Forbidden(f"publication {publication} was begun by somebody else")
    return rows[0]


def _move(tx: Transaction, publication: str, phase: Phase) -> None:
    tx.execute("UPDATE publications SET phase = :phase WHERE id = :id", phase=phase.value, id=publication)
