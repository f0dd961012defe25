"""A web server or a gateway as a store, for reading only: the layout behind a base URL, over plain GETs.

A gateway answers with the object or redirects to where it lies, by a URL that is good for minutes. Such a URL is a
secret: it is used once, and no message, log or repr shows its query. The token, where one is set, goes to the host of
the base URL and nowhere else. Redirects are followed here, because urllib3 would put the whole URL in its log.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Timeout
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from opendata.errors import InvalidValue, NotFound, StoreDenied, StoreError, StoreUnavailable
from opendata.protocol.operations import Delete, Found, Get, List, Missing, Operation, Put, Reply
from opendata.stores.log import LOGGER
from opendata.stores.retry import Transient, retry_after, retrying
from opendata.stores.store import CHUNK, Stream, check_key, check_url, range_header, server_time, within
from opendata.stores.tokens import check_token

CONNECTIONS = 32
"""Connections kept open: at least as many as threads that use one store at a time."""

REDIRECTS = 5
"""Redirects that are followed from one object."""


class HttpStore:
    """A read-only store behind a base URL; safe to share between threads."""

    def __init__(self, base_url: str, *, token: str | None = None, timeout: float = 30.0) -> None:
        """No connection is opened yet. `timeout` is after how many seconds without a byte an answer is lost."""
        self.base_url = check_url("base_url", base_url)
        parts = urlsplit(self.base_url)
        self.name = parts.netloc
        if token and parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise InvalidValue("base_url", self.base_url, "must be https when a token is set")
        self._authorization = {"Authorization": f"Bearer {check_token(token)}"} if token else {}
        self._timeout = Timeout(connect=min(timeout, 5.0), read=timeout)
        self._pools: dict[str, PoolManager] = {}

    def __repr__(self) -> str:
        return f"HttpStore({self.base_url!r})"

    def describe(self) -> str:
        """The base URL."""
        return self.base_url

    def perform(self, operation: Operation) -> Reply:
        """Perform one operation; see `Store.perform`. Only `Get` can be."""
        match operation:
            case Get(key):
                return retrying(lambda: self._get(check_key(key)), self._what(key))
            case List(prefix):
                raise StoreError(
                    f"cannot list {prefix}: {self.base_url} is plain http(s), which has no listing",
                    hint="use the bucket itself (OPENDATA_STORAGE=r2) or the folder",
                )
            case Put(key) | Delete(key):
                raise StoreDenied(
                    f"cannot change {key}: {self.base_url} is read-only",
                    hint="publish to the bucket itself (OPENDATA_STORAGE=r2) or to the folder",
                )

    @contextmanager
    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[Stream]:
        """Open a range of an object; see `Store.stream`."""
        span = range_header(start, end)
        headers = {"Range": span} if start or end else {}
        answer = retrying(lambda: self._ask(check_key(key), headers), self._what(key))
        try:
            yield self._stream(answer, key, start, end)
        finally:
            answer.close()  # a connection whose answer was read to its end is kept all the same

    def _get(self, key: str) -> Found | Missing:
        answer = self._ask(key, {})
        at = server_time(answer.headers.get("Date"))
        if answer.status == 404:
            answer.drain_conn()
            return Missing(at)
        try:
            return Found(answer.read(), answer.headers.get("ETag", ""), at)
        except HTTPError as error:
            raise Transient(type(error).__name__) from error

    def _ask(self, key: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """Ask for an object; the answer has status 200, 206, 404 or 416 and its body is unread."""
        url = f"{self.base_url}/{key}"
        for _ in range(REDIRECTS + 1):
            answer = self._request(url, headers)
            LOGGER.debug("GET %s %s: %d", key, headers.get("Range", ""), answer.status)
            location = answer.get_redirect_location()
            if not location:
                return self._accept(answer, key, redirected=not self._is_ours(url))
            answer.close()
            url = self._target(url, location, key)
        raise StoreError(f"{self._what(key)}: more than {REDIRECTS} redirects", hint="check OPENDATA_ENDPOINT")

    def _request(self, url: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """One request, with the token where it belongs; redirects are answers."""
        common = {"Accept-Encoding": "identity", "User-Agent": "opendata"}
        token = self._authorization if self._is_ours(url) else {}
        pool = self._pools.get(_origin(url)) or self._pools.setdefault(_origin(url), pool_for(url, self._timeout))
        try:
            return pool.request(
                "GET", url, headers={**common, **token, **headers}, retries=False, redirect=False, preload_content=False
            )
        except HTTPError as error:
            raise Transient(type(error).__name__) from error

    def _accept(self, answer: BaseHTTPResponse, key: str, *, redirected: bool) -> BaseHTTPResponse:
        """The answer if it is one of those that `_ask` promises, else an error that says what to do."""
        if answer.status in (200, 206, 404, 416):
            return answer
        answer.close()
        said = f"{self._what(key)}: the server answered {answer.status}"
        if answer.status in (401, 403):
            if redirected:  # the URL has expired; asking anew gives a fresh one
                raise Transient(f"{answer.status} from where the redirect led")
            hint = "check the token (`od auth status`), or whether the object is public"
            raise StoreDenied(said, hint=hint, request_id=request_id_of(answer))
        if answer.status in (408, 425, 429) or answer.status >= 500:
            wait = retry_after(answer.headers.get("Retry-After"))
            raise Transient(str(answer.status), wait, request_id_of(answer))
        raise StoreError(said, hint="check OPENDATA_ENDPOINT", request_id=request_id_of(answer))

    def _target(self, url: str, location: str, key: str) -> str:
        """Where a redirect leads, which must not be from https to http."""
        try:
            target = urljoin(url, location)
            scheme = parse_url(target).scheme
        except ValueError:  # its text holds the URL
            scheme = None
        if scheme != "https" and (scheme != "http" or urlsplit(url).scheme == "https"):
            raise StoreError(f"{self._what(key)}: the redirect leads to no https URL", hint="check OPENDATA_ENDPOINT")
        return target

    def _is_ours(self, url: str) -> bool:
        return _origin(url) == _origin(self.base_url)

    def _stream(self, answer: BaseHTTPResponse, key: str, start: int, end: int | None) -> Stream:
        if answer.status == 404:
            raise NotFound(f"there is no {key} at {self.base_url}")
        span = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+)", answer.headers.get("Content-Range", ""))
        if answer.status == 416:
            return Stream(int(span[2]) if span else None, iter(()))
        if answer.status == 206:
            if not span or span[1] != str(start):
                raise StoreError(f"{self._what(key)}: asked from byte {start}, the server sent another range")
            return Stream(int(span[2]), within(self._chunks(answer, key), start, start, end))
        length = answer.headers.get("Content-Length")
        return Stream(int(length) if length else None, within(self._chunks(answer, key), 0, start, end))

    def _chunks(self, answer: BaseHTTPResponse, key: str) -> Iterator[bytes]:
        try:
            yield from answer.stream(CHUNK)
        except HTTPError as error:
            raise StoreUnavailable(
                f"{self._what(key)}: the answer broke off ({type(error).__name__})",
                hint="run again; what arrived can be kept",
            ) from error

    def _what(self, key: str) -> str:
        return f"cannot read {key} from {self.base_url}"


class _WithoutQueries(logging.Filter):
    """Takes the query off the URLs in urllib3's log, where a redirect may have put a signature."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(arg.partition("?")[0] if isinstance(arg, str) else arg for arg in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutQueries())


def pool_for(url: str, timeout: Timeout) -> PoolManager:
    """Connections to a URL, through the proxy that the environment names for it."""
    if sys.platform in ("win32", "darwin") or any(name.lower().endswith("_proxy") for name in os.environ):
        from urllib.request import getproxies, proxy_bypass  # a tenth of all that a load imports

        parts = urlsplit(url)
        proxy = getproxies().get(parts.scheme)
        if proxy and not proxy_bypass(parts.netloc):
            return ProxyManager(proxy, maxsize=CONNECTIONS, timeout=timeout)
    return PoolManager(maxsize=CONNECTIONS, timeout=timeout)


def request_id_of(answer: BaseHTTPResponse) -> str | None:
    """By which the operator of a server finds this request in a log, if the server names it."""
    named = (answer.headers.get(name) for name in ("X-Request-Id", "x-amz-request-id", "CF-Ray"))
    return next((value[:100] for value in named if value), None)


def _origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
