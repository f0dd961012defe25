"""A small gateway on loopback whose answers a test scripts; it keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ScriptedGateway:
    """A running gateway. `answers` holds, by method and path, what is answered in turn; the last one is repeated."""

    url: str = ""
    answers: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, str | None, Any]] = field(default_factory=list)
    """What was asked, its Authorization, and the document that came with it."""

    def answer(self, what: str, *replies: tuple[int, Any]) -> None:
        """Say what is answered to, for example, `POST /v1/runs`."""
        self.answers[what] = list(replies)

    def documents(self, what: str) -> list[Any]:
        """The documents that came with such requests."""
        return [document for asked, _, document in self.asked if asked == what]


@contextmanager
def scripted_gateway() -> Iterator[ScriptedGateway]:
    """Start a gateway, and stop it afterwards."""
    state = ScriptedGateway()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            what = f"{self.command} {self.path}"
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.asked.append((what, self.headers.get("Authorization"), json.loads(body) if body else None))
            replies = state.answers.get(what, [(404, {})])
            status, document = replies.pop(0) if len(replies) > 1 else replies[0]
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("X-Request-Id", "request-7")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = handle_one

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
