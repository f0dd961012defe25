"""Where a job on GitHub asks for its id token: a server on loopback that wants the job's own secret."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

Mint: TypeAlias = Callable[[str], str]
"""Makes the token for an audience."""


@contextmanager
def id_tokens(mint: Mint) -> Iterator[dict[str, str]]:
    """A running endpoint, as the variables by which a job finds it."""
    secret = secrets.token_urlsafe(24)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            if self.headers.get("Authorization") != f"bearer {secret}" or "audience" not in asked:
                return self.reply(401, {"message": "not this job"})
            return self.reply(200, {"count": 1, "value": mint(asked["audience"][0])})

        def reply(self, status: int, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{server.server_port}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secret,
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
