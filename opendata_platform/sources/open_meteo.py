"""Open-Meteo's historical weather of one place, one UTC day of hours.

Wire format (open-meteo.com/en/docs/historical-weather-api): `GET /v1/archive?latitude&longitude&start_date&end_date
&hourly=<variables>&timezone=GMT` answers JSON: `hourly_units` (variable -> unit), `hourly` (variable -> array, and
`time` as `YYYY-MM-DDTHH:MM`), the grid cell's `latitude`/`longitude`, `utc_offset_seconds`. The newest days hold
nulls until the models have run. Errors are `{"error":true,"reason":<text>}` with 400, 429 or 503.
Data: CC-BY-4.0, credit Open-Meteo.com.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import polars as pl

from opendata_platform.quality.categories import Category
from opendata_platform.sources.declared import Column, Parsed, typed
from opendata_platform.sources.http import Fetch, SourceClient
from opendata_platform.sources.outcome import (
    ChangedFormat,
    Empty,
    Failed,
    NonOk,
    NotYetAvailable,
    Ok,
    Outcome,
    ParseError,
    RateLimited,
    RawCapture,
)
from opendata_platform.sources.payload import Number, load_json

BERLIN = (52.52, 13.41)
"""Latitude, longitude in degrees; the answering grid cell is near, not equal."""
GRID_TOLERANCE = 0.5
"""Degrees between the place asked for and the grid cell that answers."""

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
COLUMNS = (
    Column("time", "hour"),
    Column("temperature_2m", "float"),
    Column("relative_humidity_2m", "int", nullable=True),
    Column("dew_point_2m", "float", nullable=True),
    Column("apparent_temperature", "float", nullable=True),
    Column("precipitation", "float", nullable=True),
    Column("rain", "float", nullable=True),
    Column("weather_code", "int", nullable=True),
    Column("is_day", "int", nullable=True),
)
VARIABLES = tuple(column.name for column in COLUMNS[1:])
REQUIRED = tuple(column.name for column in COLUMNS[1:] if not column.nullable)


def hours_of_day(latitude: float, longitude: float) -> Fetch:
    """A fetch of the 24 hours of one UTC day (`YYYY-MM-DD`) at a place.

    NotYetAvailable while the day is not over or a required variable still has nulls.
    """

    def fetch(partition: str, client: SourceClient) -> Outcome[RawCapture]:
        day = date.fromisoformat(partition)
        over = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)
        if client.now() < over:
            wait = (over - client.now()).total_seconds()
            return NotYetAvailable(f"UTC day {day} is not over", Category.VALIDATION, "calendar", wait)
        params = {
            "latitude": str(latitude),
            "longitude": str(longitude),
            "start_date": partition,
            "end_date": partition,
            "hourly": ",".join(VARIABLES),
            "timezone": "GMT",
        }
        answer = client.get("open_meteo", "/v1/archive", params, reads=_said)
        return _complete(answer.value, day, latitude, longitude) if isinstance(answer, Ok) else answer

    return fetch


def parse_hours(capture: RawCapture) -> pl.DataFrame:
    """The hours by the declared schema; see `read_hours`."""
    return read_hours(capture).frame


def read_hours(capture: RawCapture) -> Parsed:
    """time Datetime(ms, UTC) and the variables in the declared units; only the required ones are never null.

    Raises ParseError: not the documented shape, another unit, another place or zone, arrays of unequal length.
    """
    answer = _object(load_json(capture.body), "the answer")
    if answer.get("utc_offset_seconds") != "0":
        raise ParseError("bad_date", f"times are not UTC: utc_offset_seconds is {answer.get('utc_offset_seconds')}")
    units = _object(answer.get("hourly_units"), "hourly_units")
    for name, declared in UNITS.items():
        if name in units and units[name] != declared:
            raise ParseError("bad_shape", f"{name} is in {units[name]!r}, declared is {declared!r}")
    return typed(COLUMNS, _hourly(answer))


def _hourly(answer: Mapping[str, object]) -> dict[str, Sequence[str | None]]:
    hourly = _object(answer.get("hourly"), "hourly")
    cells: dict[str, Sequence[str | None]] = {name: _array(name, values) for name, values in hourly.items()}
    lengths = {len(values) for values in cells.values()}
    if len(lengths) > 1:
        raise ParseError("bad_shape", f"arrays of unequal length: {sorted(lengths)}")
    return cells


def _array(name: str, values: object) -> list[str | None]:
    if not isinstance(values, list):
        raise ParseError("bad_shape", f"hourly.{name} is not an array")
    wanted = str if name == "time" else Number
    for row, value in enumerate(values, start=1):
        if value is not None and not isinstance(value, wanted):
            subcode = "bad_date" if name == "time" else "bad_number"
            raise ParseError(subcode, f"hourly.{name}, row {row}: {str(value)[:40]!r} has the wrong type")
    return values


def _object(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ParseError("bad_shape", f"{where} is not a JSON object")
    return value


def _said(status: int, answer: RawCapture) -> NonOk | None:
    """The source's own error text where there is one; a 200 that is not JSON is asked for once more."""
    try:
        body = load_json(answer.body)
    except ParseError as error:
        return error.outcome() if status == 200 else None
    if not isinstance(body, dict) or body.get("error") is not True:
        return None
    return _meaning(str(body.get("reason", "")))


def _meaning(reason: str) -> NonOk:
    shown = f"open-meteo: {reason[:160]}"
    if re.search(r"limit exceeded|too many concurrent", reason, re.IGNORECASE):
        if "daily" in reason.lower():
            return RateLimited(shown, Category.QUOTA, "daily")
        return RateLimited(shown, Category.QUOTA, "rate", 3600.0 if "hourly" in reason.lower() else 60.0)
    if "No data is available for this location" in reason:
        return Empty(shown, Category.VALIDATION, "empty_day")
    if re.search(r"'(?:start|end)_date' is out of allowed range", reason):
        return NotYetAvailable(shown, Category.VALIDATION, "calendar")
    return Failed(shown, Category.VALIDATION, "bad_request")


def _complete(capture: RawCapture, day: date, latitude: float, longitude: float) -> Outcome[RawCapture]:
    """The capture, unless it is of another place or a required variable still has nulls."""
    try:
        answer = _object(load_json(capture.body), "the answer")
        place = [float(str(answer.get(name))) for name in ("latitude", "longitude")]
        hourly = _hourly(answer)
    except ParseError as error:
        return error.outcome()
    except ValueError:
        return ChangedFormat("open-meteo: the answer names no place", Category.PARSE, "bad_shape")
    if max(abs(place[0] - latitude), abs(place[1] - longitude)) > GRID_TOLERANCE:
        reason = f"open-meteo: asked for {latitude}, {longitude}, answered for {place[0]}, {place[1]}"
        return ChangedFormat(reason, Category.PARSE, "bad_shape")
    if not hourly.get("time"):
        return Empty(f"open-meteo: no hours of {day}", Category.VALIDATION, "empty_day")
    missing = [name for name in REQUIRED if None in hourly.get(name, ())]
    if missing:
        reason = f"{', '.join(missing)} of {day} is not complete yet"
        return NotYetAvailable(reason, Category.VALIDATION, "empty_day")
    return Ok(capture)
