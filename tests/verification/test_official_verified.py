"""The badge of the platform's own datasets: their source is asked again, and the badge outlives a commit of packs."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from opendata.contract.verification import Finding, Rule, RuleVerdict, Verification
from opendata.protocol.author import make_author
from opendata.protocol.index import read_index
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.clients import open_clients
from opendata_platform.datasets.packing import pack_dataset
from opendata_platform.datasets.pipeline import Run, Visible
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.verification.judging import judge
from tests.verification.conftest import GOOD_LOCK

WEATHER = "official/open-meteo-berlin-hourly"
DAYS = [(date(2026, 8, 30) + timedelta(days=n)).isoformat() for n in range(34)]
AS_OF = datetime(2026, 10, 4, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """A month of weather from the sandbox."""
    monkeypatch.setenv("OPENDATA_SOURCES", "sandbox")
    store = LocalStore(tmp_path / "store")
    publisher = Publisher(store, make_author("test", environ={}))
    with open_clients() as clients:
        results = list(Run(find_spec(WEATHER), clients, publisher).partitions(DAYS))
    assert all(isinstance(result, Visible) for result in results), results
    publisher.finish()
    return store


@pytest.fixture
def evidence(tmp_path: Path) -> dict[str, Any]:
    """A lock that holds, and advisories that name nothing of it."""
    lock, advisories = tmp_path / "requirements.lock", tmp_path / "advisories.json"
    lock.write_text(GOOD_LOCK)
    advisories.write_text(json.dumps({"id": "MAL-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "evil"}}]}))
    return {"lock": lock, "advisories": advisories}


def finding(report: Verification, rule: Rule) -> Finding:
    return next(one for one in report.findings if one.rule is rule)


def listed(store: LocalStore) -> dict[str, Any]:
    index = run(read_index(), store)
    assert index is not None
    return index[WEATHER]


def test_a_source_that_answers_the_same_again_earns_the_badge_and_a_pack_does_not_lose_it(
    store: LocalStore, evidence: dict[str, Any]
) -> None:
    unasked = judge(WEATHER, store, AS_OF, **evidence)
    assert finding(unasked, Rule.REPRODUCIBLE).verdict is RuleVerdict.UNKNOWN
    report = judge(WEATHER, store, AS_OF, ask_again=True, kept=True, **evidence)
    assert finding(report, Rule.REPRODUCIBLE).verdict is RuleVerdict.PASS
    assert finding(report, Rule.REPRODUCIBLE).evidence["method"] == "asking the source again"
    assert report.verified, report.findings
    assert listed(store)["verified"] is True
    packed = pack_dataset(WEATHER, store, make_author("test", environ={}), lambda line: None)
    assert packed.record.seq > report.seq
    assert packed.record.state == report.state
    assert listed(store)["verified"] is True


def test_a_source_that_cannot_be_asked_leaves_the_rule_open(
    store: LocalStore, evidence: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENDATA_OPEN_METEO_URL", "http://127.0.0.1:9")
    report = judge(WEATHER, store, AS_OF, ask_again=True, **evidence)
    assert finding(report, Rule.REPRODUCIBLE).verdict is RuleVerdict.UNKNOWN
    assert "the source gave nothing to compare" in finding(report, Rule.REPRODUCIBLE).reason
