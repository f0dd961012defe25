"""The IO manager for ordinary assets: publishes what was audited, loads one partition or a range."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from opendata.errors import GateFailed
from opendata.stores.local import LocalStore

from assets.partitions import partitions_def
from opendata_platform.datasets.audit import Rows, audit
from opendata_platform.datasets.audited import Audited
from opendata_platform.datasets.catalog import find_spec, partitions_of
from opendata_platform.datasets.clients import open_clients
from opendata_platform.datasets.origin import Clients, Fetched
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.outcome import Ok
from resources.io import DatasetIOManager
from resources.naming import asset_key, dataset_id

SPEC = find_spec("official/open-meteo-berlin-hourly")
DAYS = ["2024-03-10", "2024-03-11", "2024-03-12"]
PARTITIONS = partitions_def(SPEC.partitions)


def _audited(clients: Clients, manager: DatasetIOManager, day: str, hours: int = 24) -> Audited:
    assert isinstance(SPEC.origin, Fetched)
    ((_, answer),) = SPEC.origin.fetch([day], clients)
    assert isinstance(answer, Ok)
    capture = answer.value
    frame = SPEC.origin.parse(capture).frame.head(hours)
    rows = Rows(Parsed(frame), capture.sandbox, capture.origin())
    return audit(SPEC, day, rows, manager.publisher, partitions_of)


def _asset(manager: DatasetIOManager, hours: int) -> dg.AssetsDefinition:
    @dg.asset(key=asset_key(SPEC.id), partitions_def=PARTITIONS, io_manager_key="datasets")
    def ordinary(context) -> Audited:  # type: ignore[no-untyped-def]  # Dagster wants its own or no annotation here
        with open_clients() as clients:
            return _audited(clients, manager, context.partition_key, hours)

    return ordinary


def test_an_ordinary_asset_is_published_only_if_it_passed_the_gate(tmp_path: Path) -> None:
    manager = DatasetIOManager(LocalStore(tmp_path), "run")
    with dg.DagsterInstance.ephemeral() as instance:

        def run(hours: int) -> dg.ExecuteInProcessResult:
            return dg.materialize(
                [_asset(manager, hours)], instance=instance, resources={"datasets": manager}, partition_key=DAYS[1]
            )

        with pytest.raises(GateFailed, match="complete_day failed: 23 of 24 times"):
            run(23)
        assert manager.publisher.head(SPEC) is None
        assert run(24).success
        assert manager.publisher.load(SPEC.id, DAYS[1], DAYS[1]).height == 24


@pytest.mark.parametrize(("mapping", "rows"), [(None, 24), (dg.TimeWindowPartitionMapping(start_offset=-1), 48)])
def test_a_downstream_asset_loads_one_partition_or_a_range(
    tmp_path: Path, mapping: dg.PartitionMapping | None, rows: int
) -> None:
    manager = DatasetIOManager(LocalStore(tmp_path), "run")
    with open_clients() as clients:
        for day in DAYS:
            assert isinstance(run_partition(SPEC, day, clients, manager.publisher), Visible)
    seen: list[pl.DataFrame] = []

    @dg.asset(
        partitions_def=PARTITIONS,
        ins={"weather": dg.AssetIn(asset_key(SPEC.id), partition_mapping=mapping, input_manager_key="datasets")},
    )
    def downstream(weather: pl.DataFrame) -> None:
        seen.append(weather)

    upstream = dg.AssetSpec(asset_key(SPEC.id), partitions_def=PARTITIONS)
    result = dg.materialize(
        [upstream, downstream], resources={"datasets": manager}, partition_key=DAYS[1], selection=[downstream]
    )
    assert result.success
    [frame] = seen
    assert frame.height == rows
    assert frame["time"].max() == datetime(2024, 3, 11, 23, tzinfo=UTC)


def test_a_dataset_and_its_asset_are_one_name_in_two_spellings() -> None:
    assert asset_key("official/stooq-aapl-daily").path == ["official", "stooq_aapl_daily"]
    assert dataset_id(asset_key("official/stooq-aapl-daily")) == "official/stooq-aapl-daily"
