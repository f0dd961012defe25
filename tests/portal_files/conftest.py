"""A store with published datasets, and its portal files."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from opendata.contract.keys import ObjectKind, object_key
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from opendata_platform.portal.build import Built, build_portal

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine."""
    for name in os.environ:
        if name.startswith(("OPENDATA_", "GITHUB_")):
            monkeypatch.delenv(name)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A local store to publish to."""
    return LocalStore(tmp_path / "store")


def build(store: LocalStore, now: datetime = NOW) -> Built:
    """Build the portal's files of a store."""
    return run(build_portal(now), store)


def read_json(store: LocalStore, kind: ObjectKind, **parts: str) -> Any:
    """An object of the store."""
    return json.loads((store.folder / object_key(kind, **parts)).read_bytes())


def rows(store: LocalStore) -> dict[str, dict[str, Any]]:
    """The rows of search.json by dataset."""
    document = read_json(store, ObjectKind.PORTAL_SEARCH)
    named = [dict(zip(document["fields"], row, strict=True)) for row in document["rows"]]
    return {row["id"]: row for row in named}
