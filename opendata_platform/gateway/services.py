"""Everything that a gateway is made of, put together from its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from opendata.stores.s3 import S3Store
from opendata.stores.store import Store, utc_now

from opendata_platform.gateway.access import Access
from opendata_platform.gateway.database import Database, open_database
from opendata_platform.gateway.github import TokenVerifier, TrustedPublishing
from opendata_platform.gateway.keys import Keys
from opendata_platform.gateway.limits import Limiter, SqlLimiter
from opendata_platform.gateway.plans import Policy
from opendata_platform.gateway.presign import Presigner
from opendata_platform.gateway.publishers import Publishers
from opendata_platform.gateway.publishing import Publishing
from opendata_platform.gateway.registry import Registry
from opendata_platform.gateway.resolving import Resolving
from opendata_platform.gateway.sessions import Sessions
from opendata_platform.gateway.settings import Settings
from opendata_platform.gateway.shared_limits import RedisLimiter
from opendata_platform.gateway.usage import Usage


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running gateway."""

    database: Database
    store: Store
    access: Access
    keys: Keys
    publishers: Publishers
    usage: Usage
    registry: Registry
    resolving: Resolving
    publishing: Publishing
    audience: str
    clock: Callable[[], datetime]

    def close(self) -> None:
        """Let go of what is held open."""
        self.database.close()


def open_services(
    settings: Settings, *, policy: Policy | None = None, clock: Callable[[], datetime] = utc_now
) -> Services:
    """Open the database, which is brought up to date, and the bucket, which is not asked yet."""
    database = open_database(settings.database)
    bucket = settings.bucket
    store = S3Store(
        bucket.name,
        endpoint_url=bucket.endpoint_url,
        access_key_id=bucket.access_key_id,
        secret_access_key=bucket.secret_access_key,
    )
    presigner = Presigner(bucket)
    registry = Registry(database, clock)
    resolving = Resolving(store, presigner, registry)
    keys, sessions, usage = Keys(database, clock), Sessions(database, clock), Usage(database, clock)
    verifier = TokenVerifier(settings.audience, clock, settings.issuer)
    limiter: Limiter = RedisLimiter(settings.redis, clock) if settings.redis else SqlLimiter(database, clock)
    return Services(
        database=database,
        store=store,
        access=Access(
            keys=keys,
            sessions=sessions,
            publishing=TrustedPublishing(database, verifier, sessions, clock),
            limiter=limiter,
            usage=usage,
            admin_token=settings.admin_token,
            policy=policy,
        ),
        keys=keys,
        publishers=Publishers(database, clock),
        usage=usage,
        registry=registry,
        resolving=resolving,
        publishing=Publishing(database, store, presigner, registry, clock, changed=resolving.forget),
        audience=settings.audience,
        clock=clock,
    )
