"""Series that nobody recorded: the same everywhere, and obeying the rules of the real ones."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opendata_platform.sandbox import Recordings, binance, open_meteo, stooq
from opendata_platform.sandbox.synthetic import bridge, level, uniforms

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NONE = Recordings()
DAYS = st.dates(date(2017, 8, 17), date(2026, 11, 22))


def daily_file(day: date, symbol: str = "BTCUSDT") -> list[list[str]]:
    path = f"/data/spot/daily/klines/{symbol}/1m/{symbol}-1m-{day}.zip"
    archive = binance.respond(path, {}, NOW, NONE).body
    checksum = binance.respond(f"{path}.CHECKSUM", {}, NOW, NONE).body.decode()
    assert checksum == f"{hashlib.sha256(archive).hexdigest()}  {symbol}-1m-{day}.zip\n"
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.namelist() == [f"{symbol}-1m-{day}.csv"]
        return list(csv.reader(io.StringIO(opened.read(opened.namelist()[0]).decode())))


@settings(max_examples=15, deadline=None)
@given(DAYS)
def test_candles_of_any_day_obey_the_rules_of_the_market(day: date) -> None:
    rows = daily_file(day)
    unit = 1000 if day >= date(2025, 1, 1) else 1
    start = int(datetime.combine(day, datetime.min.time(), UTC).timestamp()) * 1000
    assert [int(row[0]) for row in rows] == [(start + 60_000 * i) * unit for i in range(1440)]
    assert all(int(row[6]) == int(row[0]) + 60_000 * unit - 1 for row in rows)
    for _, open_, high, low, close, volume, _, quote, trades, taker, taker_quote, _ in rows:
        assert float(low) <= min(float(open_), float(close))
        assert float(high) >= max(float(open_), float(close))
        assert 0 < float(taker) < float(volume)
        assert 0 < float(taker_quote) < float(quote)
        assert float(low) <= float(quote) / float(volume) <= float(high)
        assert int(trades) > 0


@settings(max_examples=15, deadline=None)
@given(DAYS)
def test_each_candle_opens_where_the_last_one_closed_across_days_too(day: date) -> None:
    rows = daily_file(day) + daily_file(day + timedelta(days=1))[:1]
    assert all(before[4] == after[1] for before, after in itertools.pairwise(rows))


def test_the_same_day_is_the_same_on_every_machine() -> None:
    rows = daily_file(date(2024, 3, 11))
    assert rows == daily_file(date(2024, 3, 11))
    digest = hashlib.sha256("\n".join(",".join(row) for row in rows).encode()).hexdigest()
    assert digest[:16] == "501b60250a2b5e13"
    assert rows != daily_file(date(2024, 3, 11), "ETHUSDT")


@pytest.mark.parametrize(
    ("day", "hour", "there"),
    [("2026-11-23", 9, True), ("2026-11-23", 7, False), ("2017-08-16", 9, False), ("2026-11-24", 9, False)],
)
def test_a_file_is_there_from_the_next_morning(day: str, hour: int, there: bool) -> None:
    path = f"/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-{day}.zip"
    answer = binance.respond(path, {}, datetime(2026, 11, 24, hour, tzinfo=UTC), NONE)
    assert answer.status == (200 if there else 404)


@pytest.mark.parametrize("name", ["BTCUSDT-1m-2024-02-30.zip", "ETHUSDT-1m-2024-02-03.zip", "x.zip", "../x"])
def test_other_paths_are_absent(name: str) -> None:
    assert binance.respond(f"/data/spot/daily/klines/BTCUSDT/1m/{name}", {}, NOW, NONE).status == 404


def klines(now: datetime, **changes: str) -> list[list[object]]:
    params = {"symbol": "BTCUSDT", "interval": "1m", "startTime": "1767225600000", "endTime": "1767311999999"}
    return json.loads(binance.respond("/api/v3/klines", {**params, **changes}, now, NONE).body)  # type: ignore[no-any-return]  # JSON


def test_rest_pages_hold_at_most_a_thousand_candles_in_milliseconds() -> None:
    first, second = klines(NOW, limit="1000"), klines(NOW, limit="1000", startTime="1767285600000")
    assert (len(first), len(second), len(klines(NOW)), len(klines(NOW, limit="5000"))) == (1000, 440, 500, 1000)
    assert [row[0] for row in first + second] == [1767225600000 + 60_000 * i for i in range(1440)]
    file_rows = daily_file(date(2026, 1, 1))
    assert [row[1:6] for row in first + second] == [row[1:6] for row in file_rows]


def test_rest_serves_the_open_candle_but_none_of_the_future() -> None:
    rows = klines(datetime(2026, 1, 1, 0, 10, 30, tzinfo=UTC))
    assert len(rows) == 11
    assert rows[-1][0] == 1767225600000 + 600_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"symbol": "DOGE"}, -1121), ({"interval": "7m"}, -1120), ({"startTime": "yesterday"}, -1100)],
)
def test_rest_refuses_as_the_exchange_does(changes: dict[str, str], code: int) -> None:
    params = {"symbol": "BTCUSDT", "interval": "1m", "startTime": "0", "endTime": "1"}
    answer = binance.respond("/api/v3/klines", {**params, **changes}, NOW, NONE)
    assert answer.status == 400
    assert json.loads(answer.body)["code"] == code


def history(now: datetime = NOW) -> list[dict[str, str]]:
    body = stooq.respond("/q/d/l/", {"s": "aapl.us", "i": "d"}, now, NONE).body.decode()
    return list(csv.DictReader(io.StringIO(body)))


def test_the_stock_history_has_sane_bars_on_sessions_only() -> None:
    rows = history()
    days = [date.fromisoformat(row["Date"]) for row in rows]
    assert days[0] == date(1984, 9, 7)
    assert days[-1] == date(2026, 11, 23)
    assert days == sorted(set(days))
    assert max(day.weekday() for day in days) == 4
    for row in rows:
        low, high = float(row["Low"]), float(row["High"])
        assert 0 < low <= min(float(row["Open"]), float(row["Close"]))
        assert high >= max(float(row["Open"]), float(row["Close"]))
        assert int(row["Volume"]) > 0


def test_the_last_session_appears_after_its_close() -> None:
    assert history(datetime(2026, 11, 23, 21, 59, tzinfo=UTC))[-1]["Date"] == "2026-11-20"
    assert history(datetime(2026, 11, 23, 22, 0, tzinfo=UTC))[-1]["Date"] == "2026-11-23"


@pytest.mark.parametrize(
    "holiday",
    ["2024-03-29", "2024-07-04", "2021-12-24", "2024-11-28", "2022-06-20", "2026-05-25", "2026-09-07", "2023-01-02"],
)
def test_holidays_of_the_exchange_are_no_sessions(holiday: str) -> None:
    assert holiday not in {row["Date"] for row in history()}


def test_sessions_are_nearly_those_of_the_real_history(shared_data: Path) -> None:
    real = {line.partition(",")[0] for line in (shared_data / "stooq/aapl_us_d.csv").read_text().splitlines()[1:]}
    last = max(real)
    ours = {row["Date"] for row in history() if row["Date"] <= last}
    assert len(ours ^ real) < 0.01 * len(real)


def test_other_markets_have_no_data() -> None:
    for symbol in ("cdr", "eurusd", ""):
        assert stooq.respond("/q/d/l/", {"s": symbol, "i": "d"}, NOW, NONE).body == b"No data"


def weather(first: str, last: str, **changes: str) -> dict[str, list[object]]:
    params = {
        "latitude": "52.52",
        "longitude": "13.41",
        "start_date": first,
        "end_date": last,
        "hourly": ",".join(name for name in open_meteo.UNITS if name != "time"),
    }
    answer = open_meteo.respond("/v1/archive", {**params, **changes}, NOW, NONE)
    assert answer.status == 200
    return json.loads(answer.body)["hourly"]  # type: ignore[no-any-return]  # JSON


def test_weather_has_seasons_and_days() -> None:
    year = weather("2025-01-01", "2025-12-31")
    assert len(year["time"]) == 365 * 24
    temperatures = [float(str(value)) for value in year["temperature_2m"]]
    by_month = [
        [t for t, when in zip(temperatures, year["time"], strict=True) if str(when)[5:7] == month]
        for month in ("01", "07")
    ]
    january, july = (sum(values) / len(values) for values in by_month)
    assert -8 < january < 8 < 12 < july < 28
    assert all(20 <= int(str(value)) <= 100 for value in year["relative_humidity_2m"])
    assert all(float(str(d)) <= t + 0.1 for d, t in zip(year["dew_point_2m"], temperatures, strict=True))
    daylight = sum(int(str(value)) for value in year["is_day"]) / 365
    assert 10 < daylight < 14


def test_hours_newer_than_the_models_are_null() -> None:
    values = weather("2026-11-22", "2026-11-22")["temperature_2m"]
    assert [value is None for value in values] == [False] * 13 + [True] * 11


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"end_date": "2024-01-01", "start_date": "2024-01-02"}, "End-date must be larger or equals than start-date"),
        ({"end_date": "2026-11-30"}, "out of allowed range from 1940-01-01 to 2026-11-24"),
        ({"hourly": "moonlight"}, "moonlight"),
        ({"start_date": "x"}, "must be set"),
    ],
)
def test_weather_refusals_have_the_reason_of_the_service(changes: dict[str, str], reason: str) -> None:
    params = {
        "latitude": "1",
        "longitude": "1",
        "start_date": "2024-01-01",
        "end_date": "2024-01-01",
        "hourly": "rain",
    }
    answer = open_meteo.respond("/v1/archive", {**params, **changes}, NOW, NONE)
    assert answer.status == 400
    body = json.loads(answer.body)
    assert body["error"] is True
    assert reason in body["reason"]


@given(st.integers(1, 200), st.text(max_size=5))
def test_uniforms_are_in_range_and_depend_on_the_seed_only(count: int, seed: str) -> None:
    values = uniforms(count, seed)
    assert len(values) == count
    assert all(0 <= value < 1 for value in values)
    assert values == uniforms(count, seed)


@given(st.integers(-(10**6), 10**6))
def test_a_level_is_bounded_and_neighbours_are_near(position: int) -> None:
    here, there = level(position, "x"), level(position + 1, "x")
    assert -2 < here < 2
    assert abs(here - there) < 0.3


@given(st.integers(1, 100))
def test_a_bridge_starts_and_ends_at_zero(steps: int) -> None:
    path = bridge(steps, "x")
    assert len(path) == steps + 1
    assert path[0] == 0
    assert path[-1] == pytest.approx(0)
