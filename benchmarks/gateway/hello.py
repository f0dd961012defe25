"""The least that the framework answers: Starlette behind uvicorn, started as the gateway is, saying hello."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def hello(request: Request) -> Response:
    """A small JSON document."""
    return JSONResponse({"hello": "world"})


if __name__ == "__main__":
    app = Starlette(routes=[Route("/hello", hello)])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_config=None, server_header=False)
