"""Dataset ids, versions and their order."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.ids import Version, base_kind, check_base, check_dataset_id, order_key
from opendata.contract.selectors import AtInstant, AtSeq, Newest, parse_selector
from opendata.errors import InvalidValue

NAMES = st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
IDS = st.builds("{}/{}".format, NAMES, NAMES)
DATES = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(str)
IDENTIFIERS = st.from_regex(r"(0|[1-9][0-9]{0,3}|[0-9]{0,2}[a-zA-Z-][0-9a-zA-Z-]{0,4})", fullmatch=True)
NUMBERS = st.integers(0, 999_999_999)
SEMVERS = st.builds(
    lambda numbers, pre: ".".join(map(str, numbers)) + ("-" + ".".join(pre) if pre else ""),
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.lists(IDENTIFIERS, max_size=3),
)
BASES = st.one_of(
    DATES, DATES.map(lambda day: day[:7]), st.builds(lambda d, h: f"{d}T{h:02d}", DATES, st.integers(0, 23)), SEMVERS
)
HOSTILE = [
    "", "a", "a/", "/a", "a/b/c", "a//b", "a/..", "../a", "a/.", "a/b\n", "\na/b", "a/b ", "a/b\x00", "A/b", "a/B",
    "a/-b", "a/b-", "a/b--c", "a_b/c", "a/_log", "_log/a", "%2e%2e/a", "a%2fb", "a\\b", "a/b%00", "а/b", "a/b٣",
    "１/b", "a/\u202eb", "a/" + "b" * 79, "é/b", "a/b.c", "a/index.json", "datasets/a/b",
]  # fmt: skip
HOSTILE_VERSIONS = [
    "", ".", "..", "../..", "%2e%2e", "2026-11-20/..", "2026-11-20\n", " 2026-11-20", "2026-11-20\x00", "2026-02-30",
    "2026-13", "2026-00-01", "0000-01-01", "2026-11-20T24", "2026-11-20t09", "2026-11-20T9", "2026-1-1",
    "２０２６-11-20", "٢٠٢٦-11-20", "2026-11-20.r1", "2026-11-20.r0", "2026-11-20.r02", "2026-11-20.r",
    "2026-11-20.r２", "2026-11-20.r2.r3", "2026-11-20.R2", "1.2", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01",
    "1.2.3+build", "v1.2.3", "1.2.3.r2", "1.2.3-a..b",
    "latest.json", "_log", "1.2.3-" + "a" * 60, "2026-11-20.r" + "9" * 60, "1234567890.0.0",
]  # fmt: skip


@given(IDS)
def test_a_well_formed_id_is_accepted(value: str) -> None:
    assert check_dataset_id(value) == value


@pytest.mark.parametrize("value", [*HOSTILE, None, 7, b"a/b", ["a/b"]])
def test_a_hostile_id_is_refused_with_field_value_and_rule(value: object) -> None:
    with pytest.raises(InvalidValue) as caught:
        check_dataset_id(value, "id")
    assert (caught.value.field, caught.value.value) == ("id", value)
    assert "namespace/name" in caught.value.rule


@given(st.text(max_size=90))
def test_no_text_but_an_id_is_accepted(value: str) -> None:
    try:
        accepted = check_dataset_id(value)
    except InvalidValue:
        return
    assert accepted.isascii()
    assert set(accepted) <= set("abcdefghijklmnopqrstuvwxyz0123456789-/")
    assert accepted.count("/") == 1
    assert len(accepted) <= 80


def test_an_id_has_at_most_eighty_characters() -> None:
    assert check_dataset_id("a/" + "b" * 78)
    with pytest.raises(InvalidValue):
        check_dataset_id("a/" + "b" * 79)


@pytest.mark.parametrize("value", [*HOSTILE_VERSIONS, None, 20261120, b"2026-11-20"])
def test_a_hostile_version_is_refused(value: object) -> None:
    with pytest.raises(InvalidValue):
        Version.parse(value)


@given(BASES, st.integers(1, 10**6))
def test_versions_round_trip(base: str, revision: int) -> None:
    if base_kind(base) is None:
        assert len(base) > 64
        return
    if base_kind(base) == "semver" and revision > 1:
        with pytest.raises(InvalidValue):
            Version(base, revision)
        return
    version = Version(base, revision)
    assert Version.parse(str(version)) == version
    assert (".r" in str(version)) == (revision > 1)


@given(st.text(max_size=70) | st.from_regex(r"[0-9.rT-]{1,24}", fullmatch=True))
def test_whatever_is_parsed_as_a_version_writes_itself(value: str) -> None:
    try:
        version = Version.parse(value)
    except InvalidValue:
        return
    assert str(version) == value
    assert check_base(version.base) == version.base


@given(st.lists(DATES, min_size=2))
def test_dates_sort_by_time(days: list[str]) -> None:
    assert sorted(days, key=order_key) == [str(day) for day in sorted(map(date.fromisoformat, days))]


def test_semantic_versions_sort_by_precedence() -> None:
    ordered = [
        f"1.0.0-{pre}" for pre in ("1", "2", "10", "alpha", "alpha.1", "alpha.beta", "beta", "beta.2", "beta.11")
    ]
    ordered = ["0.9.0", *ordered, "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"]
    shuffled = Random(1).sample(ordered, len(ordered))
    assert shuffled != ordered
    assert sorted(shuffled, key=order_key) == ordered


@given(BASES, BASES)
def test_any_two_bases_have_an_order(one: str, other: str) -> None:
    assert (order_key(one) < order_key(other)) + (order_key(other) < order_key(one)) == (one != other)


def test_selectors() -> None:
    assert parse_selector(None) == Newest()
    assert parse_selector("seq:12") == AtSeq(12)
    assert parse_selector("2026-11-20.r2") == Version("2026-11-20", 2)
    selected = parse_selector("@2026-11-01T00:00:00+02:00")
    assert isinstance(selected, AtInstant)
    assert selected.instant.isoformat() == "2026-10-31T22:00:00+00:00"


@given(st.text(max_size=30) | st.from_regex(r"(@|seq:)[0-9TZ:.+-]{0,26}", fullmatch=True))
def test_no_text_makes_a_selector_fail_in_another_way(text: str) -> None:
    with suppress(InvalidValue):
        parse_selector(text)


@pytest.mark.parametrize(
    "text",
    ["", "@", "@2026-11-01", "@0001-01-01T00:00:00+23:59", "seq:", "seq:0", "seq:-1", "seq:٣", "seq:1e3", "newest"],
)
def test_a_selector_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_selector(text)
