"""Reading over http and S3 through the cache: how many requests, which bytes, and what offline means."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from opendata.client import Client
from opendata.errors import (
    CacheError,
    DatasetNotFound,
    Offline,
    RollbackRefused,
    StaleState,
    StoreUnavailable,
    UpgradeRequired,
)
from opendata.stores.local import LocalStore

from tests.fixtures.seaweedfs import S3Server
from tests.fixtures.web_server import WebServer, web_server
from tests.read.publishing import BARS, PRICES, bars, prices, publish_bars, publish_prices


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """Two days of bars and one copy of prices."""
    publish_bars(store, {day: bars(day) for day in ("2026-11-01", "2026-11-02")})
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    return store


def test_what_is_pinned_and_cached_is_loaded_without_a_request(
    published: LocalStore, client: Client, web: WebServer, cache: Path
) -> None:
    instant = client.versions(BARS)[0].committed_at
    publish_bars(published, {"2026-11-01": bars("2026-11-01", close=5)})
    versions = ["2026-11-01", "2026-11-01.r2", "seq:1", f"@{instant}"]
    first = [client.load(BARS, version=version) for version in versions]
    web.requests.clear()
    again = [Client(web.url).load(BARS, version=version) for version in versions]
    assert web.requests == []
    assert all(a.equals(b) for a, b in zip(first, again, strict=True))
    names = {path.name for path in cache.rglob("*")}
    assert not any(set(name) & set('<>:"|?*') for name in names), "Windows has no such names"


def test_the_newest_state_costs_one_request_when_it_is_cached(
    published: LocalStore, client: Client, web: WebServer
) -> None:
    client.load(BARS)
    web.requests.clear()
    assert Client(web.url).load(BARS).height == 48
    assert [path for path, _, _ in web.requests] == [f"/datasets/{BARS}/latest.json"]


def test_one_day_is_found_with_four_requests_and_its_file(
    published: LocalStore, client: Client, web: WebServer
) -> None:
    client.load(BARS, start="2026-11-02")
    assert len([path for path, _, _ in web.requests if path.endswith(".json")]) <= 4
    assert len([path for path, _, _ in web.requests if path.endswith(".parquet")]) == 1


def test_a_new_day_transfers_only_that_day(published: LocalStore, client: Client, web: WebServer) -> None:
    client.load(BARS)
    publish_bars(published, {"2026-11-03": bars("2026-11-03")})
    web.requests.clear()
    assert client.load(BARS).height == 72
    data = [path for path, _, _ in web.requests if path.endswith(".parquet")]
    assert data == [f"/datasets/{BARS}/2026-11-03/data.parquet"]


def test_a_correction_is_seen_by_the_next_load(published: LocalStore, client: Client) -> None:
    client.load(BARS)
    publish_bars(published, {"2026-11-01": bars("2026-11-01", close=5)})
    assert client.load(BARS).head(24).equals(bars("2026-11-01", close=5))
    assert client.load(f"{BARS}@2026-11-01").equals(bars("2026-11-01"))


def test_force_download_asks_for_the_files_again(published: LocalStore, client: Client, web: WebServer) -> None:
    client.load(PRICES)
    web.requests.clear()
    client.load(PRICES, force_download=True)
    assert any(path.endswith("data.parquet") for path, _, _ in web.requests)


def test_a_dry_run_says_what_is_not_here_yet(published: LocalStore, client: Client, web: WebServer) -> None:
    before = client.load(BARS, dry_run=True)
    assert before.transfer == before.bytes > 0
    assert not any(path.endswith(".parquet") for path, _, _ in web.requests)
    client.load(BARS)
    assert client.load(BARS, dry_run=True).transfer == 0
    assert client.load(BARS, dry_run=True, force_download=True).transfer == before.bytes


def test_a_bucket_reads_like_a_folder(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = s3_server.new_bucket()
    publish_bars(s3_server.store(bucket), {"2026-11-01": bars("2026-11-01")})
    for name, value in s3_server.environment(bucket).items():
        monkeypatch.setenv(name, value)
    client = Client()
    assert client.load(BARS).equals(bars("2026-11-01"))
    assert client.info(BARS).rows == 24
    assert [match.id for match in client.search("bars")] == [BARS]
    assert client.verify(BARS).ok
    assert Client(offline=True).load(f"{BARS}@seq:1").height == 24
    with pytest.raises(DatasetNotFound):
        client.load("test/nothing")


def test_offline_reads_pinned_versions_and_never_connects(
    published: LocalStore, client: Client, web: WebServer
) -> None:
    client.load(BARS, version="2026-11-01")
    web.requests.clear()
    assert Client(web.url, offline=True).load(BARS, version="2026-11-01").height == 24
    assert web.requests == []


def test_offline_without_a_version_reads_what_was_last_seen_and_says_how_old_that_is(
    published: LocalStore, client: Client, web: WebServer
) -> None:
    client.load(BARS)
    publish_bars(published, {"2026-11-03": bars("2026-11-03")})
    web.requests.clear()
    with pytest.warns(StaleState, match=r"as last seen \d+ seconds ago"):
        assert Client(web.url, offline=True).load(BARS).height == 48
    assert web.requests == []


def test_offline_says_what_is_not_in_the_cache(published: LocalStore, client: Client, web: WebServer) -> None:
    offline = Client(web.url, offline=True)
    with pytest.raises(Offline, match="never loaded"):
        offline.load(BARS)
    client.load(BARS, start="2026-11-02")
    with pytest.warns(StaleState), pytest.raises(Offline, match=r"2026-11-01/data\.parquet"):
        offline.load(BARS)
    with pytest.raises(Offline):
        offline.load(PRICES, version="2026-11-20")
    with pytest.raises(Offline):
        offline.verify(BARS)


def test_the_environment_can_order_offline(
    published: LocalStore, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENDATA_OFFLINE", "1")
    started = time.monotonic()
    with pytest.raises(Offline):
        Client("http://192.0.2.1").load(BARS)  # an address that nobody answers
    assert time.monotonic() - started < 5
    assert Client(web.url, offline=False).load(BARS).height == 48


def test_search_works_offline_once_the_index_was_read(published: LocalStore, client: Client, web: WebServer) -> None:
    with pytest.raises(Offline):
        Client(web.url, offline=True).search()
    client.search()
    assert {match.id for match in Client(web.url, offline=True).search()} == {BARS, PRICES}


def test_an_older_state_than_was_seen_is_refused(published: LocalStore, client: Client, web: WebServer) -> None:
    pointer = published.folder / f"datasets/{BARS}/latest.json"
    old = pointer.read_bytes()
    publish_bars(published, {"2026-11-03": bars("2026-11-03")})
    client.load(BARS)
    pointer.write_bytes(old)
    for _ in range(2):
        with pytest.raises(RollbackRefused, match="commit 2 was seen"):
            client.load(BARS)
    with pytest.raises(RollbackRefused):
        client.info(BARS)
    assert Client(web.url, allow_rollback=True).load(BARS).height == 48


def test_another_history_of_the_same_length_is_refused(published: LocalStore, web: WebServer, tmp_path: Path) -> None:
    Client(web.url).load(PRICES)
    (published.folder / "datasets").rename(tmp_path / "elsewhere")
    publish_prices(published, {"2026-11-20": prices(date(2026, 11, 20), close=9.0)})
    with pytest.raises(RollbackRefused, match="another commit 1"):
        Client(web.url).load(PRICES)


def test_a_dataset_that_vanished_is_not_called_unknown(published: LocalStore, client: Client, tmp_path: Path) -> None:
    publish_prices(published, {"2026-11-21": prices(date(2026, 11, 21))})
    client.load(PRICES)
    (published.folder / "datasets").rename(tmp_path / "elsewhere")
    with pytest.raises(RollbackRefused, match="any more"):
        client.load(PRICES)


def test_a_lost_pointer_is_made_up_for_by_the_log(published: LocalStore, client: Client) -> None:
    (published.folder / f"datasets/{BARS}/latest.json").unlink()
    assert client.load(BARS, version="seq:1").height == 48


def test_a_dataset_that_never_was_is_not_found(published: LocalStore, client: Client) -> None:
    with pytest.raises(DatasetNotFound, match=r"test/price has not been published in http.*\n.*test/prices"):
        client.load("test/price")


def test_an_outage_is_an_outage_and_names_the_way_out(published: LocalStore, quick_retries: None) -> None:
    with web_server(published.folder) as server:
        Client(server.url).load(BARS)
    client = Client(server.url)
    with pytest.raises(StoreUnavailable, match="offline=True"):
        client.load(BARS)
    with pytest.raises(StoreUnavailable):
        client.load("test/never-seen")
    with pytest.raises(StoreUnavailable):
        client.search("bars")


def test_a_format_that_is_too_new_asks_for_an_upgrade(published: LocalStore, client: Client) -> None:
    pointer = published.folder / f"datasets/{BARS}/latest.json"
    pointer.write_bytes(pointer.read_bytes().replace(b'"format":1', b'"format":2'))
    with pytest.raises(UpgradeRequired, match="upgrade"):
        client.load(BARS)


def test_a_cache_that_cannot_be_written_says_so(published: LocalStore, web: WebServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CacheError, match="OPENDATA_CACHE"):
        Client(web.url, cache_dir=tmp_path / "file").load(BARS)
    assert Client(str(published.folder), cache_dir=tmp_path / "file").load(BARS).height == 48
