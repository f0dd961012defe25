"""The portal's files follow what runs publish, and runs that died are told of, by the sensors' own evaluation."""

from __future__ import annotations

import json

import dagster as dg
import pytest
from opendata.contract.health import Health
from opendata.contract.keys import ObjectKind, object_key

from assets.factory import OUTCOME_TAG
from definitions import defs
from resources.naming import asset_key
from sensors.portal import portal_sensor
from sensors.runs import run_sensor
from tests.dagster_layer.conftest import Workshop

KLINE = "official/binance-btcusdt-kline-1m"
DAYS = ["2024-03-10", "2024-03-11"]


@pytest.fixture(autouse=True)
def _here(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(workshop.store.folder))


def _build() -> str:
    with dg.build_sensor_context(definitions=defs) as context:
        return str(portal_sensor.evaluate_tick(context).skip_message)


def test_the_portal_follows_what_is_published_and_how_runs_went(workshop: Workshop) -> None:
    assert workshop.materialize(KLINE, *DAYS)[0] == 0
    assert _build() == f"made anew: {KLINE}"
    search = json.loads((workshop.store.folder / object_key(ObjectKind.PORTAL_SEARCH)).read_bytes())
    row = dict(zip(search["fields"], search["rows"][0], strict=True))
    assert (row["id"], row["rows"], row["through"], row["runs"]) == (KLINE, 2 * 1440, DAYS[-1], "p")
    assert "比特币" in row["title_zh"]
    assert "bitebi" in row["keywords"]
    before = workshop.files()
    assert _build() == "no news"
    assert workshop.files() == before

    workshop.sandbox.fault("binance", "unfinished_day", path="2024-03-12")
    assert workshop.materialize(KLINE, "2024-03-12")[0] == 1
    assert _build() == f"made anew: {KLINE}"
    document = json.loads((workshop.store.folder / object_key(ObjectKind.PORTAL_DATASET, dataset=KLINE)).read_bytes())
    assert [run["outcome"] for run in document["runs"]] == ["published", "quarantined"]
    assert document["runs"][-1]["category"] == "validation"


@pytest.mark.parametrize("told", [False, True], ids=["died", "told"])
def test_a_run_that_died_is_reported_once(workshop: Workshop, told: bool) -> None:
    tags = {OUTCOME_TAG: "failed"} if told else {}
    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(
            defs.resolve_implicit_global_asset_job_def(),
            asset_selection=frozenset({asset_key(KLINE)}),
            tags={**tags, "dagster/partition": DAYS[0]},
        )
        instance.report_engine_event("killed", run)
        instance.report_run_failed(run, "the process of the run is gone")
        [event] = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
        context = dg.build_run_status_sensor_context(
            "run_sensor", event.event_log_entry.dagster_event, instance, instance.get_run_by_id(run.run_id)
        )
        said = run_sensor(context.for_run_failure())
    path = workshop.store.folder / object_key(ObjectKind.HEALTH, dataset=KLINE)
    assert path.exists() is not told
    assert ("reported as failed" in said.skip_message) is not told
    if not told:
        [reported] = Health.from_bytes(path.read_bytes()).runs
        assert (reported.outcome.value, reported.category) == ("failed", "cancelled")
        assert "the process of the run is gone" in reported.summary
