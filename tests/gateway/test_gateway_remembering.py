"""What a gateway remembers of its bucket: only what cannot change, and only if it is what its hash says."""

from __future__ import annotations

from pathlib import Path

import pytest
from opendata.contract.canonical import sha256
from opendata.errors import NotFound
from opendata.protocol.operations import Found, Get, Missing
from opendata.stores.local import LocalStore

from opendata_platform.gateway.remembering import RememberingStore

KEY = "datasets/ada/weather/object.json"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / KEY
    path.parent.mkdir(parents=True)
    path.write_bytes(b"first")
    return path


@pytest.fixture
def store(tmp_path: Path, file: Path) -> RememberingStore:
    return RememberingStore(LocalStore(tmp_path))


def body(store: RememberingStore, digest: str | None) -> bytes:
    reply = store.perform(Get(KEY, digest))
    assert isinstance(reply, Found)
    return reply.body


def test_an_object_that_is_named_with_its_hash_is_asked_for_once(store: RememberingStore, file: Path) -> None:
    assert body(store, sha256(b"first")) == b"first"
    file.unlink()

    assert body(store, sha256(b"first")) == b"first"
    assert isinstance(store.perform(Get(KEY)), Missing)


def test_what_can_change_is_asked_for_every_time(store: RememberingStore, file: Path) -> None:
    assert body(store, None) == b"first"
    file.write_bytes(b"second")

    assert body(store, None) == b"second"


def test_damaged_bytes_are_not_kept(store: RememberingStore, file: Path) -> None:
    file.write_bytes(b"damaged")
    assert body(store, sha256(b"first")) == b"damaged"
    file.write_bytes(b"first")

    assert body(store, sha256(b"first")) == b"first"


def test_the_size_of_a_file_is_remembered_and_that_of_a_missing_one_is_not(store: RememberingStore, file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    with pytest.raises(NotFound):
        store.size(KEY)
    file.with_name("elsewhere").rename(file)

    assert store.size(KEY) == len(b"first")
    file.unlink()
    assert store.size(KEY) == len(b"first")
