"""What datasets there are, what they are, their history, whether they are intact, and where a table came from."""

from __future__ import annotations

import gc
from datetime import date
from pathlib import Path

import opendata as od
import polars as pl
import pytest
from opendata.client import Client
from opendata.contract.index import SPLIT_ABOVE
from opendata.errors import Gone, IntegrityError, InvalidValue, NotFound
from opendata.protocol.history import rollback
from opendata.read import provenance
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from tests.read.publishing import (
    BAR_SCHEMA,
    BARS,
    PRICE_SCHEMA,
    PRICES,
    author,
    bars,
    metadata,
    prices,
    publish_bars,
    publish_frames,
    publish_prices,
)

OIL = "test/brent"


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """Three datasets, one of them described in Chinese too and made from the sandbox."""
    publish_bars(store, {"2026-11-01": bars("2026-11-01")})
    publish_bars(store, {"2026-11-01": bars("2026-11-01", close=3), "2026-11-02": bars("2026-11-02")})
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    described = metadata(
        OIL,
        "snapshot",
        title="Brent crude",
        title_zh="布伦特原油价格",
        tags=["oil", "daily"],
        sandbox="recorded",
        source="SANDBOX (recorded)",
    )
    publish_frames(store, described, {"2026-11-20": prices(date(2026, 11, 20))}, PRICE_SCHEMA)
    return store


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("brent", [OIL]),
        ("BRENT oil", [OIL]),
        ("布伦特 daily", [OIL]),
        ("原油", [OIL]),
        ("made up", [BARS, OIL, PRICES]),
        ("", [BARS, OIL, PRICES]),
        ("brent gas", []),
    ],
)
def test_every_word_must_occur_in_english_or_chinese(published: LocalStore, query: str, found: list[str]) -> None:
    matches = Client(str(published.folder)).search(query)
    assert sorted(match.id for match in matches) == found


def test_a_word_in_the_id_counts_more_than_one_in_the_description(store: LocalStore) -> None:
    for name, description in (("test/aaa", "about gold"), ("test/gold", "a metal")):
        described = metadata(name, "snapshot", description=description, title="T")
        publish_frames(store, described, {"2026-11-20": prices(date(2026, 11, 20))}, PRICE_SCHEMA)
    matches = Client(str(store.folder)).search("gold")
    assert [match.id for match in matches] == ["test/gold", "test/aaa"]
    assert [match.id for match in Client(str(store.folder)).search("gold", limit=1)] == ["test/gold"]


def test_search_reads_an_index_in_shards(store: LocalStore, client: Client) -> None:
    for namespace in ("one", "two"):
        described = metadata(f"{namespace}/set", "snapshot", filler="x" * (SPLIT_ABOVE * 2 // 3))
        publish_frames(store, described, {"2026-11-20": prices(date(2026, 11, 20))}, PRICE_SCHEMA)
    assert list(store.folder.glob("index/*.json"))
    assert [match.id for match in client.search("set")] == ["one/set", "two/set"]


def test_a_store_without_an_index_is_told_from_an_empty_result(store: LocalStore) -> None:
    store.folder.mkdir()
    with pytest.raises(NotFound, match=r"no index\.json"):
        Client(str(store.folder)).search("x")


def test_a_damaged_index_is_damage(published: LocalStore) -> None:
    (published.folder / "index.json").write_text("<html>")
    with pytest.raises(IntegrityError, match=r"index\.json"):
        Client(str(published.folder)).search("brent")


def test_info_says_what_a_dataset_is(published: LocalStore, client: Client) -> None:
    info = client.info(BARS)
    assert (info.seq, info.version, info.partitions, info.rows) == (2, "2026-11-02", 2, 48)
    assert info.schema == BAR_SCHEMA
    assert info.sandbox is None
    assert info.first is not None
    assert info.first.startswith("2026-11-01T00:00:00")
    assert client.info(f"{BARS}@2026-11-01").rows == 24
    assert client.info(BARS, version="seq:1").partitions == 1
    assert client.info(OIL).sandbox == "recorded"


def test_a_schema_that_is_not_the_recorded_one_is_refused(published: LocalStore) -> None:
    folder = published.folder / "datasets"
    (folder / f"{BARS}/2026-11-02/schema.json").write_bytes((folder / f"{PRICES}/2026-11-20/schema.json").read_bytes())
    local = Client(str(published.folder))
    with pytest.raises(IntegrityError, match="schema_hash"):
        local.info(BARS)
    (folder / f"{BARS}/2026-11-02/schema.json").unlink()
    with pytest.raises(Gone):
        local.info(BARS)


def test_versions_are_the_commits_newest_first(published: LocalStore, client: Client) -> None:
    run(rollback(BARS, 1, author(), "the source was wrong"), published)
    newest, correction, first = client.versions(BARS)
    assert (newest.op, newest.seq, newest.reason, newest.rows) == ("rollback", 3, "the source was wrong", 24)
    assert (correction.op, correction.versions) == ("correct", ("2026-11-01.r2", "2026-11-02"))
    assert (first.op, first.versions) == ("publish", ("2026-11-01",))
    assert [commit.seq for commit in client.versions(BARS, limit=2)] == [3, 2]


def test_a_commit_that_was_replaced_breaks_the_chain(published: LocalStore, client: Client) -> None:
    first = published.folder / f"datasets/{BARS}/_log/000000000001.json"
    first.write_bytes(first.read_bytes().replace(b'"reason":""', b'"reason":"forged"'))
    with pytest.raises(IntegrityError, match="parent"):
        client.versions(BARS)


def test_verify_names_every_object_that_is_not_as_recorded(published: LocalStore, client: Client) -> None:
    assert client.verify(BARS).ok
    folder = published.folder / f"datasets/{BARS}"
    data = folder / "2026-11-02/data.parquet"
    data.write_bytes(data.read_bytes()[:-1] + b"!")
    (folder / "2026-11-01.r2/preview.json").unlink()
    schema = folder / "2026-11-02/schema.json"
    schema.write_bytes(schema.read_bytes().replace(b'"USD"', b'"EUR"'))
    (audit,) = (path for path in folder.glob("_audit/*") if b"2026-11-02" in path.read_bytes())
    audit.write_bytes(b"{}")
    found = {finding.key.removeprefix(f"datasets/{BARS}/") for finding in client.verify(BARS).findings}
    assert found == {
        "2026-11-02/data.parquet",
        "2026-11-01.r2/preview.json",
        "2026-11-02/schema.json",
        f"_audit/{audit.name}",
    }
    assert client.verify(BARS, version="2026-11-01").ok is False, "the audit belongs to the state that was asked for"


def test_verify_names_a_damaged_segment_and_goes_on(published: LocalStore, client: Client) -> None:
    for segment in (published.folder / f"datasets/{BARS}/_seg").iterdir():
        segment.write_bytes(segment.read_bytes() + b" ")
    result = client.verify(BARS)
    assert [finding.key.split("/")[3] for finding in result.findings] == ["_seg"]


@pytest.mark.parametrize("engine", ["polars", "pandas", "arrow"])
def test_a_table_knows_where_it_came_from(published: LocalStore, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENDATA_ENDPOINT", str(published.folder))
    source = od.provenance(od.load(BARS, engine=engine))
    assert (source.dataset, source.version, source.seq) == (BARS, "2026-11-02", 2)
    assert source.commit.sha256 == od.versions(BARS)[0].sha256
    assert [item.key.split("/")[3] for item in source.objects] == ["2026-11-01.r2", "2026-11-02"]
    pinned = od.load(f"{BARS}@2026-11-01", engine=engine)
    assert od.provenance(pinned).version == "2026-11-01"


def test_provenance_goes_with_pandas_and_arrow_into_a_file(
    published: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd
    import pyarrow.parquet as pq

    monkeypatch.setenv("OPENDATA_ENDPOINT", str(published.folder))
    frame, table = od.load(BARS, engine="pandas"), od.load(BARS, engine="arrow")
    frame[frame["trades"] > 3].to_parquet(tmp_path / "pandas.parquet")
    pq.write_table(table, tmp_path / "arrow.parquet")
    assert od.provenance(pd.read_parquet(tmp_path / "pandas.parquet")).seq == 2
    assert od.provenance(pq.read_table(tmp_path / "arrow.parquet")).seq == 2


def test_a_lazy_frame_has_provenance_and_a_derived_one_has_none(published: LocalStore) -> None:
    query = Client(str(published.folder)).scan(BARS)
    assert od.provenance(query).dataset == BARS
    with pytest.raises(InvalidValue, match="loaded"):
        od.provenance(query.collect())
    with pytest.raises(InvalidValue, match="loaded"):
        od.provenance(pl.DataFrame())


def test_what_is_known_of_a_frame_goes_with_it(published: LocalStore) -> None:
    frame = Client(str(published.folder)).load(BARS)
    key = id(frame)
    assert provenance._polars[key][0]() is frame
    del frame
    gc.collect()
    assert key not in provenance._polars
