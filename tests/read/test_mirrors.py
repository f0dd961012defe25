"""Mirrors: they make reading faster and outlast the origin, and are believed only as far as hashes vouch for them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from opendata.client import Client
from opendata.errors import (
    DatasetNotFound,
    Gone,
    IntegrityError,
    InvalidValue,
    RollbackRefused,
    StaleState,
    StoreUnavailable,
)
from opendata.read import plan
from opendata.stores.local import LocalStore
from opendata.write import pack as packing

from tests.fixtures.fault_proxy import Answer, CutReply, Delay, FaultProxy, FlipReplyBit, fault_proxy
from tests.fixtures.web_server import WebServer, web_server
from tests.read.packed_stocks import STOCKS, pack_everything, publish_stocks
from tests.read.publishing import BARS, bars, publish_bars

pytestmark = pytest.mark.usefixtures("quick_retries")

DAYS = [f"2026-11-{day:02}" for day in range(1, 5)]
EXPECTED = pl.concat([bars(day) for day in DAYS])
DATA = r"data\.parquet"


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """Some days of bars."""
    publish_bars(store, {day: bars(day) for day in DAYS})
    return store


@pytest.fixture
def mirror(published: LocalStore, tmp_path: Path) -> Iterator[WebServer]:
    """A second server over a copy of the store as it was published first."""
    shutil.copytree(published.folder, tmp_path / "mirror")
    with web_server(tmp_path / "mirror") as server:
        yield server


def data_requests(server: WebServer) -> list[str]:
    """Paths of the data files that were asked for."""
    return [path for path, _, _ in server.requests if path.endswith(".parquet")]


def take_down(proxy: FaultProxy, path: str = "") -> None:
    """From now on nothing of these paths is answered but 503."""
    proxy.inject(Answer(503), method="GET", path=path, times=10_000)


def test_an_origin_that_is_down_is_stood_in_for_with_a_warning(
    published: LocalStore, proxy: FaultProxy, mirror: WebServer
) -> None:
    take_down(proxy)
    with pytest.warns(StaleState, match=rf"{proxy.url} does not answer.*latest\.json.*mirror {mirror.url}") as told:
        assert Client(proxy.url, mirrors=[mirror.url]).load(BARS).equals(EXPECTED)
    assert len([warning for warning in told if warning.category is StaleState]) == 1
    with pytest.warns(StaleState, match=r"index\.json"):
        assert [match.id for match in Client(proxy.url, mirrors=[mirror.url]).search("bars")] == [BARS]


def test_what_hashes_vouch_for_comes_from_a_mirror_without_a_warning(
    published: LocalStore, proxy: FaultProxy, mirror: WebServer
) -> None:
    take_down(proxy, f"/_log/|/_seg/|{DATA}")
    with warnings.catch_warnings():
        warnings.simplefilter("error", StaleState)
        assert Client(proxy.url, mirrors=[mirror.url]).load(BARS).equals(EXPECTED)


def test_what_is_newest_is_asked_of_the_origin_while_it_answers(
    published: LocalStore, web: WebServer, mirror: WebServer
) -> None:
    publish_bars(published, {"2026-11-05": bars("2026-11-05")})
    assert Client(web.url, mirrors=[mirror.url]).load(BARS).height == EXPECTED.height + 24
    assert not any(path.endswith(".json") for path, _, _ in mirror.requests)


@pytest.mark.parametrize("path", [DATA, "/_log/", "/_seg/"])
def test_a_mirror_that_was_tampered_with_changes_nothing(
    published: LocalStore, proxy: FaultProxy, mirror: WebServer, cache: Path, path: str
) -> None:
    if path != DATA:
        take_down(proxy, path)
    for document in mirror.folder.rglob("*"):
        if document.is_file() and (path.strip("/") in document.parts or document.name == "data.parquet"):
            document.write_bytes(document.read_bytes()[:-1] + b"\0")
    client = Client(proxy.url, mirrors=[mirror.url])
    if path == DATA:
        assert client.load(BARS).equals(EXPECTED)
    else:
        with pytest.raises(StoreUnavailable, match="recorded sha256"):
            client.load(BARS)
        assert not list(cache.glob(f"refs/*/datasets/**{path}*.json")), "nothing unproven is kept"


def test_a_tampered_mirror_is_passed_over_for_one_that_is_whole(
    published: LocalStore, web: WebServer, proxy: FaultProxy, mirror: WebServer
) -> None:
    take_down(proxy)
    with fault_proxy(mirror.url) as tampered:
        tampered.inject(FlipReplyBit(), method="GET", path="/_log/|/_seg/|" + DATA, times=10_000)
        with pytest.warns(StaleState):
            loaded = Client(proxy.url, mirrors=[tampered.url, mirror.url], max_workers=1).load(BARS)
        assert loaded.equals(EXPECTED)
        assert len([path for _, path in tampered.seen if path.endswith(".parquet")]) <= 1


def test_a_stale_mirror_cannot_take_back_what_was_seen(
    published: LocalStore, proxy: FaultProxy, mirror: WebServer
) -> None:
    publish_bars(published, {"2026-11-05": bars("2026-11-05")})
    client = Client(proxy.url, mirrors=[mirror.url])
    client.load(BARS)
    take_down(proxy)
    with pytest.warns(StaleState), pytest.raises(RollbackRefused, match="commit 2 was seen"):
        client.load(BARS)


def test_what_a_mirror_says_is_newest_is_not_remembered(
    published: LocalStore, proxy: FaultProxy, mirror: WebServer
) -> None:
    """Else a mirror could make up commits, and the origin would be refused for not having them."""
    publish_bars(LocalStore(mirror.folder), {"2026-11-05": bars("2026-11-05", close=9)})
    client = Client(proxy.url, mirrors=[mirror.url])
    take_down(proxy)
    with pytest.warns(StaleState):
        assert client.load(BARS).height == EXPECTED.height + 24
    with pytest.warns(StaleState):
        assert client.load(BARS, version="2026-11-05").height == 24
    proxy.clear()
    assert client.load(BARS).equals(EXPECTED)


def test_an_object_that_a_mirror_lacks_comes_from_the_origin(
    published: LocalStore, web: WebServer, mirror: WebServer
) -> None:
    (mirror.folder / f"datasets/{BARS}/{DAYS[1]}/data.parquet").unlink()
    assert Client(web.url, mirrors=[mirror.url]).load(BARS).equals(EXPECTED)
    assert f"/datasets/{BARS}/{DAYS[1]}/data.parquet" in data_requests(web)


def test_only_the_origin_can_say_that_something_is_gone(
    published: LocalStore, proxy: FaultProxy, mirror: WebServer
) -> None:
    key = f"datasets/{BARS}/{DAYS[1]}/data.parquet"
    (mirror.folder / key).unlink()
    (published.folder / key).unlink()
    with pytest.raises(Gone, match=DAYS[1]):
        Client(proxy.url, mirrors=[mirror.url]).load(BARS)
    take_down(proxy)
    with pytest.warns(StaleState), pytest.raises(StoreUnavailable, match=DAYS[1]):
        Client(proxy.url, mirrors=[mirror.url]).load(BARS)
    with pytest.raises(StoreUnavailable, match=r"latest\.json"):
        Client(proxy.url, mirrors=[mirror.url]).load("test/nothing")
    proxy.clear()
    with pytest.raises(DatasetNotFound):
        Client(proxy.url, mirrors=[mirror.url]).load("test/nothing")


def test_when_all_are_down_the_error_names_all(published: LocalStore, proxy: FaultProxy, mirror: WebServer) -> None:
    with ExitStack() as stack:
        mirrors = [stack.enter_context(fault_proxy(mirror.url)) for _ in range(2)]
        for server in (proxy, *mirrors):
            take_down(server)
        with pytest.raises(StoreUnavailable) as caught:
            Client(proxy.url, mirrors=[server.url for server in mirrors]).load(BARS)
        for server in (proxy, *mirrors):
            assert f"{server.url}: cannot read" in str(caught.value)


def test_the_token_goes_to_the_origin_only(
    published: LocalStore, web: WebServer, mirror: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.token = "token-of-the-test"
    monkeypatch.setenv("OPENDATA_TOKEN", web.token)
    monkeypatch.setenv("OPENDATA_MIRRORS", f" {mirror.url} ,")
    assert Client(web.url).load(BARS).equals(EXPECTED)
    assert {token for _, _, token in web.requests} == {"Bearer token-of-the-test"}
    assert {token for _, _, token in mirror.requests} == {None}


def test_a_mirror_with_a_password_in_its_url_is_refused_unseen() -> None:
    with pytest.raises(InvalidValue) as caught:
        Client("http://127.0.0.1:9", mirrors=["https://user:hunter2@mirror.example"]).load(BARS)
    assert "hunter2" not in str(caught.value)


def test_with_a_slow_origin_the_data_comes_from_the_mirror(
    published: LocalStore, proxy: FaultProxy, mirror: WebServer
) -> None:
    proxy.inject(Delay(0.3), method="GET", path=DATA, times=10_000)
    assert Client(proxy.url, mirrors=[mirror.url], max_workers=1).load(BARS).equals(EXPECTED)
    assert len(data_requests(mirror)) == len(DAYS)
    assert len([path for _, path in proxy.seen if path.endswith(".parquet")]) == 1, "only the first file was raced for"


def test_a_source_that_becomes_slow_is_overtaken(published: LocalStore, web: WebServer, mirror: WebServer) -> None:
    with fault_proxy(mirror.url) as fading, fault_proxy(web.url) as origin:
        origin.inject(Delay(0.2), method="GET", path=DATA)
        fading.inject(Delay(20.0), method="GET", path=DATA, skip=2, times=10_000)
        assert Client(origin.url, mirrors=[fading.url], max_workers=1).load(BARS).equals(EXPECTED)
        assert len([path for _, path in fading.seen if path.endswith(".parquet")]) == 3
        assert len([path for _, path in origin.seen if path.endswith(".parquet")]) == 3


def test_a_mirror_that_breaks_off_is_continued_elsewhere(
    store: LocalStore, proxy: FaultProxy, web: WebServer, tmp_path: Path
) -> None:
    noise = pl.Series(np.random.default_rng(1).random(50_000))
    frame = bars("2026-11-01", rows=50_000).with_columns(close=noise)
    publish_bars(store, {"2026-11-01": frame})
    proxy.inject(Delay(0.3), method="GET", path=DATA)
    with fault_proxy(web.url) as breaking:
        breaking.inject(CutReply(200_000), method="GET", path=DATA)
        assert Client(proxy.url, mirrors=[breaking.url]).load(BARS).equals(frame)
        assert len([path for _, path in breaking.seen if path.endswith(".parquet")]) == 1
    assert any(span for path, span, _ in web.requests if path.endswith(".parquet"))


def test_wrong_bytes_everywhere_are_refused(published: LocalStore, proxy: FaultProxy, mirror: WebServer) -> None:
    proxy.inject(FlipReplyBit(), method="GET", path=DATA, times=10_000)
    for path in mirror.folder.rglob("data.parquet"):
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(IntegrityError, match="recorded sha256"):
        Client(proxy.url, mirrors=[mirror.url]).load(BARS)


def test_column_chunks_of_a_tampered_mirror_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "REQUEST", 20_000)  # files as small as these are read by column chunk, as big ones are
    monkeypatch.setattr(plan, "WHOLE", 1.0)
    monkeypatch.setattr(packing, "BODY_GROUP", 400)
    store = LocalStore(tmp_path / "packed")
    publish_stocks(store)
    pack_everything(store)
    wanted = {"columns": ["trade_date", "close"], "start": "2026-02-02", "end": "2026-02-20"}
    with web_server(store.folder) as server, fault_proxy(server.url) as origin, fault_proxy(server.url) as tampered:
        expected = Client(server.url, cache_dir=tmp_path / "other").load(STOCKS, **wanted)
        origin.inject(Delay(0.3), method="GET", path=r"\.parquet")
        tampered.inject(FlipReplyBit(), method="GET", path=r"\.parquet", times=10_000)
        loaded = Client(origin.url, mirrors=[tampered.url], max_workers=1).load(STOCKS, **wanted)
        assert loaded.equals(expected)
        assert any(span for path, span, _ in server.requests if path.endswith(".parquet"))
        assert len([path for _, path in tampered.seen if path.endswith(".parquet")]) == 1


def test_a_source_that_hangs_does_not_keep_the_process(published: LocalStore, web: WebServer) -> None:
    with fault_proxy(web.url) as hanging:
        hanging.inject(Delay(600.0), method="GET", times=10_000)
        program = (
            f"import opendata as od; print(od.Client({web.url!r}, mirrors=[{hanging.url!r}]).load({BARS!r}).height)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == str(EXPECTED.height)
