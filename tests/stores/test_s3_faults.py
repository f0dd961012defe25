"""What the S3 store makes of a server or a network in trouble: a fault proxy in front of a real S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from opendata.errors import (
    BackendUnsafe,
    NotFound,
    StoreDenied,
    StoreError,
    StoreFull,
    StoreUnavailable,
)
from opendata.protocol.operations import (
    Ambiguous,
    Delete,
    Done,
    Found,
    Get,
    Keys,
    List,
    Missing,
    Put,
    Refused,
    Reply,
    Stored,
)
from opendata.stores import retry
from opendata.stores.s3 import S3Store

from tests.fixtures.fault_proxy import (
    Answer,
    CutReply,
    CutRequest,
    Delay,
    Fault,
    FaultProxy,
    FlipRequestBit,
    LostReply,
    fault_proxy,
)
from tests.fixtures.seaweedfs import S3Server

TIMEOUT = 1.0
BIG = bytes(8 * 1024 * 1024)


@dataclass(frozen=True)
class Line:
    """A store behind the proxy, one that gives up waiting early, the proxy, and the bucket seen without it."""

    store: S3Store
    impatient: S3Store
    proxy: FaultProxy
    bucket: S3Store

    def content(self, key: str) -> bytes | None:
        """What the bucket holds at a key."""
        reply = self.bucket.perform(Get(key))
        return reply.body if isinstance(reply, Found) else None


@pytest.fixture
def line(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A store behind a fault proxy, without pauses between its retries."""
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.0)
    bucket = s3_server.new_bucket()
    with fault_proxy(s3_server.endpoint) as proxy:
        store = s3_server.store(bucket, endpoint=proxy.url)
        impatient = s3_server.store(bucket, endpoint=proxy.url, timeout=TIMEOUT)
        yield Line(store, impatient, proxy, s3_server.store(bucket))


def etag_of(reply: Reply) -> str:
    assert isinstance(reply, Stored)
    return reply.etag


def test_the_proxy_lets_signed_requests_through(line: Line) -> None:
    etag = etag_of(line.store.perform(Put("k", b"one")))
    etag_of(line.store.perform(Put("k", b"two", if_match=etag)))
    assert line.content("k") == b"two"
    assert line.store.perform(List("")) == Keys(("k",))
    assert line.store.perform(Delete("k")) == Done()


def test_a_lost_reply_to_a_create_is_ambiguous_and_the_object_is_there(line: Line) -> None:
    line.proxy.inject(LostReply(), method="PUT")
    assert isinstance(line.store.perform(Put("k", b"mine")), Ambiguous)
    assert line.content("k") == b"mine"
    assert [method for method, _ in line.proxy.seen] == ["PUT"]


def test_a_lost_reply_to_a_replacement_is_ambiguous_and_the_object_is_there(line: Line) -> None:
    etag = etag_of(line.store.perform(Put("k", b"one")))
    line.proxy.inject(LostReply(), method="PUT")
    assert isinstance(line.store.perform(Put("k", b"two", if_match=etag)), Ambiguous)
    assert line.content("k") == b"two"


def test_an_upload_cut_half_way_leaves_no_object(line: Line) -> None:
    line.proxy.inject(CutRequest(after=len(BIG) // 2), method="PUT")
    assert isinstance(line.store.perform(Put("big", BIG)), Ambiguous)
    assert line.content("big") is None
    etag_of(line.store.perform(Put("big", BIG)))
    assert line.content("big") == BIG


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((500, "InternalError"), (502, "BadGateway"), (503, "SlowDown"), (504, "Timeout")),
        *((429, "TooManyRequests"), (409, "ConditionalRequestConflict")),
        *((408, "RequestTimeout"), (400, "RequestTimeout")),
    ],
)
def test_a_write_without_a_clear_answer_is_ambiguous_and_not_repeated(line: Line, status: int, code: str) -> None:
    line.proxy.inject(Answer(status, code), method="PUT")
    reply = line.store.perform(Put("k", b"x"))
    assert reply == Ambiguous(f"{status} {code}")
    assert len(line.proxy.seen) == 1


def test_a_write_that_arrives_after_its_author_gave_up_was_ambiguous(line: Line) -> None:
    line.proxy.inject(Delay(3 * TIMEOUT), method="PUT")
    assert isinstance(line.impatient.perform(Put("k", b"late")), Ambiguous)
    assert line.content("k") is None
    line.proxy.settle()
    assert line.content("k") == b"late"


def test_with_the_server_down_a_write_is_ambiguous_and_a_read_unavailable(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.0)
    with fault_proxy(s3_server.endpoint) as proxy:
        nobody_here = proxy.url
    store = s3_server.store("bucket", endpoint=nobody_here)
    assert isinstance(store.perform(Put("k", b"x")), Ambiguous)
    with pytest.raises(StoreUnavailable):
        store.perform(Get("k"))


@pytest.mark.parametrize("status", [404, 412])
def test_a_stale_replacement_may_be_answered_404_or_412(line: Line, status: int) -> None:
    line.proxy.inject(Answer(status, "NoSuchKey" if status == 404 else "PreconditionFailed"), method="PUT")
    assert line.store.perform(Put("absent", b"x", if_match='"0"')) == Refused()


def test_a_body_damaged_on_the_way_is_refused_by_the_server(line: Line) -> None:
    line.proxy.inject(FlipRequestBit(), method="PUT")
    with pytest.raises(StoreUnavailable, match="damaged"):
        line.store.perform(Put("k", b"precious bytes"))
    assert line.content("k") is None


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (Answer(403, "AccessDenied"), StoreDenied, "access key"),
        (Answer(401, "Unauthorized"), StoreDenied, "access key"),
        (Answer(403, "QuotaExceeded"), StoreFull, "quota"),
        (Answer(507, "InsufficientStorage"), StoreFull, "space"),
        (Answer(404, "NoSuchBucket"), StoreError, "name of the bucket"),
        (Answer(301, "PermanentRedirect"), StoreError, "endpoint"),
        (Answer(501, "NotImplemented"), BackendUnsafe, "conditional writes"),
    ],
)
def test_a_definite_failure_of_a_write_says_what_to_do(
    line: Line, answer: Answer, error: type[StoreError], says: str
) -> None:
    line.proxy.inject(answer, method="PUT")
    with pytest.raises(error, match=says) as caught:
        line.store.perform(Put("k", b"x"))
    assert type(caught.value) is error
    assert line.content("k") is None


def test_a_skewed_clock_is_named_with_both_times_and_not_retried(line: Line) -> None:
    date = "Date: Mon, 23 Nov 2020 10:00:00 GMT"
    line.proxy.inject(Answer(403, "RequestTimeTooSkewed", (date,)), method="GET")
    with pytest.raises(StoreDenied, match=r"this machine says it is 20.*, the store 2020-11-23T10:00:00Z") as caught:
        line.store.perform(Get("k"))
    assert "clock" in str(caught.value.hint)
    assert len(line.proxy.seen) == 1


@pytest.mark.parametrize("fault", [Answer(503, "SlowDown"), Answer(429), LostReply(), CutReply(after=5)])
def test_reading_listing_and_removing_survive_passing_trouble(line: Line, fault: Fault) -> None:
    etag_of(line.store.perform(Put("k", b"0123456789")))
    line.proxy.inject(fault, method="GET", times=2)
    reply = line.store.perform(Get("k"))
    assert isinstance(reply, Found)
    assert reply.body == b"0123456789"
    line.proxy.inject(fault, method="GET", times=2)
    assert line.store.perform(List("")) == Keys(("k",))
    line.proxy.inject(fault, method="DELETE", times=2)
    assert line.store.perform(Delete("k")) == Done()
    assert line.content("k") is None


def test_a_read_that_hangs_is_asked_again(line: Line) -> None:
    etag_of(line.store.perform(Put("k", b"x")))
    line.proxy.inject(Delay(2 * TIMEOUT), method="GET")
    assert isinstance(line.impatient.perform(Get("k")), Found)


def test_trouble_that_lasts_is_unavailable_and_never_empty(line: Line) -> None:
    for operation in (Get("k"), List(""), Delete("k")):
        method = "DELETE" if isinstance(operation, Delete) else "GET"
        line.proxy.inject(Answer(503, "SlowDown"), method=method, times=retry.ATTEMPTS)
        with pytest.raises(StoreUnavailable, match="503 SlowDown"):
            line.store.perform(operation)
    line.proxy.inject(Answer(503, "SlowDown"), method="GET", times=retry.ATTEMPTS)
    with pytest.raises(StoreUnavailable), line.store.stream("k"):
        pass


def test_only_the_stores_own_word_makes_an_object_missing(line: Line) -> None:
    assert isinstance(line.store.perform(Get("k")), Missing)
    line.proxy.inject(Answer(404, "NotFound"), method="GET", times=2)
    with pytest.raises(StoreError, match="404"):
        line.store.perform(Get("k"))
    with pytest.raises(StoreError, match="404") as caught, line.store.stream("k"):
        pass
    assert not isinstance(caught.value, NotFound)


def test_a_stream_that_breaks_off_can_be_continued(line: Line) -> None:
    body = bytes(index % 253 for index in range(4_000_000))
    etag_of(line.store.perform(Put("big", body)))
    line.proxy.inject(CutReply(after=2_500_000), method="GET")
    received = b""
    with line.store.stream("big") as stream:
        received += next(stream.chunks)
        with pytest.raises(StoreUnavailable, match="broke off"):
            list(stream.chunks)
    assert 0 < len(received) < len(body)
    with line.store.stream("big", len(received)) as stream:
        received += b"".join(stream.chunks)
    assert received == body


def test_the_server_says_when_to_come_back(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("opendata.stores.retry.time.sleep", slept.append)
    line.proxy.inject(Answer(503, "SlowDown", ("Retry-After: 7",)), method="GET")
    line.proxy.inject(Answer(503, "SlowDown", ("Retry-After: 86400",)), method="GET")
    line.store.perform(Get("k"))
    assert slept == [7.0, retry.LONGEST_PAUSE]
