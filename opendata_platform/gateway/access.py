"""The gate before every request: who asks, whether too often, and what it costs.

    principal = access.authenticate(headers, ip)
    left = access.charge(principal, ip, None)                                         # → rate_limit_headers(left)
    left += access.hand_out(principal, ip, namespace, downloads=1, size=entry.bytes)   # charges and counts
    access.record(principal, ip, namespace, failed=status >= 400)                     # counts what handed out nothing

A caller that shows a wrong credential is told nothing but that, and soon no longer answered: failed attempts are
counted per address and per key prefix.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping

from opendata.contract.canonical import sha256

from opendata_platform.gateway.errors import RateLimited, Unauthenticated
from opendata_platform.gateway.github import TrustedPublishing
from opendata_platform.gateway.keys import ApiKey, Keys, prefix_of
from opendata_platform.gateway.limits import Charge, Left, Limit, Limiter
from opendata_platform.gateway.plans import DAY, MINUTE, PRO, Policy
from opendata_platform.gateway.principal import ADMIN, ANONYMOUS, Principal
from opendata_platform.gateway.sessions import PREFIX, IssuedSession, Session, Sessions
from opendata_platform.gateway.usage import Usage


class Access:
    """Authenticates, limits and counts."""

    def __init__(
        self,
        *,
        keys: Keys,
        sessions: Sessions,
        publishing: TrustedPublishing,
        limiter: Limiter,
        usage: Usage,
        admin_token: str | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._publishing = publishing
        self._limiter = limiter
        self._usage = usage
        self._admin = sha256(admin_token.encode()) if admin_token else None
        self._policy = policy or Policy()

    def authenticate(self, headers: Mapping[str, str], ip: str) -> Principal:
        """Who asks. Raises Unauthenticated for a credential that is not in force, RateLimited after too many."""
        header = headers.get("authorization")
        if header is None:
            return ANONYMOUS
        scheme, _, token = header.partition(" ")
        attempts = self._attempts(ip, prefix_of(token))
        self._check(attempts)
        principal = self._principal(token) if scheme.lower() == "bearer" else None
        if principal is None:
            self._limiter.take([Charge(limit) for limit in attempts])
            raise Unauthenticated(
                "the credential is not one that is in force",
                hint="send `Authorization: Bearer <session or API key>`; a session ends after 15 minutes",
            )
        return principal

    def exchange(self, token: str, ip: str) -> IssuedSession:
        """A publishing session for a workflow's token; failed attempts count like those of keys."""
        attempts = self._attempts(ip, None)
        self._check(attempts)
        try:
            return self._publishing.exchange(token)
        except Unauthenticated:
            self._limiter.take([Charge(limit) for limit in attempts])
            raise

    def charge(
        self,
        principal: Principal,
        ip: str,
        namespace: str | None,
        *,
        requests: int = 1,
        downloads: int = 0,
        size: int = 0,
    ) -> tuple[Left, ...]:
        """Charge requests, `downloads` files and `size` bytes: to the caller's plan, its address and the namespace.

        All of them or, when one is used up, none and RateLimited. Answers what is left of the plan.
        """
        plan = self._policy.plans[principal.plan]
        who = f"ip:{address(ip)}" if principal.anonymous else principal.id
        costs = (
            (Limit("requests", who, plan.requests_per_minute, MINUTE), requests),
            (Limit("downloads", who, plan.downloads_per_day, DAY), downloads),
            (Limit("bytes", who, plan.bytes_per_day, DAY), size),
        )
        of_plan = [Charge(limit, cost) for limit, cost in costs if cost]
        ceilings = []
        if requests:
            amount = self._policy.requests_per_minute_of_address
            ceilings.append(Charge(Limit("requests of this address", address(ip), amount, MINUTE), requests))
        if namespace is not None:
            amount = self._policy.requests_per_minute_of_namespace
            ceilings.append(Charge(Limit("requests for this namespace", namespace, amount, MINUTE)))
        return self._limiter.take([*of_plan, *ceilings])[: len(of_plan)]

    def hand_out(
        self, principal: Principal, ip: str, namespace: str | None, *, downloads: int, size: int
    ) -> tuple[Left, ...]:
        """Charge what is about to be handed out and count the request; the request itself was charged before.

        Both are one transaction where the limits are in the database. RateLimited counts nothing.
        """
        with self._limiter.together():
            left = self.charge(principal, ip, namespace, requests=0, downloads=downloads, size=size)
            self.record(principal, ip, namespace, downloads=downloads, size=size)
        return left

    def record(
        self,
        principal: Principal,
        ip: str,
        namespace: str | None,
        *,
        failed: bool = False,
        downloads: int = 0,
        size: int = 0,
    ) -> None:
        """Count a request that was answered in the usage statistics."""
        subjects = {"ip": address(ip)}
        if not principal.anonymous:
            subjects["key"] = principal.id
        if namespace is not None:
            subjects["namespace"] = namespace
        self._usage.record(subjects, failed=failed, downloads=downloads, size=size)

    def _attempts(self, ip: str, prefix: str | None) -> list[Limit]:
        policy = self._policy
        limits = [Limit("failed attempts", address(ip), policy.failed_attempts_per_minute_of_address, MINUTE)]
        if prefix is not None:
            most = policy.failed_attempts_per_minute_of_prefix
            limits.append(Limit("failed attempts", f"key:{prefix}", most, MINUTE))
        return limits

    def _check(self, attempts: list[Limit]) -> None:
        """Refuse before anything is compared, so that the right credential does not stand out either."""
        for limit in attempts:
            left = self._limiter.left(limit)
            if left.amount == 0:
                raise RateLimited("too many failed attempts", left.seconds, {})

    def _principal(self, token: str) -> Principal | None:
        if self._admin and hmac.compare_digest(sha256(token.encode()), self._admin):
            return ADMIN
        if token.startswith(PREFIX):
            session = self._sessions.verify(token)
            return _of_session(session) if session else None
        key = self._keys.verify(token)
        return _of_key(key) if key else None


def address(ip: str) -> str:
    """What stands for a caller's address in limits: of IPv6 the network of 64 bits, which is what one customer gets."""
    parsed = ipaddress.ip_address(ip)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


def _of_key(key: ApiKey) -> Principal:
    datasets = None if key.datasets is None else frozenset(key.datasets)
    actor = {"kind": "gateway", "principal": f"key:{key.prefix}", "owner": key.owner}
    return Principal(f"key:{key.prefix}", key.owner, key.plan, datasets=datasets, actor=actor)


def _of_session(session: Session) -> Principal:
    actor = {"kind": "github", "principal": session.principal, **session.provenance}
    return Principal(session.principal, session.owner, PRO.name, datasets=frozenset(session.datasets), actor=actor)
