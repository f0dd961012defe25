"""The protocol of Tushare: POST a name, parameters and fields; limits, permissions and row caps as the vendor has them.

POST /tushare[/<api>]       {"api_name", "token", "params", "fields"}
POST /tushare/_control      {"calls_per_minute": 200, "denied": ["fund_daily"], "tokens": ["…"]}; none is the default
GET  /tushare/_stats        calls per API: accepted, rejected, first and last (seconds since 1970), bytes
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from opendata_platform.sandbox.distort import BadFault
from opendata_platform.sandbox.tushare import market, wire
from opendata_platform.sandbox.tushare.account import Account, Calls, Record
from opendata_platform.sandbox.tushare.asking import Asked, MissingParam, read_request
from opendata_platform.sandbox.tushare.changes import CHANGES
from opendata_platform.sandbox.tushare.faults import PAGES, REFUSALS, Fault, FaultBook, capped_at, refusal
from opendata_platform.sandbox.tushare.recorded import RecordedDays
from opendata_platform.sources.http import SANDBOX_HEADER
from opendata_platform.sources.outcome import Provenance
from opendata_platform.tushare.catalog import all_apis

FARTHEST_OFFSET = 100_000
GZIP_ABOVE = 1000
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    body: bytes
    accepted: bool = True
    status: int = 200
    media_type: str = "application/json"
    provenance: Provenance = "synthetic"
    encoding: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Those of HTTP."""
        coded = {"Content-Encoding": self.encoding} if self.encoding else {}
        return {SANDBOX_HEADER: self.provenance, **coded}

    def compressed(self) -> Reply:
        """The same with gzip, level 1: the machine serves itself."""
        if len(self.body) < GZIP_ABOVE:
            return self
        return replace(self, body=gzip.compress(self.body, compresslevel=1, mtime=0), encoding="gzip")


@dataclass
class TushareService:
    """The routes and their state."""

    clock: Callable[[], datetime]
    recorded: RecordedDays = field(default_factory=RecordedDays)
    """Real days to serve instead of made-up ones."""
    account: Account = field(default_factory=Account)
    faults: FaultBook = field(default_factory=FaultBook)
    record: Record = field(default_factory=Record)

    @property
    def calls(self) -> dict[str, Calls]:
        """What was asked of each API so far."""
        return self.record.calls

    @property
    def routes(self) -> list[Route]:
        """Everything at and below /tushare."""
        return [
            Route("/tushare/_control", self._control, methods=["POST"]),
            Route("/tushare/_stats", self._stats),
            Route("/tushare", self._answer, methods=["POST"]),
            Route("/tushare/", self._answer, methods=["POST"]),
            Route("/tushare/{api}", self._answer, methods=["POST"]),
            Route("/tushare/dataapi/{api}", self._answer, methods=["POST"]),
        ]

    async def _answer(self, request: Request) -> Response:
        try:
            asked = read_request(await request.json(), request.path_params.get("api", ""))
        except ValueError as error:
            return Response(wire.refused(40001, f"参数校验失败: {error}"), media_type="application/json")
        faults = self.faults.take(asked.api)
        for fault in faults:
            if fault.name == "hang":
                await asyncio.sleep(float(str(fault.params.get("seconds", 60))))
        squeeze = "gzip" in request.headers.get("accept-encoding", "")
        try:
            reply = await asyncio.to_thread(self._reply, asked, faults, squeeze=squeeze)
        except BadFault as error:
            return JSONResponse({"error": str(error)}, 400)
        if any(fault.name == "cut_body" for fault in faults):
            return _cut(reply)
        return Response(reply.body, reply.status, reply.headers, reply.media_type)

    def _reply(self, asked: Asked, faults: list[Fault], *, squeeze: bool) -> Reply:
        calls = self.record.entered(asked)
        reply = self._replaced(asked, faults) or self._refused(asked, calls) or self._rows(asked, faults)
        self.record.left(asked.api, accepted=reply.accepted, size=len(reply.body))
        return reply.compressed() if squeeze else reply

    def _replaced(self, asked: Asked, faults: list[Fault]) -> Reply | None:
        """The answer of a fault that needs no data."""
        for fault in faults:
            if fault.name in REFUSALS:
                n = int(str(fault.params.get("n", 200)))
                return Reply(wire.refused(*refusal(fault.name, n=n, what=asked.api)), accepted=False)
            if fault.name in PAGES:
                status, media_type, text = PAGES[fault.name]
                return Reply(text.encode(), False, status, media_type)
            if fault.name == "null_data":
                return Reply(wire.success("null"))
        return None

    def _refused(self, asked: Asked, calls: int) -> Reply | None:
        """Why a request is not answered with rows."""
        reason, n, what = self.account.refusal(asked, calls), self.account.calls_per_minute or 0, asked.api
        if reason != "bad_token" and asked.api not in all_apis():
            reason = "unknown_api"
        if reason is None and asked.offset > FARTHEST_OFFSET:
            reason = "query_failed"
        return Reply(wire.refused(*refusal(reason, n=n, what=what)), accepted=False) if reason else None

    def _rows(self, asked: Asked, faults: list[Fault]) -> Reply:
        """A page of the market, as faults change it."""
        api, names = all_apis()[asked.api], {fault.name for fault in faults}
        try:
            table, provenance = market.answer(api, asked.params, self.clock(), self.recorded)
        except MissingParam as error:
            return Reply(wire.refused(*refusal("missing_param", what=str(error))), accepted=False)
        for fault in faults:
            if fault.name in CHANGES:
                table = CHANGES[fault.name](table, fault.params)
        if "capped" in names:
            table = table.head(capped_at(faults, api.page_rows))
        offset = 0 if "repeated_pages" in names else asked.offset
        more = False if "unflagged" in names else None
        body = wire.page(api, asked, table, offset=offset, more=more, flag="capped" not in names)
        if "cut_text" in names:
            body = body[: int(len(body) * 0.6)]
        return Reply(body, provenance=provenance)

    async def _control(self, request: Request) -> Response:
        try:
            self.account = Account.read(await request.json())
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return Response(status_code=204)

    async def _stats(self, request: Request) -> Response:
        return JSONResponse({"apis": {name: asdict(calls) for name, calls in self.calls.items()}})


def _cut(reply: Reply) -> Response:
    """Half of the body under the length of the whole; the connection then breaks off."""

    def half() -> Iterator[bytes]:
        yield reply.body[: len(reply.body) // 2]

    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    return StreamingResponse(half(), reply.status, headers, reply.media_type)
