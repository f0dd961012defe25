"""`od registry` over a store without a gateway: the index is all there is of a registry, and publications keep it."""

from __future__ import annotations

import json
from pathlib import Path

import opendata as od
import pytest
from opendata.create.project import read_project
from opendata.create.register import add
from opendata.errors import InvalidValue

from tests.create.conftest import DATASET, Creator


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder that is published to."""
    return tmp_path / "store"


def test_nothing_is_registered_in_a_store_before_the_first_publication(creator: Creator, store: Path) -> None:
    said = creator.od("registry", "add")
    assert said.returncode == 0
    assert "first publication: `od push`" in said.stderr
    assert not store.exists()
    od.push(creator.folder)
    assert creator.json("registry", "add") == {"id": DATASET, "outcome": "unchanged"}


def test_what_is_registered_must_be_valid(creator: Creator) -> None:
    creator.edit("license: CC-BY-4.0", "licence: CC-BY-4.0")
    with pytest.raises(InvalidValue, match="license"):
        add(None, read_project(creator.folder), {})
    assert creator.od("registry", "add").returncode == 1


def test_the_registry_shows_what_a_dataset_is(creator: Creator) -> None:
    assert creator.od("registry", "show", DATASET).returncode == 3
    od.push(creator.folder, version="2026-11-20")
    shown = creator.json("registry", "show", DATASET)
    assert (shown["id"], shown["seq"], shown["version"], shown["row_count"]) == (DATASET, 1, "2026-11-20", 2)
    assert [column["name"] for column in shown["columns"]] == ["date", "symbol", "close", "volume"]
    assert "output" not in shown


def test_an_index_that_is_gone_or_behind_is_made_anew(creator: Creator, store: Path) -> None:
    od.push(creator.folder)
    index = store / "index.json"
    whole = index.read_bytes()
    assert "up to date" in creator.od("registry", "refresh").stderr
    index.unlink()
    assert creator.json("registry", "refresh", "--rebuild") == ["index.json"]
    assert index.read_bytes() == whole
    index.write_text(json.dumps({**json.loads(whole), "datasets": []}))
    assert creator.json("registry", "refresh", "--rebuild") == ["index.json"]
    assert index.read_bytes() == whole
