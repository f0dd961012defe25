"""A network that misbehaves: what passes by is survived, what is wrong is refused, and nothing wrong is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from opendata.client import Client
from opendata.contract.canonical import sha256
from opendata.errors import Gone, IntegrityError, StoreUnavailable
from opendata.stores.local import LocalStore

from tests.fixtures.fault_proxy import Answer, CutReply, Fault, FaultProxy, FlipReplyBit
from tests.fixtures.web_server import WebServer
from tests.read.publishing import BARS, PRICES, bars, prices, publish_bars, publish_prices

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
