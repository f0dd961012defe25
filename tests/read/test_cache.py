"""The cache: damage is found, litter is swept, and processes that share it do not get in each other's way."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PureWindowsPath

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.client import Client
from opendata.contract.canonical import sha256
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import CacheError, IntegrityError
from opendata.read.cache import LITTER_AGE, Cache, cache_root
from opendata.read.documents import Shelf
from opendata.read.verified import ALWAYS_HASH_BELOW, SETTLED, holds
from opendata.stores.local import LocalStore

from tests.fixtures.web_server import WebServer
from tests.read.publishing import BARS, PRICES, bars, prices, publish_bars, publish_prices

AS_ANYBODY = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] if os.getuid() == 0 else []
"""Before a command: takes from root the right to write where the mode of a file says no."""

SHORT_NAME = r"[a-z0-9]{1,9}(-[a-z0-9]{1,9})?"

LOAD = f"import opendata as od; print(od.load('{BARS}').height)"


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """One copy of prices."""
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    return store


def only_blob(cache: Path) -> Path:
    """The one file in the cache."""
    (blob,) = cache.glob("blobs/sha256/??/*")
    return blob


def overwrite(path: Path, body: bytes) -> None:
    """Change a read-only file in place."""
    path.chmod(0o644)
    path.write_bytes(body)


def test_a_file_lies_read_only_under_its_hash(published: LocalStore, client: Client, cache: Path) -> None:
    client.load(PRICES)
    blob = only_blob(cache)
    assert blob.parent.name == blob.name[:2]
    assert blob.stat().st_mode & 0o222 == 0
    assert not any(path.is_symlink() for path in cache.rglob("*"))


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "longer"])
def test_a_damaged_file_is_put_aside_and_fetched_again_once(
    published: LocalStore, client: Client, web: WebServer, cache: Path, damage: str
) -> None:
    client.load(PRICES)
    blob = only_blob(cache)
    body = blob.read_bytes()
    flipped = body[:100] + bytes([body[100] ^ 1]) + body[101:]
    overwrite(blob, {"flip": flipped, "truncate": body[:-9], "empty": b"", "longer": body + b"x"}[damage])
    web.requests.clear()
    assert client.load(PRICES).equals(prices(date(2026, 11, 20)))
    assert len([path for path, _, _ in web.requests if path.endswith("data.parquet")]) == 1
    assert only_blob(cache).read_bytes() == body
    assert len(list(cache.glob("quarantine/*"))) == 1


def test_damaged_documents_are_asked_for_again(published: LocalStore, client: Client, cache: Path) -> None:
    client.load(PRICES, version="seq:1")
    for document in cache.glob("refs/*/datasets/**/*.json"):
        overwrite(document, document.read_bytes()[:-20])
    assert client.load(PRICES, version="seq:1").height == 10


def test_documents_that_do_not_fit_together_are_dropped_and_read_once_more(
    published: LocalStore, client: Client, web: WebServer, cache: Path
) -> None:
    client.load(PRICES)
    shelf = next(cache.glob("refs/*/datasets/test/prices/_log"))
    publish_prices(published, {"2026-11-21": prices(date(2026, 11, 21), days=3)})
    (shelf / "000000000002.json").write_bytes((shelf / "000000000001.json").read_bytes())
    assert client.load(PRICES).height == 3


def test_a_big_file_is_hashed_once_until_it_changes(tmp_path: Path) -> None:
    path, body = tmp_path / "big", os.urandom(ALWAYS_HASH_BELOW)
    path.write_bytes(body)
    memory, digest = tmp_path / "verified", sha256(body)
    assert holds(path, digest, len(body), memory)
    assert not list(memory.glob("*")), "it may still change within the tick of its clock"
    while time.time() - path.stat().st_ctime <= SETTLED:
        time.sleep(0.1)
    assert holds(path, digest, len(body), memory)
    assert [note.stem for note in memory.iterdir()] == [digest]
    before = path.stat()
    path.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not holds(path, digest, len(body), memory), "setting the time back does not hide a change"


def test_litter_is_swept_after_a_day_and_not_before(published: LocalStore, client: Client, cache: Path) -> None:
    partial = cache / "partial"
    partial.mkdir(parents=True)
    old, young = partial / "0000-old", partial / "0000-young"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - LITTER_AGE - 60,) * 2)
    client.load(PRICES)
    assert not old.exists()
    assert young.exists()


def test_eight_processes_with_a_cold_cache_make_one_file_with_one_download(
    store: LocalStore, web: WebServer, cache: Path
) -> None:
    publish_bars(store, {"2026-11-01": bars("2026-11-01", rows=50_000)})
    environment = {**os.environ, "OPENDATA_ENDPOINT": web.url}
    running = [
        subprocess.Popen([sys.executable, "-c", LOAD], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    assert [process.communicate()[0].strip() for process in running] == ["50000"] * 8
    assert len([path for path, _, _ in web.requests if path.endswith("data.parquet")]) == 1
    assert only_blob(cache)
    assert not list(cache.glob("partial/*-*"))


def test_without_working_locks_all_is_still_right(store: LocalStore, web: WebServer, cache: Path) -> None:
    """On some network file systems flock does nothing."""
    publish_bars(store, {"2026-11-01": bars("2026-11-01", rows=50_000)})
    environment = {**os.environ, "OPENDATA_ENDPOINT": web.url}
    without_locks = f"import fcntl; fcntl.flock = lambda *_: None; {LOAD}"
    running = [
        subprocess.Popen([sys.executable, "-c", without_locks], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate()[0].strip() for process in running] == ["50000"] * 4
    assert sha256(only_blob(cache).read_bytes()) == only_blob(cache).name
    assert not list(cache.glob("partial/*-*"))


def test_the_folder_comes_from_the_environment(tmp_path: Path) -> None:
    assert cache_root({"OPENDATA_CACHE": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a")
    assert cache_root({"XDG_CACHE_HOME": "/b"}) == Path("/b/opendata")
    assert cache_root({}) == Path.home() / ".cache/opendata"


def test_a_home_that_cannot_be_written_is_told_with_the_way_out(
    published: LocalStore, web: WebServer, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    settings = {name: value for name, value in os.environ.items() if name not in ("OPENDATA_CACHE", "XDG_CACHE_HOME")}
    settings |= {"HOME": str(home), "OPENDATA_ENDPOINT": web.url}
    load = [sys.executable, "-c", "from opendata.cli import main; main()", "load", PRICES, "--json"]
    refused = subprocess.run([*AS_ANYBODY, *load], env=settings, capture_output=True, text=True, check=False)
    assert refused.returncode == CacheError.exit_code, refused.stderr
    assert json.loads(refused.stderr)["error"]["code"] == "cache"
    assert "OPENDATA_CACHE" in refused.stderr
    settings["OPENDATA_CACHE"] = str(tmp_path / "elsewhere")
    loaded = subprocess.run([*AS_ANYBODY, *load], env=settings, capture_output=True, text=True, check=True)
    assert len(json.loads(loaded.stdout)) == 10


def test_another_format_of_the_cache_is_left_alone(
    published: LocalStore, client: Client, cache: Path, tmp_path: Path
) -> None:
    """Two releases of the SDK may share a cache: each format has a folder of its own."""
    newer = cache.with_name("v2")
    strangers = [newer / "blobs" / "sha256" / "ab" / "abcd", newer / "partial" / "old", newer / "refs" / "x.json"]
    for path in strangers:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"of another format")
        os.utime(path, (0, 0))
    client.load(PRICES)
    cache_now = Cache(tmp_path / "cache")
    assert cache_now.check() == []
    for blob in cache_now.blobs():
        cache_now.remove(blob)
    assert [path.read_bytes() for path in strangers] == [b"of another format"] * 3
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {"v1", "v2"}


@given(
    namespace=st.sampled_from(["con", "aux", "nul", "com1", "lpt9"]) | st.from_regex(SHORT_NAME, fullmatch=True),
    name=st.sampled_from(["prn", "com0"]) | st.from_regex(SHORT_NAME, fullmatch=True),
    seq=st.integers(1, 10**12 - 1),
)
def test_the_cache_has_no_name_that_windows_refuses(
    tmp_path_factory: pytest.TempPathFactory, namespace: str, name: str, seq: int
) -> None:
    root = tmp_path_factory.getbasetemp() / "names"
    shelf = Shelf(Cache(root), LocalStore("/nowhere"))
    key = object_key(ObjectKind.LOG, dataset=f"{namespace}/{name}", seq=seq)
    shelf.write(key, b"{}")
    assert shelf.read(key) == b"{}"
    for path in root.rglob("*"):
        assert not PureWindowsPath(path.name).is_reserved(), path
        assert re.fullmatch(r"[A-Za-z0-9_~.-]*[A-Za-z0-9_~-]", path.name), path
    shutil.rmtree(root)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("this machine does not let the tests mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_leaves_nothing_and_can_be_tried_again(
    store: LocalStore, web: WebServer, mounted: Path
) -> None:
    noise = pl.Series(np.random.default_rng(1).random(300_000))
    publish_bars(store, {"2026-11-01": bars("2026-11-01", rows=300_000).with_columns(close=noise)})
    client = Client(web.url, cache_dir=mounted)
    with pytest.raises(CacheError, match="No space left"):
        client.load(BARS)
    assert not list(mounted.glob("v1/partial/*-*"))
    subprocess.run(["mount", "-o", "remount,size=64m", mounted], check=True)
    assert client.load(BARS).height == 300_000


def test_a_read_only_cache_serves_what_it_holds(published: LocalStore, web: WebServer, mounted: Path) -> None:
    Client(web.url, cache_dir=mounted).load(PRICES, version="2026-11-20")
    publish_bars(published, {"2026-11-01": bars("2026-11-01")})
    subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
    client = Client(web.url, cache_dir=mounted)
    assert client.load(PRICES, version="2026-11-20").height == 10
    assert client.load(PRICES).height == 10
    with pytest.raises(CacheError, match=os.strerror(errno.EROFS)):
        client.load(BARS)


def test_checking_the_cache_finds_and_puts_aside_damage(published: LocalStore, client: Client, tmp_path: Path) -> None:
    client.load(PRICES)
    cache = Cache(tmp_path / "cache")
    assert cache.check() == []
    (blob,) = cache.blobs()
    overwrite(blob.path, b"x" * blob.bytes)
    assert [damaged.sha256 for damaged in cache.check()] == [blob.sha256]
    assert list(cache.blobs()) == []


def test_verifying_a_dataset_does_not_ask_the_cache(published: LocalStore, client: Client) -> None:
    client.load(PRICES)
    path = published.folder / f"datasets/{PRICES}/2026-11-20/data.parquet"
    body = path.read_bytes()
    path.write_bytes(body[:50] + b"\0" + body[51:])
    assert [finding.key for finding in client.verify(PRICES).findings] == [f"datasets/{PRICES}/2026-11-20/data.parquet"]
    with pytest.raises(IntegrityError):
        client.load(PRICES, force_download=True)
