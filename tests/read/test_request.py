"""What callers may ask for, and what they hear when it makes no sense."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.ids import Version
from opendata.contract.selectors import AtInstant, AtSeq, Newest
from opendata.errors import InvalidValue
from opendata.read.request import Condition, Window, parse_day, parse_slice, parse_target


@pytest.mark.parametrize(
    ("text", "version", "selector"),
    [
        ("a/b", None, Newest()),
        ("a/b@2026-11-20", None, Version("2026-11-20")),
        ("a/b", "2026-11-20.r2", Version("2026-11-20", 2)),
        ("a/b@1.2.0", None, Version("1.2.0")),
        ("a/b@seq:7", None, AtSeq(7)),
    ],
)
def test_the_version_stands_in_the_id_or_beside_it(text: str, version: str | None, selector: object) -> None:
    target = parse_target(text, version)
    assert (target.dataset, target.selector) == ("a/b", selector)


def test_an_instant_may_stand_in_the_id() -> None:
    target = parse_target("a/b@@2026-11-01T00:00:00Z")
    assert isinstance(target.selector, AtInstant)
    assert target == parse_target("a/b", "@2026-11-01T08:00:00+08:00")


@pytest.mark.parametrize("text", ["", "a", "A/b", "a/b/c", "../b", "a/b@", "a/b@latest", "a/b@@yesterday", "a/b@seq:0"])
def test_what_is_no_dataset_or_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_target(text)


def test_two_versions_are_refused() -> None:
    with pytest.raises(InvalidValue, match="twice"):
        parse_target("a/b@1.0.0", "1.0.0")


@given(st.dates())
def test_a_day_reads_the_same_in_every_spelling(day: date) -> None:
    spellings = (day, f"{day:%4Y-%m-%d}", f"{day:%4Y%m%d}") if f"{day:%4Y}".isdigit() else (day, day.isoformat())
    assert {parse_day(spelling, "start_date") for spelling in spellings} == {day}


@pytest.mark.parametrize(
    "value", ["2026-02-30", "20260230", "2026-1-1", "26-01-01", "now", "", 20260101, datetime.now(UTC)]
)
def test_what_is_no_day_is_refused(value: Any) -> None:
    with pytest.raises(InvalidValue, match="start_date"):
        parse_slice(start_date=value)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"start": "2026-01-02", "end": "2026-01-01"}, "not be before"),
        ({"start": "2026-01-01", "start_date": "2026-01-01"}, "together"),
        ({"columns": "close"}, "list"),
        ({"columns": []}, "list"),
        ({"columns": ["a", "a"]}, "different"),
        ({"n_rows": -1}, "at least 0"),
        ({"n_rows": True}, "at least 0"),
        ({"filters": ["close > 1"]}, "operator"),
        ({"filters": [("close", "like", "x")]}, "operator"),
        ({"filters": [("close", "in", "BTC")]}, "list of values"),
    ],
)
def test_a_slice_that_makes_no_sense_is_refused(options: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidValue, match=rule):
        parse_slice(**options)


def test_one_list_of_conditions_is_one_alternative() -> None:
    one = parse_slice(filters=[("a", "==", 1), ("b", "in", [2])])
    two = parse_slice(filters=[[("a", "=", 1)], [("b", "<", 2)]])
    assert one.filters == ((Condition("a", "=", 1), Condition("b", "in", [2])),)
    assert [len(group) for group in two.filters] == [1, 1]


@given(st.dates(), st.dates(), st.dates(), st.dates())
def test_pruning_keeps_every_range_that_shares_a_day(a: date, b: date, c: date, d: date) -> None:
    first, last = sorted((a, b))
    least, greatest = sorted((c, d))
    overlap = least <= last and greatest >= first
    assert Window(first, last).overlaps(least.isoformat(), f"{greatest.isoformat()}T23:59:59.999Z") == overlap


def test_a_range_that_is_not_known_is_never_pruned() -> None:
    assert Window(date(2026, 1, 1), date(2026, 1, 2)).overlaps(None, None)
