"""A web server as a store, for reading only: the layout behind a base URL, over plain GETs.

The token, where one is set, goes to the host of the base URL and nowhere else: urllib3 drops it on a redirect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import BaseHTTPResponse, PoolManager, ProxyManager, Retry, Timeout
from urllib3.exceptions import HTTPError, MaxRetryError

from opendata.errors import InvalidValue, NotFound, StoreDenied, StoreError, StoreUnavailable
from opendata.protocol.operations import Delete, Found, Get, List, Missing, Operation, Put, Reply
from opendata.stores.retry import Transient, retry_after, retrying
from opendata.stores.store import CHUNK, Stream, check_key, check_url, range_header, server_time, within

CONNECTIONS = 32
"""Connections kept open: at least as many as threads that use one store at a time."""

_REDIRECTS_ONLY = Retry(total=5, connect=0, read=0, status=0, other=0, redirect=5)


class HttpStore:
    """A read-only store behind a base URL; safe to share between threads."""

    def __init__(self, base_url: str, *, token: str | None = None, timeout: float = 30.0) -> None:
        """No connection is opened yet. `timeout` is after how many seconds without a byte an answer is lost."""
        self.base_url = check_url("base_url", base_url)
        parts = urlsplit(self.base_url)
        self.name = parts.netloc
        if token and parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
            raise InvalidValue("base_url", self.base_url, "must be https when a token is set")
        headers = {"Accept-Encoding": "identity", "User-Agent": "opendata"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._pool = _pool(self.base_url, headers, Timeout(connect=min(timeout, 5.0), read=timeout))

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
            raise Transient(_reason(error)) from error

    def _ask(self, key: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """Ask for an object; the answer has status 200, 206, 404 or 416 and its body is unread."""
        try:
            answer = self._pool.request(
                "GET",
                f"{self.base_url}/{key}",
                headers={**self._pool.headers, **headers},
                retries=_REDIRECTS_ONLY,
                preload_content=False,
            )
        except HTTPError as error:
            raise Transient(_reason(error)) from error
        if answer.status in (200, 206, 404, 416):
            return answer
        answer.close()
        said = f"{self._what(key)}: the server answered {answer.status}"
        if answer.status in (401, 403):
            raise StoreDenied(said, hint="check OPENDATA_TOKEN, or whether the object is public")
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise Transient(str(answer.status), retry_after(answer.headers.get("Retry-After")))
        raise StoreError(said, hint="check OPENDATA_ENDPOINT")

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
                f"{self._what(key)}: the answer broke off ({_reason(error)})",
                hint="run again; what arrived can be kept",
            ) from error

    def _what(self, key: str) -> str:
        return f"cannot read {key} from {self.base_url}"


def _reason(error: HTTPError) -> str:
    """What happened, without the URL: the error's name, or that of the error which it wraps."""
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    return type(cause).__name__


def _pool(url: str, headers: dict[str, str], timeout: Timeout) -> PoolManager:
    """Connections to a URL, through the proxy that the environment names for it."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.netloc):
        return ProxyManager(proxy, maxsize=CONNECTIONS, headers=headers, timeout=timeout)
    return PoolManager(maxsize=CONNECTIONS, headers=headers, timeout=timeout)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
