"""Where Tushare is and with which token: from the environment, sandbox or live.

Nothing is read at import; the token is kept out of every representation.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from opendata.errors import InvalidValue

from opendata_platform.sources.settings import check_url, source_mode

LIVE_URL = "https://api.tushare.pro"
SANDBOX_PATH = "/tushare"
SANDBOX_TOKEN = "sandbox"  # noqa: S105 - no secret: the sandbox takes any


@dataclass(frozen=True, slots=True)
class TushareSettings:
    """The service's URL, the account's token (None: not set) and a ceiling on the pace of each API."""

    url: str
    token: str | None = field(default=None, repr=False)
    calls_per_minute: int | None = None
    """None: as declared and learned; 0: no pacing."""

    def __post_init__(self) -> None:
        check_url("tushare", self.url)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, sandbox_url: str | None = None) -> TushareSettings:
        """Settings from `environ` (default: the process environment).

        OPENDATA_SOURCES is `sandbox` (default: the sandbox at `sandbox_url`, which gets no token of ours) or `live`
        (with OPENDATA_TUSHARE_TOKEN). OPENDATA_TUSHARE_URL overrides the URL in either mode. Raises InvalidValue.
        """
        env = os.environ if environ is None else environ
        live = source_mode(env) == "live"
        url = env.get("OPENDATA_TUSHARE_URL") or (LIVE_URL if live else _sandbox(sandbox_url))
        token = "".join(env.get("OPENDATA_TUSHARE_TOKEN", "").split()) or None
        return cls(url.rstrip("/"), token if live else SANDBOX_TOKEN, _calls(env))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must appear nowhere."""
        return (self.token,) if self.token and self.token != SANDBOX_TOKEN else ()

    @property
    def account(self) -> str:
        """Names the account in the limiter's state without giving the token away.

        The URL is part of it: what a sandbox taught is not true of the live service, nor of the next sandbox.
        """
        return hashlib.sha256(f"{self.url}\0{self.token}".encode()).hexdigest()[:16]


def _sandbox(url: str | None) -> str:
    if url is None:
        raise InvalidValue(
            "OPENDATA_SOURCES",
            "sandbox",
            "needs the URL of a running sandbox for Tushare",
            hint="start one with `odp sandbox serve`, or set OPENDATA_SOURCES=live",
        )
    return url.rstrip("/") + SANDBOX_PATH


def _calls(env: Mapping[str, str]) -> int | None:
    text = env.get("OPENDATA_TUSHARE_CALLS_PER_MINUTE", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise InvalidValue("OPENDATA_TUSHARE_CALLS_PER_MINUTE", text, "must be a whole number; 0 means no pacing")
    return int(text)
