"""Publishing sessions: what one verified workflow run may publish for a quarter of an hour."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from opendata.contract.canonical import format_instant, sha256

from opendata_platform.gateway.database import Database, Transaction
from opendata_platform.gateway.limits import Clock

LIFETIME = timedelta(minutes=15)
PREFIX = "ods_"


@dataclass(frozen=True, slots=True)
class Session:
    """Whom a session stands for and the datasets it may publish; `provenance` is what was verified of the run."""

    principal: str
    owner: str
    datasets: tuple[str, ...]
    provenance: Mapping[str, str]
    expires_at: str


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """A new session: the only time that its token is known."""

    session: Session
    token: str = field(repr=False)


class Sessions:
    """The sessions in the gateway's database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open(
        self, tx: Transaction, principal: str, owner: str, datasets: Sequence[str], provenance: Mapping[str, str]
    ) -> IssuedSession:
        """Begin a session, within the transaction that spends the token it is given for."""
        now = self._clock()
        token = PREFIX + secrets.token_hex(32)
        session = Session(principal, owner, tuple(datasets), dict(provenance), format_instant(now + LIFETIME))
        tx.execute("DELETE FROM sessions WHERE expires_at <= :now", now=format_instant(now))
        tx.execute(
            "INSERT INTO sessions (sha256, principal, owner, datasets, provenance, expires_at) "
            "VALUES (:digest, :principal, :owner, :datasets, :provenance, :expires_at)",
            digest=sha256(token.encode()),
            principal=principal,
            owner=owner,
            datasets=json.dumps(session.datasets),
            provenance=json.dumps(session.provenance),
            expires_at=session.expires_at,
        )
        return IssuedSession(session, token)

    def verify(self, token: str) -> Session | None:
        """The session in force with this token; None when there is none."""
        rows = self._database.select(
            "SELECT principal, owner, datasets, provenance, expires_at FROM sessions "
            "WHERE sha256 = :digest AND expires_at > :now",
            digest=sha256(token.encode()),
            now=format_instant(self._clock()),
        )
        if not rows:
            return None
        row = rows[0]
        return Session(
            row["principal"],
            row["owner"],
            tuple(json.loads(row["datasets"])),
            json.loads(row["provenance"]),
            row["expires_at"],
        )
