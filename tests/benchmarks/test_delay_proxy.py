"""The proxy that the comparison with other SDKs measures through counts, delays, shares and fails as it says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.delay_proxy import DelayProxy, Drop, Flip, Seen, Status, delay_proxy
from benchmarks.sdk_peers.server import serve

BODY = bytes(range(256)) * 1_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """A server of one file."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files/data").write_bytes(BODY)
    with serve(tmp_path) as url:
        yield url


@pytest.fixture
def proxy(served: str) -> Iterator[DelayProxy]:
    """A proxy that is as fast as it can be."""
    with delay_proxy(served) as running:
        yield running


def get(proxy: DelayProxy, span: str | None = None) -> httpx.Response:
    """Ask for the file, or a range of it."""
    return httpx.get(f"{proxy.url}/files/data", headers={"Range": span} if span else {})


def test_whole_files_and_ranges_pass_through_and_are_counted(proxy: DelayProxy) -> None:
    assert get(proxy).content == BODY
    part = get(proxy, "bytes=100-199")
    assert (part.status_code, part.content) == (206, BODY[100:200])
    assert get(proxy, "bytes=-7").content == BODY[-7:]
    assert httpx.head(f"{proxy.url}/files/data").headers["Content-Length"] == str(len(BODY))
    assert (proxy.requests, proxy.bytes) == (4, len(BODY) + 107)
    assert proxy.seen[1] == Seen("GET", "/files/data", 206, 100, 100)
    proxy.start_counting()
    assert (proxy.requests, proxy.bytes, proxy.seen) == (0, 0, [])


def test_every_request_waits_and_all_answers_share_the_line(served: str) -> None:
    with delay_proxy(served, latency=0.05, bandwidth=len(BODY) / 0.1) as proxy:
        started = time.monotonic()
        get(proxy)
        get(proxy)
        assert time.monotonic() - started >= 2 * 0.05 + 2 * 0.1


def test_a_status_is_answered_as_often_as_was_said(proxy: DelayProxy) -> None:
    proxy.inject(Status(503), times=2, path="data$")
    proxy.inject(Status(429, retry_after=3), method="HEAD")
    assert [get(proxy).status_code for _ in range(3)] == [503, 503, 200]
    refused = httpx.head(f"{proxy.url}/files/data")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")


def test_a_dropped_answer_breaks_off_where_it_should(proxy: DelayProxy) -> None:
    proxy.inject(Drop(after=1_000))
    received: list[bytes] = []
    with httpx.stream("GET", f"{proxy.url}/files/data") as answer, pytest.raises(httpx.TransportError):
        received.extend(answer.iter_bytes())
    assert b"".join(received) == BODY[:1_000]
    assert get(proxy).content == BODY


def test_a_flipped_byte_is_that_of_the_object_in_whole_files_and_in_ranges(proxy: DelayProxy) -> None:
    proxy.inject(Flip(at=70_000), times=3)
    damaged = BODY[:70_000] + bytes([BODY[70_000] ^ 1]) + BODY[70_001:]
    assert get(proxy).content == damaged
    assert get(proxy, "bytes=69990-70009").content == damaged[69_990:70_010]
    assert get(proxy, "bytes=0-99").content == BODY[:100]
    assert get(proxy).content == BODY
