"""The protocol of Tushare: POST a name, parameters and fields; limits, permissions and row caps as the vendor has them.

POST /tushare[/<api>]       {"api_name", "token", "params", "fields"}
POST /tushare/_control      {"calls_per_minute": 200, "denied": ["fund_daily"], "tokens": ["…"]}
GET  /tushare/_stats        calls per API: accepted, rejected, first and last (seconds since 1970), bytes
"""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from opendata_platform.sandbox.distort import BadFault
from opendata_platform.sandbox.tushare import market
from opendata_platform.sandbox.tushare.faults import BROKEN, CHANGES, REFUSALS, Fault, FaultBook, refusal
from opendata_platform.sources.http import SANDBOX_HEADER
from opendata_platform.tushare.catalog import all_apis
from opendata_platform.tushare.declare import Api, ByCode

FARTHEST_OFFSET = 100_000
MINUTE_S = 60.0
GZIP_ABOVE = 1000
"""Bytes."""
PAGE = "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


@dataclass
class Calls:
    """What was asked of one API."""

    accepted: int = 0
    rejected: int = 0
    first: float = 0.0
    last: float = 0.0
    bytes: int = 0


@dataclass
class Account:
    """What callers may do; None: no limit, any token."""

    calls_per_minute: int | None = None
    denied: frozenset[str] = frozenset()
    tokens: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    token: str
    params: Mapping[str, str]
    fields: tuple[str, ...]


@dataclass
class TushareService:
    """The routes and their state."""

    clock: Callable[[], datetime]
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        self.faults = FaultBook()
        self.calls: dict[str, Calls] = defaultdict(Calls)
        self._lock = threading.Lock()
        self._minutes: dict[tuple[str, str], deque[float]] = defaultdict(deque)

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
            asked = _read(await request.json(), request.path_params.get("api", ""))
        except ValueError as error:
            return _refused(40001, f"参数校验失败: {error}")
        faults = self.faults.take(asked.name)
        for fault in faults:
            if fault.name == "hang":
                await asyncio.sleep(float(str(fault.params.get("seconds", 60))))
        try:
            response = await asyncio.to_thread(self._respond, asked, faults)
        except BadFault as error:
            return JSONResponse({"error": str(error)}, 400)
        body = bytes(response.body)
        self._count(asked.name, response.headers.get("x-refused") is None, len(body))
        if any(fault.name == "cut_body" for fault in faults):
            return _cut(body)
        return _compressed(response) if "gzip" in request.headers.get("accept-encoding", "") else response

    def _respond(self, asked: _Asked, faults: list[Fault]) -> Response:
        names = {fault.name for fault in faults}
        for fault in faults:
            if fault.name in REFUSALS:
                return _refused(*refusal(fault.name, asked.name, int(str(fault.params.get("n", 200)))))
        if "bad_gateway" in names:
            return Response(PAGE.format(title="502 Bad Gateway"), 502, media_type="text/html")
        if "server_error" in names:
            return Response("upstream connect error", 503, media_type="text/plain")
        if "html" in names:
            return Response(PAGE.format(title="Verifying"), media_type="text/html")
        refused = self._refusal(asked)
        if refused:
            return _refused(*refused)
        api = all_apis()[asked.name]
        table = market.table(api, {k: v for k, v in asked.params.items() if k not in ("limit", "offset")}, self.clock())
        for fault in faults:
            if fault.name in CHANGES:
                table = CHANGES[fault.name](table, fault.params)
        if "null_data" in names:
            return _sent({"request_id": uuid.uuid4().hex, "code": 0, "msg": "", "data": None})
        body = self._page(api, asked, table, names & BROKEN)
        if "cut_text" in names:
            body = body[: int(len(body) * 0.6)]
        return Response(body, media_type="application/json", headers={SANDBOX_HEADER: "synthetic"})

    def _refusal(self, asked: _Asked) -> tuple[int, str] | None:
        """Why a request is not answered with rows."""
        account = self.account
        if account.tokens is not None and asked.token not in account.tokens:
            return refusal("bad_token", asked.name, 0)
        if asked.name not in all_apis():
            return refusal("unknown_api", asked.name, 0)
        if account.calls_per_minute is not None and self._too_often(asked, account.calls_per_minute):
            return refusal("rate_limit", asked.name, account.calls_per_minute)
        if asked.name in account.denied:
            return refusal("no_permission", asked.name, 0)
        axis = all_apis()[asked.name].fetch
        if isinstance(axis, ByCode) and not asked.params.get(axis.param):
            return 40001, f"必填参数, {axis.param}"
        if int(asked.params.get("offset", "0")) > FARTHEST_OFFSET:
            return refusal("query_failed", asked.name, 0)
        return None

    def _too_often(self, asked: _Asked, limit: int) -> bool:
        """Calls of the last minute, refused ones included, as the vendor seems to count."""
        now = time.monotonic()
        with self._lock:
            made = self._minutes[asked.token, asked.name]
            while made and made[0] <= now - MINUTE_S:
                made.popleft()
            made.append(now)
            return len(made) > limit

    def _page(self, api: Api, asked: _Asked, table: pl.DataFrame, broken: set[str]) -> bytes:
        cap = api.page_rows
        limit = min(int(asked.params.get("limit", cap)), cap)
        offset = 0 if "repeated_pages" in broken else int(asked.params.get("offset", "0"))
        rows = table.slice(offset, limit)
        more = offset + rows.height < table.height
        fields = [name for name in asked.fields if name in table.columns] if asked.fields else table.columns
        unasked = [name for name in table.columns if name not in {field.name for field in api.fields}]
        shown = rows.select(list(dict.fromkeys([*fields, *unasked])))
        data: dict[str, Any] = {"fields": shown.columns, "items": [], "has_more": more, "count": -1}
        if "unflagged" in broken:
            data["has_more"] = False
        head = json.dumps({"request_id": uuid.uuid4().hex, "code": 0, "msg": "", "data": data}, ensure_ascii=False)
        return head.replace('"items": []', f'"items": [{_items(shown)}]', 1).encode()

    def _count(self, api: str, accepted: bool, size: int) -> None:
        now = time.time()
        with self._lock:
            calls = self.calls[api]
            calls.accepted += accepted
            calls.rejected += not accepted
            calls.first = calls.first or now
            calls.last = now
            calls.bytes += size

    async def _control(self, request: Request) -> Response:
        asked = await request.json()
        tokens = asked.get("tokens")
        self.account = Account(
            asked.get("calls_per_minute"),
            frozenset(asked.get("denied", ())),
            None if tokens is None else frozenset(tokens),
        )
        return Response(status_code=204)

    async def _stats(self, request: Request) -> Response:
        return JSONResponse({"apis": {name: asdict(calls) for name, calls in self.calls.items()}})


def _read(document: object, in_path: str) -> _Asked:
    """A request as the vendor reads it: the API's name in the body or in the path, parameters as texts."""
    if not isinstance(document, dict):
        raise ValueError("a JSON object is wanted")
    params, fields = document.get("params") or {}, document.get("fields") or ""
    if not isinstance(params, dict) or not isinstance(fields, str):
        raise ValueError("params is an object, fields a text")
    texts = {str(name): str(value) for name, value in params.items() if value not in (None, "")}
    texts.pop("ts_type_name", None)  # the vendor's package sends it along, and the vendor ignores it
    for name in ("limit", "offset"):
        if name in texts and not (texts[name].isascii() and texts[name].isdecimal()):
            raise ValueError(f"{name} is a whole number")
    names = tuple(name.strip() for name in fields.split(",") if name.strip())
    return _Asked(str(document.get("api_name") or in_path), str(document.get("token") or ""), texts, names)


def _items(frame: pl.DataFrame) -> str:
    """The rows as JSON arrays, whole columns at a time."""
    texts = [
        (_quoted(name) if dtype == pl.String else pl.col(name).cast(pl.String)).fill_null("null").alias(str(number))
        for number, (name, dtype) in enumerate(frame.schema.items())
    ]
    if not texts or frame.is_empty():
        return ""
    rows = frame.select(pl.concat_str(texts, separator=",").alias("row"))
    return "[" + "],[".join(rows["row"].to_list()) + "]"


def _quoted(name: str) -> pl.Expr:
    """A text of the market (no control characters) as JSON."""
    escaped = pl.col(name).str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return pl.lit('"') + escaped + pl.lit('"')


def _refused(code: int, message: str) -> Response:
    body = json.dumps({"request_id": uuid.uuid4().hex, "code": code, "data": None, "msg": message}, ensure_ascii=False)
    return Response(body, media_type="application/json", headers={SANDBOX_HEADER: "synthetic", "X-Refused": "1"})


def _sent(document: Mapping[str, object]) -> Response:
    return Response(json.dumps(document), media_type="application/json", headers={SANDBOX_HEADER: "synthetic"})


def _compressed(response: Response) -> Response:
    """The same answer with gzip, level 1: the machine serves itself."""
    if len(response.body) < GZIP_ABOVE:
        return response
    headers = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
    body = gzip.compress(bytes(response.body), compresslevel=1)
    return Response(body, response.status_code, {**headers, "Content-Encoding": "gzip"})


def _cut(body: bytes) -> Response:
    """Half of the body under the length of the whole; the connection then breaks off."""

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]

    headers = {"Content-Length": str(len(body)), "Content-Encoding": "identity", SANDBOX_HEADER: "synthetic"}
    return StreamingResponse(half(), 200, headers, "application/json")
