"""Where the sources are and with which keys: base URLs per source, sandbox or live, from the environment.

Nothing is read at import; secrets are kept out of every representation.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from opendata.errors import InvalidValue

Mode = Literal["sandbox", "live"]

LIVE_URLS: Mapping[str, str] = MappingProxyType(
    {
        "binance": "https://data.binance.vision",
        "binance_api": "https://data-api.binance.vision",
        "stooq": "https://stooq.com",
        "open_meteo": "https://archive-api.open-meteo.com",
        "owid": "https://covid.ourworldindata.org",
    }
)
"""Public base URL of each service; `binance` is the file archive, `binance_api` the market data REST API."""

SANDBOX_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "binance": "/binance",
        "binance_api": "/binance",
        "stooq": "/stooq",
        "open_meteo": "/open-meteo",
        "owid": "/owid",
    }
)

_OVERRIDES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "OPENDATA_BINANCE_URL": ("binance", "binance_api"),
        "OPENDATA_STOOQ_URL": ("stooq",),
        "OPENDATA_OPEN_METEO_URL": ("open_meteo",),
        "OPENDATA_OWID_URL": ("owid",),
    }
)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """Base URL per service and the keys that services want."""

    base_urls: Mapping[str, str]
    stooq_api_key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for service, url in self.base_urls.items():
            check_url(service, url)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, sandbox_url: str | None = None) -> SourceSettings:
        """Settings from `environ` (default: the process environment).

        OPENDATA_SOURCES is `sandbox` (default) or `live`; the sandbox's URL is `sandbox_url`; OPENDATA_<SOURCE>_URL
        overrides one source in either mode. Raises InvalidValue naming the variable.
        """
        env = os.environ if environ is None else environ
        overrides = {
            service: env[variable].rstrip("/")
            for variable, services in _OVERRIDES.items()
            if env.get(variable)
            for service in services
        }
        urls = {**_defaults(source_mode(env), sandbox_url, frozenset(overrides)), **overrides}
        return cls(MappingProxyType(urls), env.get("OPENDATA_STOOQ_API_KEY") or None)


def source_mode(environ: Mapping[str, str] | None = None) -> Mode:
    """`sandbox` or `live`, as OPENDATA_SOURCES says (default sandbox)."""
    mode = (os.environ if environ is None else environ).get("OPENDATA_SOURCES") or "sandbox"
    if mode == "sandbox":
        return "sandbox"
    if mode == "live":
        return "live"
    raise InvalidValue("OPENDATA_SOURCES", mode, "must be sandbox or live")


def _defaults(mode: Mode, sandbox_url: str | None, overridden: frozenset[str]) -> Mapping[str, str]:
    if mode == "live":
        return LIVE_URLS
    if sandbox_url is not None:
        return {service: sandbox_url.rstrip("/") + path for service, path in SANDBOX_PATHS.items()}
    if overridden >= LIVE_URLS.keys():
        return {}
    raise InvalidValue(
        "OPENDATA_SOURCES",
        "sandbox",
        "needs the URL of a running sandbox for the sources without a URL of their own",
        hint="start one with `odp sandbox serve`, or set OPENDATA_SOURCES=live",
    )


def check_url(service: str, url: str) -> None:
    """Raise InvalidValue unless a base URL is https (or loopback) and carries no query or credentials."""
    parts = urlsplit(url)
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
        raise InvalidValue(
            f"base URL of {service}",
            parts.hostname,
            "must be scheme://host[:port][/path] without query or credentials",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise InvalidValue(f"base URL of {service}", url, "must be https (http is for the local sandbox only)")
