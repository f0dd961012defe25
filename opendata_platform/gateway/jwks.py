"""The public keys of one token issuer: fetched from one fixed URL, cached, and asked for at most once a minute.

Fails closed: without a key no token is believed. What is fetched is capped in size and time, and follows no redirect,
because whoever can make the gateway fetch must not be able to hold it up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import InvalidKeyError, PyJWK, PyJWTError
from opendata.contract.fields import Fields, parse_json
from opendata.errors import InvalidValue

from opendata_platform.gateway.errors import IssuerUnavailable, TokenRejected
from opendata_platform.gateway.limits import Clock

LOG = logging.getLogger(__name__)
LARGEST = 256 * 1024
SECONDS = 5.0
"""How long a whole fetch may take."""
REFETCH_AFTER = timedelta(minutes=1)
BELIEVED_FOR = timedelta(hours=1)
"""How long a fetched set is used without asking again: a key that the issuer withdraws is refused after that."""
SHORTEST_KEY = 2048


class KeySet:
    """The RSA keys of an issuer by their `kid`; usable from any thread."""

    def __init__(self, issuer: str, clock: Clock) -> None:
        self._url = f"{issuer}/.well-known/jwks"
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._asked_at: datetime | None = None
        self._fetched_at: datetime | None = None

    def find(self, kid: str) -> RSAPublicKey:
        """The key of this id. Raises TokenRejected if the issuer has none, IssuerUnavailable if it cannot be asked."""
        with self._lock:
            now = self._clock()
            if kid not in self._keys or not self._believed(now):
                self._refetch(now)
            if not self._believed(now):
                raise IssuerUnavailable("the keys of the token issuer cannot be fetched", hint="try again in a minute")
            if kid not in self._keys:
                raise TokenRejected("the token is signed with a key that the issuer does not publish")
            return self._keys[kid]

    def _believed(self, now: datetime) -> bool:
        return self._fetched_at is not None and now - self._fetched_at < BELIEVED_FOR

    def _refetch(self, now: datetime) -> None:
        if self._asked_at is not None and now - self._asked_at < REFETCH_AFTER:
            return
        self._asked_at = now
        try:
            self._keys = _parse(_fetch(self._url))
        except (httpx.HTTPError, InvalidValue) as error:
            LOG.warning("%s: the keys of the token issuer cannot be fetched: %s", self._url, error)
        else:
            self._fetched_at = now


def _fetch(url: str) -> bytes:
    deadline = time.monotonic() + SECONDS
    body = bytearray()
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    with httpx.stream("GET", url, headers=headers, timeout=SECONDS, follow_redirects=False) as answer:
        if answer.status_code != httpx.codes.OK:
            raise httpx.RemoteProtocolError(f"HTTP {answer.status_code}")
        for chunk in answer.iter_raw(16 * 1024):
            body += chunk
            if len(body) > LARGEST:
                raise InvalidValue("jwks", f"more than {LARGEST} bytes", "must be small")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout(f"not complete after {SECONDS} s")
    return bytes(body)


def _parse(body: bytes) -> dict[str, RSAPublicKey]:
    """The keys that can have signed a token; of other kinds an issuer may publish what it likes."""
    keys: dict[str, RSAPublicKey] = {}
    for item in Fields(parse_json(body, "jwks"), "jwks").items("keys"):
        document = Fields(item, "jwks.keys").document
        kid = document.get("kid")
        if not isinstance(kid, str) or document.get("kty") != "RSA" or document.get("use", "sig") != "sig":
            continue
        try:
            key = PyJWK.from_dict(document, algorithm="RS256").key
        except (PyJWTError, InvalidKeyError) as error:
            raise InvalidValue("jwks.keys", kid, "must be an RSA public key") from error
        if isinstance(key, RSAPublicKey) and key.key_size >= SHORTEST_KEY:
            keys[kid] = key
    return keys
