"""Parsers against answers that the real sources gave: counts, dates and sums equal those computed without them.

The other side is the csv or json module and plain arithmetic. Recordings that ship with the sandbox are always
checked, the larger set where it is present.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sandbox.recordings import SHIPPED
from opendata_platform.sources import binance, open_meteo, owid, stooq
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.outcome import Ok, ParseError, RawCapture
from opendata_platform.sources.settings import SourceSettings

SAMPLES = Path(__file__).parent / "samples"


def capture(body: bytes, media_type: str = "text/csv") -> RawCapture:
    return RawCapture("test", "https://example.org", body, media_type, datetime(2026, 1, 1, tzinfo=UTC), None)


def zipped(body: bytes, name: str = "x.csv") -> RawCapture:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, body)
    return capture(out.getvalue(), "application/zip")


def rest(page: bytes) -> RawCapture:
    return capture(b'{"pages":[{"url":"u","body":' + page + b"}]}", binance.PAGES_TYPE)


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def floats(values: list[str]) -> list[float | None]:
    return [float(value) if value else None for value in values]


def assert_same_numbers(frame: pl.DataFrame, name: str, texts: list[str]) -> None:
    """Every value, and therefore every sum, is the one written."""
    expected = floats(texts)
    assert frame[name].to_list() == expected, name
    total = math.fsum(value for value in expected if value is not None)
    assert math.fsum(frame[name].drop_nulls()) == total


def check_owid(text: str, names: dict[str, str]) -> Parsed:
    rows = records(text)
    parsed = owid.read_global(capture(text.encode()))
    frame = parsed.frame
    assert frame.height == len(rows)
    dates = [date.fromisoformat(row["date"]) for row in rows]
    assert (frame["date"].min(), frame["date"].max()) == (min(dates), max(dates))
    assert frame["date"].to_list() == dates
    for name in frame.columns:
        texts = [row[names.get(name, name)] for row in rows]
        if frame.schema[name].is_numeric():
            assert_same_numbers(frame, name, texts)
        elif name != "date":
            assert frame[name].to_list() == [text or None for text in texts]
    return parsed


def test_owid_file_of_2020_05_28_whole() -> None:
    text = gzip.decompress((SHIPPED / "owid/owid-covid-data_2020-05-28_full.csv.gz").read_bytes()).decode()
    parsed = check_owid(text, {})
    assert parsed.frame.columns == text.partition("\n")[0].split(",")
    assert parsed.frame.height == 20124
    assert parsed.unknown_columns == ()
    assert parsed.frame.select("location", "date").is_duplicated().sum() == 0


def test_owid_file_with_67_columns_has_the_declared_ones_under_their_later_names(shared_data: Path) -> None:
    text = (shared_data / "owid/owid-covid-data_BRA_67col.csv").read_text("utf-8")
    later = {"cvd_death_rate": "cardiovasc_death_rate", "hospital_beds_per_100k": "hospital_beds_per_thousand"}
    parsed = check_owid(text, later)
    assert len(parsed.unknown_columns) == 67 - 32
    assert "continent" in parsed.unknown_columns


def test_owid_latest_file_is_another_file_and_refused(shared_data: Path) -> None:
    body = (shared_data / "owid/owid-covid-latest_2022-04-01.csv").read_bytes()
    with pytest.raises(ParseError, match="'date' is missing"):
        owid.parse_global(capture(body))


def test_open_meteo_recorded_day() -> None:
    body = (SHIPPED / "open_meteo/archive_json_berlin_hourly_2024-03-11.json").read_bytes()
    hourly = json.loads(body)["hourly"]
    frame = open_meteo.parse_hours(capture(body, "application/json"))
    assert frame.columns == list(hourly)
    assert frame["time"].to_list() == [datetime.fromisoformat(t).replace(tzinfo=UTC) for t in hourly["time"]]
    for name in frame.columns[1:]:
        assert_same_numbers(frame, name, [str(value) for value in hourly[name]])


@pytest.mark.parametrize("name", ["aapl_us_d.csv", "msft_us_d.csv", "eurusd_d_no_volume.csv"])
def test_stooq_recorded_histories(shared_data: Path, name: str) -> None:
    text = (shared_data / "stooq" / name).read_text()
    rows = records(text)
    frame = stooq.parse_history(capture(text.encode()))
    dates = [date.fromisoformat(row["Date"]) for row in rows]
    assert frame["date"].to_list() == dates
    for column in ("Open", "High", "Low", "Close", "Volume"):
        assert_same_numbers(frame, column.lower(), [row.get(column, "") for row in rows])


def check_klines(frame: pl.DataFrame, rows: list[list[str]], ticks_per_ms: int = 1) -> None:
    assert frame.height == len(rows)
    assert frame["open_time"].dt.epoch("ms").to_list() == [int(row[0]) // ticks_per_ms for row in rows]
    columns = ("open", "high", "low", "close", "volume")
    later = ("quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume")
    for position, name in [*enumerate(columns, 1), *enumerate(later, 7)]:
        assert_same_numbers(frame, name, [row[position] for row in rows])


def lines(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_binance_file_without_header_in_milliseconds() -> None:
    text = (SAMPLES / "vision_spot_ADABTC-1m-2021-11-27_head.csv").read_text()
    check_klines(binance.parse_klines(zipped(text.encode())), lines(text))


def test_binance_file_in_microseconds_holds_the_same_candles() -> None:
    text = (SAMPLES / "vision_spot_ADABTC-1m-2021-11-27_head.csv").read_text()
    micro = "".join(",".join([f"{row[0]}000", *row[1:6], f"{row[6]}999", *row[7:]]) + "\n" for row in lines(text))
    frame = binance.parse_klines(zipped(micro.encode()))
    assert frame.equals(binance.parse_klines(zipped(text.encode())))
    check_klines(frame, lines(micro), ticks_per_ms=1000)


def test_binance_recorded_rest_page() -> None:
    page = (SHIPPED / "binance/rest_klines_BTCUSDT_1m_limit10_pretty.json").read_bytes()
    rows = [[str(cell) for cell in row] for row in json.loads(page)]
    check_klines(binance.parse_klines(rest(page)), rows)


@pytest.mark.parametrize("day", ["2024-02-01", "2024-02-02", "2026-07-01"])
def test_binance_whole_recorded_days_with_header(shared_data: Path, day: str) -> None:
    text = (shared_data / f"binance/vision_um_AVAXUSDT-1m-{day}.csv").read_text()
    frame = binance.parse_klines(zipped(text.encode()))
    check_klines(frame, lines(text)[1:])
    assert frame.height == 1440
    assert frame["open_time"].dt.date().unique().to_list() == [date.fromisoformat(day)]


def test_binance_recorded_rest_page_of_a_thousand(shared_data: Path) -> None:
    page = (shared_data / "binance/rest_klines_BTCUSDT_1m_limit1000.json").read_bytes()
    rows = [[str(cell) for cell in row] for row in json.loads(page)]
    check_klines(binance.parse_klines(rest(page)), rows)


def test_daily_candles_are_not_taken_for_minutes(shared_data: Path) -> None:
    page = (shared_data / "binance/rest_klines_BTCUSDT_1d_limit1000.json").read_bytes()
    with pytest.raises(ParseError, match="whole minute"):
        binance.parse_klines(rest(page))


def test_the_sandbox_passes_the_larger_recordings_on_unchanged(shared_data: Path) -> None:
    fetches: dict[str, Callable[[SourceClient], object]] = {
        "stooq/aapl_us_d.csv": lambda client: stooq.daily_history("aapl.us")("x", client),
        "owid/owid-covid-data_2020-05-28_full.csv": lambda client: owid.global_file("x", client),
    }
    with Sandbox(recordings=Recordings(shared_data)) as sandbox:
        settings = SourceSettings.from_env({}, sandbox_url=sandbox.url)
        with SourceClient(settings) as client:
            for name, fetch in fetches.items():
                result = fetch(client)
                assert isinstance(result, Ok)
                assert result.value.sandbox == "recorded"
                assert result.value.body == (shared_data / name).read_bytes()
            page = client.get(
                "binance_api",
                "/api/v3/klines",
                {
                    "symbol": "BTCUSDT",
                    "interval": "1m",
                    "startTime": "1725416820000",
                    "endTime": "1725476819999",
                    "limit": "1000",
                },
            )
    assert isinstance(page, Ok)
    assert page.value.body == (shared_data / "binance/rest_klines_BTCUSDT_1m_limit1000.json").read_bytes()
