"""A gateway that is killed at any step of a publication leaves nothing half-visible, and a retry completes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import polars as pl
import pytest
from opendata.contract.records import ObjectRef
from opendata.contract.schema import Column, TableSchema
from opendata.contract.selectors import Newest
from opendata.errors import DatasetNotFound
from opendata.protocol.fsck import check_store
from opendata.protocol.index import read_index
from opendata.protocol.objects import get_verified
from opendata.protocol.resolve import find_state
from opendata.stores.driver import run
from opendata.stores.store import Store
from opendata.write import encode

from tests.fixtures.fault_proxy import Exchange, FaultProxy, fault_proxy
from tests.fixtures.gateway import Gateway, announce, metadata, running_gateway, upload
from tests.fixtures.seaweedfs import S3Server

DAY = "2026-11-20"
SCHEMA = TableSchema((Column("day", "date"), Column("celsius", "float64")), ("day",), "day")
FILE = encode(pl.DataFrame({"day": [DAY], "celsius": [7.5]}).with_columns(pl.col("day").str.to_date()), SCHEMA)


@dataclass
class Kill:
    """Kills the gateway when it asks, before or after the bucket does what it is asked."""

    gateway: Gateway
    done: bool

    def __call__(self, exchange: Exchange) -> None:
        if self.done:
            exchange.ask()
        self.gateway.send(signal.SIGKILL)


@pytest.fixture
def storage(s3_server: S3Server) -> Iterator[FaultProxy]:
    """What stands before the bucket."""
    with fault_proxy(s3_server.endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> str:
    """A bucket; every test has a dataset of its own in it."""
    return s3_server.new_bucket()


@pytest.mark.parametrize(
    ("method", "path", "done"),
    [
        pytest.param("GET", r"/data\.parquet", False, id="before it reads the upload", marks=pytest.mark.slow),
        pytest.param("PUT", r"/schema\.json", False, id="before the schema", marks=pytest.mark.slow),
        pytest.param("PUT", r"/preview\.json", True, id="after the preview", marks=pytest.mark.slow),
        pytest.param("PUT", r"/_audit/", True, id="after the evidence", marks=pytest.mark.slow),
        pytest.param("PUT", r"/_seg/", True, id="after the segment", marks=pytest.mark.slow),
        pytest.param("PUT", r"_dirty/", True, id="after the marker", marks=pytest.mark.slow),
        pytest.param("PUT", r"/_log/", False, id="before the commit"),
        pytest.param("PUT", r"/_log/", True, id="after the commit"),
        pytest.param("PUT", r"/latest\.json", False, id="before the pointer", marks=pytest.mark.slow),
        pytest.param("PUT", r"index\.json", False, id="before the index", marks=pytest.mark.slow),
        pytest.param("DELETE", r"_dirty/", True, id="after everything but the answer"),
    ],
)
def test_a_killed_commit_is_completed_by_a_retry(
    s3_server: S3Server, bucket: str, storage: FaultProxy, tmp_path: Path, method: str, path: str, done: bool
) -> None:
    dataset = f"ada/weather-{uuid4().hex[:8]}"
    with running_gateway(tmp_path, s3_server, bucket, endpoint=storage.url) as gateway:
        assert gateway.ask("POST", "/v1/datasets", metadata(dataset)).status_code == 201
        begun = gateway.ask("POST", "/v1/publish/begin", announce(dataset, (DAY, FILE))).json()
        assert upload(begun["uploads"][0], FILE.data).status_code == 200
        storage.inject(Kill(gateway, done), method=method, path=path)
        with pytest.raises(httpx.TransportError):
            gateway.ask("POST", "/v1/publish/commit", {"publication": begun["publication"]})
        assert gateway.wait() == -signal.SIGKILL
        store = s3_server.store(bucket)
        assert seen(store, dataset) in (None, FILE.data)

        gateway.start()
        again = gateway.ask("POST", "/v1/publish/commit", {"publication": begun["publication"]})

    assert (again.status_code, again.json()["outcome"], again.json()["seq"]) == (200, "published", 1)
    assert seen(store, dataset) == FILE.data
    assert run(check_store(store.name, deep=True), store) == ()
    assert (run(read_index(), store) or {})[dataset]["version"] == DAY


def seen(store: Store, dataset: str) -> bytes | None:
    """The data that a reader of the bucket gets, verified; None if there is no dataset."""
    try:
        record = run(find_state(dataset, Newest()), store).record
    except DatasetNotFound:
        return None
    assert record.newest is not None
    return run(get_verified(ObjectRef(record.newest.key(dataset), record.newest.sha256)), store)
