"""The site and a store behind one port, as the command serves them, asked by a real client."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import httpx
import pytest
from opendata.errors import NotFound
from opendata.stores.https import HttpStore
from opendata.stores.local import LocalStore

from opendata_platform.portal.serve import POLICY, create_site
from tests.portal_files.conftest import build
from tests.read.publishing import PRICES, prices, publish_prices

ODP = (sys.executable, "-c", "from opendata_platform.cli import main; main()")
DATA = f"/store/datasets/{PRICES}/2026-11-20/data.parquet"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, LocalStore]]:
    """A client of a server in its own process, and the store that it serves."""
    folder = tmp_path_factory.mktemp("served")
    store = LocalStore(folder / "store")
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    build(store)
    (folder / "dist" / "status").mkdir(parents=True)
    (folder / "dist" / "status" / "index.html").write_text("<title>status</title>")
    (folder / "dist" / "index.html").write_text("<title>portal</title>" + " " * 2000)
    (folder / "secret.txt").write_text("secret")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*ODP, "portal", "serve", "--site", "dist", "--store", "store", "--port", str(port)],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr
        assert any("Uvicorn running" in line for line in process.stderr), "it never began to serve"
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            yield client, store
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_range_is_a_part_with_its_place_readable_from_any_origin(served: tuple[httpx.Client, LocalStore]) -> None:
    client, store = served
    whole = (store.folder / DATA.removeprefix("/store/")).read_bytes()
    answer = client.get(DATA, headers={"Range": "bytes=4-11", "Origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.content) == (206, whole[4:12])
    assert answer.headers["content-range"] == f"bytes 4-11/{len(whole)}"
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Range" in answer.headers["access-control-expose-headers"]
    assert client.get(DATA, headers={"Range": "bytes=-8"}).content == whole[-8:]
    assert client.get(DATA, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert client.head(DATA).headers["content-length"] == str(len(whole))
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    allowed = client.options(DATA, headers={**asked, "Access-Control-Request-Headers": "range"})
    assert allowed.status_code == 200
    assert "range" in allowed.headers["access-control-allow-headers"].lower()


def test_the_sdk_reads_the_store_through_it(served: tuple[httpx.Client, LocalStore]) -> None:
    client, store = served
    with HttpStore(str(client.base_url.join("/store/"))).stream(DATA.removeprefix("/store/")) as stream:
        assert b"".join(stream.chunks) == (store.folder / DATA.removeprefix("/store/")).read_bytes()


@pytest.mark.parametrize("path", ["/", "/status/", DATA, "/store/portal/search.json", "/nothing"])
def test_every_answer_has_the_policy(served: tuple[httpx.Client, LocalStore], path: str) -> None:
    answer = served[0].get(path)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"


def test_pages_are_found_by_their_folder_and_compressed(served: tuple[httpx.Client, LocalStore]) -> None:
    client, _ = served
    assert client.get("/status", follow_redirects=True).text == "<title>status</title>"
    assert client.get("/").headers["content-encoding"] == "gzip"
    etag = client.get("/status/").headers["etag"]
    assert client.get("/status/", headers={"If-None-Match": etag}).status_code == 304
    assert client.post("/").status_code == 405


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/store/..%2f..%2fsecret.txt", "/store/%00"])
def test_nothing_outside_of_the_folders_is_served(served: tuple[httpx.Client, LocalStore], path: str) -> None:
    client, _ = served
    host, port = client.base_url.host, client.base_url.port
    with closing(socket.create_connection((host, port))) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert re.match(rb"HTTP/1\.[01] 40[04]", answer)
    assert b"secret" not in answer.partition(b"\r\n\r\n")[2]


def test_a_site_that_is_not_built_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        create_site(tmp_path / "dist", tmp_path)
    assert "make portal" in str(caught.value.hint)
