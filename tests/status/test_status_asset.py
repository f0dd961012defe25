"""The matrix through Dagster: what it publishes, what it writes for the portal, and what `odp status` says of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from opendata.contract.keys import ObjectKind, object_key
from opendata.protocol.author import make_author
from opendata.protocol.index import read_index
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from assets.status import ASSET
from opendata_platform import cli
from opendata_platform.datasets.audit import Rows, audit
from opendata_platform.datasets.catalog import find_spec, partitions_of
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings
from resources.io import dataset_io_manager

DAYS = ("2026-09-15", "2026-09-16")
PRICE = 1234.56
AT = datetime(2026, 9, 16, 12, tzinfo=UTC)


@dataclass
class Desk:
    """A store with two shares, of which one has a price, and the matrix over it."""

    folder: Path

    def publish(self, dataset: str, partition: str, rows: list[dict[str, Any]]) -> None:
        """Publish rows of a table through its gate."""
        spec = find_spec(dataset)
        types = {name: column.dtype for name, column in spec.schema.columns().items()}
        stamped = [{"source": "test", "ingested_at": AT, **row} for row in rows]
        frame = pl.DataFrame({name: [row.get(name) for row in stamped] for name in types}, schema=types)
        publisher = Publisher(LocalStore(self.folder), make_author("test", "run-of-the-tables"))
        publisher.publish(audit(spec, partition, Rows(Parsed(frame), "synthetic", {}), publisher, partitions_of))

    def materialise(self, day: str) -> tuple[bool, dict[str, Any]]:
        """Run the asset for a day: whether it succeeded, and the metadata of what it published."""
        with dg.DagsterInstance.ephemeral() as instance, SourceClient(SourceSettings({})) as http:
            resources = {"datasets": dataset_io_manager, "clients": Clients(http)}
            ended = dg.materialize(
                [ASSET], partition_key=day, instance=instance, resources=resources, raise_on_error=False
            )
            events = ended.get_asset_materialization_events()
            metadata = [event.materialization.metadata for event in events if event.asset_key == ASSET.key]
            return ended.success, {name: value.value for name, value in metadata[0].items()} if metadata else {}

    def put(self, key: str, document: dict[str, Any]) -> None:
        """Write an object as an operator's tool would."""
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))

    @property
    def portal(self) -> dict[str, Any]:
        """`portal/status.json`."""
        found: dict[str, Any] = json.loads((self.folder / "portal" / "status.json").read_text("utf-8"))
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(tmp_path / "store"))
    for name in ("OPENDATA_STORAGE", "OPENDATA_SOURCES"):
        monkeypatch.delenv(name, raising=False)
    desk = Desk(tmp_path / "store")
    shares = ("600001.SH", "600002.SH")
    listed = [{"symbol": name, "asset_class": "stock", "status": "listed"} for name in shares]
    desk.publish("tushare/instrument-master", "2026-09-16", listed)
    for day in DAYS:
        bar = {"symbol": shares[0], "asset_class": "stock", "asset_subclass": "a_share", "close": PRICE}
        desk.publish("tushare/daily-prices", day, [bar | {"trade_date": datetime.fromisoformat(day).date()}])
    return desk


@pytest.fixture
def odp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Calls `odp …`; returns exit code and output."""

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["odp", *arguments])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return call


def _prices(portal: dict[str, Any], asset_class: str = "stock") -> dict[str, Any]:
    module = next(module for module in portal["modules"] if module["module"] == "core.daily_prices")
    cell: dict[str, Any] = next(cell for cell in module["cells"] if cell["asset_class"] == asset_class)
    return cell


def test_a_day_is_published_shown_to_the_portal_and_explained(desk: Desk, odp: Callable[..., tuple[int, str]]) -> None:
    assert odp("status")[0] != 0
    assert "odp backfill tushare/status-matrix" in odp("status")[1]

    done, metadata = desk.materialise(DAYS[1])
    assert done
    assert "| stock | core.daily_prices | partial | 1 | 0 | 1 | 0 | 50.00% | 50.00% |" in metadata["ratios"]

    cell = _prices(desk.portal)
    assert {name: cell[name] for name in ("status", "complete", "partial", "missing", "not_applicable")} == {
        "status": "partial",
        "complete": 1,
        "partial": 0,
        "missing": 1,
        "not_applicable": 0,
    }
    assert (cell["complete_ratio"], cell["usable_ratio"]) == (0.5, 0.5)
    missing = cell["explain"][0]
    assert missing == {
        "as_of": DAYS[1],
        "asset_class": "stock",
        "symbol": "600002.SH",
        "module": "core.daily_prices",
        "status": "missing",
        "rule_id": "stock/core.daily_prices",
        "required": [
            {
                "fact": "bar",
                "dataset": "tushare/daily-prices",
                "key": "600002.SH",
                "present": False,
                "last_date": None,
                "age_days": None,
            }
        ],
        "optional": [],
        "reason_code": "no_row",
        "source_run_id": "run-of-the-tables",
        "suggested_backfill": missing["suggested_backfill"],
    }
    assert missing["suggested_backfill"].startswith("odp backfill tushare-raw/daily tushare-raw/adj-factor ")
    assert desk.portal["rollout"] is None
    assert _prices(desk.portal, "fx")["explain"][0]["reason_code"] == "disabled_by_flag"

    assert (run(read_index(), LocalStore(desk.folder)) or {}) == {}, "the matrix is private"
    public = (desk.folder / "portal" / "status.json").read_text("utf-8")
    assert str(PRICE) not in public
    assert max(len(c["explain"]) for m in desk.portal["modules"] for c in m["cells"]) <= 20

    code, text = odp("status", "--symbol", "600002.SH", "--module", "core.daily_prices")
    assert code == 0
    assert "600002.SH stock/core.daily_prices: missing / 缺失, no_row / 无记录" in text
    assert f"$ {missing['suggested_backfill']}" in text
    code, text = odp("status", "--symbol", "600002.SH", "--module", "core.daily_prices", "--json")
    assert json.loads(text) == [missing]
    code, text = odp("status", "--json", "--asset-class", "stock", "--module", "core.daily_prices")
    assert json.loads(text)["modules"][0]["cells"] == [cell]
    code, text = odp("status", "--symbol", "999999.SH")
    assert code != 0
    assert "999999.SH" in text


def test_an_older_day_adds_to_the_history_and_the_newest_stays_shown(desk: Desk) -> None:
    assert desk.materialise(DAYS[1])[0]
    newest = desk.portal
    assert desk.materialise(DAYS[0])[0]
    after = desk.portal
    assert [entry["as_of"] for entry in after["history"]] == list(DAYS)
    assert {name: after[name] for name in ("as_of", "computed_at", "modules")} == {
        name: newest[name] for name in ("as_of", "computed_at", "modules")
    }
    assert after["history"][1]["usable_ratio"]["stock/core.daily_prices"] == 0.5


def test_the_operators_flags_say_what_is_on_and_are_never_guessed(desk: Desk) -> None:
    flags = object_key(ObjectKind.CONTROL, control="rollout_flags_v1")
    desk.put(flags, {"p0Enabled": True, "p1Enabled": True})
    assert desk.materialise(DAYS[1])[0]
    assert _prices(desk.portal, "fx")["explain"][0]["reason_code"] == "no_row"
    desk.put(flags, {"p0Enabled": True, "p1Enabled": "false"})
    before = desk.portal
    assert not desk.materialise(DAYS[1])[0]
    assert desk.portal == before
