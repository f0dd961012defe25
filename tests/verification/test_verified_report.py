"""The report of all rules: pure, complete, kept by compare-and-swap, and the badge of exactly one state."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import opendata as od
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.canonical import format_instant
from opendata.contract.index import join
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.verification import Finding, Rule, RuleVerdict, Verification
from opendata.errors import DatasetNotFound, InvalidValue
from opendata.protocol.fsck import check_store
from opendata.protocol.index import read_index
from opendata.protocol.objects import get
from opendata.protocol.operations import Found, Put
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from opendata.stores.s3 import S3Store
from opendata.stores.store import Store

from opendata_platform.verification.advisories import parse_advisories
from opendata_platform.verification.judging import judge
from opendata_platform.verification.keeping import keep
from opendata_platform.verification.report import Job, read_published, to_markdown, verify
from opendata_platform.verification.reproducible import Rebuilt
from tests.fixtures.seaweedfs import S3Server
from tests.verification.conftest import AS_OF, DATASET, GOOD_LOCK, Creator, publish_days

ODP = Path(sys.executable).with_name("odp")
KEY = object_key(ObjectKind.VERIFIED, dataset=DATASET)
SHA = "0" * 64


def reported(
    seq: int = 1, passed: bool = True, minute: int = 0, verdict: RuleVerdict = RuleVerdict.FAIL
) -> Verification:
    """A report as a test needs it; where it does not pass, one rule has this verdict."""
    verdicts = [RuleVerdict.PASS] * 3 + [RuleVerdict.PASS if passed else verdict]
    findings = tuple(Finding(rule, said, "why", "为何", {"n": 1}) for rule, said in zip(Rule, verdicts, strict=True))
    as_of = format_instant(AS_OF + timedelta(minutes=minute))
    return Verification(DATASET, seq, SHA, f"{seq:064x}", "2026-11-24", as_of, findings)


@pytest.fixture
def kept_up_in_bucket(
    s3_server: S3Server, s3_store: S3Store, creator: Creator, monkeypatch: pytest.MonkeyPatch
) -> Creator:
    """A folder that was published into the bucket every day."""
    for name, value in s3_server.environment(s3_store.name).items():
        monkeypatch.setenv(name, value)
    (creator.folder / "requirements.lock").write_text(GOOD_LOCK)
    publish_days(creator, AS_OF - timedelta(days=2))
    return creator


@pytest.fixture
def advisories(tmp_path: Path) -> Path:
    """A file that names nothing of the lock."""
    path = tmp_path / "advisories.json"
    path.write_text(json.dumps({"id": "MAL-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "evil"}}]}))
    return path


def _local(tmp_path: Path) -> Store:
    return LocalStore(tmp_path / "store")


def listed(store: Store) -> dict[str, Any]:
    """The entry of the dataset in index.json."""
    index = run(read_index(), store)
    assert index is not None
    return index[DATASET]


def verdicts(report: Verification) -> dict[str, str]:
    return {finding.rule.value: finding.verdict.value for finding in report.findings}


def judged(creator: Creator, store: Store, advisories: Path | None, kept: bool = True) -> Verification:
    return judge(DATASET, store, AS_OF, project=creator.folder, advisories=advisories, kept=kept)


def test_the_badge_is_given_when_every_rule_passes_and_ends_with_the_next_commit(
    s3_store: S3Store, kept_up_in_bucket: Creator, advisories: Path
) -> None:
    assert listed(s3_store)["verified"] is False
    report = judged(kept_up_in_bucket, s3_store, advisories)
    assert report.verified, verdicts(report)
    assert (listed(s3_store)["verified"], listed(s3_store)["verification"]) == (True, report.summary())
    stored = run(get(KEY), s3_store)
    assert isinstance(stored, Found)
    assert Verification.from_bytes(stored.body) == report
    assert run(check_store(s3_store.name), s3_store) == ()

    od.push(kept_up_in_bucket.folder, version="2026-11-25")
    assert listed(s3_store)["verified"] is False
    assert listed(s3_store)["verification"]["seq"] == report.seq
    assert judged(kept_up_in_bucket, s3_store, advisories).verified
    assert listed(s3_store)["verified"] is True
    assert run(check_store(s3_store.name), s3_store) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "rule"),
    [
        ("main.py", "101.5", "101.75", "reproducible"),
        ("requirements.lock", "polars==2.1.0", "polarss==2.1.0", "dependencies"),
    ],
)
def test_one_rule_that_fails_keeps_the_badge_away(
    kept_up: Creator, advisories: Path, tmp_path: Path, file: str, old: str, new: str, rule: str
) -> None:
    path = kept_up.folder / file
    path.write_text(path.read_text().replace(old, new))
    report = judged(kept_up, _local(tmp_path), advisories)
    assert verdicts(report) == {one.value: "fail" if one.value == rule else "pass" for one in Rule}
    assert listed(_local(tmp_path))["verified"] is False


def test_a_licence_of_words_and_a_missed_day_keep_the_badge_away(
    creator: Creator, advisories: Path, tmp_path: Path
) -> None:
    (creator.folder / "requirements.lock").write_text(GOOD_LOCK)
    creator.edit("CC-BY-4.0 ", "ask me ")
    publish_days(creator, AS_OF - timedelta(days=4))
    od.push(creator.folder, version="2026-11-23")
    report = judged(creator, _local(tmp_path), advisories)
    assert verdicts(report) == {
        "reproducible": "pass",
        "licence": "fail",
        "frequency": "fail",
        "dependencies": "pass",
    }


def test_unknown_is_no_pass(kept_up: Creator, tmp_path: Path) -> None:
    report = judged(kept_up, _local(tmp_path), None)
    assert (verdicts(report)["dependencies"], report.verified) == ("unknown", False)
    assert not reported(passed=False, verdict=RuleVerdict.UNKNOWN).verified


def test_the_same_evidence_gives_the_same_bytes(kept_up: Creator, tmp_path: Path) -> None:
    published = run(read_published(DATASET), _local(tmp_path))
    job = Job(Rebuilt(SHA, "a test"), GOOD_LOCK)
    reports = {verify(published, job, parse_advisories(b"[]"), AS_OF).to_bytes() for _ in range(3)}
    assert len(reports) == 1
    assert Verification.from_bytes(reports.pop()).findings[0].verdict is RuleVerdict.FAIL


def test_a_dataset_that_is_not_there_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFound):
        judge("alice/nothing", _local(tmp_path), AS_OF, project=None, advisories=None, kept=False)


def test_without_being_kept_a_report_changes_nothing(kept_up: Creator, advisories: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert judged(kept_up, _local(tmp_path), advisories, kept=False).verified
    assert {path: path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()} == before


def test_a_report_on_an_earlier_commit_never_replaces_a_later_one(s3_store: S3Store) -> None:
    later = run(keep(reported(seq=2, passed=False), s3_store.name), s3_store)
    assert run(keep(reported(seq=1, minute=9), s3_store.name), s3_store) == later
    newer = reported(seq=2, minute=1)
    assert run(keep(newer, s3_store.name), s3_store) == newer


def test_reports_that_arrive_together_leave_the_latest(s3_store: S3Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: run(keep(reported(minute=n), s3_store.name), s3_store), range(4)))
    found = run(get(KEY), s3_store)
    assert isinstance(found, Found)
    assert Verification.from_bytes(found.body) == reported(minute=3)


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"format":1,"dataset":"a/b"}'])
def test_a_damaged_report_is_replaced(s3_store: S3Store, body: bytes) -> None:
    s3_store.perform(Put(KEY, body))
    assert run(keep(reported(), s3_store.name), s3_store) == reported()
    found = run(get(KEY), s3_store)
    assert isinstance(found, Found)
    assert found.body == reported().to_bytes()


def test_a_badge_that_the_index_lost_is_repaired_from_the_store(
    kept_up: Creator, advisories: Path, tmp_path: Path
) -> None:
    store = _local(tmp_path)
    judged(kept_up, store, advisories)
    (tmp_path / "store" / "index.json").unlink()
    assert [finding.key for finding in run(check_store(store.name, repair=True), store)] == ["index.json"]
    assert listed(store)["verified"] is True


SUMMARIES = st.none() | st.builds(
    lambda seq, passed, minute: reported(seq, passed, minute).summary(),
    st.integers(1, 3),
    st.booleans(),
    st.integers(0, 2),
)
ENTRIES = st.builds(
    lambda seq, health, summary: {
        "seq": seq,
        "state": f"{seq:064x}",
        "health": health,
        "verification": summary,
        "verified": False,
    },
    st.integers(1, 3),
    st.none() | st.integers(1, 3).map(lambda count: {"reports": count}),
    SUMMARIES,
)


@given(st.lists(ENTRIES, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_badge_of_the_index_is_that_of_the_newest_commit_in_whatever_order(
    entries: list[dict[str, Any]], random: Any
) -> None:
    shuffled = [*entries, *entries]
    random.shuffle(shuffled)
    joined = join(*({DATASET: entry} for entry in entries))
    assert join(*({DATASET: entry} for entry in shuffled)) == joined
    assert join(joined, joined) == joined
    (entry,) = joined.values()
    known = [one["verification"] for one in entries if one["verification"]]
    latest = max((one["seq"], one["as_of"]) for one in known) if known else None
    decisive = [one for one in known if (one["seq"], one["as_of"]) == latest]
    if entry["verified"]:
        assert latest
        assert latest[0] == entry["seq"] == max(one["seq"] for one in entries)
        assert any(one["verified"] for one in decisive)
    elif known and latest and latest[0] == entry["seq"]:
        assert not all(one["verified"] for one in decisive)


def test_a_report_must_hold_each_rule_once() -> None:
    whole = reported()
    with pytest.raises(InvalidValue, match="one of each rule"):
        replace(whole, findings=whole.findings[:3])
    with pytest.raises(InvalidValue, match="one of each rule"):
        replace(whole, findings=(*whole.findings[:3], whole.findings[0]))


def test_the_page_shows_every_rule_and_every_problem(kept_up: Creator, tmp_path: Path) -> None:
    (kept_up.folder / "requirements.lock").write_text("numpy\nreqeusts\n")
    page = to_markdown(judged(kept_up, _local(tmp_path), None, kept=False))
    assert page.startswith(f"# {DATASET}: not verified")
    for rule in Rule:
        assert f"| {rule.value} |" in page
    assert "- line 1, `numpy`: must be pinned" in page
    assert "one edit away from requests" in page


def test_the_command_prints_the_report_and_says_by_its_exit_code_whether_the_badge_is_given(
    creator: Creator, advisories: Path
) -> None:
    (creator.folder / "requirements.lock").write_text(GOOD_LOCK)
    publish_days(creator, datetime.now(UTC) - timedelta(days=2))

    def odp(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([ODP, "verify", DATASET, *arguments], capture_output=True, text=True)

    project = ("--project", str(creator.folder), "--advisories", str(advisories))
    shown = odp(*project, "--json", "--keep")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert json.loads(shown.stdout)["verified"] is True
    assert od.search("gold")
    page = odp()
    assert (page.returncode, page.stdout.splitlines()[0]) == (8, f"# {DATASET}: not verified / 未验证")
    assert "no project was given" in page.stdout
