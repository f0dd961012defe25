"""The store that the examples load from, and an environment that points to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.producing import publish_all
from tests.fixtures.web_server import web_server


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the platform made of the sandbox."""
    folder = tmp_path_factory.mktemp("documentation")
    publish_all(folder)
    return folder / "store"


@pytest.fixture
def endpoint(published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The URL of the store, also in the environment; the working directory and the cache are the test's own."""
    for name in os.environ:
        if name.startswith("OPENDATA_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with web_server(published) as server:
        monkeypatch.setenv("OPENDATA_ENDPOINT", server.url)
        monkeypatch.setenv("OPENDATA_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("OPENDATA_NO_PROGRESS", "1")
        yield server.url
