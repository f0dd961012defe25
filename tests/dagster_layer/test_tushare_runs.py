"""Tushare through the real command lines: a long range, killed and resumed; pause; a correction; what is private."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from opendata import calendars
from opendata.contract.keys import ObjectKind, object_key
from opendata.protocol.index import read_index
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from opendata_platform.cli import cli as odp
from opendata_platform.control import read_control
from tests.dagster_layer.conftest import Workshop

SPOT = "tushare-raw/sge-daily"
PRICES = "tushare/spot-sge-daily-ext"
DAYS = [day.isoformat() for day in calendars.between(date(2026, 9, 1), date(2026, 11, 20))]
RANGE, FEW = DAYS[-20:], 4
"""What a backfill is killed in, and after how many days."""
ODP = Path(sys.executable).with_name("odp")


def _calls(workshop: Workshop, api: str = "sge_daily") -> int:
    return workshop.sandbox.tushare.calls[api].accepted


def _backfill(workshop: Workshop, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [ODP, "backfill", *arguments, "--from", DAYS[-3], "--to", DAYS[-1]]
    return subprocess.run(command, cwd=workshop.folder, env=workshop.env, capture_output=True, text=True, timeout=300)


def _commits(store: LocalStore, dataset: str) -> int:
    folder = store.folder / object_key(ObjectKind.LOG, dataset=dataset, seq=1)
    return len(list(folder.parent.glob("*.json"))) if folder.parent.exists() else 0


def test_a_killed_backfill_loses_nothing_and_asks_for_nothing_again(workshop: Workshop) -> None:
    process = workshop.start(SPOT, RANGE[0], RANGE[-1])
    while _commits(workshop.store, SPOT) < FEW and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    committed = _commits(workshop.store, SPOT)
    assert FEW <= committed < len(RANGE)

    before = _calls(workshop)
    code, output = workshop.materialize(SPOT, RANGE[0], RANGE[-1])
    assert code == 0, output
    assert workshop.versions(SPOT) == RANGE
    assert _calls(workshop) - before == len(RANGE) - committed
    assert f"{committed} of {len(RANGE)} partitions are published already" in output
    assert f"{len(RANGE)} of {len(RANGE)} (100%)" in output
    assert set(workshop.statuses(SPOT, RANGE).values()) == {"MATERIALIZED"}

    code, output = workshop.materialize(PRICES, RANGE[0], RANGE[-1])
    assert code == 0, output
    newest, raw = workshop.read(PRICES, RANGE[-1]), workshop.read(SPOT, RANGE[-1])
    gold = raw.filter(raw["ts_code"] == "Au(T+D)").row(0, named=True)
    row = newest.filter(newest["symbol"] == "Au(T+D)").row(0, named=True)
    assert row["volume"] == gold["vol"] * 1000
    assert row["source"] == "sge_daily"
    assert row["ingested_at"].tzinfo is not None


def test_a_pause_stops_runs_at_the_next_partition_until_they_may_go_on(workshop: Workshop) -> None:
    process = workshop.start(SPOT, DAYS[0], DAYS[-1])
    while not _commits(workshop.store, SPOT) and process.poll() is None:
        time.sleep(0.02)
    assert workshop.here(odp, "pause")[0] == 0
    output, _ = process.communicate(timeout=120)
    committed = _commits(workshop.store, SPOT)
    assert process.returncode == 1
    assert "ingestion is paused" in output
    assert f"not tried after that: {len(DAYS) - committed}" in output
    assert workshop.versions(SPOT) == DAYS[-committed:]

    assert run(read_control(), workshop.store).paused
    assert workshop.materialize(SPOT, DAYS[0])[0] == 1
    assert workshop.versions(SPOT) == DAYS[-committed:]

    assert workshop.here(odp, "resume")[0] == 0
    code, output = workshop.materialize(SPOT, DAYS[-5], DAYS[-1])
    assert code == 0, output
    assert workshop.versions(SPOT) == DAYS[-max(5, committed) :]


def test_a_correction_of_the_vendor_is_a_revision_with_its_cells(workshop: Workshop) -> None:
    assert workshop.materialize(SPOT, DAYS[-1])[0] == 0
    where = {"ts_code": "Au99.99"}
    workshop.sandbox.fault("tushare", "edit", path="sge_daily", where=where, set={"settle_vol": 7.0})
    code, output = workshop.materialize(SPOT, DAYS[-1])
    assert code == 0, output
    assert workshop.versions(SPOT) == [f"{DAYS[-1]}.r2"]
    audit = json.loads((workshop.store.folder / workshop.record(SPOT).audit.key).read_bytes())
    changes = audit["partitions"][0]["origin"]["changes"]
    assert (changes["inserted"], changes["updated"], changes["unchanged"], changes["removed"]) == (0, 1, 11, 0)
    (cell,) = changes["sample"]
    assert (cell["key"], cell["column"], cell["old"]) == (f"Au99.99/{DAYS[-1]}", "settle_vol", None)
    shown = {name: entry.value for name, entry in workshop.materializations(SPOT, DAYS[-1])[0].metadata.items()}
    assert (shown["inserted"], shown["updated"], shown["unchanged"]) == (0, 1, 11)


def test_private_datasets_are_not_listed_unless_the_operator_opts_in(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workshop.materialize(SPOT, DAYS[-1])[0] == 0
    assert run(read_index(), workshop.store) == {}
    plain = workshop.env
    monkeypatch.setattr(type(workshop), "env", property(lambda self: plain | {"OPENDATA_LISTED_DATASETS": SPOT}))
    assert workshop.materialize(SPOT, DAYS[-2])[0] == 0
    assert set(run(read_index(), workshop.store) or {}) == {SPOT}
    monkeypatch.undo()
    assert workshop.materialize(SPOT, DAYS[-3])[0] == 0
    assert run(read_index(), workshop.store) == {}


def test_one_command_backfills_in_the_order_of_dependencies(workshop: Workshop) -> None:
    ended = _backfill(workshop, PRICES, SPOT, "tushare-raw/sge-basic", "--workers", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert workshop.versions(PRICES) == DAYS[-3:]
    today = datetime.now(UTC).date().isoformat()
    assert workshop.versions("tushare-raw/sge-basic") == [today]


@pytest.mark.slow
def test_a_backfill_of_what_is_published_asks_for_nothing(workshop: Workshop) -> None:
    assert _backfill(workshop, SPOT).returncode == 0
    before = _calls(workshop)
    assert before
    assert _backfill(workshop, SPOT).returncode == 0
    assert _calls(workshop) == before


def test_a_backfill_of_an_unknown_dataset_names_it(workshop: Workshop) -> None:
    failed = _backfill(workshop, "tushare/no-such-table")
    assert failed.returncode != 0
    assert "no-such-table" in failed.stderr
