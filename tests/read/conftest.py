"""Stores to read from, and an environment without settings of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from opendata.client import Client
from opendata.stores.local import LocalStore

from tests.fixtures.fault_proxy import FaultProxy, fault_proxy
from tests.fixtures.web_server import WebServer, web_server


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and a cache of the test's own."""
    for name in os.environ:
        if name.startswith("OPENDATA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENDATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENDATA_NO_PROGRESS", "1")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A local store to publish to."""
    return LocalStore(tmp_path / "store")


@pytest.fixture
def web(store: LocalStore) -> Iterator[WebServer]:
    """A web server over the local store."""
    with web_server(store.folder) as server:
        yield server


@pytest.fixture
def proxy(web: WebServer) -> Iterator[FaultProxy]:
    """A proxy in front of the web server that misbehaves on request."""
    with fault_proxy(web.url) as running:
        yield running


@pytest.fixture
def client(web: WebServer) -> Client:
    """A client of the web server."""
    return Client(web.url)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The folder of the cache's current format."""
    return tmp_path / "cache" / "v1"


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries that do not wait, unless the server asks for it."""
    monkeypatch.setattr("opendata.stores.retry.FIRST_PAUSE", 0.001)
