"""Run reports: health.json keeps the last runs by compare-and-swap on a real store, and index.json sums them up."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.contract.canonical import format_instant, sha256
from opendata.contract.evidence import CheckResult, Evidence, Severity
from opendata.contract.health import KEPT, Health, Outcome, Run
from opendata.contract.index import join
from opendata.contract.metadata import Metadata
from opendata.contract.schema import DataSummary
from opendata.errors import InvalidValue
from opendata.protocol.author import make_author
from opendata.protocol.fsck import check_store
from opendata.protocol.index import join_index, read_index
from opendata.protocol.objects import get
from opendata.protocol.operations import Found, Put
from opendata.protocol.publish import Draft, Published, publish
from opendata.stores.driver import run
from opendata.stores.s3 import S3Store

from opendata_platform.health import parse_run, report_run

DATASET = "ada/rain"
KEY = f"datasets/{DATASET}/health.json"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def reported(number: int = 0, outcome: str = "published", **changes: Any) -> dict[str, Any]:
    """A report of the run that began `number` minutes after nine o'clock of the day before."""
    started = format_instant(NOW - timedelta(days=1) + timedelta(minutes=number))
    failed = outcome in ("failed", "quarantined")
    return {
        "outcome": outcome,
        "category": "network" if failed else None,
        "summary": "fetched 24 rows",
        "started_at": started,
        "seconds": 1.5,
        "rows": 24,
        "link": "https://github.com/ada/weather/actions/runs/1",
        **changes,
    }


def parsed(*args: Any, **changes: Any) -> Run:
    return parse_run(reported(*args, **changes), NOW)


def stored(store: S3Store) -> dict[str, Any]:
    found = run(get(KEY), store)
    assert isinstance(found, Found)
    document: dict[str, Any] = json.loads(found.body)
    return document


def test_a_report_is_kept_with_what_it_adds_up_to(s3_store: S3Store) -> None:
    outcomes = ["published", "failed", "failed", "unchanged", "published"]
    for number, outcome in enumerate(outcomes):
        run(report_run(DATASET, parsed(number, outcome), s3_store.name), s3_store)

    health = stored(s3_store)
    assert [item["outcome"] for item in health["runs"]] == outcomes
    assert (health["reports"], health["uptime"]) == (5, 0.6)
    assert health["streak"] == {"succeeded": True, "runs": 2}
    assert health["last_run_at"] == health["last_success_at"] == health["runs"][-1]["started_at"]


def test_the_last_thirty_runs_are_kept_and_the_last_success_is_not_forgotten() -> None:
    health = Health(DATASET).with_run(parsed(0))
    for number in range(1, 41):
        health = health.with_run(parsed(number, "failed"))

    summary = health.summary()
    assert summary is not None
    assert [item.started_at for item in health.runs] == [parsed(number).started_at for number in range(11, 41)]
    assert summary["last_success_at"] == parsed(0).started_at
    assert (summary["reports"], summary["uptime"], summary["streak"]["runs"]) == (41, 0.0, 30)


def test_a_report_that_is_sent_again_counts_once(s3_store: S3Store) -> None:
    for _ in range(2):
        run(report_run(DATASET, parsed(), s3_store.name), s3_store)

    assert (stored(s3_store)["reports"], len(stored(s3_store)["runs"])) == (1, 1)


def test_reports_that_arrive_together_all_count(s3_store: S3Store) -> None:
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda number: run(report_run(DATASET, parsed(number), s3_store.name), s3_store), range(5)))

    assert stored(s3_store)["reports"] == 5
    assert [item["started_at"] for item in stored(s3_store)["runs"]] == [parsed(n).started_at for n in range(5)]


def test_a_damaged_health_begins_anew(s3_store: S3Store) -> None:
    s3_store.perform(Put(KEY, b"{"))

    run(report_run(DATASET, parsed(), s3_store.name), s3_store)

    assert stored(s3_store)["reports"] == 1


def published(store: S3Store, partition: str) -> None:
    about = {"meta_version": 1, "title": "Rain", "description": "Rain.", "license": "CC0-1.0", "source": "gauges"}
    metadata = Metadata.from_dict(
        {**about, "id": DATASET, "repo": "https://example.org/ada/weather", "versioning": "date"}
    )
    body = partition.encode()
    digest = sha256(body)
    evidence = Evidence(partition, digest, (CheckResult("rows", Severity.BLOCK, True),))
    summary = DataSummary(digest, len(body), 24, digest, {})
    draft = Draft(partition, body, b"{}", b"[]", summary, digest, partition, partition, evidence)
    outcome = run(publish(metadata, [draft], make_author("test"), required=["rows"]), store)
    assert isinstance(outcome, Published)
    assert run(join_index([outcome], store.name), store)


def listed_health(store: S3Store) -> Any:
    index = run(read_index(), store)
    assert index is not None
    return index[DATASET]["health"]


def test_the_index_shows_the_health_of_what_it_lists(s3_store: S3Store) -> None:
    run(report_run(DATASET, parsed(0), s3_store.name), s3_store)
    published(s3_store, "2026-11-22")
    health = run(report_run(DATASET, parsed(1, "failed"), s3_store.name), s3_store)

    assert listed_health(s3_store) == health.summary()
    published(s3_store, "2026-11-23")
    assert listed_health(s3_store) == health.summary()
    assert run(check_store(s3_store.name), s3_store) == ()


def test_a_health_that_the_index_missed_is_repaired_from_the_store(s3_store: S3Store) -> None:
    published(s3_store, "2026-11-22")
    s3_store.perform(Put(KEY, Health(DATASET).with_run(parsed()).to_bytes()))
    assert listed_health(s3_store) is None

    findings = run(check_store(s3_store.name, repair=True), s3_store)
    assert [(finding.key, finding.repaired) for finding in findings] == [("index.json", True)]
    assert listed_health(s3_store)["reports"] == 1
    assert run(check_store(s3_store.name), s3_store) == ()


HEALTHS = st.none() | st.integers(1, 4).map(lambda count: {"reports": count, "uptime": count / 4})
ENTRY = {"seq": 1, "health": None, "verification": None, "verified": False}
INDEXES = st.dictionaries(
    st.sampled_from(["a/a", "a/b"]),
    st.builds(lambda seq, health: {**ENTRY, "seq": seq, "health": health}, st.integers(1, 3), HEALTHS),
)


@given(st.lists(INDEXES, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_index_updates_may_be_lost_repeated_and_reordered(indexes: list[dict[str, Any]], random: Any) -> None:
    shuffled = [*indexes, *indexes]
    random.shuffle(shuffled)

    joined = join(*indexes)
    assert join(*shuffled) == joined
    assert reduce(join, shuffled) == joined
    for dataset, entry in joined.items():
        shown = [index[dataset] for index in indexes if dataset in index]
        assert entry["seq"] == max(item["seq"] for item in shown)
        assert (entry["health"] or {}).get("reports", 0) == max(
            (item["health"] or {}).get("reports", 0) for item in shown
        )


@settings(max_examples=25)
@given(st.permutations([(number, outcome) for number, outcome in enumerate(["published", "failed", "unchanged"] * 14)]))
def test_the_order_in_which_runs_are_reported_does_not_matter(order: list[tuple[int, str]]) -> None:
    inorder = reduce(Health.with_run, [parsed(*item) for item in sorted(order)], Health(DATASET))
    health = reduce(Health.with_run, [parsed(*item) for item in order], Health(DATASET))

    assert health == inorder
    assert len(health.runs) == KEPT
    assert Health.from_bytes(health.to_bytes()) == health


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outcome", "fine"),
        ("outcome", None),
        ("summary", None),
        ("summary", "x" * 501),
        ("started_at", "yesterday"),
        ("started_at", "2026-11-24T09:05:00.001Z"),
        ("seconds", -1),
        ("seconds", float("nan")),
        ("seconds", "1"),
        ("seconds", True),
        ("rows", -1),
        ("rows", 1.5),
        ("category", "network"),
        ("link", "http://example.org/"),
        ("link", "javascript:alert(1)"),
        ("link", "https://user:secret@example.org/"),
    ],
)
def test_a_report_that_is_not_well_formed_is_refused(field: str, value: object) -> None:
    with pytest.raises(InvalidValue, match=rf"run\.({field}|category)"):
        parsed(**{field: value})


@pytest.mark.parametrize("category", [None, "bad luck", "weather"])
def test_a_failure_has_a_known_category(category: object) -> None:
    with pytest.raises(InvalidValue, match=r"run\.category"):
        parsed(0, "failed", category=category)


def test_no_secret_of_a_report_reaches_the_store(s3_store: S3Store) -> None:
    summary = "GET https://bucket.example/data?X-Amz-Signature=0123456789abcdef Authorization: Bearer ods_0123456789"
    run(report_run(DATASET, parsed(0, "failed", summary=summary), s3_store.name), s3_store)

    text = json.dumps(stored(s3_store))
    assert "0123456789" not in text
    assert "***" in text
    assert Outcome(stored(s3_store)["outcome"]) is Outcome.FAILED
