"""A download that is killed goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from opendata.contract.canonical import sha256
from opendata.stores.local import LocalStore

from tests.fixtures.fault_proxy import CutReply, Exchange, FaultProxy
from tests.fixtures.web_server import WebServer
from tests.read.publishing import BARS, bars, publish_bars

LOAD = f"import opendata as od; print(od.load('{BARS}').height)"
ROWS = 500_000


@dataclass(frozen=True)
class StallReply:
    """The client gets the head and the first `after` bytes of the body, then nothing more."""

    after: int

    def __call__(self, exchange: Exchange) -> None:
        reply = exchange.ask()
        exchange.answer(reply[: reply.index(b"\r\n\r\n") + 4 + self.after])
        exchange.client.recv(1)  # until the client is gone


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Some megabytes of bars."""
    noise = np.random.default_rng(1).random(ROWS)
    return bars("2026-11-01", rows=ROWS).with_columns(close=pl.Series(noise))


@pytest.fixture
def published(store: LocalStore, frame: pl.DataFrame) -> Path:
    """The data file of a dataset of some megabytes."""
    publish_bars(store, {"2026-11-01": frame})
    return store.folder / f"datasets/{BARS}/2026-11-01/data.parquet"


def start(endpoint: str) -> subprocess.Popen[str]:
    """A process that loads the dataset."""
    environment = {**os.environ, "OPENDATA_ENDPOINT": endpoint}
    return subprocess.Popen([sys.executable, "-c", LOAD], env=environment, stdout=subprocess.PIPE, text=True)


def test_killed_at_half_the_next_run_transfers_at_most_55_percent(
    published: Path, proxy: FaultProxy, web: WebServer, cache: Path
) -> None:
    size = published.stat().st_size
    proxy.inject(StallReply(size // 2), method="GET", path=r"data\.parquet")
    process = start(proxy.url)
    wait_for(lambda: received(cache) > size * 0.45)
    process.send_signal(signal.SIGKILL)
    process.wait()
    proxy.settle()
    web.requests.clear()
    assert start(proxy.url).communicate()[0].strip() == str(ROWS)
    (span,) = [span for path, span, _ in web.requests if path.endswith("data.parquet")]
    assert span is not None
    assert size - int(span.removeprefix("bytes=").removesuffix("-")) <= 0.55 * size
    assert not list(cache.glob("partial/*-*"))


def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    published: Path, proxy: FaultProxy, web: WebServer, cache: Path
) -> None:
    size = published.stat().st_size
    proxy.inject(CutReply(size // 3), method="GET", path=r"data\.parquet", times=2)
    assert start(proxy.url).communicate()[0].strip() == str(ROWS)
    spans = [span for path, span, _ in web.requests if path.endswith("data.parquet")]
    assert len(spans) == 3
    starts = [int(span.removeprefix("bytes=").removesuffix("-")) if span else 0 for span in spans]
    assert starts[0] == 0 < starts[1] < starts[2]


def test_a_leftover_with_wrong_bytes_does_not_poison_the_download(
    published: Path, web: WebServer, cache: Path, frame: pl.DataFrame
) -> None:
    body = published.read_bytes()
    (cache / "partial").mkdir(parents=True)
    (cache / f"partial/{sha256(body)}-dead").write_bytes(b"\0" * (len(body) // 2))
    assert start(web.url).communicate()[0].strip() == str(ROWS)
    assert not list(cache.glob("partial/*-*"))


@pytest.mark.parametrize("percent", [0, 5, 50, 99])
def test_of_three_processes_one_may_be_killed(published: Path, proxy: FaultProxy, cache: Path, percent: int) -> None:
    size = published.stat().st_size
    proxy.inject(StallReply(size * percent // 100), method="GET", path=r"data\.parquet")
    victim = start(proxy.url)
    wait_for(lambda: proxy.seen and proxy.seen[-1][1].endswith("data.parquet") and (not percent or received(cache) > 0))
    others = [start(proxy.url) for _ in range(2)]
    victim.kill()
    victim.wait()
    assert [process.communicate()[0].strip() for process in others] == [str(ROWS)] * 2
    assert len(list(cache.glob("blobs/sha256/??/*"))) == 1


def received(cache: Path) -> int:
    """Bytes that unfinished downloads hold."""
    return sum(path.stat().st_size for path in cache.glob("partial/*-*"))


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
