"""What surrounds every request: an id, one line in the log, metrics, headers that keep browsers careful.

The log has the path without its query, and of headers and bodies nothing: a credential or a signed URL cannot get in.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any

from opendata.errors import InvalidValue
from opendata.stores.store import check_key
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from opendata_platform.gateway.failures import document, error_document, status_of

LOG = logging.getLogger("opendata.gateway")
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
UNMATCHED = "(none)"
"""What metrics say of a path that is no route: not the path, of which there are endlessly many."""


class Metrics:
    """Counts per route, for Prometheus."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route")
        self.requests = Counter(
            "gateway_requests", "Requests by route and status.", (*labels, "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "gateway_request_seconds", "Seconds to answer a request.", labels, registry=self.registry
        )
        self.running = Gauge("gateway_requests_running", "Requests that are being answered.", registry=self.registry)


class Observed:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens within."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0
        known = scope.setdefault("state", {})
        known["request_id"] = request_id = str(ULID())

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with self._metrics.running.track_inprogress():
            try:
                check_key(scope["raw_path"].decode("latin-1").removeprefix("/") or "root")
                await self._app(scope, receive, answer)
            except InvalidValue as error:
                known["code"] = error.code
                await JSONResponse(error_document(error, request_id), status_of(error))(scope, receive, answer)
            except Exception as error:  # the last line of defence: it is logged and answered
                known["code"] = "internal"
                LOG.exception("unexpected %s", type(error).__name__, extra={"request_id": request_id})
                if not status:
                    told = document("internal", "InternalError", "the gateway failed", None, request_id)
                    await JSONResponse(told, 500)(scope, receive, answer)
            finally:
                self._note(scope, known, status, time.perf_counter() - started)

    def _note(self, scope: Scope, known: dict[str, Any], status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        route = known.get("route", UNMATCHED)
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        LOG.info(
            "request",
            extra={
                "request_id": known["request_id"],
                "method": method,
                "path": scope["path"][:200],
                "route": route,
                "status": status,
                "seconds": round(seconds, 6),
                "ip": scope["client"][0] if scope.get("client") else None,
                "principal": known.get("principal"),
                "code": known.get("code"),
            },
        )


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_FIELDS = ("request_id", "method", "path", "route", "status", "seconds", "ip", "principal", "code")


class JsonLines(logging.Formatter):
    """One JSON object per record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _FIELDS if getattr(record, name, None) is not None}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(level: str) -> None:
    """Send everything that is logged to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
