"""Our World in Data's COVID-19 file: one row per location and day, all history in one CSV.

Wire format (github.com/owid/covid-19-data, public/data/README): `GET /data/owid-covid-data.csv`, a header line,
then rows by iso_code and date; numbers as integers in early files, as `2.0` in later ones; empty means unknown.
The file gains columns and revises values, so every download is a snapshot. The declared schema is the 32 columns
of 2020-05-28; a column that is not among them is reported by `read_global` and stays in the raw capture. Two
columns were renamed upstream since and are known by both names. Aggregates without an ISO code (`International`)
have an empty iso_code, so the key is location and date.
Data: CC-BY-4.0, credit Our World in Data and the sources it names.
"""

from __future__ import annotations

import polars as pl

from opendata_platform.quality.categories import Category
from opendata_platform.sources.declared import Column, Parsed, typed
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.outcome import ChangedFormat, Empty, NonOk, Outcome, RawCapture
from opendata_platform.sources.payload import csv_cells, decode

PATH = "/data/owid-covid-data.csv"
FIRST_COLUMN = b"iso_code,"


def _counts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "int", nullable=True) for name in names)


def _measures(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "float", nullable=True) for name in names)


COLUMNS = (
    Column("iso_code", "text", nullable=True),
    Column("location", "text"),
    Column("date", "date"),
    *_counts("total_cases", "new_cases", "total_deaths", "new_deaths"),
    *_measures("total_cases_per_million", "new_cases_per_million"),
    *_measures("total_deaths_per_million", "new_deaths_per_million"),
    *_counts("total_tests", "new_tests"),
    *_measures("total_tests_per_thousand", "new_tests_per_thousand"),
    *_measures("new_tests_smoothed", "new_tests_smoothed_per_thousand"),
    Column("tests_units", "text", nullable=True),
    *_measures("stringency_index"),
    *_counts("population"),
    *_measures("population_density", "median_age", "aged_65_older", "aged_70_older"),
    *_measures("gdp_per_capita", "extreme_poverty"),
    Column("cvd_death_rate", "float", nullable=True, also_named=("cardiovasc_death_rate",)),
    *_measures("diabetes_prevalence", "female_smokers", "male_smokers", "handwashing_facilities"),
    Column("hospital_beds_per_100k", "float", nullable=True, also_named=("hospital_beds_per_thousand",)),
)


def global_file(partition: str, client: SourceClient) -> Outcome[RawCapture]:
    """Fetch the whole file; the partition does not matter (a snapshot)."""
    return client.get("owid", PATH, reads=_said)


def parse_global(capture: RawCapture) -> pl.DataFrame:
    """The file by the declared schema; see `read_global`."""
    return read_global(capture).frame


def read_global(capture: RawCapture) -> Parsed:
    """32 columns: date Date, counts Int64, measures Float64, texts String; only location and date are never null.

    `hospital_beds_per_100k` keeps the name of 2020, its values are per thousand (upstream corrected the name).
    Raises ParseError for a missing or retyped column.
    """
    return typed(COLUMNS, csv_cells(decode(capture.body)))


def _said(status: int, answer: RawCapture) -> NonOk | None:
    """A 200 that does not start like the file or ends within a line is asked for once more."""
    if status != 200:
        return None
    if not answer.body.startswith(FIRST_COLUMN):
        return ChangedFormat("owid: the file does not start with iso_code", Category.PARSE, "bad_shape")
    if not answer.body.endswith(b"\n"):
        return ChangedFormat("owid: the file ends in the middle of a line", Category.PARSE, "bad_shape")
    if answer.body.count(b"\n") == 1:
        return Empty("owid: the file holds no rows", Category.VALIDATION, "empty_day")
    return None
