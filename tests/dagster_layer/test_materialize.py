"""Runs through the real command line: single, range, failing, corrected, unchanged and killed."""

from __future__ import annotations

from collections.abc import Mapping

from opendata.contract.health import Health, Run
from opendata.contract.keys import INDEX, ObjectKind, object_key

from tests.dagster_layer.conftest import Workshop

KLINE = "official/binance-btcusdt-kline-1m"
WEATHER = "official/open-meteo-berlin-hourly"
DAYS = ["2024-03-10", "2024-03-11", "2024-03-12"]


def _published(workshop: Workshop) -> Mapping[str, int]:
    """The objects of the store without the reports of how runs went."""
    reports = (INDEX, "health.json", ".lock")
    return {key: written for key, written in workshop.files().items() if not key.endswith(reports)}


def _runs(workshop: Workshop, dataset: str) -> tuple[Run, ...]:
    """What health.json says, oldest first."""
    path = workshop.store.folder / object_key(ObjectKind.HEALTH, dataset=dataset)
    return Health.from_bytes(path.read_bytes()).runs


def test_a_range_is_one_run_that_publishes_and_reports_every_partition(workshop: Workshop) -> None:
    code, output = workshop.materialize(KLINE, DAYS[0], DAYS[-1])
    assert code == 0, output
    assert workshop.versions(KLINE) == DAYS
    assert workshop.index() == {KLINE: 3}
    assert workshop.statuses(KLINE, ["2024-03-09", *DAYS]) == {
        "2024-03-09": None,
        **dict.fromkeys(DAYS, "MATERIALIZED"),
    }
    assert [(day, True) for day in DAYS] == workshop.check_history(KLINE, "complete_day")[:3]
    with workshop.instance() as instance:
        assert len(instance.get_runs()) == 1

    event = workshop.materializations(KLINE, DAYS[1])[0]
    shown = {name: entry.value for name, entry in event.metadata.items()}
    assert shown["dagster/row_count"] == 1440
    assert (shown["version"], shown["seq"]) == (DAYS[1], 2)
    assert shown["sandbox"] == "synthetic"
    assert len(shown["dagster/column_schema"].columns) == 10
    assert "open_time" in str(shown["preview"])
    assert str(shown["object"]).endswith(f"datasets/{KLINE}/{DAYS[1]}/data.parquet")
    assert event.tags == {"dagster/data_version": workshop.head(KLINE, DAYS[1]).content_hash}

    before = _published(workshop)
    code, output = workshop.materialize(KLINE, DAYS[0], DAYS[-1])
    assert code == 0, output
    assert _published(workshop) == before
    assert "3 of 3 partitions are published already" in output
    assert len(workshop.materializations(KLINE, DAYS[1])) == 2

    assert workshop.materialize(KLINE, DAYS[1])[0] == 0
    assert _published(workshop) == before
    assert len(workshop.materializations(KLINE, DAYS[1])) == 3
    told = [(run.outcome.value, run.category, run.rows) for run in _runs(workshop, KLINE)]
    assert told == [("published", None, 3 * 1440), ("unchanged", None, None), ("unchanged", None, 1440)]


def test_a_failing_day_in_a_range_is_quarantined_and_the_others_are_published(workshop: Workshop) -> None:
    workshop.sandbox.fault("binance", "unfinished_day", path=DAYS[1])
    code, output = workshop.materialize(KLINE, DAYS[0], DAYS[-1])
    assert code == 1
    assert DAYS[1] in output
    assert "rejected by the gate" in output
    assert workshop.versions(KLINE) == [DAYS[0], DAYS[2]]
    assert workshop.index() == {KLINE: 2}
    assert workshop.statuses(KLINE, DAYS) == {
        DAYS[0]: "MATERIALIZED",
        DAYS[1]: "FAILED",
        DAYS[2]: "MATERIALIZED",
    }
    [told] = _runs(workshop, KLINE)
    assert (told.outcome.value, told.category) == ("quarantined", "validation")
    assert told.summary.startswith(f"{DAYS[1]}: complete_day failed")
    history = workshop.check_history(KLINE, "complete_day")
    assert history[:3] == [(DAYS[0], True), (DAYS[1], False), (DAYS[2], True)]
    assert history[-1] == (None, False)


def test_a_failed_gate_leaves_readers_on_the_old_version_and_a_correction_is_a_revision(workshop: Workshop) -> None:
    assert workshop.materialize(WEATHER, DAYS[1])[0] == 0
    old = workshop.read(WEATHER, DAYS[1])

    workshop.sandbox.fault("open-meteo", "revise", day=DAYS[1], by=500)
    code, output = workshop.materialize(WEATHER, DAYS[1])
    assert code == 1, output
    assert workshop.versions(WEATHER) == [DAYS[1]]
    assert workshop.index() == {WEATHER: 1}
    assert workshop.statuses(WEATHER, [DAYS[1]]) == {DAYS[1]: "FAILED"}

    workshop.sandbox.clear_faults()
    workshop.sandbox.fault("open-meteo", "revise", day=DAYS[1], by=1)
    code, output = workshop.materialize(WEATHER, DAYS[1])
    assert code == 0, output
    [corrected] = workshop.versions(WEATHER)
    assert corrected.startswith(f"{DAYS[1]}.r")
    assert workshop.index() == {WEATHER: 2}
    assert workshop.statuses(WEATHER, [DAYS[1]]) == {DAYS[1]: "MATERIALIZED"}
    new = workshop.read(WEATHER, corrected)
    assert (new["temperature_2m"] - old["temperature_2m"]).sum() == 1.0
    assert workshop.read(WEATHER, DAYS[1]).equals(old)


def test_a_killed_run_keeps_what_it_committed_and_the_next_run_completes_it(workshop: Workshop) -> None:
    kept = workshop.kill_after_commits(KLINE, "2023-01-01", "2023-02-28", commits=3)
    assert 3 <= len(kept) < 59
    assert workshop.versions(KLINE) in (kept, kept[1:])
    assert workshop.index() == {}
    assert workshop.statuses(KLINE, kept[-2:]) == dict.fromkeys(kept[-2:], "MATERIALIZED")

    code, output = workshop.materialize(KLINE, kept[0], kept[-1])
    assert code == 0, output
    assert workshop.versions(KLINE) == kept
    assert workshop.index() == {KLINE: len(kept)}


def test_a_snapshot_of_a_past_day_is_refused_and_never_filled_with_todays_data(workshop: Workshop) -> None:
    code, output = workshop.materialize("official/owid-covid-global-daily", "2026-01-05")
    assert code == 1
    assert "was not taken on that day" in output
    assert _published(workshop) == {}
    [told] = _runs(workshop, "official/owid-covid-global-daily")
    assert (told.outcome.value, told.category) == ("failed", "validation")
