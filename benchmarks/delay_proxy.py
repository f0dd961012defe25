"""An HTTP proxy that makes a fast local server look far away, counts what passes, and fails when told to.

    with delay_proxy(server_url, latency=0.03, bandwidth=50e6) as proxy:
        proxy.inject(Status(503), times=2)          # the next two requests
        proxy.inject(Drop(after=4_096))             # the next answer breaks off
        proxy.inject(Flip(at=100_000), times=99)    # byte 100,000 of the object arrives damaged, in ranges too
        ... read from proxy.url ...
        proxy.requests, proxy.bytes

Every request waits `latency` seconds before it is passed on; all answers together share `bandwidth` bytes per second.
Range headers pass through. Answers must have a Content-Length, as those of a web server over files have.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler
from typing import ClassVar, TypeAlias
from urllib.parse import urlsplit

from benchmarks.loopback import listening

CHUNK = 1 << 16


@dataclass(frozen=True)
class Status:
    """The server is not asked; the client gets this status, with Retry-After where one is set."""

    code: int
    retry_after: int | None = None


@dataclass(frozen=True)
class Drop:
    """The answer breaks off, with a reset, after this many bytes of its body."""

    after: int


@dataclass(frozen=True)
class Flip:
    """The lowest bit of this byte of the object (not of the answer: a range may begin later) arrives turned over."""

    at: int


Fault: TypeAlias = Status | Drop | Flip


@dataclass(frozen=True)
class Seen:
    """One request: its answer is to have `bytes` bytes of the object, from `start` on."""

    method: str
    path: str
    status: int
    start: int
    bytes: int


@dataclass
class _Rule:
    fault: Fault
    method: str
    path: re.Pattern[str]
    left: int


@dataclass
class DelayProxy:
    """A running proxy. `seen` holds the requests that were answered, in that order."""

    upstream: str
    latency: float
    bandwidth: float | None
    url: str = ""
    requests: int = 0
    bytes: int = 0
    seen: list[Seen] = field(default_factory=list)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free_at: float = 0.0

    def inject(self, fault: Fault, *, times: int = 1, path: str = "", method: str = "GET") -> None:
        """Let the next `times` requests go wrong that have this method and whose path matches."""
        with self._lock:
            self._rules.append(_Rule(fault, method, re.compile(path), times))

    def clear_faults(self) -> None:
        """Forget the faults that are still to come."""
        with self._lock:
            self._rules.clear()

    def start_counting(self) -> None:
        """Count requests and bytes from zero."""
        with self._lock:
            self.seen.clear()
            self.requests = self.bytes = 0

    def admit(self, method: str, path: str) -> Fault | None:
        """Count a request, keep it waiting, and say what goes wrong with it."""
        with self._lock:
            self.requests += 1
            fitting = (rule for rule in self._rules if rule.left and rule.method == method and rule.path.search(path))
            rule = next(fitting, None)
            if rule:
                rule.left -= 1
        time.sleep(self.latency)
        return rule.fault if rule else None

    def account(self, count: int) -> None:
        """Count bytes on their way to a client, and wait until the line is free for them."""
        with self._lock:
            self.bytes += count
            if self.bandwidth is None:
                return
            self._free_at = max(time.monotonic(), self._free_at) + count / self.bandwidth
            wait = self._free_at - time.monotonic()
        time.sleep(max(0.0, wait))

    def note(self, seen: Seen) -> None:
        """Remember a request that was answered."""
        with self._lock:
            self.seen.append(seen)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[DelayProxy]

    def setup(self) -> None:
        super().setup()
        # What a client that is killed has not read should not have been counted: keep little in flight.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CHUNK)
        self._server = HTTPConnection(urlsplit(self.proxy.upstream).netloc)

    def finish(self) -> None:
        self._server.close()
        super().finish()

    def _exchange(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.proxy.admit(self.command, self.path)
        if isinstance(fault, Status):
            return self._refuse(fault)
        answer = self._ask(body)
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        return self._send_body(answer, fault)

    do_GET = do_HEAD = do_POST = _exchange

    def _ask(self, body: bytes) -> HTTPResponse:
        self._server.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            self._server.putheader(name, value)
        self._server.endheaders(body)
        return self._server.getresponse()

    def _send_body(self, answer: HTTPResponse, fault: Fault | None) -> None:
        begin, sent = _first_byte(answer), 0
        self.proxy.note(Seen(self.command, self.path, answer.status, begin, answer.length or 0))
        cut = fault.after if isinstance(fault, Drop) else None
        while chunk := answer.read(CHUNK if cut is None else min(CHUNK, cut - sent)):
            if isinstance(fault, Flip) and 0 <= (place := fault.at - begin - sent) < len(chunk):
                chunk = chunk[:place] + bytes([chunk[place] ^ 1]) + chunk[place + 1 :]
            self.proxy.account(len(chunk))
            try:
                self.wfile.write(chunk)
            except OSError:  # the client has gone; so must this connection, whose answer is half read
                self.close_connection = True
                break
            sent += len(chunk)
        if cut is not None:
            time.sleep(0.05)  # a reset discards what the client's system has not delivered yet
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

    def _refuse(self, fault: Status) -> None:
        self.send_response_only(fault.code)
        if fault.retry_after is not None:
            self.send_header("Retry-After", str(fault.retry_after))
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.proxy.note(Seen(self.command, self.path, fault.code, 0, 0))

    def log_message(self, format: str, *args: object) -> None:
        """The proxy keeps its own record."""


def _first_byte(answer: HTTPResponse) -> int:
    """Where in the object the body begins."""
    span = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(span[1]) if span else 0


@contextmanager
def delay_proxy(upstream: str, *, latency: float = 0.0, bandwidth: float | None = None) -> Iterator[DelayProxy]:
    """A running proxy on loopback in front of the server at `upstream`."""
    proxy = DelayProxy(upstream, latency, bandwidth)
    with listening(type("Handler", (_Handler,), {"proxy": proxy})) as proxy.url:
        yield proxy
