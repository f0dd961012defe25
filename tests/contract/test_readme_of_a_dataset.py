"""The readme of a dataset: part of its metadata and of its page, not of the index that everybody fetches."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.metadata import Metadata
from opendata.errors import InvalidValue
from opendata.protocol.author import make_author
from opendata.protocol.index import read_index
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.clients import open_clients
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.portal.build import build_portal

WEATHER = "official/open-meteo-berlin-hourly"


def test_it_is_in_the_metadata_and_on_the_page_and_not_in_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENDATA_SOURCES", "sandbox")
    store = LocalStore(tmp_path / "store")
    publisher = Publisher(store, make_author("test", environ={}))
    with open_clients() as clients:
        result = run_partition(find_spec(WEATHER), "2026-10-02", clients, publisher)
    assert isinstance(result, Visible), result
    publisher.finish()
    run(build_portal(datetime(2026, 10, 6, tzinfo=UTC)), store)
    page = json.loads((store.folder / object_key(ObjectKind.PORTAL_DATASET, dataset=WEATHER)).read_bytes())
    index = run(read_index(), store)
    assert index
    assert "readme" not in index[WEATHER]
    assert page["readme"] == find_spec(WEATHER).readme
    assert "Open-Meteo.com" in page["readme"]


def test_it_is_text_of_some_length() -> None:
    document = find_spec(WEATHER).metadata(None).document
    assert Metadata.from_dict({**document, "readme": "x" * 20_000}).document["readme"]
    for wrong in ("", "x" * 20_001, ["x"]):
        with pytest.raises(InvalidValue, match="readme"):
            Metadata.from_dict({**document, "readme": wrong})
