"""Trusted publishing: a workflow run shows the OIDC token that GitHub signed for it and gets a short session.

    token ── signature, issuer, audience, times, event ──▶ Workload ── trusted publishers ──▶ session

The rules are those of PyPI. RS256 and nothing else; the issuer and the one audience are fixed; every token is good for
one session. `sub` is never looked at: it names what can be renamed, and its form depends on the repository's age.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from opendata.contract.canonical import format_instant
from opendata.contract.fields import Fields
from opendata.errors import InvalidValue

from opendata_platform.gateway.database import Database, Transaction
from opendata_platform.gateway.errors import TokenRejected
from opendata_platform.gateway.jwks import KeySet
from opendata_platform.gateway.limits import Clock
from opendata_platform.gateway.publishers import TrustedPublisher, publishers_of_repository
from opendata_platform.gateway.sessions import IssuedSession, Sessions

GITHUB = "https://github.com"
LEEWAY = timedelta(seconds=30)
LONGEST_TOKEN = 16 * 1024
_REQUIRED = ("iss", "aud", "exp", "nbf", "iat", "jti")


@dataclass(frozen=True, slots=True)
class Workload:
    """What a verified token says of the run that shows it."""

    jti: str
    expires_at: datetime
    repository: str
    repository_id: str
    repository_owner_id: str
    workflow_ref: str
    ref: str
    environment: str | None
    commit: str
    run: str

    @property
    def provenance(self) -> dict[str, str]:
        """What a commit keeps of the run."""
        return {
            "repository": self.repository,
            "commit": self.commit,
            "workflow": self.workflow_ref,
            "workflow_run": f"{GITHUB}/{self.repository}/actions/runs/{self.run}",
        }

    def may_publish_for(self, publisher: TrustedPublisher) -> bool:
        """Whether this run is one that the publisher trusts."""
        path = f"{self.repository}/.github/workflows/{publisher.workflow}"
        environment = publisher.environment and publisher.environment.casefold()
        return (
            publisher.repository_id == self.repository_id
            and publisher.repository_owner_id == self.repository_owner_id
            and self.workflow_ref in (f"{path}@{self.ref}", f"{path}@{self.commit}")
            and publisher.ref in (None, self.ref)
            and environment in (None, self.environment and self.environment.casefold())
        )


class TokenVerifier:
    """Believes the tokens that one issuer made for one audience."""

    def __init__(self, audience: str, clock: Clock, issuer: str) -> None:
        self._audience = audience
        self._issuer = issuer
        self._keys = KeySet(issuer, clock)

    def verify(self, token: str) -> Workload:
        """What the token says, if it breaks no rule; raises TokenRejected, or IssuerUnavailable without keys."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise TokenRejected("the token is too long, or no token at all")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
                raise TokenRejected("the token must be signed with RS256 by a key that is named")
            claims = jwt.decode(
                token,
                self._keys.find(header["kid"]),
                algorithms=["RS256"],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": list(_REQUIRED), "strict_aud": True},
            )
            return _workload(claims)
        except (jwt.PyJWTError, RecursionError) as error:
            raise TokenRejected(f"the token is not valid ({type(error).__name__})") from error
        except InvalidValue as error:
            raise TokenRejected(f"the token's claim {error.field} is not valid: {error.rule}") from error


class TrustedPublishing:
    """Exchanges a token for a session, once."""

    def __init__(self, database: Database, verifier: TokenVerifier, sessions: Sessions, clock: Clock) -> None:
        self._database = database
        self._verifier = verifier
        self._sessions = sessions
        self._clock = clock

    def exchange(self, token: str) -> IssuedSession:
        """A session for the datasets whose trusted publisher this run is. Raises TokenRejected."""
        workload = self._verifier.verify(token)
        with self._database.transaction() as tx:
            trusting = publishers_of_repository(tx, workload.repository_id)
            datasets = sorted({item.dataset for item in trusting if workload.may_publish_for(item)})
            if not datasets:
                raise TokenRejected(
                    "no dataset trusts this repository, workflow and ref or environment",
                    hint="register the workflow as a trusted publisher of the dataset",
                )
            self._spend(tx, workload)
            return self._sessions.open(
                tx,
                f"github:{workload.repository_id}",
                f"github:{workload.repository_owner_id}",
                datasets,
                workload.provenance,
            )

    def _spend(self, tx: Transaction, workload: Workload) -> None:
        """Use the token up. Its id is kept until it has expired anyway."""
        tx.execute("DELETE FROM spent_tokens WHERE expires_at < :now", now=format_instant(self._clock() - LEEWAY))
        spent = tx.execute(
            "INSERT INTO spent_tokens (jti, expires_at) VALUES (:jti, :expires_at) "
            "ON CONFLICT (jti) DO NOTHING RETURNING jti",
            jti=workload.jti,
            expires_at=format_instant(workload.expires_at),
        )
        if not spent:
            raise TokenRejected("the token was used before", hint="ask GitHub for a new one")


def _workload(claims: dict[str, Any]) -> Workload:
    fields = Fields(claims, "token")
    for name in ("nbf", "iat"):
        fields.integer(name)
    if _text(fields, "event_name").startswith("pull_request"):
        raise TokenRejected("a run for a pull request publishes nothing: it may run anybody's code")
    return Workload(
        jti=_text(fields, "jti"),
        expires_at=_instant(fields.integer("exp")),
        repository=_text(fields, "repository"),
        repository_id=_text(fields, "repository_id"),
        repository_owner_id=_text(fields, "repository_owner_id"),
        workflow_ref=_text(fields, "job_workflow_ref"),
        ref=_text(fields, "ref"),
        environment=fields.maybe_text("environment"),
        commit=_text(fields, "sha"),
        run=_text(fields, "run_id"),
    )


def _text(fields: Fields, name: str) -> str:
    if not fields.text(name):
        raise InvalidValue(f"{fields.where}.{name}", "", "must not be empty")
    return fields.text(name)


def _instant(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise InvalidValue("token.exp", seconds, "must be a time") from None
