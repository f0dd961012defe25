"""The rule `licence`: SPDX expressions are judged by the table, free text is not clear, what is unknown stays so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.verification import RuleVerdict

from opendata_platform.datasets.catalog import all_specs
from opendata_platform.verification.licence import judge_licence, known_licences

OPEN = sorted(name for name, row in known_licences().items() if row.redistributable)
CLOSED = sorted(set(known_licences()) - set(OPEN))
UNLISTED = ["GPL-2.0-only", "JSON", "Beerware"]
ORDER = [RuleVerdict.FAIL, RuleVerdict.UNKNOWN, RuleVerdict.PASS]


def verdict(text: str) -> RuleVerdict:
    return judge_licence(text).verdict


def expected(name: str) -> RuleVerdict:
    if name in UNLISTED:
        return RuleVerdict.UNKNOWN
    return RuleVerdict.PASS if name in OPEN else RuleVerdict.FAIL


NAMES = st.sampled_from([*OPEN, *CLOSED, *UNLISTED])


@pytest.mark.parametrize("name", [*OPEN, *CLOSED])
def test_each_licence_of_the_table_is_known_to_spdx_and_judged_with_its_source(name: str) -> None:
    finding = judge_licence(name)
    assert (finding.verdict, finding.evidence["spdx"]) == (expected(name), name)
    assert finding.evidence["licences"][name]["source"].startswith("https://")


@given(st.lists(NAMES, min_size=2, max_size=5, unique=True), st.sampled_from(["AND", "OR"]))
def test_of_alternatives_the_best_counts_and_of_what_holds_together_the_worst(names: list[str], word: str) -> None:
    ranks = [ORDER.index(expected(name)) for name in names]
    wanted = ORDER[max(ranks) if word == "OR" else min(ranks)]
    assert verdict(f" {word} ".join(names)) is wanted
    assert verdict(f" {word} ".join(reversed(names))) is wanted


@given(NAMES, NAMES, NAMES)
def test_parentheses_are_respected(one: str, two: str, three: str) -> None:
    both = min(expected(two), expected(three), key=ORDER.index)
    assert verdict(f"{one} OR ({two} AND {three})") is max(expected(one), both, key=ORDER.index)


@pytest.mark.parametrize(
    "text",
    [
        *("Stooq terms of use (not an open licence)", "public domain", "CC BY 4.0", "Open", "MIT License"),
        *("LicenseRef-mine", "MIT AND", "MIT WITH CC0-1.0", "AND", "(", "\0"),
    ],
)
def test_free_text_is_not_clear(text: str) -> None:
    finding = judge_licence(text)
    assert finding.verdict is RuleVerdict.FAIL
    assert finding.reason.startswith("not clear")
    assert finding.reason_zh.startswith("不清晰")


@given(st.text(max_size=200))
def test_no_text_makes_the_rule_stumble(text: str) -> None:
    finding = judge_licence(text)
    assert finding.verdict is not RuleVerdict.PASS or finding.evidence["licences"]


def test_an_exception_changes_nothing_of_what_a_licence_allows() -> None:
    assert verdict("Apache-2.0 WITH LLVM-exception") is RuleVerdict.PASS
    assert verdict("GPL-2.0-only WITH Classpath-exception-2.0") is RuleVerdict.UNKNOWN


def test_what_is_not_for_any_purpose_fails() -> None:
    assert verdict("CC-BY-NC-4.0") is RuleVerdict.FAIL
    assert verdict("CC-BY-ND-4.0") is RuleVerdict.FAIL


def test_of_the_official_datasets_exactly_the_open_ones_pass() -> None:
    official = {spec.id: verdict(spec.license) for spec in all_specs().values() if spec.id.startswith("official/")}
    assert {name for name, said in official.items() if said is RuleVerdict.PASS} == {
        "official/owid-covid-global-daily",
        "official/open-meteo-berlin-hourly",
    }
    assert RuleVerdict.UNKNOWN not in official.values()
