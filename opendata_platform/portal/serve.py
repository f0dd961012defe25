"""The built site and a store in a folder behind one port, for use on one's own machine.

The store is under /store/, readable from any origin and in ranges; the site is everything else. Both are read only.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

import uvicorn
from opendata.errors import NotFound
from opendata.protocol.operations import NO_CACHE, PARQUET
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opendata_platform.portal.prerender import BESIDE

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What pages may do at most; each page narrows it for itself."""
_HEADERS = {"cache-control": NO_CACHE, "content-security-policy": POLICY, "x-content-type-options": "nosniff"}
_EXPOSED = ("Accept-Ranges", "Content-Length", "Content-Range", "ETag")


class _Headers:
    """Adds the headers that every answer has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, add)


def create_site(site: Path, store: Path) -> Starlette:
    """The application. Raises NotFound where one of the folders is missing."""
    for folder, hint in ((site, "run `make portal`"), (store, "publish something first: `make demo`")):
        if not folder.is_dir():
            raise NotFound(f"there is no folder {folder}", hint=hint)
    mimetypes.add_type(PARQUET, ".parquet")
    anybody = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD"],
        allow_headers=["Range", "If-None-Match"],
        expose_headers=_EXPOSED,
    )
    return Starlette(
        routes=[
            Mount(f"/{BESIDE.rstrip('/')}", StaticFiles(directory=store), middleware=[anybody]),
            Mount("/", StaticFiles(directory=site, html=True), middleware=[Middleware(GZipMiddleware)]),
        ],
        middleware=[Middleware(_Headers)],
    )


def serve(site: Path, store: Path, host: str, port: int) -> None:
    """Serve until interrupted."""
    uvicorn.run(create_site(site, store), host=host, port=port, access_log=False, server_header=False)
