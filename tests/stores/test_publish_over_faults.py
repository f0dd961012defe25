"""Publishing to a real S3 server over a network that fails at one request after the other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from opendata.errors import StoreDenied, StoreError, StoreFull
from opendata.protocol.commit import Author
from opendata.protocol.fsck import check_store
from opendata.protocol.index import join_index, sweep_dirty
from opendata.protocol.publish import Published, Unchanged, publish
from opendata.stores import retry
from opendata.stores.driver import run
from opendata.stores.probe import require_safe
from opendata.stores.s3 import S3Store
from ulid import ULID

from tests.fixtures.fault_proxy import Answer, CutReply, CutRequest, Fault, FaultProxy, LostReply, fault_proxy
from tests.fixtures.seaweedfs import S3Server
from tests.stores.kill_loop import METADATA, draft, read_log

AUTHOR = Author({"kind": "test"}, lambda: str(ULID()))


@pytest.fixture
def proxy(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """A fault proxy; retries do not pause."""
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.0)
    with fault_proxy(s3_server.endpoint) as proxy:
        yield proxy


@pytest.fixture
def bucket(s3_server: S3Server) -> S3Store:
    """A bucket, seen without the proxy."""
    return s3_server.store(s3_server.new_bucket())


@pytest.fixture
def store(s3_server: S3Server, proxy: FaultProxy, bucket: S3Store) -> S3Store:
    """The bucket behind the proxy; it has been probed, so that only the protocol meets the faults."""
    store = s3_server.store(bucket.name, endpoint=proxy.url)
    require_safe(store)
    return store


def publish_once(store: S3Store, content: bytes) -> Published | Unchanged:
    """Publish one day and join the index."""
    drafts = [draft("2026-01-01", content)]
    outcome = run(publish(METADATA, drafts, AUTHOR, required=["always"]), store)
    assert isinstance(outcome, Published | Unchanged)
    if isinstance(outcome, Published):
        run(join_index([outcome], store.name), store)
    return outcome


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
@pytest.mark.parametrize("fault", [Answer(503, "SlowDown"), LostReply(), CutRequest(after=40), CutReply(after=10)])
def test_trouble_at_any_request_still_publishes_exactly_once(
    store: S3Store, bucket: S3Store, proxy: FaultProxy, method: str, fault: Fault
) -> None:
    commits, happened = 0, True
    while happened:
        proxy.clear()
        proxy.inject(fault, method=method, skip=commits)
        assert isinstance(publish_once(store, b"content %d" % commits), Published)
        happened = [seen for seen, _ in proxy.seen].count(method) > commits
        commits += 1
        assert len(read_log(bucket)) == commits
    assert commits > 1
    assert run(check_store(bucket.name, deep=True), bucket) == ()


@pytest.mark.parametrize(
    ("fault", "error"), [(Answer(403, "AccessDenied"), StoreDenied), (Answer(507, "StorageFull"), StoreFull)]
)
def test_a_refusal_at_any_write_is_raised_and_publishing_again_completes_it(
    store: S3Store, bucket: S3Store, proxy: FaultProxy, fault: Fault, error: type[StoreError]
) -> None:
    publish_once(store, b"content")
    writes = [method for method, _ in proxy.seen].count("PUT")
    for number in range(writes):
        content = b"content %d" % number
        before = len(read_log(bucket))
        proxy.clear()
        proxy.inject(fault, method="PUT", skip=number)
        with contextlib.suppress(error):
            publish_once(store, content)
        again = publish_once(store, content)
        assert len(read_log(bucket)) == before + 1
        assert isinstance(again, Published | Unchanged)
    run(sweep_dirty(bucket.name), bucket)
    assert run(check_store(bucket.name, deep=True), bucket) == ()
