"""A network that misbehaves: what passes by is survived, what is wrong is refused, and nothing wrong is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from opendata.client import Client
from opendata.contract.canonical import sha256
from opendata.errors import Gone, IntegrityError, StoreUnavailable, VersionNotFound
from opendata.protocol.history import yank
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from tests.fixtures.fault_proxy import Answer, CutReply, Fault, FaultProxy, FlipReplyBit
from tests.fixtures.web_server import WebServer
from tests.read.publishing import BARS, PRICES, author, bars, prices, publish_bars, publish_prices

pytestmark = pytest.mark.usefixtures("quick_retries")

EXPECTED = pl.concat([bars("2026-11-01", rows=2000), bars("2026-11-02", rows=2000)])


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """Two days of bars."""
    publish_bars(store, {day: bars(day, rows=2000) for day in ("2026-11-01", "2026-11-02")})
    return store


@pytest.fixture
def through(proxy: FaultProxy) -> Client:
    """A client that reads through the proxy."""
    return Client(proxy.url)


@pytest.mark.parametrize("path", [r"latest\.json", "/_log/", "/_seg/", r"data\.parquet"])
@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (Answer(503, "SlowDown"), 2),
        (Answer(429, headers=("Retry-After: 0",)), 2),
        (Answer(500), 1),
        (Answer(408), 1),
        (CutReply(10), 2),
        (CutReply(0), 1),
    ],
    ids=str,
)
def test_what_passes_by_is_survived(
    published: LocalStore, through: Client, proxy: FaultProxy, path: str, fault: Fault, times: int
) -> None:
    proxy.inject(fault, method="GET", path=path, times=times)
    assert through.load(BARS).equals(EXPECTED)


def test_a_server_that_asks_for_patience_gets_it(published: LocalStore, through: Client, proxy: FaultProxy) -> None:
    proxy.inject(Answer(429, headers=("Retry-After: 1",)), method="GET", path=r"latest\.json")
    assert through.load(BARS).equals(EXPECTED)


@pytest.mark.parametrize("fault", [Answer(503), Answer(429), CutReply(0)], ids=str)
def test_what_does_not_pass_is_an_outage_never_an_empty_table(
    published: LocalStore, through: Client, proxy: FaultProxy, fault: Fault
) -> None:
    proxy.inject(fault, method="GET", times=1000)
    with pytest.raises(StoreUnavailable):
        through.load(BARS)
    with pytest.raises(StoreUnavailable):
        through.search("bars")


def test_wrong_bytes_once_are_dropped_and_asked_for_again(
    published: LocalStore, through: Client, proxy: FaultProxy
) -> None:
    proxy.inject(FlipReplyBit(), method="GET", path=r"2026-11-01/data\.parquet")
    assert through.load(BARS).equals(EXPECTED)


@pytest.mark.parametrize("path", [r"2026-11-01/data\.parquet", "/_log/", "/_seg/"])
def test_wrong_bytes_are_refused_and_nothing_of_them_is_kept(
    published: LocalStore, through: Client, proxy: FaultProxy, cache: Path, path: str
) -> None:
    proxy.inject(FlipReplyBit(), method="GET", path=path, times=1000)
    with pytest.raises(IntegrityError):
        through.load(BARS)
    digest = sha256((published.folder / "datasets/test/bars/2026-11-01/data.parquet").read_bytes())
    assert not list(cache.glob(f"blobs/*/*/{digest}"))
    assert not list(cache.glob(f"partial/{digest}-*"))  # of the other day, what had arrived may stay
    proxy.clear()
    assert through.load(BARS).equals(EXPECTED), "what was refused does not stand in the way"


def test_a_file_of_another_length_is_refused(published: LocalStore, client: Client) -> None:
    path = published.folder / "datasets/test/bars/2026-11-01/data.parquet"
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(IntegrityError, match="bytes"):
        client.load(BARS)


def test_every_flipped_byte_of_a_download_is_caught(store: LocalStore, client: Client) -> None:
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    path = store.folder / f"datasets/{PRICES}/2026-11-20/data.parquet"
    whole = path.read_bytes()
    positions = range(0, len(whole), 61)
    for position in positions:
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x40]) + whole[position + 1 :])
        with pytest.raises(IntegrityError):
            client.load(PRICES)
    path.write_bytes(whole)
    assert client.load(PRICES).equals(prices(date(2026, 11, 20)))


def test_a_recorded_file_that_is_missing_is_gone_not_a_shorter_table(
    published: LocalStore, client: Client, web: WebServer
) -> None:
    client.load(BARS, start="2026-11-02")
    (published.folder / "datasets/test/bars/2026-11-01/data.parquet").unlink()
    with pytest.raises(Gone, match="2026-11-01"):
        client.load(BARS)
    assert client.load(BARS, start="2026-11-02").height == 2000


def test_documents_that_name_data_which_is_gone_are_dropped_and_read_once_more(
    published: LocalStore, client: Client, web: WebServer, cache: Path
) -> None:
    """A store that was rebuilt: what is cached of it names files that it no longer has."""
    client.load(BARS, version="seq:1", dry_run=True)
    shutil.rmtree(published.folder)
    publish_bars(published, {"2026-11-07": bars("2026-11-07")})
    web.requests.clear()
    assert client.load(BARS, version="seq:1").equals(bars("2026-11-07"))
    data = [path for path, _, _ in web.requests if path.endswith("data.parquet")]
    assert sorted(set(data))[-1] == f"/datasets/{BARS}/2026-11-07/data.parquet"
    assert max(Counter(data).values()) == 1, "what is missing is not asked for twice"


def test_what_was_purged_what_was_taken_back_and_what_never_was_are_told_apart(
    published: LocalStore, client: Client
) -> None:
    run(yank(BARS, "2026-11-01", author(), "a mistake"), published)
    assert client.load(BARS).equals(bars("2026-11-02", rows=2000)), "taken back: no longer shown"
    assert client.load(BARS, version="2026-11-01").height == 2000, "but still there under its name"
    (published.folder / f"datasets/{BARS}/2026-11-02/data.parquet").unlink()
    with pytest.raises(Gone, match="recorded but missing") as purged:
        client.load(BARS, version="2026-11-02", force_download=True)
    with pytest.raises(VersionNotFound) as never:
        client.load(BARS, version="2026-11-03")
    assert (purged.value.code, purged.value.exit_code) == ("gone", 4)
    assert (never.value.code, never.value.exit_code) == ("version_not_found", 3)


def test_offline_does_not_touch_the_network(published: LocalStore, web: WebServer) -> None:
    """In a process in which every use of a socket fails."""
    Client(web.url).load(BARS)
    program = f"""
import socket, warnings
def refuse(*_, **__): raise AssertionError("a socket was used")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
import opendata as od
from opendata.errors import Offline
client = od.Client({web.url!r}, offline=True)
assert client.load({BARS!r}, version="2026-11-01").height == 2000
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    assert client.load({BARS!r}).height == 4000
assert "as last seen" in str(told[0].message)
for never_seen in ("test/nothing", "{BARS}@seq:9"):
    try:
        client.load(never_seen)
    except Offline as error:
        print(error.code)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["offline", "offline"], done.stderr


@pytest.mark.parametrize("name", ["latest.json", "_log/000000000001.json"])
def test_a_page_instead_of_a_document_is_damage_not_an_unknown_dataset(
    published: LocalStore, client: Client, name: str
) -> None:
    (published.folder / f"datasets/test/bars/{name}").write_bytes(b"<html>please log in</html>")
    (published.folder / "datasets/test/bars/_log/000000000001.json").write_bytes(b"<html>please log in</html>")
    with pytest.raises(IntegrityError):
        client.load(BARS)


def test_a_record_cannot_lead_out_of_the_layout(published: LocalStore, client: Client) -> None:
    """A forged key is refused before it becomes a path."""
    record = published.folder / "datasets/test/bars/_log/000000000001.json"
    record.write_bytes(record.read_bytes().replace(b'"key":"datasets/test/bars/_seg/', b'"key":"../../../_seg/'))
    with pytest.raises(IntegrityError):
        client.load(BARS, version="seq:1")
