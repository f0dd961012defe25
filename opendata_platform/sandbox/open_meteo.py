"""The sandbox's Open-Meteo archive: hourly weather of a place as JSON, Berlin's recorded days if they are asked for.

Of one day all variables are recorded, of fifteen only the temperature: there the others are null. The synthetic
weather has seasons, days and fronts; hours newer than the models' delay are null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from opendata_platform.sandbox.answers import Answer, Row, Table, text_answer
from opendata_platform.sandbox.recordings import Recordings
from opendata_platform.sandbox.synthetic import level

RECORDED = "open_meteo/archive_json_berlin_hourly_2024-03-11.json"
RECORDED_TEMPERATURES = "open_meteo/archive_csv_berlin_hourly_2026-03-28_2026-04-11.csv"
MODEL_DELAY = timedelta(days=2)
FIRST_DAY = date(1940, 1, 1)
UNITS: Mapping[str, str] = {
    "time": "iso8601",
    "temperature_2m": "°C",
    "relative_humidity_2m": "%",
    "dew_point_2m": "°C",
    "apparent_temperature": "°C",
    "precipitation": "mm",
    "rain": "mm",
    "weather_code": "wmo code",
    "is_day": "",
}


def respond(path: str, params: Mapping[str, str], now: datetime, recordings: Recordings) -> Answer:
    """The answer of the archive API at instant `now`."""
    if path != "/v1/archive":
        return _refused(404, "Not Found")
    try:
        latitude, longitude = float(params["latitude"]), float(params["longitude"])
        first, last = date.fromisoformat(params["start_date"]), date.fromisoformat(params["end_date"])
    except (KeyError, ValueError):
        return _refused(400, "Both 'start_date' and 'end_date' must be set in the url")
    if last < first:
        return _refused(400, "End-date must be larger or equals than start-date")
    if not FIRST_DAY <= first <= last <= now.date():
        allowed = f"from {FIRST_DAY} to {now:%Y-%m-%d}"
        return _refused(400, f"Parameter 'end_date' is out of allowed range {allowed}")
    names = params.get("hourly", "").split(",")
    unknown = [name for name in names if name not in UNITS or name == "time"]
    if unknown:
        return _refused(400, f"Data corrupted at path ''. Cannot initialize SurfaceVariable from {unknown[0]}.")
    asked = (latitude, longitude, first, last, names)
    recorded = _recorded(*asked, recordings) or _recorded_temperatures(*asked, recordings)
    return recorded or _synthetic(*asked, now)


def too_many(retry_after: float | None, *, period: str = "Minutely") -> Answer:
    """The refusal of a caller above a limit; the service states the time in words."""
    when = {"Minutely": "in one minute", "Hourly": "in the next hour", "Daily": "tomorrow"}[period]
    answer = _refused(429, f"{period} API request limit exceeded. Please try again {when}.")
    stated = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return text_answer(answer.body.decode(), status=429, media_type="application/json", headers=stated)


def no_data(path: str) -> Answer:
    """The answer about a place outside the models."""
    return _refused(400, "No data is available for this location")


def _refused(status: int, reason: str) -> Answer:
    body = json.dumps({"error": True, "reason": reason}, separators=(",", ":"), ensure_ascii=False)
    return text_answer(body, status=status, media_type="application/json")


def _recorded(
    latitude: float, longitude: float, first: date, last: date, names: Sequence[str], recordings: Recordings
) -> Answer | None:
    """The recorded day, when exactly its place, day and variables are asked for."""
    body = recordings.read(RECORDED)
    if body is None:
        return None
    answer = json.loads(body, parse_float=str, parse_int=str)
    hourly = answer.pop("hourly")
    near = math.dist((latitude, longitude), (float(answer["latitude"]), float(answer["longitude"]))) < 0.1
    same_day = {first.isoformat(), last.isoformat()} == {text[:10] for text in hourly["time"]}
    if not near or not same_day or list(hourly) != ["time", *names]:
        return None
    rows = tuple(zip(*hourly.values(), strict=True))
    place = (answer["latitude"], answer["longitude"], answer["elevation"])
    table = _table(("time", *names), rows)
    return Answer("recorded", "application/json", table, lambda t: _encode(t, place), body)


def _recorded_temperatures(
    latitude: float, longitude: float, first: date, last: date, names: Sequence[str], recordings: Recordings
) -> Answer | None:
    """Recorded temperatures, when they cover all days that are asked for; nothing else was recorded with them."""
    body = recordings.read(RECORDED_TEMPERATURES)
    if body is None:
        return None
    header, values, _, _, *lines = body.decode().splitlines()
    about = dict(zip(header.split(","), values.split(","), strict=True))
    temperatures = dict(line.split(",") for line in lines)
    times = [f"{hour:%Y-%m-%dT%H:%M}" for hour in _hours(first, last)]
    near = math.dist((latitude, longitude), (float(about["latitude"]), float(about["longitude"]))) < 0.1
    if not near or not all(time in temperatures for time in times):
        return None
    rows = tuple(
        (time, *(temperatures[time] if name == "temperature_2m" else None for name in names)) for time in times
    )
    place = (about["latitude"], about["longitude"], about["elevation"])
    return Answer("recorded", "application/json", _table(("time", *names), rows), lambda t: _encode(t, place))


def _hours(first: date, last: date) -> list[datetime]:
    start = datetime.combine(first, datetime.min.time(), UTC)
    return [start + timedelta(hours=n) for n in range(24 * ((last - first).days + 1))]


def _synthetic(
    latitude: float, longitude: float, first: date, last: date, names: Sequence[str], now: datetime
) -> Answer:
    rows = []
    for hour in _hours(first, last):
        weather = _weather(latitude, longitude, hour) if hour <= now - MODEL_DELAY else {}
        rows.append((f"{hour:%Y-%m-%dT%H:%M}", *(weather.get(name) for name in names)))
    place = (f"{latitude:.6g}", f"{longitude:.6g}", "38.0")
    table = _table(("time", *names), tuple(rows))
    return Answer("synthetic", "application/json", table, lambda t: _encode(t, place))


def _table(header: tuple[str, ...], rows: tuple[Row, ...]) -> Table:
    return Table(header, rows, header[1], header[1:2], lambda row: (row[0] or "")[:10])


def _encode(table: Table, place: tuple[str, str, str]) -> bytes:
    """The service's JSON: numbers as written, times as texts, nulls as null."""
    units = json.dumps({name: UNITS.get(name, "") for name in table.header}, ensure_ascii=False)
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.header)
    arrays = ",".join(
        f"{json.dumps(name)}:[{','.join(_cell(cell, i == 0) for cell in cells)}]"
        for i, (name, cells) in enumerate(zip(table.header, columns, strict=True))
    )
    text = (
        f'{{"latitude":{place[0]},"longitude":{place[1]},"generationtime_ms":0.1,"utc_offset_seconds":0,'
        f'"timezone":"GMT","timezone_abbreviation":"GMT","elevation":{place[2]},'
        f'"hourly_units":{units},"hourly":{{{arrays}}}}}'
    )
    return text.encode()


def _cell(cell: str | None, quoted: bool) -> str:
    if cell is None:
        return "null"
    return json.dumps(cell) if quoted else cell


def _weather(latitude: float, longitude: float, hour: datetime) -> dict[str, str]:
    """Plausible values of one hour, in the units above."""
    seed = ("open_meteo", round(latitude, 2), round(longitude, 2))
    n = int(hour.timestamp()) // 3600
    sun = _sun_height(latitude, longitude, hour)
    season = -math.cos(2 * math.pi * (hour.timetuple().tm_yday - 20) / 365.25) * math.copysign(1, latitude)
    temperature = 10 + 9 * season + 4 * max(sun, -0.3) + 5 * level(n, "air", *seed)
    humidity = min(100, max(20, round(75 - 12 * max(sun, 0) - 8 * season + 15 * level(n, "water", *seed))))
    gamma = math.log(humidity / 100) + 17.625 * temperature / (243.04 + temperature)
    dew_point = 243.04 * gamma / (17.625 - gamma)
    rain = max(0.0, 2.5 * (level(n, "rain", *seed) - 0.6))
    cloud = level(n, "cloud", *seed)
    code = 61 if rain > 0.1 else 0 if cloud < -0.4 else 1 if cloud < 0 else 2 if cloud < 0.4 else 3
    return {
        "temperature_2m": f"{temperature:.1f}",
        "relative_humidity_2m": str(humidity),
        "dew_point_2m": f"{dew_point:.1f}",
        "apparent_temperature": f"{temperature - 3 + 2 * max(sun, 0):.1f}",
        "precipitation": f"{rain:.2f}",
        "rain": f"{rain:.2f}",
        "weather_code": str(code),
        "is_day": str(int(sun > 0)),
    }


def _sun_height(latitude: float, longitude: float, hour: datetime) -> float:
    """Sine of the sun's elevation."""
    tilt = -math.radians(23.44) * math.cos(2 * math.pi * (hour.timetuple().tm_yday + 10) / 365.25)
    angle = math.radians(15 * (hour.hour - 12) + longitude)
    north = math.radians(latitude)
    return math.sin(north) * math.sin(tilt) + math.cos(north) * math.cos(tilt) * math.cos(angle)
