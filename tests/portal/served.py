"""The server of `odp portal serve` in a thread, noting what is asked of it and how many bytes it sends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opendata_platform.portal.serve import create_site


@dataclass
class Request:
    """One request and what was sent for it."""

    path: str
    sent: int = 0


@dataclass
class Served:
    """A running server."""

    url: str
    requests: list[Request] = field(default_factory=list)

    def sent(self, part: str) -> int:
        """Bytes sent for paths that contain this."""
        return sum(request.sent for request in self.requests if part in request.path)


class _Counting:
    def __init__(self, app: ASGIApp, served: Served) -> None:
        self._app, self._served = app, served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope["path"])
        self._served.requests.append(request)

        async def count(message: Message) -> None:
            request.sent += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, count)


@contextmanager
def serve(site: Path, store: Path) -> Iterator[Served]:
    """Serve the site and a store on loopback."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        served = Served(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        config = uvicorn.Config(_Counting(create_site(site, store), served), log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.should_exit = True
            thread.join()
