"""Raw frames of an API's declared types, and a `Related` of such frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from hypothesis import strategies as st

from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import Api, Field, raw_id

TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "date": pl.Date(),
    "number": pl.Float64(),
    "integer": pl.Int64(),
}
DAY = date(2025, 4, 3)


def raw(name: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as the raw dataset has them; texts of a file become the declared types, fields that are not given null."""
    api = find_api(name)
    found = list(rows)
    columns = {field.name: [_value(field, row.get(field.name)) for row in found] for field in api.fields}
    return pl.DataFrame(columns, schema={field.name: TYPES[field.kind] for field in api.fields})


def _value(field: Field, value: Any) -> Any:
    if value is None or value == "":
        return None
    if field.kind == "number":
        return float(value)
    if field.kind == "integer":
        return int(float(value))
    return date.fromisoformat(value) if field.kind == "date" and isinstance(value, str) else value


@dataclass
class Published:
    """What is published, by dataset: for every question the same frame."""

    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, **frames: pl.DataFrame) -> Published:
        """The frames by the API's name."""
        return cls({raw_id(name): frame for name, frame in frames.items()})

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        """The frame, of this partition only."""
        return self.frames.get(dataset) if offset == 0 else None

    def latest(self, dataset: str, days: int) -> pl.DataFrame | None:
        """The frame."""
        return self.frames.get(dataset)

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """The frame."""
        return self.frames.get(dataset)


def rows_of(api: Api, day: date = DAY) -> st.SearchStrategy[pl.DataFrame]:
    """Frames of an API with unique keys; a bar's high is not below its low."""
    row = st.fixed_dictionaries({field.name: _values(field, field.name in api.key, day) for field in api.fields})
    unique = (lambda found: tuple(found[name] for name in api.key)) if api.key else None
    return st.lists(row, max_size=4, unique_by=unique).map(lambda rows: raw(api.name, map(_ordered, rows)))


def _values(field: Field, is_key: bool, day: date) -> st.SearchStrategy[Any]:
    """Few different texts and days, so that rows of several APIs meet."""
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "text": st.sampled_from(["A", "B", "CU2505.SHF", "CU2506.SHF", "CU.SHF", "SSE", "Au(T+D)"]),
        "date": st.just(day) if is_key else st.dates(date(2025, 3, 1), date(2025, 5, 1)),
        "number": st.integers(1, 10**9).map(lambda n: n / 10_000),
        "integer": st.integers(0, 10**9),
    }
    required = is_key or not field.nullable
    return kinds[field.kind] if required else st.none() | kinds[field.kind]


def _ordered(row: dict[str, Any]) -> dict[str, Any]:
    high, low = row.get("high"), row.get("low")
    return row | {"high": low, "low": high} if high is not None and low is not None and high < low else row
