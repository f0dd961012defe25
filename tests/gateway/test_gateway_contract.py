"""What every deployment of the gateway promises to readers: the same tests against the service and against the edge.

The service stands before a real S3 server. The Worker of the edge runs in the local Workers runtime, over a copy of the
same bucket and an export of the same database.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import polars as pl
import pytest
from opendata.contract.schema import Column, TableSchema
from opendata.write import Encoded, encode

from opendata_platform.gateway.operations import OPERATIONS, Gate, Operation
from tests.fixtures.edge import running_edge
from tests.fixtures.gateway import Gateway, metadata, publish, running_gateway
from tests.fixtures.seaweedfs import S3Server

DATASET, PRIVATE, RELEASES, DAY, NEXT_DAY = "ada/weather", "eve/diary", "ada/model", "2026-11-20", "2026-11-21"
REUSE = httpx.Limits(keepalive_expiry=1)
"""A connection is not used again at the moment at which a server, after five seconds, closes it."""
SCHEMA = TableSchema((Column("day", "date"), Column("celsius", "float64")), ("day",), "day")


def day(date: str, celsius: float) -> Encoded:
    """The file of one day."""
    frame = pl.DataFrame({"day": [date], "celsius": [celsius]}).with_columns(pl.col("day").str.to_date())
    return encode(frame, SCHEMA)


FIRST, CORRECTED, SECOND = day(DAY, 7.5), day(DAY, 8.5), day(NEXT_DAY, 6.0)


@dataclass(frozen=True)
class Published:
    """A gateway through which something of everything was published, and keys to it."""

    gateway: Gateway
    pro: str = field(repr=False)
    free: tuple[str, ...] = field(repr=False)
    owner: str = field(repr=False)
    foreign: str = field(repr=False)
    revoked: str = field(repr=False)


@dataclass(frozen=True)
class Service:
    """One deployment over what was published."""

    url: str
    published: Published
    client: httpx.Client = field(default_factory=lambda: httpx.Client(limits=REUSE), repr=False)

    def ask(self, method: str, path: str, *, token: str | None = "pro", **more: Any) -> httpx.Response:
        """One request, by default with a key of a large plan; redirects are answers."""
        shown = self.published.pro if token == "pro" else token
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        return self.client.request(method, f"{self.url}{path}", headers=headers | more.pop("headers", {}), **more)

    def resolve(self, version: str | None = None, dataset: str = DATASET, **more: Any) -> httpx.Response:
        """What a version means."""
        query = {"dataset": dataset} | ({} if version is None else {"version": version})
        return self.ask("GET", "/v1/resolve", params=query, **more)


@pytest.fixture(scope="module")
def published(s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """Two days of which one was corrected, a private dataset, releases, and keys."""
    with running_gateway(tmp_path_factory.mktemp("gateway"), s3_server, s3_server.new_bucket()) as gateway:

        def key(owner: str, plan: str, **more: Any) -> dict[str, Any]:
            issued: dict[str, Any] = gateway.ask("POST", "/v1/keys", {"owner": owner, "plan": plan, **more}).json()
            return issued

        owner, revoked = key("eve", "free")["token"], key("ada", "enterprise")
        for document in (metadata(DATASET), metadata(RELEASES, versioning="semver")):
            assert gateway.ask("POST", "/v1/datasets", document).status_code == 201
        hidden = metadata(PRIVATE, visibility="private")
        assert gateway.ask("POST", "/v1/datasets", hidden, token=owner).status_code == 201
        publish(gateway, DATASET, DAY, FIRST)
        publish(gateway, DATASET, NEXT_DAY, SECOND)
        publish(gateway, DATASET, DAY, CORRECTED)
        for version, file in (("1.9.0", FIRST), ("1.10.0-rc.1", SECOND), ("1.10.0", CORRECTED)):
            publish(gateway, RELEASES, version, file)
        publish(gateway, PRIVATE, DAY, FIRST, token=owner)
        assert gateway.ask("DELETE", f"/v1/keys/{revoked['prefix']}").status_code == 200
        yield Published(
            gateway,
            pro=key("bob", "pro")["token"],
            free=tuple(key("bob", "free")["token"] for _ in range(3)),
            owner=owner,
            foreign=key("eve", "pro", datasets=["eve/other"])["token"],
            revoked=revoked["token"],
        )


@pytest.fixture(scope="module")
def edge(published: Published, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The Worker."""
    with running_edge(tmp_path_factory.mktemp("edge"), s3_server, published.gateway) as url:
        yield Service(url, published)


@pytest.fixture(scope="module", params=["service", "edge"])
def service(request: pytest.FixtureRequest, published: Published) -> Service:
    """Each deployment in turn."""
    if request.param == "service":
        return Service(published.gateway.url, published)
    found: Service = request.getfixturevalue("edge")
    return found


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """The error of an answer, which has the one form of all errors."""
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "type", "message", "hint", "request_id"}
    assert answer.headers["x-request-id"] == error["request_id"]
    return error


def test_it_says_that_it_works(service: Service) -> None:
    answer = service.ask("GET", "/v1/health", token=None)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "ratelimit" not in answer.headers


def test_what_was_published_is_loaded(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENDATA_ENDPOINT", service.url)
    monkeypatch.setenv("OPENDATA_CACHE", str(tmp_path))
    monkeypatch.setenv("OPENDATA_TOKEN", service.published.pro)
    import opendata as od

    assert od.load(DATASET)["celsius"].to_list() == [8.5, 6.0]
    assert od.load(DATASET, version="seq:1")["celsius"].to_list() == [7.5]
    assert {found.id for found in od.search("")} == {DATASET, RELEASES}


def test_the_index_and_a_dataset_are_shown(service: Service) -> None:
    listed = service.ask("GET", "/v1/index")
    shown = service.ask("GET", f"/v1/datasets/{DATASET}").json()

    assert [entry["id"] for entry in listed.json()["datasets"]] == [RELEASES, DATASET]
    assert listed.headers["cache-control"] == "public, max-age=60"
    assert shown == service.published.gateway.ask("GET", f"/v1/datasets/{DATASET}").json()
    assert (shown["published"]["seq"], shown["published"]["version"]) == (3, NEXT_DAY)


@pytest.mark.parametrize(
    ("dataset", "version", "meant", "seq", "file"),
    [
        (DATASET, None, NEXT_DAY, 3, SECOND),
        (DATASET, DAY, f"{DAY}.r2", 3, CORRECTED),
        (DATASET, f"{DAY}.r2", f"{DAY}.r2", 3, CORRECTED),
        (DATASET, "seq:1", DAY, 1, FIRST),
        (DATASET, "@2100-01-01T00:00:00Z", NEXT_DAY, 3, SECOND),
        (RELEASES, None, "1.10.0", 3, CORRECTED),
        (RELEASES, "1.9.0", "1.9.0", 3, FIRST),
        (RELEASES, "1.10.0-rc.1", "1.10.0-rc.1", 3, SECOND),
    ],
    ids=["newest", "corrected", "correction", "seq", "future", "release", "older release", "candidate"],
)
def test_a_version_means_these_bytes(
    service: Service, dataset: str, version: str | None, meant: str, seq: int, file: Encoded
) -> None:
    resolved = service.resolve(version, dataset)
    download = service.ask("POST", "/v1/download", json={"dataset": dataset, "version": version})

    assert (resolved.json()["version"], resolved.json()["seq"]) == (meant, seq)
    assert resolved.json()["data"]["sha256"] == download.json()["sha256"] == file.summary.sha256
    for answer in (resolved, download):
        assert answer.headers["cache-control"] == "no-store"
        assert service.client.get(answer.json()["url"]).content == file.data
        expires = datetime.fromisoformat(answer.json()["expires_at"])
        assert expires <= datetime.now(UTC) + timedelta(minutes=5)


def test_an_instant_means_what_was_published_then(service: Service) -> None:
    first, second = (
        service.ask("GET", f"/datasets/{DATASET}/_log/00000000000{n}.json").headers["location"] for n in "12"
    )
    at, later = (service.client.get(url).json()["committed_at"] for url in (first, second))
    just_before = (datetime.fromisoformat(later) - timedelta(milliseconds=1)).isoformat()

    assert service.resolve(f"@{at}").json()["seq"] == 1
    assert service.resolve(f"@{just_before}").json()["seq"] == 1
    assert service.resolve(f"@{later}").json()["seq"] == 2
    assert error_of(service.resolve("@2020-01-01T00:00:00Z"))["code"] == "version_not_found"


def test_a_version_is_described_the_same_by_every_deployment(service: Service) -> None:
    varying = ("url", "expires_at")
    here, there = (
        service.resolve(DAY).json(),
        Service(service.published.gateway.url, service.published).resolve(DAY).json(),
    )

    assert {name: value for name, value in here.items() if name not in varying} == {
        name: value for name, value in there.items() if name not in varying
    }


def test_readers_of_the_layout_are_sent_to_the_object(service: Service) -> None:
    path = f"/datasets/{DATASET}/{DAY}/data.parquet"
    whole = service.ask("GET", path)
    part = service.ask("GET", path, headers={"Range": "bytes=4-9"})
    head = service.ask("HEAD", path)

    assert (whole.status_code, part.status_code, head.status_code) == (302, 302, 302)
    assert service.client.get(whole.headers["location"]).content == FIRST.data
    got = service.client.get(part.headers["location"], headers={"Range": "bytes=4-9"})
    assert (got.status_code, got.content) == (206, FIRST.data[4:10])
    assert got.headers["content-range"] == f"bytes 4-9/{len(FIRST.data)}"
    assert service.client.head(head.headers["location"]).headers["content-length"] == str(len(FIRST.data))
    assert service.client.get(service.ask("GET", "/index.json").headers["location"]).json()["datasets"]


def test_a_signed_url_is_for_one_object_one_method_and_one_range(service: Service) -> None:
    url = service.ask("GET", f"/datasets/{DATASET}/{DAY}/data.parquet", headers={"Range": "bytes=4-9"}).headers[
        "location"
    ]
    asked = {"Range": "bytes=4-9"}
    parts = urlsplit(url)
    later = [
        (name, f"{value}0" if name.lower().endswith("expires") else value) for name, value in parse_qsl(parts.query)
    ]

    assert service.client.get(url, headers=asked).status_code == 206
    assert service.client.get(url.replace(DAY, NEXT_DAY), headers=asked).status_code == 403
    assert service.client.get(urlunsplit(parts._replace(query=urlencode(later))), headers=asked).status_code in (
        400,
        403,
    )
    assert service.client.head(url, headers=asked).status_code == 403
    assert service.client.get(url).status_code == 403
    assert service.client.get(url, headers={"Range": "bytes=0-9"}).status_code == 403
    assert service.client.get(urlunsplit(parts._replace(query=""))).status_code == 403


def test_a_private_dataset_exists_only_for_its_owner(service: Service) -> None:
    paths = (f"/v1/datasets/{PRIVATE}", f"/v1/resolve?dataset={PRIVATE}", f"/datasets/{PRIVATE}/latest.json")
    published = service.published

    for path in paths:
        for token in (None, published.pro, published.foreign):
            answer = service.ask("GET", path, token=token)
            assert (answer.status_code, error_of(answer)["code"]) == (404, "dataset_not_found")
        assert service.ask("GET", path, token=published.owner).status_code in (200, 302)
    assert PRIVATE not in service.ask("GET", "/v1/index", token=published.owner).text


@pytest.mark.parametrize("kind", ["wrong", "unknown", "revoked", "basic"])
def test_a_credential_that_is_not_in_force_is_refused_even_where_none_is_needed(service: Service, kind: str) -> None:
    token = {
        "wrong": f"{service.published.pro[:-1]}{'0' if service.published.pro[-1] != '0' else '1'}",
        "unknown": f"odk_{'0' * 12}_{'0' * 48}",
        "revoked": service.published.revoked,
        "basic": None,
    }[kind]
    headers = {"Authorization": f"Basic {service.published.pro}"} if token is None else {}
    answer = service.ask("GET", "/v1/index", token=token, headers=headers)

    assert (answer.status_code, error_of(answer)["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_every_answer_is_careful_with_browsers(service: Service) -> None:
    for path in ("/v1/health", "/v1/nowhere", f"/v1/datasets/{DATASET}"):
        answer = service.ask("GET", path, headers={"Origin": "https://example.org"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert len(answer.headers["x-request-id"]) == 26
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    preflight = service.ask("OPTIONS", "/v1/download", token=None, headers=asked)
    assert preflight.is_success
    assert "POST" in preflight.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nowhere", 404, "not_found"),
        ("DELETE", "/v1/datasets", 405, "method_not_allowed"),
        ("GET", "/v1/resolve", 400, "invalid_value"),
        ("GET", "/v1/resolve?dataset=ada/nothing", 404, "dataset_not_found"),
        ("GET", f"/v1/resolve?dataset={DATASET}&version=2020-01-01", 404, "version_not_found"),
        ("GET", f"/v1/resolve?dataset={DATASET}&version=2026-02-30", 400, "invalid_value"),
        ("GET", f"/v1/resolve?dataset={DATASET}&version={DAY}.r3", 404, "version_not_found"),
        ("GET", f"/v1/resolve?dataset={DATASET}&version=seq:4", 404, "version_not_found"),
        ("GET", f"/v1/resolve?dataset={DATASET}&version=seq:0", 400, "invalid_value"),
        ("GET", f"/v1/resolve?dataset={DATASET}&version=@yesterday", 400, "invalid_value"),
        ("GET", f"/v1/resolve?dataset={DATASET}&version=%0d%0aSet-Cookie:x", 400, "invalid_value"),
        ("GET", f"/v1/resolve?dataset={RELEASES}&version=1.10", 400, "invalid_value"),
        ("GET", "/v1/datasets/ada/nothing", 404, "dataset_not_found"),
        ("GET", f"/datasets/{DATASET}/2020-01-01/data.parquet", 404, "not_found"),
        ("GET", f"/datasets/{DATASET}/_raw/{'0' * 64}", 400, "invalid_value"),
        ("GET", "/index/ada-zzz.json", 400, "invalid_value"),
    ],
)
def test_errors_have_one_form(service: Service, method: str, path: str, status: int, code: str) -> None:
    answer = service.ask(method, path)

    assert (answer.status_code, error_of(answer)["code"]) == (status, code)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{" + b" " * (1 << 20) + b"}", "application/json", 413),
        (b"not json", "application/json", 400),
        (b'{"dataset": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"dataset": 7}', "application/json", 400),
        (b"dataset=x", "application/x-www-form-urlencoded", 400),
    ],
    ids=["too long", "no JSON", "NaN", "deep", "a list", "a number", "a form"],
)
def test_a_body_that_is_no_small_json_object_is_refused(
    service: Service, body: bytes, content_type: str, status: int
) -> None:
    answer = service.ask("POST", "/v1/download", headers={"Content-Type": content_type}, content=body)

    assert answer.status_code == status
    error_of(answer)


HOSTILE_PATHS = [
    "/datasets/../secrets",
    "/datasets/%2e%2e/secrets",
    "/datasets/ada%2fweather/latest.json",
    "/datasets/ada//weather/latest.json",
    "/datasets/ada/weather/%00latest.json",
    "/datasets/ada/weather/..%c0%af/latest.json",
    "/datasets/ada/weather/%E2%80%A4%E2%80%A4/latest.json",
    "/datasets/ada/_log/latest.json",
    f"/datasets/ada/{'w' * 81}/latest.json",
    "/datasets/Ada/weather/latest.json",
    "/datasets/ada/weather/latest.json/",
    "/v1/datasets/ada/Weather",
    "/v1/datasets/ada/..",
    "/v1/datasets/ada/_log",
]


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_a_path_that_could_lead_elsewhere_is_refused(service: Service, path: str) -> None:
    # A connection of http.client: it sends the path as it is.
    raw = http.client.HTTPConnection(urlsplit(service.url).netloc)
    raw.request("GET", path, headers={"Authorization": f"Bearer {service.published.pro}"})
    answer = raw.getresponse()
    told = json.loads(answer.read())["error"]
    raw.close()

    # A runtime that resolves dots itself is left with a path that leads nowhere.
    assert (answer.status, told["code"]) in {(400, "invalid_value"), (404, "not_found")}


def test_a_limit_is_exact_under_twenty_clients_and_differs_from_key_to_key(service: Service) -> None:
    with ThreadPoolExecutor(20) as pool:
        for token in service.published.free:
            minute = time.time() // 60
            headers = {"Authorization": f"Bearer {token}"}
            url = f"{service.url}/v1/datasets/{DATASET}"
            answers = list(pool.map(lambda _: service.client.get(url, headers=headers), range(330)))  # noqa: B023
            if time.time() // 60 == minute:
                break

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 30
    assert {answer.status_code for answer in answers} == {200, 429}
    left = sorted(int(answer.headers["ratelimit"].split(";r=")[1].split(";")[0]) for answer in answers)
    assert left == [0] * 30 + list(range(300))
    assert 1 <= int(refused[0].headers["retry-after"]) <= 60
    assert refused[0].headers["ratelimit-policy"] == '"requests";q=300;w=60'
    assert error_of(refused[0])["code"] == "rate_limited"
    assert service.ask("GET", f"/v1/datasets/{DATASET}").headers["ratelimit-policy"] == '"requests";q=3000;w=60'


def test_what_is_handed_out_is_charged_by_its_bytes(service: Service) -> None:
    first, second = (service.resolve(DAY).headers["ratelimit"] for _ in range(2))

    def left(told: str, name: str) -> int:
        return int(told.split(f'"{name}";r=')[1].split(";")[0])

    assert left(first, "bytes") - left(second, "bytes") == len(CORRECTED.data)
    assert left(first, "downloads") - left(second, "downloads") == 1


def test_guessing_keys_is_soon_no_longer_answered(service: Service) -> None:
    # Another address: by its socket for the service, as Cloudflare tells it for the edge.
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, headers={"CF-Connecting-IP": "127.0.0.2"}) as client:
        guesser = replace(service, client=client)
        answers = [guesser.ask("GET", "/v1/index", token=f"odk_{n:012x}_{'0' * 48}") for n in range(30)]
    refused = [answer for answer in answers if answer.status_code == 429]

    # Ten attempts in a minute, and the attempts may lie in two minutes.
    assert 10 <= len(refused) <= 20
    assert {answer.status_code for answer in answers} == {401, 429}
    assert {error_of(answer)["code"] for answer in refused} == {"rate_limited"}
    assert 1 <= int(refused[0].headers["retry-after"]) <= 60
    assert service.ask("GET", "/v1/index").status_code == 200


def path_of(operation: Operation) -> str:
    """A path of an operation."""
    return operation.path.format(namespace="ada", name="weather", prefix="0" * 12, object="latest.json", shard="x")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_the_edge_answers_what_reads_and_sends_the_rest_to_the_gateway(edge: Service, operation: Operation) -> None:
    answer = edge.ask(operation.method, path_of(operation))

    if operation.gate is Gate.NAMED or operation.name in ("about", "authenticate_workflow"):
        assert (answer.status_code, error_of(answer)["code"]) == (501, "not_at_the_edge")
    else:
        assert answer.status_code in (200, 302, 400)
