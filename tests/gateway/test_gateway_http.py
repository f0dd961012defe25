"""A real gateway process over HTTP: what it serves, what it refuses, and what it never lets out."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.schema import Column, TableSchema
from opendata.errors import InvalidValue
from opendata.write import encode
from starlette.routing import Route
from starlette.types import Message

from opendata_platform.gateway import app as gateway_app
from opendata_platform.gateway.openapi import openapi_document
from opendata_platform.gateway.operations import OPERATIONS, Gate, Operation
from opendata_platform.gateway.reading import readable
from tests.fixtures.fault_proxy import Answer, Delay, FaultProxy, fault_proxy
from tests.fixtures.gateway import ADMIN_TOKEN, Gateway, free_port, metadata, publish, running_gateway
from tests.fixtures.seaweedfs import S3Server

DATASET, DAY = "ada/weather", "2026-11-20"
SCHEMA = TableSchema((Column("day", "date"), Column("celsius", "float64")), ("day",), "day")
FRAME = pl.DataFrame({"day": [DAY], "celsius": [7.5]}).with_columns(pl.col("day").str.to_date())
FILE = encode(FRAME, SCHEMA)
SECRETS = (ADMIN_TOKEN, "testsecret", "Signature", "X-Amz", "odk_", "ods_")


@pytest.fixture(scope="module")
def storage(s3_server: S3Server) -> Iterator[FaultProxy]:
    """What stands before the bucket."""
    with fault_proxy(s3_server.endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def gateway(s3_server: S3Server, storage: FaultProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway through which one day was published; its log never holds a secret."""
    folder = tmp_path_factory.mktemp("gateway")
    with running_gateway(folder, s3_server, s3_server.new_bucket(), endpoint=storage.url) as running:
        assert running.ask("POST", "/v1/datasets", metadata(DATASET)).status_code == 201
        assert publish(running, DATASET, DAY, FILE)["outcome"] == "published"
        yield running
    log = running.log.read_text()
    assert '"route": "/v1/publish/commit"' in log
    assert not [secret for secret in SECRETS if secret in log]


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """The error of an answer, which has the one form of all errors."""
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "type", "message", "hint", "request_id"}
    assert answer.headers["x-request-id"] == error["request_id"]
    return error


def test_a_reported_run_is_the_health_of_the_dataset(gateway: Gateway) -> None:
    run = {
        "dataset": DATASET,
        "outcome": "published",
        "summary": "all is well",
        "started_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "seconds": 1.5,
    }
    assert gateway.ask("POST", "/v1/runs", run).status_code == 201

    assert gateway.ask("GET", "/v1/index", token=None).json()["datasets"][0]["health"] is not None
    health = gateway.ask("GET", f"/datasets/{DATASET}/health.json", token=None, follow_redirects=True)
    assert health.json()["runs"][0]["summary"] == "all is well"


def test_a_key_publishes_its_owners_datasets_until_it_is_revoked(gateway: Gateway) -> None:
    issued = gateway.ask("POST", "/v1/keys", {"owner": "eve", "plan": "pro"}).json()
    token = issued["token"]
    assert gateway.ask("POST", "/v1/datasets", metadata("eve/prices"), token=token).status_code == 201
    assert publish(gateway, "eve/prices", DAY, FILE, token=token)["outcome"] == "published"
    assert error_of(gateway.ask("POST", "/v1/datasets", metadata("ada/more"), token=token))["code"] == "forbidden"
    assert [key["prefix"] for key in gateway.ask("GET", "/v1/keys", token=token).json()["keys"]] == [issued["prefix"]]
    assert gateway.ask("GET", "/v1/usage", token=token).json()["usage"][0]["requests"] > 0

    assert gateway.ask("DELETE", f"/v1/keys/{issued['prefix']}", token=token).status_code == 200
    assert error_of(gateway.ask("GET", "/v1/keys", token=token))["code"] == "unauthenticated"


MUTATING = [operation for operation in OPERATIONS if operation.gate is Gate.NAMED]


@pytest.mark.parametrize("operation", MUTATING, ids=lambda operation: operation.name)
def test_nothing_is_done_for_somebody_unknown(gateway: Gateway, operation: Operation) -> None:
    path = operation.path.format(namespace="ada", name="weather", prefix="0" * 12)
    answer = gateway.ask(operation.method, path, {} if operation.takes else None, token=None)

    assert (answer.status_code, error_of(answer)["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_everything_but_reading_and_signing_in_needs_a_credential() -> None:
    open_to_anybody = {op.name for op in OPERATIONS if op.method != "GET" and op.gate is not Gate.NAMED}

    assert open_to_anybody == {"download", "authenticate_workflow"}


def test_the_document_is_what_the_routes_are(gateway: Gateway) -> None:
    document = gateway.ask("GET", "/v1/openapi.json", token=None).json()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    assert document["openapi"] == "3.1.0"
    assert described == {(op.method, op.path) for op in OPERATIONS}
    assert document["paths"] == openapi_document("http://gateway.example")["paths"]


@pytest.mark.anyio
async def test_a_body_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_app, "BODY_SECONDS", 0.05)

    async def never() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}
    with pytest.raises(gateway_app.TooSlow):
        await gateway_app._read_document(gateway_app.Request(scope, never))


@pytest.mark.parametrize("path", ["/datasets/../secrets", "/v1/datasets/ada/..", "/datasets/ada/weather\\latest.json"])
def test_a_path_is_refused_before_anything_makes_another_of_it(gateway: Gateway, path: str) -> None:
    host, port = urlsplit(gateway.url).hostname, urlsplit(gateway.url).port
    with socket.create_connection((host, port)) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(1 << 16), b""))

    assert answer.startswith(b"HTTP/1.1 400 ")


_TRICKS = [
    "..",
    ".",
    "%2e%2e",
    "%2f",
    "//",
    "\\",
    "\0",
    "․․",
    "。。",
    "_log",
    "_raw",
    "a" * 81,
    "Ada",
    "~",
    " ",
    "\n",
    "x",
]
_PLAIN = [
    "datasets",
    "ada",
    "weather",
    "latest.json",
    "2026-11-20",
    "data.parquet",
    "index",
    "_log",
    "000000000001.json",
]


@given(st.lists(st.sampled_from(_TRICKS + _PLAIN) | st.text(max_size=4), max_size=7).map("/".join))
def test_a_path_is_a_key_of_the_layout_or_an_error(path: str) -> None:
    try:
        found = readable(path)
    except InvalidValue:
        return
    assert found.key == path
    assert re.fullmatch(r"index\.json|index/[a-z0-9-]+\.json|datasets/[a-z0-9-]+/[a-z0-9-]+/[A-Za-z0-9_./-]+", path)
    assert ".." not in path
    assert "/_raw/" not in path


def test_metrics_count_requests_by_route_and_name_nobody(gateway: Gateway) -> None:
    gateway.ask("GET", f"/v1/datasets/{DATASET}", token=None)
    gateway.ask("GET", "/no/such/path", token=None)
    metrics = gateway.ask("GET", "/metrics", token=None).text

    route = 'route="/v1/datasets/{namespace}/{name}",status="200"'
    assert re.search(rf'gateway_requests_total{{method="GET",{re.escape(route)}}} [1-9]', metrics)
    assert 'route="(none)"' in metrics
    assert "weather" not in metrics


def test_the_log_has_a_line_of_json_for_every_request(gateway: Gateway) -> None:
    answer = gateway.ask("GET", "/v1/resolve?dataset=ada/nothing&version=seq:987654", token=None)
    line = gateway.line(answer.headers["x-request-id"])

    assert (line["method"], line["path"], line["status"]) == ("GET", "/v1/resolve", 404)
    assert (line["code"], line["principal"]) == ("dataset_not_found", "anonymous")
    assert "987654" not in str(line)


def test_trouble_of_the_bucket_is_told_without_its_name(gateway: Gateway, storage: FaultProxy) -> None:
    storage.inject(Answer(403, "AccessDenied"), method="GET", path="/index.json", times=1)
    answer = gateway.ask("GET", "/v1/index", token=None)

    assert (answer.status_code, error_of(answer)["code"]) == (502, "store_denied")
    assert "bucket-" not in answer.text
    assert "127.0.0.1" not in answer.text


def test_a_stop_lets_requests_finish(s3_server: S3Server, storage: FaultProxy, tmp_path: Path) -> None:
    with running_gateway(tmp_path, s3_server, s3_server.new_bucket(), endpoint=storage.url) as gateway:
        storage.inject(Delay(1.0), method="GET", path="/index.json", times=1)
        answers: list[int] = []
        request = threading.Thread(target=lambda: answers.append(gateway.ask("GET", "/v1/index").status_code))
        storage.seen.clear()
        request.start()
        while not storage.seen:
            time.sleep(0.01)
        gateway.send(signal.SIGTERM)
        request.join()
        gateway.wait()

    assert answers == [200]


def test_the_command_serves_until_it_is_told_to_stop(gateway: Gateway) -> None:
    port = free_port()
    command = [sys.executable, "-c", "from opendata_platform.cli import main; main()", "gateway", "serve"]
    with subprocess.Popen([*command, "--port", str(port)], env={**os.environ, **gateway.environment}) as process:
        while process.poll() is None:
            try:
                assert httpx.get(f"http://127.0.0.1:{port}/v1/health").json() == {"status": "ok"}
                process.send_signal(signal.SIGTERM)
                process.wait(30)
            except httpx.TransportError:
                time.sleep(0.05)

    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/v1/health")


def test_routes_are_made_from_the_table() -> None:
    class Nothing:
        """Stands for services that no request reaches."""

    app = gateway_app.create_app(Nothing(), "http://gateway.example")  # type: ignore[arg-type]
    routes = {
        (method, route.path.replace(":path}", "}"))
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or ()) - {"HEAD"}
    }

    assert routes == {(op.method, op.path) for op in OPERATIONS} | {("GET", "/metrics"), ("GET", "/v1/openapi.json")}
