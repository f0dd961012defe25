"""Recorded days of Tushare come through the sandbox unchanged, where they are asked for, and nowhere else."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sandbox.recordings import SHIPPED
from opendata_platform.sandbox.tushare.recorded import SERIES, serves_recorded
from opendata_platform.tushare.catalog import find_api

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADER = "X-OpenData-Sandbox"
RECORDED = [
    *(("daily", day) for day in ("20230306", "20230307", "20230308", "20230309", "20230310", "20250403")),
    *(("daily_basic", "20191025"), ("daily_basic", "20250403")),
    *(("stk_limit", "20250403"), ("fut_daily", "20250403")),
]
"""APIs and days that were recorded for the whole market."""


@pytest.fixture(scope="module")
def shipped() -> Iterator[Sandbox]:
    with Sandbox(recordings=Recordings(), clock=lambda: NOW, tushare_recorded=True) as sandbox:
        yield sandbox


def ask(sandbox: Sandbox, api: str, **params: object) -> tuple[list[dict[str, Any]], str]:
    """All rows of an answer, page by page, and where they are from."""
    rows: list[dict[str, Any]] = []
    fields = ",".join(field.name for field in find_api(api).fields)
    while True:
        body = {"api_name": api, "token": "x", "params": {**params, "offset": len(rows)}, "fields": fields}
        response = httpx.post(f"{sandbox.url}/tushare", json=body, trust_env=False, timeout=30)
        data = response.json()["data"]
        rows += [dict(zip(data["fields"], row, strict=True)) for row in data["items"]]
        if not data["has_more"]:
            return rows, response.headers[HEADER]


def test_days_of_a_code_are_recorded_ones_where_there_are_some(shipped: Sandbox) -> None:
    rows, source = ask(shipped, "index_daily", ts_code="000001.SH", start_date="20260303", end_date="20260306")
    assert source == "recorded"
    assert [row["trade_date"] for row in rows] == ["20260306", "20260305", "20260304", "20260303"]
    assert [row["close"] for row in rows[2:]] == [4082.474, 4122.676]
    assert rows[2]["amount"] == 1113081986.1


@pytest.mark.parametrize(("api", "code"), SERIES)
def test_every_series_is_shipped_credited_and_served(shipped: Sandbox, api: str, code: str) -> None:
    file = f"tushare/{SERIES[api, code]}.csv.gz"
    assert (SHIPPED / file).is_file()
    assert file in (SHIPPED / "SOURCES.md").read_text()
    day = "20251023"
    rows, source = ask(shipped, api, ts_code=code, start_date=day, end_date=day)
    assert (len(rows), source) == (1, "recorded")
    assert (rows[0]["ts_code"], rows[0]["trade_date"]) == (code, day)


def test_another_code_and_other_days_are_made_up(shipped: Sandbox) -> None:
    for code, day in (("000905.SH", "20260304"), ("000001.SH", "20261120")):
        rows, source = ask(shipped, "index_daily", ts_code=code, start_date=day, end_date=day)
        assert (len(rows), source) == (1, "synthetic")


def test_without_being_asked_for_recordings_are_not_served() -> None:
    with Sandbox(recordings=Recordings(), clock=lambda: NOW, tushare_recorded=False) as sandbox:
        rows, source = ask(sandbox, "index_daily", ts_code="000001.SH", start_date="20260304", end_date="20260304")
    assert source == "synthetic"
    assert rows[0]["close"] != 4082.474


@pytest.mark.parametrize(("environment", "serves"), [({}, False), ({"OPENDATA_SANDBOX_TUSHARE_RECORDED": "1"}, True)])
def test_the_environment_can_ask_for_recordings(environment: dict[str, str], serves: bool) -> None:
    assert serves_recorded(environment) is serves


def test_whole_days_come_through_unchanged(shared_data: Path) -> None:
    with Sandbox(recordings=Recordings(shared_data), clock=lambda: NOW, tushare_recorded=True) as sandbox:
        for api, day in RECORDED:
            with (shared_data / "tushare" / "whole_market" / f"{api}_{day}.csv").open(newline="") as file:
                expected = list(csv.DictReader(file))
            rows, source = ask(sandbox, api, trade_date=day)
            assert source == "recorded"
            assert len(rows) == len(expected) > 900
            for row, told in zip(rows, expected, strict=True):
                for field, text in told.items():
                    assert row[field] == (_cell(field, text) if text else None), (api, day, field)
            later = {field for row in rows for field, cell in row.items() if cell is not None} - expected[0].keys()
            assert not later, "what was not recorded is null"


def _cell(field: str, text: str) -> str | float:
    return text if field in ("ts_code", "trade_date") else float(text)


def test_a_code_of_a_recorded_day_is_still_made_up(shared_data: Path) -> None:
    with Sandbox(recordings=Recordings(shared_data), clock=lambda: NOW, tushare_recorded=True) as sandbox:
        _, source = ask(sandbox, "daily", trade_date="20250403", ts_code="600003.SH")
    assert source == "synthetic"
