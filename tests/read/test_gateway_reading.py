"""Private data: a gateway checks the token and redirects to URLs of a real S3 server that are good for a short time."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import numpy as np
import polars as pl
import pytest
from botocore.config import Config
from click.testing import CliRunner
from opendata.cli import od
from opendata.client import Client
from opendata.errors import InvalidValue, OpenDataError, StoreDenied, StoreError, StoreUnavailable
from opendata.stores.https import HttpStore

from tests.fixtures.fault_proxy import Answer, CutReply, Exchange, FaultProxy, fault_proxy
from tests.fixtures.seaweedfs import S3Server
from tests.read.publishing import BARS, bars, publish_bars

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.usefixtures("quick_retries")

TOKEN = "token-of-the-reader"
SECRETS = (TOKEN, "X-Amz-", "Signature=")
DATA = r"data\.parquet"
FRAME = bars("2026-11-01", rows=50_000).with_columns(close=pl.Series(np.random.default_rng(1).random(50_000)))


@dataclass
class Gateway:
    """A running gateway; `next_urls` are handed out before it signs URLs of its own."""

    client: S3Client
    bucket: str
    url: str = ""
    status: int = 302
    next_urls: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def sign(self, key: str, seconds: int = 60) -> str:
        """A URL of the object that is good for some seconds."""
        return self.client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=seconds
        )


@dataclass
class Seen:
    """Passes requests on and keeps their heads."""

    heads: list[str] = field(default_factory=list)

    def __call__(self, exchange: Exchange) -> None:
        self.heads.append(exchange.request.head.decode())
        exchange.answer(exchange.ask())


@pytest.fixture
def storage(s3_server: S3Server) -> Iterator[FaultProxy]:
    """What stands before the S3 server: presigned URLs lead here."""
    with fault_proxy(s3_server.endpoint) as proxy:
        yield proxy


@pytest.fixture
def gateway(s3_server: S3Server, storage: FaultProxy) -> Iterator[Gateway]:
    """A gateway in front of a bucket that holds a day of bars."""
    bucket = s3_server.new_bucket()
    publish_bars(s3_server.store(bucket), {"2026-11-01": FRAME})
    client = boto3.client(
        "s3",
        endpoint_url=storage.url,
        region_name="auto",
        aws_access_key_id=s3_server.access_key_id,
        aws_secret_access_key=s3_server.secret_access_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    state = Gateway(client, bucket)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            allowed = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            state.asked.append(self.path)
            self.send_response(state.status if allowed else 401)
            if allowed:
                url = state.next_urls.pop(0) if state.next_urls else state.sign(self.path.lstrip("/"))
                self.send_header("Location", url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def reader(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the gateway that has the token."""
    monkeypatch.setenv("OPENDATA_TOKEN", TOKEN)
    return Client(gateway.url)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that is logged, but for boto3, with which the gateway of the test signs."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("botocore").setLevel(logging.INFO)
    yield caplog
    records = caplog.get_records("call")
    assert "urllib3" in {record.name.partition(".")[0] for record in records}
    assert not [record for record in records if any(secret in record.getMessage() for secret in SECRETS)]


def told(error: OpenDataError) -> str:
    """All that a person or a log may get to see of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error.hint)


@pytest.mark.parametrize("status", [302, 307])
def test_the_token_stops_at_the_gateway_and_the_data_comes_from_the_bucket(
    gateway: Gateway, storage: FaultProxy, reader: Client, log: pytest.LogCaptureFixture, status: int
) -> None:
    gateway.status = status
    seen = Seen()
    storage.inject(seen, method="GET", times=1000)
    assert reader.load(BARS).equals(FRAME)
    assert f"/datasets/{BARS}/2026-11-01/data.parquet" in gateway.asked
    assert len(seen.heads) == len(gateway.asked)
    assert not [head for head in seen.heads if "authorization" in head.lower() or TOKEN in head]


def test_without_the_token_nothing_is_shown(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    for token in (None, "another"):
        if token:
            monkeypatch.setenv("OPENDATA_TOKEN", token)
        with pytest.raises(StoreDenied, match="401") as caught:
            Client(gateway.url).load(BARS)
        assert caught.value.exit_code == 6
        assert "od auth" in str(caught.value.hint)


def test_a_url_that_expired_in_the_middle_of_a_download_is_replaced_by_a_fresh_one(
    gateway: Gateway, storage: FaultProxy, reader: Client, log: pytest.LogCaptureFixture
) -> None:
    pointer, key = f"datasets/{BARS}/latest.json", f"datasets/{BARS}/2026-11-01/data.parquet"
    reader.load(BARS, dry_run=True)  # now only the pointer and the data are asked for
    expired = gateway.sign(key, seconds=1)
    time.sleep(2)
    gateway.next_urls += [gateway.sign(pointer), gateway.sign(key), expired]
    seen = Seen()
    storage.inject(CutReply(200_000), method="GET", path=DATA)
    storage.inject(seen, method="GET", path=DATA, times=1000)
    assert reader.load(BARS).equals(FRAME)
    assert gateway.asked.count(f"/{key}") == 3, "the first broke off, the second had expired"
    assert ["range: bytes=" in head.lower() for head in seen.heads] == [True, True]


@pytest.mark.parametrize("fault", [Answer(403, "AccessDenied"), Answer(503), CutReply(0)], ids=str)
def test_no_error_shows_where_the_data_was(
    storage: FaultProxy, reader: Client, log: pytest.LogCaptureFixture, fault: Answer | CutReply
) -> None:
    storage.inject(fault, method="GET", path=DATA, times=1000)
    with pytest.raises(StoreUnavailable) as caught:
        reader.load(BARS)
    assert not [secret for secret in SECRETS if secret in told(caught.value)]


def test_an_error_does_not_show_where_nobody_listens(
    gateway: Gateway, reader: Client, log: pytest.LogCaptureFixture
) -> None:
    url = urlsplit(gateway.sign(f"datasets/{BARS}/latest.json"))
    gateway.next_urls += [url._replace(netloc="127.0.0.1:9").geturl()] * 10
    with pytest.raises(StoreUnavailable, match="NewConnectionError") as caught:
        reader.load(BARS)
    assert not [secret for secret in SECRETS if secret in told(caught.value)]
    assert not [secret for secret in SECRETS if secret in repr(HttpStore(gateway.url, token=TOKEN))]


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x?X-Amz-Signature=1", "http://[broken?X-Amz-Signature=1"])
def test_a_redirect_to_no_web_server_is_refused(gateway: Gateway, reader: Client, target: str) -> None:
    gateway.next_urls.append(target)
    with pytest.raises(StoreError, match="redirect") as caught:
        reader.load(BARS)
    assert not [secret for secret in SECRETS if secret in told(caught.value)]


def test_redirects_in_a_circle_come_to_an_end(gateway: Gateway, reader: Client) -> None:
    gateway.next_urls += [f"{gateway.url}/again"] * 100
    with pytest.raises(StoreError, match="redirects"):
        reader.load(BARS)


def test_a_token_that_cannot_be_sent_is_not_shown(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENDATA_TOKEN", f"{TOKEN}\n")
    with pytest.raises(InvalidValue, match="token") as caught:
        Client(gateway.url).load(BARS)
    assert TOKEN not in told(caught.value)


def test_a_token_that_was_kept_opens_the_gateway(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    kept = CliRunner().invoke(od, ["auth", "login", "--endpoint", gateway.url], input=f"{TOKEN}\n")
    assert kept.exit_code == 0, kept.output
    assert Client(gateway.url).load(BARS).equals(FRAME)
    assert CliRunner().invoke(od, ["auth", "logout", "--endpoint", gateway.url]).exit_code == 0
    with pytest.raises(StoreDenied):
        Client(gateway.url).load(BARS, force_download=True)
