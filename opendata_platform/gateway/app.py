"""The gateway as a Starlette application: the table of operations behind HTTP.

A body is read with a limit of size and time; operations wait for the database and the bucket, so they run in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio.to_thread
from anyio import CapacityLimiter
from opendata.contract.fields import parse_json
from opendata.errors import InvalidValue, OpenDataError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from opendata_platform.gateway.calls import Answer, Call
from opendata_platform.gateway.errors import TooLarge, TooSlow, Unauthenticated
from opendata_platform.gateway.failures import document, error_document, headers_of, status_of
from opendata_platform.gateway.limits import rate_limit_headers
from opendata_platform.gateway.observe import Metrics, Observed
from opendata_platform.gateway.openapi import openapi_document
from opendata_platform.gateway.operations import OPERATIONS, Gate, Operation
from opendata_platform.gateway.principal import ANONYMOUS, Principal
from opendata_platform.gateway.services import Services

LARGEST_BODY = 1 << 20
BODY_SECONDS = 10.0
SLOW_AT_ONCE = 2
"""Commits that are judged at the same time: each may hold a whole publication in memory."""
NOWHERE = "0.0.0.0"  # noqa: S104 - stands for a caller without an address, on a Unix socket

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(services: Services, public_url: str) -> Starlette:
    """The application; it closes the services when it ends."""
    metrics, slow = Metrics(), CapacityLimiter(SLOW_AT_ONCE)
    described = openapi_document(public_url)

    async def show_metrics(request: Request) -> Response:
        request.state.route = "/metrics"
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def show_openapi(request: Request) -> Response:
        request.state.route = "/v1/openapi.json"
        return JSONResponse(described)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        services.close()

    return Starlette(
        routes=[
            Route("/metrics", show_metrics),
            Route("/v1/openapi.json", show_openapi),
            *(
                Route(
                    operation.path.replace("{object}", "{object:path}"),
                    _endpoint(services, operation, slow),
                    methods=[operation.method],
                )
                for operation in OPERATIONS
            ),
        ],
        middleware=[
            Middleware(Observed, metrics=metrics),
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "HEAD", "POST", "PUT", "DELETE"],
                allow_headers=["Authorization", "Content-Type"],
                expose_headers=["X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After"],
            ),
        ],
        exception_handlers={HTTPException: _no_route},
        lifespan=lifespan,
    )


async def _no_route(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself: there is no such path, or not with this method."""
    assert isinstance(error, HTTPException)
    code, kind = ("not_found", "NotFound") if error.status_code == 404 else ("method_not_allowed", "MethodNotAllowed")
    request.state.code = code
    told = document(code, kind, error.detail, "see /v1/openapi.json", request.state.request_id)
    return JSONResponse(told, error.status_code, headers=error.headers)


def _endpoint(services: Services, operation: Operation, slow: CapacityLimiter) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        request.state.route = operation.path
        try:
            body = await _read_document(request) if operation.takes is not None else None
        except OpenDataError as error:
            return _refuse(request, error)
        limiter = slow if operation.slow else None
        return await anyio.to_thread.run_sync(_serve, services, operation, request, body, limiter=limiter)

    return endpoint


async def _read_document(request: Request) -> object:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidValue("Content-Type", request.headers.get("content-type"), "must be application/json")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise TooLarge(f"the body is longer than {LARGEST_BODY} bytes")
    except (TimeoutError, ClientDisconnect):
        raise TooSlow(f"the body did not arrive within {BODY_SECONDS:.0f} s") from None
    return parse_json(bytes(body), "request")


def _serve(services: Services, operation: Operation, request: Request, body: object) -> Response:
    """Authenticate, charge, do what is asked and count it."""
    ip = request.client.host if request.client else NOWHERE
    if operation.gate is Gate.FREE:
        principal = ANONYMOUS
    else:
        try:
            principal = services.access.authenticate(request.headers, ip)
        except OpenDataError as error:
            if isinstance(error, Unauthenticated):
                services.access.record(ANONYMOUS, ip, None, failed=True)
            return _refuse(request, error)
    request.state.principal = principal.id
    call = _call(services, request, principal, ip, body)
    try:
        answer = _perform(services, operation, call)
    except OpenDataError as error:
        _count(services, operation, call, failed=True)
        return _refuse(request, error, rate_limit_headers(call.left) if call.left else {})
    _count(services, operation, call, failed=False)
    return _response(answer, call)


def _call(services: Services, request: Request, principal: Principal, ip: str, body: object) -> Call:
    return Call(
        access=services.access,
        principal=principal,
        ip=ip,
        method=request.method,
        path=request.path_params,
        query=request.query_params,
        span=request.headers.get("range"),
        document=body,
    )


def _perform(services: Services, operation: Operation, call: Call) -> Answer:
    if operation.gate is Gate.NAMED and call.principal.anonymous:
        raise Unauthenticated("this needs a credential", hint="send `Authorization: Bearer <session or API key>`")
    if operation.gate is not Gate.FREE:
        call.charge(call.dataset if "namespace" in call.path and not operation.hands_out else None)
    return operation.handler(services, call)


def _count(services: Services, operation: Operation, call: Call, *, failed: bool) -> None:
    if operation.gate is not Gate.FREE and not call.counted:
        services.access.record(call.principal, call.ip, call.namespace, failed=failed)


def _response(answer: Answer, call: Call) -> Response:
    headers = {**answer.headers, **(rate_limit_headers(call.left) if call.left else {})}
    if answer.status == 302 or answer.body is not None:
        return Response(answer.body, answer.status, headers, media_type=answer.content_type if answer.body else None)
    return JSONResponse(answer.document, answer.status, headers)


def _refuse(request: Request, error: OpenDataError, headers: dict[str, str] | None = None) -> Response:
    request.state.code = error.code
    told = error_document(error, request.state.request_id)
    return JSONResponse(told, status_of(error), headers={**(headers or {}), **headers_of(error)})
