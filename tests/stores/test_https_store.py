"""The read-only web store, over a real server that serves the folder of a local store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opendata.errors import InvalidValue, NotFound, StoreDenied, StoreError, StoreUnavailable
from opendata.protocol.operations import Delete, Found, Get, List, Missing, Put
from opendata.stores import retry
from opendata.stores.https import HttpStore
from opendata.stores.local import LocalStore
from opendata.stores.s3 import S3Store

from tests.fixtures.fault_proxy import Answer, CutReply, Delay, Fault, LostReply, fault_proxy
from tests.fixtures.web_server import WebServer, web_server

BODY = bytes(index % 251 for index in range(3_000_000))
TOKEN = "token-for-tests"


@pytest.fixture
def server(local_store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A web server over a local store that holds `datasets/big`; retries do not pause."""
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.0)
    local_store.perform(Put("datasets/big", BODY))
    with web_server(local_store.folder) as server:
        yield server


def read(store: HttpStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    with store.stream(key, start, end) as stream:
        assert stream.size == len(BODY)
        return b"".join(stream.chunks)


def test_an_object_is_read_whole_and_a_missing_one_is_missing(server: WebServer) -> None:
    store = HttpStore(server.url + "/datasets/")
    reply = store.perform(Get("big"))
    assert isinstance(reply, Found)
    assert reply.body == BODY
    assert reply.etag.startswith('"')
    assert isinstance(store.perform(Get("absent")), Missing)
    with pytest.raises(NotFound), store.stream("absent"):
        pass


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("start", [0, 1, 1_500_000, 2_999_999, 3_000_000, 3_000_001])
def test_a_stream_begins_where_it_is_asked_to(server: WebServer, start: int, ranges: bool) -> None:
    server.ranges = ranges
    assert read(HttpStore(server.url), "datasets/big", start) == BODY[start:]


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (7, 70_000), (65_536, 131_072), (2_999_999, 4_000_000), (3_000_000, 3_000_001)]
)
def test_a_stream_ends_before_the_end_that_is_asked_for(server: WebServer, start: int, end: int, ranges: bool) -> None:
    server.ranges = ranges
    assert read(HttpStore(server.url), "datasets/big", start, end) == BODY[start:end]
    assert server.requests[-1][1] == f"bytes={start}-{end - 1}"


def test_a_connection_is_used_again_after_a_range_was_read(server: WebServer) -> None:
    store = HttpStore(server.url)
    for start in range(0, 300_000, 100_000):
        assert read(store, "datasets/big", start, start + 100_000) == BODY[start : start + 100_000]
    assert server.connections == 1


def test_a_bucket_that_ignores_ranges_gives_the_range_all_the_same(server: WebServer) -> None:
    server.ranges = False
    store = S3Store("datasets", endpoint_url=server.url, access_key_id="key", secret_access_key="secret")
    with store.stream("big", 7, 70_000) as stream:
        assert stream.size == len(BODY)
        assert b"".join(stream.chunks) == BODY[7:70_000]


def test_it_can_only_be_read(server: WebServer) -> None:
    store = HttpStore(server.url)
    for change in (Put("k", b"x"), Delete("datasets/big")):
        with pytest.raises(StoreDenied, match="read-only"):
            store.perform(change)
    with pytest.raises(StoreError, match="no listing"):
        store.perform(List("datasets/"))


@pytest.mark.parametrize("key", ["../secret", "datasets/../../secret", "/etc/passwd", "a?b=c", "a#b", "a%2f..", ""])
def test_a_key_that_could_leave_the_base_url_is_refused(server: WebServer, key: str) -> None:
    store = HttpStore(server.url)
    with pytest.raises(InvalidValue):
        store.perform(Get(key))
    with pytest.raises(InvalidValue), store.stream(key):
        pass
    assert server.requests == []


@pytest.mark.parametrize("fault", [Answer(503), Answer(429), Answer(408), LostReply(), CutReply(after=1_000)])
def test_passing_trouble_is_survived(server: WebServer, fault: Fault) -> None:
    with fault_proxy(server.url) as proxy:
        proxy.inject(fault, method="GET", times=2)
        reply = HttpStore(proxy.url).perform(Get("datasets/big"))
    assert isinstance(reply, Found)
    assert reply.body == BODY


def test_a_read_that_hangs_is_asked_again(server: WebServer) -> None:
    with fault_proxy(server.url) as proxy:
        proxy.inject(Delay(2.0), method="GET")
        assert isinstance(HttpStore(proxy.url, timeout=1.0).perform(Get("datasets/big")), Found)


@pytest.mark.parametrize("fault", [Answer(500), LostReply(), CutReply(after=1_000)])
def test_trouble_that_lasts_is_unavailable_and_never_missing(server: WebServer, fault: Fault) -> None:
    with fault_proxy(server.url) as proxy:
        proxy.inject(fault, method="GET", times=retry.ATTEMPTS)
        with pytest.raises(StoreUnavailable, match="datasets/big"):
            HttpStore(proxy.url).perform(Get("datasets/big"))


def test_nobody_listening_is_unavailable(server: WebServer) -> None:
    with fault_proxy(server.url) as proxy:
        url = proxy.url
    with pytest.raises(StoreUnavailable, match="NewConnectionError"), HttpStore(url).stream("k"):
        pass


@pytest.mark.parametrize(("status", "error"), [(401, StoreDenied), (403, StoreDenied), (400, StoreError)])
def test_a_refusal_is_not_repeated(server: WebServer, status: int, error: type[StoreError]) -> None:
    with fault_proxy(server.url) as proxy:
        proxy.inject(Answer(status), method="GET")
        with pytest.raises(error, match=str(status)):
            HttpStore(proxy.url).perform(Get("datasets/big"))
        assert len(proxy.seen) == 1


def test_a_stream_that_breaks_off_can_be_continued(server: WebServer) -> None:
    with fault_proxy(server.url) as proxy:
        store = HttpStore(proxy.url)
        proxy.inject(CutReply(after=2_500_000), method="GET")
        with store.stream("datasets/big") as stream:
            received = next(stream.chunks)
            with pytest.raises(StoreUnavailable, match="broke off"):
                list(stream.chunks)
        assert received + read(store, "datasets/big", len(received)) == BODY


def test_the_token_goes_to_the_base_url_and_not_along_a_redirect(server: WebServer, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "big").write_bytes(BODY)
    server.token = TOKEN
    with web_server(tmp_path / "elsewhere") as other:
        server.redirects["/moved"] = f"{other.url}/big"
        assert read(HttpStore(server.url, token=TOKEN), "moved") == BODY
        assert server.requests[-1][2] == f"Bearer {TOKEN}"
        assert other.requests == [("/big", None, None)]
    with pytest.raises(StoreDenied):
        HttpStore(server.url).perform(Get("datasets/big"))


def test_the_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(InvalidValue, match="https"):
        HttpStore("http://data.example", token=TOKEN)


@pytest.mark.parametrize(
    "url", ["ftp://h/x", "data.example", "https://", "https://u:p@h/", "https://h/?q=1", "https://h:x"]
)
def test_a_base_url_that_is_not_plain_http_is_refused_without_echoing_it(url: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        HttpStore(url)
    assert url not in str(caught.value)
