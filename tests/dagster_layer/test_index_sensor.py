"""The index after killed runs, by the sensor's own evaluation (by a real daemon: test_automation)."""

from __future__ import annotations

import dagster as dg
import pytest

from sensors.index import index_sensor
from tests.dagster_layer.conftest import Workshop

KLINE = "official/binance-btcusdt-kline-1m"


def _evaluate(workshop: Workshop) -> str:
    with dg.build_sensor_context(definitions=dg.Definitions(sensors=[index_sensor])) as context:
        skip = index_sensor.evaluate_tick(context).skip_message
    return str(skip)


def test_the_sensor_settles_what_a_killed_run_left_and_then_has_nothing_to_do(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = workshop.kill_after_commits(KLINE, "2023-01-01", "2023-02-28", commits=2)
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(workshop.store.folder))
    assert KLINE in _evaluate(workshop)
    assert workshop.index() == {KLINE: len(kept)}
    assert workshop.versions(KLINE) == kept
    before = workshop.files()
    assert _evaluate(workshop) == "nothing to settle"
    assert workshop.files() == before
