"""`odp publish`: what is due is published by real runs of Dagster, and what fails is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from opendata.errors import DatasetNotFound

from opendata_platform.datasets.catalog import find_spec
from opendata_platform.publication import publish_due
from tests.dagster_layer.conftest import Workshop

KLINE = "official/binance-btcusdt-kline-1m"
NOW = datetime(2024, 3, 12, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def settings(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workshop's environment is that of the command."""
    for name, value in workshop.env.items():
        monkeypatch.setenv(name, value)


def publish(workshop: Workshop) -> tuple[list[str], list[str]]:
    """What failed and what was said, with no day before the newest asked for again."""
    spec = find_spec(KLINE)
    said: list[str] = []
    only_newest = replace(spec, due=replace(spec.due, revisit=()))
    return publish_due([only_newest], NOW, workshop.folder, said.append), said


def test_what_is_due_is_published(workshop: Workshop) -> None:
    failed, said = publish(workshop)
    assert failed == []
    assert workshop.versions(KLINE) == ["2024-03-11"]
    assert "done" in said[0]


def test_what_fails_is_named_and_not_published(workshop: Workshop) -> None:
    workshop.sandbox.fault("binance", "unfinished_day", path="2024-03-11")
    failed, said = publish(workshop)
    assert failed == [f"{KLINE} 2024-03-11"]
    with pytest.raises(DatasetNotFound):
        workshop.record(KLINE)
    assert "failed" in said[0]
