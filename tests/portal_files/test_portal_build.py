"""The portal's files over a store: what they say, what is built anew, and what never gets into them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.evidence import CheckResult, Evidence, Severity
from opendata.contract.health import Outcome, Run
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.schema import Column, TableSchema
from opendata.protocol.fsck import check_store
from opendata.protocol.history import yank
from opendata.protocol.index import join_index, read_index, sweep_dirty
from opendata.protocol.publish import Published, publish
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.write.encode import encode

from opendata_platform.health import report_run
from opendata_platform.portal.search import FIELDS, HEAD_ROWS, parse_rows, parse_shards, search_files
from tests.portal_files.conftest import build, read_json, rows
from tests.read.publishing import (
    BAR_SCHEMA,
    BARS,
    PRICES,
    author,
    bars,
    metadata,
    prices,
    publish_bars,
    publish_frames,
    publish_prices,
)

OFFICIAL = "official/binance-btcusdt-kline-1m"


def _files(store: LocalStore) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in (store.folder / "portal").rglob("*.json")}


def test_a_dataset_is_described_by_what_is_published_of_it(store: LocalStore) -> None:
    described = metadata(OFFICIAL, title_zh="比特币行情", description_zh="测试", tags=["crypto"], frequency="daily")
    publish_frames(store, described, {"2026-11-20": bars("2026-11-20"), "2026-11-22": bars("2026-11-22")}, BAR_SCHEMA)
    assert build(store).changed == (OFFICIAL,)
    document = read_json(store, ObjectKind.PORTAL_DATASET, dataset=OFFICIAL)
    assert document["entry"] == (run(read_index(), store) or {})[OFFICIAL]
    assert [version["version"] for version in document["versions"]] == ["2026-11-22", "2026-11-20"]
    assert document["coverage"] == {
        "by": "month",
        "cells": [{"period": "2026-11", "present": 2, "expected": 4, "ratio": 0.5}],
    }
    assert document["next_expected_at"] == "2026-11-24T00:10:00.000Z"
    assert document["schedule"]["cron"] == "10 0 * * *"
    assert document["chart"] == {
        "kind": "line",
        "time": "open_time",
        "time_unit": "ms",
        "timezone": "UTC",
        "entity": "symbol",
        "series": ["close", "trades"],
    }
    data = store.folder / document["data"]["key"]
    assert (data.stat().st_size, document["data"]["rows"]) == (document["data"]["bytes"], 24)
    assert (store.folder / document["preview_key"]).is_file()
    [row] = rows(store).values()
    assert (row["rows"], row["through"], row["asset_class"], row["runs"]) == (48, "2026-11-22", "crypto", "")
    assert row["columns"] == ["open_time", "symbol", "close", "trades"]


def test_only_datasets_with_news_are_written_anew(store: LocalStore) -> None:
    publish_bars(store, {"2026-11-20": bars("2026-11-20")})
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    assert build(store).changed == (BARS, PRICES)
    before = _files(store)
    assert build(store).changed == ()
    assert _files(store) == before

    report = Run(Outcome.FAILED, "the source is down", "2026-11-21T00:10:00.000Z", 2.0, "network")
    run(report_run(PRICES, report, store.name), store)
    assert build(store).changed == (PRICES,)
    assert rows(store)[PRICES]["runs"] == "f"
    assert read_json(store, ObjectKind.PORTAL_DATASET, dataset=PRICES)["runs"] == [report.to_dict()]
    after = _files(store)
    assert {key for key in after if after[key] != before[key]} == {
        str(store.folder / object_key(kind, **parts))
        for kind, parts in (
            (ObjectKind.PORTAL_DATASET, {"dataset": PRICES}),
            (ObjectKind.PORTAL_SEARCH, {}),
            (ObjectKind.PORTAL_BUILT, {}),
        )
    }


def test_an_official_dataset_has_news_when_another_partition_is_due(store: LocalStore) -> None:
    publish_frames(store, metadata(OFFICIAL), {"2026-11-20": bars("2026-11-20")}, BAR_SCHEMA)
    build(store, datetime(2026, 11, 22, 0, 9, tzinfo=UTC))
    assert build(store, datetime(2026, 11, 22, 0, 9, 59, tzinfo=UTC)).changed == ()
    assert build(store, datetime(2026, 11, 22, 0, 10, tzinfo=UTC)).changed == (OFFICIAL,)
    cells = read_json(store, ObjectKind.PORTAL_DATASET, dataset=OFFICIAL)["coverage"]["cells"]
    assert (cells[0]["present"], cells[0]["expected"]) == (1, 2)


def test_private_datasets_never_appear_and_leave_when_they_become_private(store: LocalStore) -> None:
    frame = {"2026-11-20": bars("2026-11-20")}
    publish_bars(store, frame)
    publish_frames(store, metadata("test/secret", visibility="private"), frame, BAR_SCHEMA)
    assert build(store).changed == (BARS,)
    publish_frames(store, metadata(BARS, visibility="private"), {"2026-11-21": bars("2026-11-21")}, BAR_SCHEMA)
    assert build(store).removed == (BARS,)
    assert rows(store) == {}
    written = [path for path in (store.folder / "portal").rglob("*.json") if path.is_file()]
    assert sorted(path.name for path in written) == ["built.json", "search.json"]
    assert not any(name in path.read_text() for path in written for name in ("secret", BARS))


def test_a_correction_says_what_it_replaced_and_changed(store: LocalStore) -> None:
    publish_bars(store, {"2026-11-20": bars("2026-11-20")})
    encoded = encode(bars("2026-11-20", close=2.0), BAR_SCHEMA)
    checks = (
        CheckResult("rows", Severity.BLOCK, passed=True),
        CheckResult("recent", Severity.WARN, passed=False),
    )
    counted = {"inserted": 0, "removed": 0, "updated": 24}
    evidence = Evidence("2026-11-20", encoded.summary.content_hash, checks, {"changes": counted})
    outcome = run(publish(metadata(BARS), [encoded.draft("2026-11-20", evidence)], author(), required=()), store)
    assert isinstance(outcome, Published)
    run(join_index([outcome], store.name), store)
    build(store)
    document = read_json(store, ObjectKind.PORTAL_DATASET, dataset=BARS)
    newest, first = document["versions"]
    assert newest["version"] == "2026-11-20.r2"
    assert newest["correction"] == {"of": "2026-11-20", "added": 0, "removed": 0, "changed": 24}
    assert first["correction"] is None
    assert document["corrections"] == 1
    assert document["checks"] == {"passed": 1, "warned": 1, "failed": 0, "at": outcome.record.committed_at}


def test_versions_are_listed_newest_day_first_whatever_the_order_of_a_backfill(store: LocalStore) -> None:
    for day in ("2026-11-22", "2026-11-21", "2026-11-20"):
        publish_bars(store, {day: bars(day)})
    build(store)
    document = read_json(store, ObjectKind.PORTAL_DATASET, dataset=BARS)
    assert [version["version"] for version in document["versions"]] == ["2026-11-22", "2026-11-21", "2026-11-20"]


def test_a_dataset_that_shows_nothing_any_more_is_still_described(store: LocalStore) -> None:
    publish_bars(store, {"2026-11-20": bars("2026-11-20")})
    run(yank(BARS, "2026-11-20", author(), "wrong"), store)
    run(sweep_dirty(store.name), store)
    assert build(store).unreadable == {}
    document = read_json(store, ObjectKind.PORTAL_DATASET, dataset=BARS)
    assert (document["data"], document["chart"], document["columns"], document["slices"]) == (None, None, [], [])


def test_a_damaged_dataset_keeps_what_is_shown_and_the_others_are_built(store: LocalStore) -> None:
    record = publish_bars(store, {"2026-11-20": bars("2026-11-20")})
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    build(store)
    shown = read_json(store, ObjectKind.PORTAL_DATASET, dataset=BARS)
    publish_bars(store, {"2026-11-21": bars("2026-11-21")})
    publish_prices(store, {"2026-11-21": prices(date(2026, 11, 21))})
    (store.folder / record.metadata.key).write_bytes(b"{}")
    built = build(store)
    assert (built.changed, list(built.unreadable)) == ((PRICES,), [BARS])
    assert read_json(store, ObjectKind.PORTAL_DATASET, dataset=BARS) == shown
    assert set(rows(store)) == {BARS, PRICES}


def test_files_that_cannot_be_read_are_made_anew(store: LocalStore) -> None:
    publish_bars(store, {"2026-11-20": bars("2026-11-20")})
    build(store)
    search = store.folder / object_key(ObjectKind.PORTAL_SEARCH)
    before = search.read_bytes()
    search.write_bytes(b"<html>")
    assert build(store).changed == (BARS,)
    assert search.read_bytes() == before


def test_fsck_finds_no_fault_with_the_files_and_leaves_them(store: LocalStore) -> None:
    publish_bars(store, {"2026-11-20": bars("2026-11-20")})
    build(store)
    before = _files(store)
    assert run(check_store(store.name, repair=True, deep=True), store) == ()
    assert _files(store) == before


def _rows(count: int) -> list[list[Any]]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for number in range(count):
        row: list[Any] = [None] * len(FIELDS)
        row[FIELDS.index("id")] = f"ns/set-{number:06}"
        row[FIELDS.index("updated")] = f"{start + timedelta(minutes=number):%Y-%m-%dT%H:%M:%S.000Z}"
        found.append(row)
    return found


@pytest.mark.parametrize(("count", "head", "shards"), [(5_000, False, 0), (5_001, True, 0), (30_001, True, 4)])
def test_many_datasets_have_a_head_and_shards_that_hold_every_row_once(count: int, head: bool, shards: int) -> None:
    made = _rows(count)
    files = search_files(made)
    assert (files.head is not None, len(files.shards)) == (head, shards)
    refs = parse_shards(files.whole, "search.json")
    assert {ref.key for ref in refs} == set(files.shards)
    found = [row for body in files.shards.values() for row in parse_rows(body, "shard").values()]
    assert sorted([*found, *parse_rows(files.whole, "search.json").values()]) == made
    if files.head:
        newest = parse_rows(files.head, "search-head.json")
        assert set(newest) == {row[0] for row in made[-HEAD_ROWS:]}


@given(st.integers(0, 30), st.randoms(use_true_random=False))
def test_the_order_in_which_datasets_come_does_not_matter(count: int, chance: random.Random) -> None:
    made = _rows(count)
    shuffled = made[:]
    chance.shuffle(shuffled)
    assert search_files(shuffled) == search_files(made)


def test_prices_without_candles_are_lines_and_those_with_are_candles(store: LocalStore) -> None:
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    names = ("open", "high", "low", "close", "vol")
    candles = prices(date(2026, 11, 20)).select("date", *(pl.col("close").alias(name) for name in names))
    columns = [Column("date", "date"), *(Column(name, "float64") for name in names)]
    schema = TableSchema(tuple(columns), primary_key=("date",))
    publish_frames(store, metadata("test/candles", "snapshot", calendar="sse"), {"2026-11-20": candles}, schema)
    build(store)
    line = read_json(store, ObjectKind.PORTAL_DATASET, dataset=PRICES)["chart"]
    assert (line["kind"], line["series"], line["time_unit"], line["entity"]) == ("line", ["close"], "date", None)
    chart = read_json(store, ObjectKind.PORTAL_DATASET, dataset="test/candles")["chart"]
    assert (chart["kind"], chart["open"], chart["volume"], chart["timezone"]) == (
        "candles",
        "open",
        "vol",
        "Asia/Shanghai",
    )
