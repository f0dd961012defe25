"""The asset that packs what is published, through the real command line, and the schedule that asks for it."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
from dagster._cli import cli as dagster_cli

from assets.packs import DATASETS
from schedules.packing import packing_schedule
from tests.dagster_layer.conftest import Workshop

KLINE = "official/binance-btcusdt-kline-1m"


def pack(workshop: Workshop) -> None:
    """Materialise the packs of the candles."""
    only = f"{KLINE}...{KLINE}"
    arguments = ["-m", "definitions", "--select", "packs", "--partition-range", only]
    code, output = workshop.here(dagster_cli, "asset", "materialize", *arguments)
    assert code == 0, output


def test_packing_a_dataset_is_one_commit_that_the_index_follows(workshop: Workshop) -> None:
    assert workshop.materialize(KLINE, "2024-03-30", "2024-04-01")[0] == 0
    rows = sum(workshop.head(KLINE, day).rows for day in ("2024-03-30", "2024-03-31"))
    pack(workshop)
    record = workshop.record(KLINE)
    assert [(made.lo, made.hi, made.rows, made.sorted_by) for made in record.packs] == [
        ("2024-03-30", "2024-03-31", rows, None)
    ]
    assert (record.op.value, workshop.index(), workshop.dirty()) == ("pack", {KLINE: 4}, [])
    before = workshop.files()
    pack(workshop)
    assert workshop.files() == before
    with workshop.instance() as instance:
        wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey("packs"), asset_partitions=[KLINE])
        events = instance.fetch_materializations(wanted, limit=10).records
    made_by_run = [
        event.asset_materialization and event.asset_materialization.metadata["made"].value for event in events
    ]
    assert made_by_run == [0, 1]


def test_the_schedule_asks_for_one_run_over_all_datasets() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=at)
        ((request,),) = [packing_schedule.evaluate_tick(context).run_requests or []]
    keys = DATASETS.get_partition_keys()
    assert request.tags["dagster/asset_partition_range_start"] == keys[0]
    assert request.tags["dagster/asset_partition_range_end"] == keys[-1]
