"""Requests to a gateway: JSON in, JSON out, and its errors as the SDK's own.

The token goes in a header and nowhere else. What a gateway says it did not do (429, 503) is asked again, and so is what
may be done twice; a POST whose answer was lost is for the caller to settle.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from opendata import errors
from opendata.errors import InvalidValue, OpenDataError, StoreError
from opendata.stores.https import is_loopback, pool_for, request_id_of
from opendata.stores.log import LOGGER, follow
from opendata.stores.retry import Transient, retry_after, retrying
from opendata.stores.store import check_url
from opendata.stores.tokens import check_token, find_token

_BY_CODE = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, OpenDataError) and not issubclass(kind, InvalidValue)
}
_BY_STATUS = {401: errors.StoreDenied, 403: errors.StoreDenied, 404: errors.NotFound, 409: errors.Conflict}
_NOT_DONE = (429, 503)


class Gateway:
    """A gateway at a base URL. Safe to share between threads."""

    def __init__(self, base_url: str, *, token: str | None = None, timeout: float = 60.0) -> None:
        """No connection is opened yet."""
        self.base_url = check_url("OPENDATA_GATEWAY", base_url)
        parts = urlsplit(self.base_url)
        if token and parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise InvalidValue("OPENDATA_GATEWAY", self.base_url, "must be https when a token is set")
        self._headers = {"Accept": "application/json", "User-Agent": "opendata"}
        if token:
            self._headers["Authorization"] = f"Bearer {check_token(token)}"
        self._pool = pool_for(self.base_url, Timeout(connect=min(timeout, 5.0), read=timeout))

    def __repr__(self) -> str:
        return f"Gateway({self.base_url!r})"

    def ask(
        self, method: str, path: str, document: Mapping[str, Any] | None = None, *, again: bool = False
    ) -> dict[str, Any]:
        """Send one request and return the document of its answer. Raises the error that the gateway names.

        `again` says of a POST that it may be done twice.
        """
        what = f"{method} {self.base_url}{path}"
        repeatable = again or method != "POST"
        return retrying(lambda: self._attempt(method, path, document, what, repeatable), what)

    def _attempt(
        self, method: str, path: str, document: Mapping[str, Any] | None, what: str, repeatable: bool
    ) -> dict[str, Any]:
        body = None if document is None else json.dumps(document).encode()
        headers = {**self._headers, **({"Content-Type": "application/json"} if body else {})}
        try:
            answer = self._pool.request(
                method, f"{self.base_url}{path}", body=body, headers=headers, retries=False, redirect=False
            )
        except HTTPError as error:
            if repeatable:
                raise Transient(type(error).__name__) from error
            raise errors.StoreUnavailable(
                f"{what}: no answer ({type(error).__name__})", hint="run the same command again"
            ) from error
        LOGGER.debug("%s %s: %d", method, path, answer.status)
        if answer.status in _NOT_DONE or (answer.status >= 500 and repeatable):
            wait = retry_after(answer.headers.get("Retry-After"))
            raise Transient(str(answer.status), wait, request_id_of(answer))
        try:
            found = json.loads(answer.data or b"{}")
        except ValueError:
            found = None
        if answer.status < 300 and isinstance(found, dict):
            return found
        raise _error(answer.status, found, what, request_id_of(answer))


def open_gateway(url: str | None, env: Mapping[str, str]) -> Gateway:
    """The gateway at a URL, else at OPENDATA_GATEWAY, with the token that the environment or `od auth` has for it."""
    follow(env)
    found = url or env.get("OPENDATA_GATEWAY")
    if not found:
        raise InvalidValue("OPENDATA_GATEWAY", "", "must be the base URL of a gateway", hint="pass --gateway URL")
    return Gateway(found, token=find_token(found, env))


def _error(status: int, document: object, what: str, request_id: str | None) -> OpenDataError:
    """The error that an answer names, else one by its status."""
    said = document.get("error") if isinstance(document, dict) else None
    if not isinstance(said, dict):
        return StoreError(f"{what}: answered {status}", hint="check OPENDATA_GATEWAY", request_id=request_id)
    code, hint = str(said.get("code")), said.get("hint")
    kind = _BY_CODE.get(code) or _BY_STATUS.get(status) or OpenDataError
    error = kind(f"{what}: {said.get('message')}", hint=str(hint) if hint else None, request_id=request_id)
    error.code = code
    return error
