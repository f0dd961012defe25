"""The sandbox as a server: the sources under one base URL, faults and a request log beside them.

    GET    /binance/…  /stooq/…  /open-meteo/…  /owid/…     the sources' own wire formats
    POST   /tushare                                         the protocol of Tushare (see `tushare/protocol.py`)
    POST   /_faults     {"source": "owid", "fault": "html", "times": 1, "path": null, …parameters}
    DELETE /_faults     all is well again
    GET    /_requests   what was asked so far

Every source answer carries `X-OpenData-Sandbox: recorded|synthetic`. `Sandbox` runs it in this process on a free
loopback port; `serve` runs it in the foreground.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from opendata_platform.sandbox.answers import Answer
from opendata_platform.sandbox.distort import BadFault
from opendata_platform.sandbox.faults import SOURCES, Fault, FaultBook
from opendata_platform.sandbox.recordings import Recordings
from opendata_platform.sandbox.tushare import faults as tushare_faults
from opendata_platform.sandbox.tushare.protocol import TushareService
from opendata_platform.sandbox.tushare.recorded import RecordedDays, serves_recorded
from opendata_platform.sources.http import SANDBOX_HEADER

LOG_LENGTH = 10_000
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that a source received: parameter names only, since values may be keys."""

    source: str
    path: str
    params: tuple[str, ...]
    faults: tuple[str, ...]


class _Service:
    """The application and its state."""

    def __init__(self, recordings: Recordings, clock: Callable[[], datetime], *, tushare_recorded: bool) -> None:
        self.tushare = TushareService(clock, RecordedDays(recordings if tushare_recorded else None))
        self.faults = FaultBook()
        self.asked: deque[Asked] = deque(maxlen=LOG_LENGTH)
        self._recordings = recordings
        self._clock = clock
        self.app = Starlette(
            routes=[
                Route("/_faults", self._add_fault, methods=["POST"]),
                Route("/_faults", self._clear_faults, methods=["DELETE"]),
                Route("/_requests", self._requests),
                *self.tushare.routes,
                Route("/{source}/{path:path}", self._answer),
            ]
        )

    async def _answer(self, request: Request) -> Response:
        source, path = request.path_params["source"], f"/{request.path_params['path']}"
        if source not in SOURCES:
            return JSONResponse({"error": f"no source {source!r}: use one of {', '.join(SOURCES)}"}, 404)
        params = dict(request.query_params)
        answer = SOURCES[source].respond(path, params, self._clock(), self._recordings)
        faults = self.faults.take(source, path, has_table=answer.table is not None)
        self.asked.append(Asked(source, path, tuple(sorted(params)), tuple(f.name for f in faults)))
        for fault in faults:
            try:
                answer = fault.applied(answer, path)
            except BadFault as error:
                return JSONResponse({"error": f"fault {fault.name}: {error}"}, 400)
            if fault.name == "hang":
                await asyncio.sleep(float(str(fault.params.get("seconds", 60))))
            if fault.name == "cut_body":
                return _cut(answer)
        return Response(answer.body, answer.status, _headers(answer), answer.media_type)

    async def _add_fault(self, request: Request) -> Response:
        try:
            asked = await request.json()
            if not isinstance(asked, dict):
                raise BadFault("a JSON object is wanted")
            source, name = str(asked.pop("source", "")), str(asked.pop("fault", ""))
            self.add_fault(source, name, asked.pop("times", None), asked.pop("path", None), asked)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return Response(status_code=204)

    def add_fault(
        self, source: str, name: str, times: int | None, path: str | None, params: Mapping[str, object]
    ) -> None:
        """Put a fault in force; of Tushare the path is the name of an API. Raises BadFault."""
        if source == "tushare":
            self.tushare.faults.add(tushare_faults.Fault(name, path, times, params))
        else:
            self.faults.add(Fault(source, name, times, path, params))

    def clear(self) -> None:
        """End all faults."""
        self.faults.clear()
        self.tushare.faults.clear()

    async def _clear_faults(self, request: Request) -> Response:
        self.clear()
        return Response(status_code=204)

    async def _requests(self, request: Request) -> Response:
        counts = {source: sum(a.source == source for a in self.asked) for source in SOURCES}
        return JSONResponse({"counts": counts, "requests": [asdict(a) for a in self.asked]})


def _headers(answer: Answer) -> dict[str, str]:
    return {SANDBOX_HEADER: answer.provenance, **answer.headers}


def _cut(answer: Answer) -> Response:
    """Half of the body under the length of the whole; the connection then breaks off."""

    def half() -> Iterator[bytes]:
        yield answer.body[: len(answer.body) // 2]

    headers = {**_headers(answer), "Content-Length": str(len(answer.body))}
    return StreamingResponse(half(), answer.status, headers, answer.media_type)


class Sandbox:
    """A running sandbox on a free loopback port, as a context: `with Sandbox() as sandbox: sandbox.url`."""

    def __init__(
        self,
        *,
        recordings: Recordings | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        tushare_recorded: bool | None = None,
    ) -> None:
        """`tushare_recorded`: serve the recorded days of Tushare; None: as the environment says."""
        recorded = serves_recorded() if tushare_recorded is None else tushare_recorded
        self._service = _Service(recordings or Recordings.from_env(), clock, tushare_recorded=recorded)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Base URL; the sources are below it."""
        return self._url

    def __enter__(self) -> Self:
        listener = socket.create_server((LOOPBACK, 0))
        self._url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        self._server = uvicorn.Server(_config(self._service.app, log_level="critical"))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()

    def fault(
        self, source: str, name: str, *, times: int | None = None, path: str | None = None, **params: object
    ) -> None:
        """Misbehave from now on (`times` None: until cleared); raises BadFault when it does not exist."""
        self._service.add_fault(source, name, times, path, params)

    def clear_faults(self) -> None:
        """Behave again."""
        self._service.clear()

    @property
    def tushare(self) -> TushareService:
        """What plays Tushare: its limits, permissions and counted calls."""
        return self._service.tushare

    def requests(self, source: str) -> list[Asked]:
        """What was asked of `source` so far, oldest first."""
        return [asked for asked in list(self._service.asked) if asked.source == source]


def serve(
    host: str,
    port: int,
    say: Callable[[str], object],
    *,
    tushare_calls_per_minute: int | None = None,
    recordings: Recordings | None = None,
) -> None:
    """Run a sandbox in the foreground until interrupted, and say where it is (port 0: any free one).

    It has no access control: keep it on loopback.
    """
    recorded = serves_recorded()
    service = _Service(recordings or Recordings.from_env(), lambda: datetime.now(UTC), tushare_recorded=recorded)
    service.tushare.account.calls_per_minute = tushare_calls_per_minute
    listener = socket.create_server((host, port))
    say(f"http://{host}:{listener.getsockname()[1]}")
    uvicorn.Server(_config(service.app, log_level="warning")).run(sockets=[listener])


def _config(app: Starlette, *, log_level: str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level=log_level,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
