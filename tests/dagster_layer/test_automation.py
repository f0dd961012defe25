"""Schedules and backfills go through the same gate; the code location loads clean."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from definitions import defs
from opendata_platform.datasets.catalog import all_specs, find_spec
from opendata_platform.datasets.due import due_now, due_partitions
from resources.naming import asset_key
from tests.dagster_layer.conftest import Workshop

KLINE = "official/binance-btcusdt-kline-1m"
DAYS = ["2024-03-10", "2024-03-11", "2024-03-12"]


def test_the_code_location_validates(workshop: Workshop) -> None:
    process = workshop.dagster("definitions", "validate", "-m", "definitions")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert "All code locations passed validation" in output


def test_every_dataset_has_an_asset_with_its_checks_and_a_schedule() -> None:
    for dataset, spec in all_specs().items():
        asset = defs.get_assets_def(asset_key(dataset))
        assert {check.name for check in asset.check_specs} == spec.required
        blocking = {check.name for check in asset.check_specs if check.blocking}
        assert blocking == {check.name for check in spec.gate if check.severity.value != "W"}
        assert defs.get_schedule_def(f"publish_{dataset.replace('-', '_').replace('/', '__')}")


def test_a_backfill_of_any_dataset_is_one_run() -> None:
    policies = {dataset: defs.get_assets_def(asset_key(dataset)).backfill_policy for dataset in all_specs()}
    assert policies == dict.fromkeys(policies, dg.BackfillPolicy.single_run())


def test_due_is_the_newest_day_with_those_to_revisit() -> None:
    at = datetime(2024, 3, 13, 0, 10, tzinfo=UTC)
    assert due_partitions(find_spec(KLINE), at) == ["2024-03-12", "2024-03-11", "2024-03-10"]
    assert due_partitions(find_spec("official/stooq-aapl-daily"), datetime(2026, 3, 13, 23, tzinfo=UTC)) == [
        "2026-03-13"
    ]


def test_between_two_instants_of_publication_the_last_one_counts() -> None:
    before, after = datetime(2024, 3, 13, 0, 9, tzinfo=UTC), datetime(2024, 3, 13, 0, 11, tzinfo=UTC)
    assert due_now(find_spec(KLINE), before) == ["2024-03-11", "2024-03-10", "2024-03-09"]
    assert due_now(find_spec(KLINE), after) == ["2024-03-12", "2024-03-11", "2024-03-10"]


def test_a_copy_that_was_not_taken_on_its_day_is_due_no_more() -> None:
    assert due_now(find_spec("official/stooq-aapl-daily"), datetime(2026, 3, 13, 23, tzinfo=UTC)) == ["2026-03-13"]
    assert due_now(find_spec("official/stooq-aapl-daily"), datetime(2026, 3, 14, 22, tzinfo=UTC)) == []


def test_a_scheduled_run_with_a_failing_day_leaves_readers_on_the_old_version(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in workshop.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(workshop.store.folder))
    key = asset_key(KLINE)
    schedule = defs.get_schedule_def("publish_official__binance_btcusdt_kline_1m")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance, datetime(2024, 3, 13, 0, 10, tzinfo=UTC), repository_def=defs.get_repository_def()
        )
        requests = schedule.evaluate_tick(context).run_requests or []

        def run() -> dict[str | None, bool]:
            job = defs.resolve_implicit_global_asset_job_def()
            return {
                request.partition_key: job.execute_in_process(
                    instance=instance, asset_selection=[key], partition_key=request.partition_key, raise_on_error=False
                ).success
                for request in requests
            }

        assert run() == dict.fromkeys(DAYS, True)
        assert workshop.versions(KLINE) == DAYS
        workshop.sandbox.fault("binance", "unfinished_day", path=DAYS[1])
        workshop.sandbox.fault("binance", "revise", day=DAYS[2], column="taker_buy_volume", by="0.00001")
        assert run() == {DAYS[0]: True, DAYS[1]: False, DAYS[2]: True}
        assert workshop.versions(KLINE) == [DAYS[0], DAYS[1], f"{DAYS[2]}.r2"]
        partitions_def = defs.get_assets_def(key).partitions_def
        status = instance.get_status_by_partition(key, DAYS, partitions_def)
        assert status
        assert [status[day].value for day in DAYS] == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
        assert workshop.index() == {KLINE: workshop.record(KLINE).seq}


@pytest.mark.slow
def test_the_daemon_runs_a_backfill_as_one_run_through_the_gate_and_settles_what_a_killed_run_left(
    workshop: Workshop,
) -> None:
    killed = workshop.kill_after_commits(KLINE, "2023-01-01", "2023-02-28", commits=2)
    assert workshop.dirty()
    code, output = workshop.materialize(KLINE, DAYS[1])
    assert code == 0, output
    workshop.sandbox.fault("binance", "unfinished_day", path=DAYS[0])
    key = asset_key(KLINE)
    with workshop.instance() as instance:
        instance.add_backfill(
            PartitionBackfill.from_asset_partitions(
                backfill_id="march",
                asset_graph=defs.resolve_asset_graph(),
                partition_names=DAYS,
                asset_selection=[key],
                backfill_timestamp=time.time(),
                tags={},
                dynamic_partitions_store=instance,
                all_partitions=False,
                title=None,
                description=None,
                run_config=None,
            )
        )
        daemon = workshop.dagster_daemon()
        try:
            while _open(instance) or workshop.dirty():
                assert daemon.poll() is None, daemon.communicate()
                time.sleep(0.5)
        finally:
            daemon.terminate()
            output, _ = daemon.communicate(timeout=60)
        runs = instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": "march"}))
    assert len(runs) == 1, output
    assert workshop.versions(KLINE) == [*killed, *DAYS[1:]]
    assert workshop.index() == {KLINE: len(killed) + 2}
    assert workshop.statuses(KLINE, DAYS) == dict(zip(DAYS, ["FAILED", "MATERIALIZED", "MATERIALIZED"], strict=True))


def _open(instance: dg.DagsterInstance) -> bool:
    backfill = instance.get_backfill("march")
    assert backfill
    return backfill.status in (BulkActionStatus.REQUESTED, BulkActionStatus.FAILING)
