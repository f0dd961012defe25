"""The rule `dependencies`: each kind of planted trouble fails, and without advisories nothing passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.verification import Finding, RuleVerdict
from opendata.create.lock import REPOSITORY
from opendata.errors import InvalidValue, NotFound

from opendata_platform.verification.advisories import parse_advisories, read_advisories
from opendata_platform.verification.dependencies import judge_dependencies, looks_like, one_edit_apart, popular_names

HASH = f"--hash=sha256:{'0' * 64}"
COMMIT = "1234567890abcdef1234567890abcdef12345678"
SDK = f"opendata[arrow,polars] @ {REPOSITORY}@{COMMIT}#subdirectory=opendata_sdk"
GOOD = f"""# a comment
click==8.5.1 \\
    {HASH} \\
    {HASH}
    # via opendata
{SDK}
polars==2.1.0 ; python_version >= "3.10" {HASH}
"""


def osv(name: str, **affected: Any) -> dict[str, Any]:
    return {"id": "MAL-2026-1", "affected": [{"package": {"ecosystem": "PyPI", "name": name}, **affected}]}


NOTHING_KNOWN = parse_advisories(b"[]")


def judged(lock: str | None, *records: dict[str, Any]) -> Finding:
    return judge_dependencies(lock, parse_advisories(json.dumps(records).encode()))


def kinds(finding: Finding) -> list[str]:
    return [problem["kind"] for problem in finding.evidence["problems"]]


def test_a_lock_with_hashes_and_nothing_known_against_it_passes() -> None:
    finding = judged(GOOD, osv("requests"))
    assert finding.verdict is RuleVerdict.PASS, finding.reason
    assert (finding.evidence["requirements"], finding.evidence["advisories"]["records"]) == (3, 1)


def test_without_advisories_a_good_lock_stays_open_and_a_bad_one_fails() -> None:
    assert judge_dependencies(GOOD, None).verdict is RuleVerdict.UNKNOWN
    assert judge_dependencies(f"{GOOD}numpy\n", None).verdict is RuleVerdict.FAIL


def test_a_project_without_a_lock_fails_and_no_project_stays_open() -> None:
    assert judged("").verdict is RuleVerdict.FAIL
    assert judged("# nothing\n").verdict is RuleVerdict.FAIL
    assert judged(None).verdict is RuleVerdict.UNKNOWN


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"numpy {HASH}", "not_pinned"),
        (f"numpy>=2.0 {HASH}", "not_pinned"),
        (f"numpy==2.* {HASH}", "not_pinned"),
        (f"numpy==2.0,!=2.1 {HASH}", "not_pinned"),
        ("numpy==2.0", "no_hash"),
        (f"numpy==2.0 --hash=md5:{'0' * 32}", "unreadable"),
        ("numpy==2.0 --hash=sha256:abc", "unreadable"),
        (f"opendata==0.1.0 {HASH}", "bare_name"),
        (f"Open_Data.. {HASH}", "unreadable"),
        (f"OpenData==1.0 {HASH}", "bare_name"),
        (f"numpy @ https://example.org/numpy.whl {HASH}", "foreign_url"),
        (f"opendata @ git+https://github.com/opendata-platform/opendata-evil@{COMMIT}", "foreign_url"),
        (f"opendata @ git+https://github.com@example.org/opendata-platform/opendata@{COMMIT}", "foreign_url"),
        (f"opendata @ git+https://github.com/opendata-platform/opendata/../evil@{COMMIT}", "foreign_url"),
        (f"opendata @ git+https://github.com/opendata-platform/opendata/%2e%2e/evil@{COMMIT}", "foreign_url"),
        (f"opendata @ git+http://github.com/opendata-platform/opendata@{COMMIT}", "foreign_url"),
        ("opendata @ file:///tmp/opendata", "foreign_url"),
        (f"opendata @ {REPOSITORY}@main", "not_pinned"),
        (f"opendata @ {REPOSITORY}", "not_pinned"),
        (f"reqeusts==2.32.0 {HASH}", "lookalike"),
        (f"pandsa==3.0.0 {HASH}", "lookalike"),
        ("--index-url https://user:hunter2@example.org/simple", "unreadable"),
        ("--extra-index-url=https://user:hunter2@example.org/simple", "unreadable"),
        ("-r other.txt", "unreadable"),
        ("-e .", "unreadable"),
        ("./folder", "unreadable"),
        ("https://user:hunter2@example.org/numpy.whl", "unreadable"),
    ],
)
def test_each_kind_of_planted_trouble_fails_with_its_line(line: str, kind: str) -> None:
    finding = judged(f"{GOOD}{line}\n")
    assert finding.verdict is RuleVerdict.FAIL
    assert kinds(finding) == [kind]
    assert finding.evidence["problems"][0]["line"] == 8
    assert "hunter2" not in json.dumps(finding.to_dict())


def test_a_wheel_of_the_repository_with_its_hash_is_allowed() -> None:
    wheel = REPOSITORY.removeprefix("git+") + "/releases/download/v1/opendata-1-py3-none-any.whl"
    assert judged(f"opendata @ {wheel}#sha256={'0' * 64}\n").verdict is RuleVerdict.PASS
    assert kinds(judged(f"opendata @ {wheel}\n")) == ["not_pinned"]


def within(introduced: str, **end: str) -> list[dict[str, Any]]:
    events = [{"introduced": introduced}, *({kind: version} for kind, version in end.items())]
    return [{"type": "ECOSYSTEM", "events": events}]


@pytest.mark.parametrize(
    ("affected", "hit"),
    [
        ({}, True),
        ({"versions": ["8.5.1"]}, True),
        ({"versions": ["8.5.1.0"]}, True),
        ({"versions": ["8.5.0"]}, False),
        ({"ranges": within("0")}, True),
        ({"ranges": within("0", fixed="8.5.1")}, False),
        ({"ranges": within("0", fixed="8.5.2")}, True),
        ({"ranges": within("8.5.2")}, False),
        ({"ranges": within("8.0", last_affected="8.5.1")}, True),
        ({"ranges": within("8.0", last_affected="8.5.0")}, False),
        ({"ranges": within("not a version")}, True),
        ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}], "versions": ["1.0"]}, False),
    ],
)
def test_a_version_that_an_advisory_names_fails(affected: dict[str, Any], hit: bool) -> None:
    finding = judged(GOOD, osv("Click", **affected))
    assert finding.verdict is (RuleVerdict.FAIL if hit else RuleVerdict.PASS)
    assert kinds(finding) == (["advisory"] if hit else [])
    assert ("MAL-2026-1" in finding.reason) is hit


def test_advisories_of_other_ecosystems_and_withdrawn_ones_do_not_count() -> None:
    other = {"id": "MAL-2", "affected": [{"package": {"ecosystem": "npm", "name": "click"}}]}
    assert judged(GOOD, other, {**osv("click"), "withdrawn": "2026-01-01T00:00:00Z"}).verdict is RuleVerdict.PASS


@given(st.lists(st.integers(0, 30), max_size=6, unique=True), st.integers(0, 30), st.randoms(use_true_random=False))
def test_ranges_affect_exactly_what_lies_in_them(ends: list[int], version: int, random: Any) -> None:
    kinds = ("introduced", "fixed")
    events = [{kinds[at % 2]: f"8.{end}"} for at, end in enumerate(sorted(ends))]
    random.shuffle(events)
    record = osv("click", ranges=[{"type": "ECOSYSTEM", "events": events}])
    found = parse_advisories(json.dumps(record).encode()).about("click", f"8.{version}")
    assert bool(found) == (sum(end <= version for end in ends) % 2 == 1)


@pytest.mark.parametrize("body", [b"", b"{", b"3", b'["x"]', b'[{"affected": [{"package": {"ecosystem": "PyPI"}}]}]'])
def test_a_file_that_holds_no_advisories_is_refused(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "advisories.json"
    path.write_bytes(body)
    with pytest.raises(InvalidValue, match="OSV"):
        read_advisories(path)
    with pytest.raises(NotFound):
        read_advisories(tmp_path / "other.json")


@given(st.text("abcd", min_size=1, max_size=6), st.data())
def test_one_edit_is_found_whatever_it_is(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    swapped = name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]
    for other in (name[:at] + name[at + 1 :], name[:at] + letter + name[at:], name[:at] + letter + name[at + 1 :]):
        assert one_edit_apart(name, other)
        assert one_edit_apart(other, name)
    assert one_edit_apart(name, swapped) == (name != swapped)
    assert not one_edit_apart(name, name)
    assert not one_edit_apart(name, f"{name}xy")
    assert not one_edit_apart(name, f"x{name[1:]}y")


def test_what_many_use_is_not_taken_for_an_imitation() -> None:
    assert not [name for name in popular_names() if looks_like(name)]
    assert looks_like("pandsa") == "pandas"
    assert looks_like("pythondateutil") == "python-dateutil"


@given(st.text(max_size=120))
def test_no_lock_makes_the_rule_stumble(text: str) -> None:
    finding = judge_dependencies(text, NOTHING_KNOWN)
    assert finding.verdict in (RuleVerdict.PASS, RuleVerdict.FAIL)
