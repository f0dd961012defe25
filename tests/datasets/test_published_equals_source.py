"""Published rows, dates and sums equal those computed from the raw files with the csv module alone."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import urllib.request
import zipfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from opendata_platform.datasets.pipeline import Visible
from opendata_platform.sandbox.recordings import SHIPPED
from tests.datasets.conftest import TODAY, Bench


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal(0))


def _published(bench: Bench, dataset: str, partition: str) -> pl.DataFrame:
    [result] = bench.publish(dataset, partition)
    assert isinstance(result, Visible), result
    return bench.publisher().load(dataset, partition, partition)


def test_owid_equals_the_recorded_file(bench: Bench) -> None:
    raw = _rows(gzip.decompress((SHIPPED / "owid/owid-covid-data_2020-05-28_full.csv.gz").read_bytes()).decode())
    frame = _published(bench, "official/owid-covid-global-daily", TODAY)
    assert frame.height == len(raw) == 20_124
    dates = [row["date"] for row in raw]
    assert (str(frame["date"].min()), str(frame["date"].max())) == (min(dates), max(dates))
    for column in ("total_cases", "new_cases", "total_deaths", "new_deaths", "new_tests"):
        assert frame[column].sum() == int(_total(raw, column)), column
    for column in ("new_cases_per_million", "stringency_index", "gdp_per_capita"):
        assert frame[column].sum() == pytest.approx(float(_total(raw, column)), rel=1e-9), column
    assert frame["tests_units"].null_count() == sum(not row["tests_units"] for row in raw)
    assert set(frame["location"]) == {row["location"] for row in raw}


def test_open_meteo_equals_the_recorded_day(bench: Bench) -> None:
    raw = json.loads(
        (SHIPPED / "open_meteo/archive_json_berlin_hourly_2024-03-11.json").read_text(), parse_float=Decimal
    )
    hourly = raw["hourly"]
    frame = _published(bench, "official/open-meteo-berlin-hourly", "2024-03-11")
    assert frame["time"].dt.strftime("%Y-%m-%dT%H:%M").to_list() == hourly["time"]
    for column in ("temperature_2m", "precipitation", "relative_humidity_2m", "weather_code"):
        assert frame[column].sum() == pytest.approx(float(sum(hourly[column]))), column


def test_open_meteo_equals_the_recorded_fortnight(bench: Bench) -> None:
    path = SHIPPED / "open_meteo/archive_csv_berlin_hourly_2026-03-28_2026-04-11.csv"
    raw = _rows(path.read_text().split("\n\n")[1])
    days = sorted({row["time"][:10] for row in raw})
    results = bench.publish("official/open-meteo-berlin-hourly", *days)
    assert all(isinstance(result, Visible) for result in results), results
    frame = bench.publisher().load("official/open-meteo-berlin-hourly", days[0], days[-1])
    assert frame["time"].dt.strftime("%Y-%m-%dT%H:%M").to_list() == [row["time"] for row in raw]
    assert frame["temperature_2m"].to_list() == [float(row["temperature_2m (°C)"]) for row in raw]
    assert frame["dew_point_2m"].null_count() == len(raw) == 360


def test_stooq_equals_the_recorded_history(full_bench: Bench, shared_data: Path) -> None:
    raw = _rows((shared_data / "stooq/aapl_us_d.csv").read_text())
    frame = _published(full_bench, "official/stooq-aapl-daily", TODAY)
    assert frame.height == len(raw) == 10_531
    assert (str(frame["date"][0]), str(frame["date"][-1])) == (raw[0]["Date"], raw[-1]["Date"])
    for column in ("open", "high", "low", "close", "volume"):
        assert frame[column].sum() == pytest.approx(float(_total(raw, column.title())), rel=1e-12), column


def test_binance_equals_the_file_that_was_served(bench: Bench) -> None:
    day = "2026-11-20"
    url = f"{bench.sandbox.url}/binance/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-{day}.zip"
    with urllib.request.urlopen(url) as answer:
        archive = answer.read()
    [name] = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    raw = list(csv.reader(io.StringIO(zipfile.ZipFile(io.BytesIO(archive)).read(name).decode())))
    frame = _published(bench, "official/binance-btcusdt-kline-1m", day)
    assert frame.height == len(raw) == 1440
    assert frame["open_time"].dt.epoch("us").to_list() == [int(row[0]) for row in raw]
    for column, at in {"open": 1, "high": 2, "low": 3, "close": 4, "volume": 5, "quote_volume": 7}.items():
        assert frame[column].to_list() == [float(row[at]) for row in raw], column
    assert frame["trades"].sum() == sum(int(row[8]) for row in raw)
    [result] = bench.publish("official/binance-btcusdt-kline-1m", day)
    assert isinstance(result, Visible)
    assert result.audited.draft.evidence.origin["sha256"] == hashlib.sha256(archive).hexdigest()
