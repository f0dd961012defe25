"""The stores under test."""

from __future__ import annotations

from pathlib import Path

import pytest
from opendata.stores.local import LocalStore
from opendata.stores.store import Store


@pytest.fixture
def local_store(tmp_path: Path) -> LocalStore:
    """A local store in a folder of its own."""
    return LocalStore(tmp_path / "store")


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    """Each store that can be written to, in turn."""
    chosen: Store = request.getfixturevalue(f"{request.param}_store")
    return chosen
