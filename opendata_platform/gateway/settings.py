"""What the environment says of a gateway. Nothing is read before `read_settings` is called.

OPENDATA_GATEWAY_DATABASE     sqlite:///path (default sqlite:///.opendata/gateway.db) or postgresql://…
OPENDATA_GATEWAY_PUBLIC_URL   under which callers reach the gateway (default http://127.0.0.1:8787)
OPENDATA_GATEWAY_AUDIENCE     the audience that GitHub's tokens must be made for (default: the public URL)
OPENDATA_GATEWAY_ISSUER       who signs the tokens of workflows (default GitHub)
OPENDATA_GATEWAY_ADMIN_TOKEN  may do everything; at least 32 characters, unset: nobody may
OPENDATA_GATEWAY_REDIS        redis://… for limits over several processes; unset: limits are kept in the database
OPENDATA_R2_ENDPOINT_URL, OPENDATA_R2_BUCKET, OPENDATA_R2_ACCESS_KEY_ID, OPENDATA_R2_SECRET_ACCESS_KEY
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from opendata.errors import InvalidValue
from opendata.stores.https import is_loopback
from opendata.stores.store import check_url

DEFAULT_DATABASE = "sqlite:///.opendata/gateway.db"
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
DEFAULT_PUBLIC_URL = "http://127.0.0.1:8787"
SHORTEST_ADMIN_TOKEN = 32


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket behind the gateway and the credentials that never leave it."""

    endpoint_url: str
    name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a gateway is told."""

    bucket: Bucket
    database: str = field(default=DEFAULT_DATABASE, repr=False)
    public_url: str = DEFAULT_PUBLIC_URL
    audience: str = DEFAULT_PUBLIC_URL
    issuer: str = GITHUB_ISSUER
    admin_token: str | None = field(default=None, repr=False)
    redis: str | None = field(default=None, repr=False)


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment holds; raises InvalidValue naming the variable that is missing or wrong."""
    admin_token = env.get("OPENDATA_GATEWAY_ADMIN_TOKEN") or None
    if admin_token is not None and len(admin_token) < SHORTEST_ADMIN_TOKEN:
        raise InvalidValue(
            "OPENDATA_GATEWAY_ADMIN_TOKEN",
            "(not shown)",
            f"must have at least {SHORTEST_ADMIN_TOKEN} characters",
            hint="make one with `openssl rand -hex 32`",
        )
    public_url = env.get("OPENDATA_GATEWAY_PUBLIC_URL") or DEFAULT_PUBLIC_URL
    return Settings(
        bucket=Bucket(
            check_url("OPENDATA_R2_ENDPOINT_URL", _required(env, "OPENDATA_R2_ENDPOINT_URL")),
            _required(env, "OPENDATA_R2_BUCKET"),
            _required(env, "OPENDATA_R2_ACCESS_KEY_ID"),
            _required(env, "OPENDATA_R2_SECRET_ACCESS_KEY"),
        ),
        database=env.get("OPENDATA_GATEWAY_DATABASE") or DEFAULT_DATABASE,
        public_url=check_url("OPENDATA_GATEWAY_PUBLIC_URL", public_url),
        audience=env.get("OPENDATA_GATEWAY_AUDIENCE") or public_url,
        issuer=_issuer(env.get("OPENDATA_GATEWAY_ISSUER") or GITHUB_ISSUER),
        admin_token=admin_token,
        redis=env.get("OPENDATA_GATEWAY_REDIS") or None,
    )


def _issuer(url: str) -> str:
    """Over plain http anybody on the way could hand out keys of their own."""
    parts = urlsplit(check_url("OPENDATA_GATEWAY_ISSUER", url))
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise InvalidValue("OPENDATA_GATEWAY_ISSUER", url, "must be an https:// URL")
    return url.rstrip("/")


def _required(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise InvalidValue(name, "", "must be set: the gateway stands before a bucket")
    return env[name]
