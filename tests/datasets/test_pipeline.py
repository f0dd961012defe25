"""One partition from source to store: what is written, what readers see, and what every failure ends in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from opendata.contract.canonical import sha256
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Op
from opendata.contract.selectors import Newest
from opendata.errors import DatasetNotFound
from opendata.protocol.author import make_author
from opendata.protocol.fsck import check_store
from opendata.protocol.index import read_index
from opendata.protocol.operations import Found, Get
from opendata.protocol.resolve import find_state
from opendata.stores.driver import run

from opendata_platform.datasets.catalog import all_specs, find_spec, official_specs
from opendata_platform.datasets.origin import Clients, Fetched
from opendata_platform.datasets.partitions import SnapshotDays
from opendata_platform.datasets.pipeline import Rejected, Stopped, Visible, run_partition
from opendata_platform.quality.categories import Category, Stage
from opendata_platform.sources.http import SourceClient
from tests.datasets.conftest import TODAY, Bench

KLINE = "official/binance-btcusdt-kline-1m"
WEATHER = "official/open-meteo-berlin-hourly"
OWID = "official/owid-covid-global-daily"
STOOQ = "official/stooq-aapl-daily"
DAY = "2024-03-11"


def _entry(bench: Bench, dataset: str) -> dict[str, object]:
    return (run(read_index(), bench.store) or {})[dataset]


def test_publishing_another_day_costs_no_more_than_its_budget(bench: Bench) -> None:
    bench.publish(KLINE, "2024-03-10")
    bench.store.asked.clear()
    [result] = bench.publish(KLINE, DAY)
    assert isinstance(result, Visible)
    beside_data = [op for op in bench.store.asked if not getattr(op, "key", "").endswith("/data.parquet")]
    assert len(beside_data) <= 16, beside_data


def test_an_unchanged_day_writes_nothing_and_is_still_visible(bench: Bench) -> None:
    [first] = bench.publish(KLINE, DAY)
    bench.store.asked.clear()
    [again] = bench.publish(KLINE, DAY)
    assert bench.store.puts == []
    assert isinstance(first, Visible)
    assert isinstance(again, Visible)
    assert (first.new, again.new) == (True, False)
    assert (again.data, again.record) == (first.data, first.record)


def test_a_corrected_day_becomes_a_revision(bench: Bench) -> None:
    bench.publish(KLINE, DAY)
    bench.sandbox.fault("binance", "revise", day=DAY, column="taker_buy_volume", by="0.00001")
    [result] = bench.publish(KLINE, DAY)
    assert isinstance(result, Visible)
    assert (result.data.version, result.record.op) == (f"{DAY}.r2", Op.CORRECT)


def test_a_restated_history_is_the_same_days_next_revision(bench: Bench) -> None:
    bench.publish(STOOQ, TODAY)
    bench.sandbox.fault("stooq", "restate", factor=0.25)
    [result] = bench.publish(STOOQ, TODAY)
    assert isinstance(result, Visible)
    assert result.data.version == f"{TODAY}.r2"


def test_a_rejected_day_stays_invisible_with_its_bytes_and_evidence_kept(bench: Bench) -> None:
    [good] = bench.publish(KLINE, DAY)
    bench.sandbox.fault("binance", "unfinished_day", rows=60)
    [bad] = bench.publish(KLINE, DAY)
    assert isinstance(good, Visible)
    assert isinstance(bad, Rejected)
    assert [check.name for check in bad.quarantined.failed] == ["complete_day"]
    state = bench.publisher()
    assert state.load(KLINE, DAY, DAY).height == 1440
    audit = bench.store.perform(Get(bad.quarantined.audit_key))
    assert isinstance(audit, Found)
    assert b'"verdict":"fail"' in audit.body
    staged = bench.store.perform(Get(object_key(ObjectKind.DATA, dataset=KLINE, version=f"{DAY}.r2")))
    assert isinstance(staged, Found)
    assert sha256(staged.body) == bad.audited.draft.summary.sha256
    assert run(check_store("local", deep=True), bench.store) == ()


@pytest.mark.parametrize(
    ("dataset", "source", "fault", "stage", "category", "subcode"),
    [
        (OWID, "owid", "html", Stage.FETCH, Category.PARSE, "html_page"),
        (OWID, "owid", "rename_column", Stage.PARSE, Category.PARSE, "bad_shape"),
        (OWID, "owid", "bad_number", Stage.PARSE, Category.PARSE, "bad_number"),
        (OWID, "owid", "bad_gateway", Stage.FETCH, Category.NETWORK, "upstream_5xx"),
        (STOOQ, "stooq", "key_wanted", Stage.FETCH, Category.CONFIG, "missing_secret"),
        (STOOQ, "stooq", "daily_limit", Stage.FETCH, Category.QUOTA, "daily"),
        (KLINE, "binance", "cut_body", Stage.FETCH, Category.NETWORK, "truncated_body"),
    ],
)
def test_a_failure_is_classified_and_leaves_nothing_to_readers(
    bench: Bench, dataset: str, source: str, fault: str, stage: Stage, category: Category, subcode: str
) -> None:
    bench.sandbox.fault(source, fault)
    [result] = bench.publish(dataset, TODAY if dataset in (OWID, STOOQ) else DAY)
    assert isinstance(result, Stopped), result
    assert (result.error.stage, result.error.category, result.error.subcode) == (stage, category, subcode)
    with pytest.raises(DatasetNotFound):
        _load(bench, dataset)
    if stage is Stage.PARSE:
        assert result.error.trace_key is not None
        kept = bench.store.perform(Get(result.error.trace_key))
        assert isinstance(kept, Found)
        assert kept.body.startswith(b"iso_code")


def _load(bench: Bench, dataset: str) -> object:
    return run(find_state(dataset, Newest()), bench.store)


def test_a_failing_day_does_not_stop_the_others_of_a_run(bench: Bench) -> None:
    days = ["2024-03-10", DAY, "2024-03-12"]
    bench.sandbox.fault("binance", "server_error", path=DAY)
    results = bench.publish(KLINE, *days)
    assert [type(result) for result in results] == [Visible, Stopped, Visible]
    assert _entry(bench, KLINE)["partitions"] == 2


def test_an_unexpected_error_is_classified_and_returned(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = find_spec(KLINE)
    assert isinstance(spec.origin, Fetched)
    monkeypatch.setitem(spec.__dict__, "origin", replace(spec.origin, parse=lambda capture: 1 / 0))
    [result] = bench.publish(KLINE, DAY)
    assert isinstance(result, Stopped)
    assert (result.error.stage, result.error.category) == (Stage.PARSE, Category.INTERNAL)


def test_a_new_column_of_the_source_warns_and_is_published(bench: Bench) -> None:
    bench.sandbox.fault("owid", "add_column")
    [result] = bench.publish(OWID, TODAY)
    assert isinstance(result, Visible)
    failed = {check.name for check in result.audited.draft.evidence.checks if not check.passed}
    assert failed == {"known_columns", "recent"}


def test_conflicting_duplicates_are_rejected_and_equal_ones_are_dropped_with_a_warning(bench: Bench) -> None:
    bench.sandbox.fault("owid", "duplicate_rows", rows=2)
    [result] = bench.publish(OWID, TODAY)
    assert isinstance(result, Visible)
    assert result.data.rows == 20_124
    bench.sandbox.clear_faults()
    bench.sandbox.fault("owid", "duplicate_rows", rows=2, conflicting=True)
    [result] = bench.publish(OWID, TODAY)
    assert isinstance(result, Rejected)
    assert [check.name for check in result.quarantined.failed if check.severity.value == "E"] == ["primary_key"]


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-23"])
def test_a_snapshot_of_another_day_is_never_filled_with_todays_data(bench: Bench, day: str) -> None:
    [result] = bench.publish(OWID, day)
    assert isinstance(result, Stopped)
    assert (result.error.category, result.error.subcode) == (Category.VALIDATION, "calendar")
    assert bench.sandbox.requests("owid") == []
    assert bench.store.puts == []


def test_the_unfinished_day_is_not_asked_for(bench: Bench) -> None:
    [result] = bench.publish(KLINE, TODAY)
    assert isinstance(result, Stopped)
    assert bench.sandbox.requests("binance") == []


def test_sandbox_data_say_so_and_one_synthetic_day_makes_a_recorded_dataset_synthetic(bench: Bench) -> None:
    bench.publish(WEATHER, DAY)
    entry = _entry(bench, WEATHER)
    assert entry["sandbox"] == "recorded"
    assert entry["tags"] == [*find_spec(WEATHER).tags, "sandbox"]
    assert str(entry["source"]).startswith("SANDBOX (recorded")
    bench.publish(WEATHER, "2024-03-12")
    assert _entry(bench, WEATHER)["sandbox"] == "synthetic"
    bench.store.asked.clear()
    bench.publish(WEATHER, DAY)
    assert bench.store.puts == []
    assert _entry(bench, WEATHER)["sandbox"] == "synthetic"


def test_a_run_that_finds_the_commit_of_a_killed_one_completes_the_index(bench: Bench) -> None:
    publisher = bench.publisher()
    with SourceClient(bench.settings) as client:
        run_partition(find_spec(KLINE), DAY, Clients(client), publisher)
    assert run(read_index(), bench.store) is None
    bench.publish(KLINE, DAY)
    assert _entry(bench, KLINE)["seq"] == 1


def test_every_declaration_is_complete_and_its_metadata_are_valid() -> None:
    assert set(official_specs()) == {KLINE, OWID, STOOQ, WEATHER}
    for spec in all_specs().values():
        metadata = spec.metadata(None)
        assert "sandbox" not in metadata.document
        assert metadata.document["title_zh"]
        assert metadata.document["description_zh"]
        assert all(column.description for column in spec.table.columns), spec.id
        assert {check.name for check in spec.gate} == spec.required
        assert len(spec.required) == len(spec.gate)
    assert find_spec(KLINE).metadata(None).document["license"] != "CC-BY-4.0"
    with pytest.raises(DatasetNotFound, match="declared are"):
        find_spec("official/nothing")


def test_a_snapshots_newest_partition_is_today_and_a_slices_is_yesterday() -> None:
    now = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    for spec in official_specs().values():
        snapshot = isinstance(spec.partitions, SnapshotDays)
        assert spec.partitions.newest(now) == (date(2026, 11, 22) if snapshot else date(2026, 11, 21))


def test_an_author_names_the_run_and_in_ci_the_workflow() -> None:
    env = {"GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c0ffee", "GITHUB_TOKEN": "secret"}
    author = make_author("dagster", "run-1", env)
    assert author.actor == {"kind": "dagster", "run_id": "run-1", "repository": "a/b", "commit": "c0ffee"}
    assert author.new_commit_id() != author.new_commit_id()
