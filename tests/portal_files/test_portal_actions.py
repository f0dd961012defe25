"""Runs of deployed workflows, told by GitHub's Actions API, become the health of a dataset: over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from opendata.contract.health import Health
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import DatasetNotFound, InvalidValue, NotFound, OpenDataError
from opendata.protocol.commit import Author
from opendata.protocol.index import join_index
from opendata.protocol.publish import Published, publish
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from ulid import ULID

from opendata_platform.cli import cli
from opendata_platform.portal.actions import parse_failed_step, parse_runs
from opendata_platform.portal.actions_api import ActionsApi, ActionsDenied, ActionsUnanswered
from opendata_platform.sources.http import open_http
from opendata_platform.sources.retry import RetryLimits
from tests.fixtures.answering import Answer, AnsweringServer, answering_server
from tests.read.publishing import BAR_SCHEMA, BARS, bars, draft, metadata

REPOSITORY = "someone/bars"
BASE = f"/repos/{REPOSITORY}/actions"
RUNS = f"{BASE}/workflows/publish.yml/runs"
USED_UP = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795544424"}
SECRET = "ghs_secret0123456789abcdefghijklmnopqrst"


def workflow_run(number: int, conclusion: str | None, **more: object) -> dict[str, Any]:
    """A run as the API tells of it."""
    return {
        "id": number,
        "event": "schedule",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "created_at": f"2026-11-{number:02}T01:00:00Z",
        "run_started_at": f"2026-11-{number:02}T01:00:05Z",
        "updated_at": f"2026-11-{number:02}T01:01:35Z",
        "html_url": f"https://github.com/{REPOSITORY}/actions/runs/{number}",
        **more,
    }


def jobs(step: str, conclusion: str = "failure") -> dict[str, Any]:
    """The jobs of a run that ended at a step."""
    steps = [{"name": "Check out", "conclusion": "success"}, {"name": step, "conclusion": conclusion}]
    return {"total_count": 1, "jobs": [{"name": "Publish", "conclusion": conclusion, "steps": steps}]}


@pytest.fixture
def api() -> Iterator[AnsweringServer]:
    with answering_server() as server:
        yield server


@pytest.fixture
def published(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """A store with a dataset that run 20 published."""
    author = Author({"kind": "push", "workflow_run": "20"}, lambda: str(ULID()))
    drafts = [draft("2026-11-20", bars("2026-11-20"), BAR_SCHEMA)]
    outcome = run(publish(metadata(BARS), drafts, author, required=()), store)
    assert isinstance(outcome, Published)
    run(join_index([outcome], store.name), store)
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(store.folder))
    return store


def collect(api: AnsweringServer, *more: str) -> str:
    """`odp portal runs`; raises what it raises."""
    arguments = ["portal", "runs", "--repository", REPOSITORY, "--dataset", BARS, "--api", api.url, *more]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.output


def health(store: LocalStore) -> Health:
    """What health.json says."""
    return Health.from_bytes((store.folder / object_key(ObjectKind.HEALTH, dataset=BARS)).read_bytes())


def test_each_run_is_told_with_its_outcome_category_and_link(api: AnsweringServer, published: LocalStore) -> None:
    api.answers[RUNS] = Answer(
        {
            "total_count": 9,
            "workflow_runs": [
                workflow_run(25, None),
                workflow_run(24, "failure", event="pull_request"),
                workflow_run(23, "skipped"),
                workflow_run(22, "cancelled"),
                workflow_run(21, "failure"),
                workflow_run(20, "success"),
                workflow_run(19, "success"),
                workflow_run(18, "failure"),
                workflow_run(17, "startup_failure"),
            ],
        }
    )
    api.answers[f"{BASE}/runs/22/jobs"] = Answer(jobs("Push", "cancelled"))
    api.answers[f"{BASE}/runs/21/jobs"] = Answer(jobs("Validate"))
    api.answers[f"{BASE}/runs/18/jobs"] = Answer(jobs("Push"))
    api.answers[f"{BASE}/runs/17/jobs"] = Answer({"total_count": 0, "jobs": []})
    assert "6 runs added" in collect(api, "--workflow", "publish.yml")
    told = health(published)
    assert [(item.outcome.value, item.category, item.rows) for item in told.runs] == [
        ("failed", "config", None),
        ("failed", "upload", None),
        ("unchanged", None, None),
        ("published", None, 24),
        ("quarantined", "validation", None),
        ("failed", "cancelled", None),
    ]
    newest = told.runs[-1]
    assert (newest.started_at, newest.seconds) == ("2026-11-22T01:00:05.000Z", 90.0)
    assert newest.summary == "GitHub Actions: cancelled: Publish / Push"
    assert newest.link == f"https://github.com/{REPOSITORY}/actions/runs/22"

    before = (published.folder / object_key(ObjectKind.HEALTH, dataset=BARS)).read_bytes()
    assert "0 runs added" in collect(api, "--workflow", "publish.yml")
    assert (published.folder / object_key(ObjectKind.HEALTH, dataset=BARS)).read_bytes() == before


def test_the_token_goes_to_the_api_and_into_no_message(
    api: AnsweringServer, published: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    api.answers[f"{BASE}/runs"] = Answer({"message": "Bad credentials"}, status=401)
    with pytest.raises(ActionsDenied) as caught:
        collect(api)
    assert api.headers[-1]["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.value!r}"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer({}, status=404), NotFound),
        (Answer({}, status=401), ActionsDenied),
        (Answer({}, status=403, headers=USED_UP), ActionsDenied),
        (Answer({}, status=500), ActionsUnanswered),
        (Answer(b"<html>"), InvalidValue),
        (Answer({"workflow_runs": {}}), InvalidValue),
        (Answer({"workflow_runs": [{"status": "completed", "event": "push"}]}), InvalidValue),
        (Answer({"workflow_runs": [workflow_run(20, "success", html_url="javascript:alert(1)")]}), InvalidValue),
        (Answer({"workflow_runs": [workflow_run(20, "success", updated_at="yesterday")]}), InvalidValue),
    ],
    ids=["404", "401", "limit", "500", "html", "no-list", "no-fields", "script-link", "no-instant"],
)
def test_an_answer_that_is_no_list_of_runs_is_a_typed_error_and_writes_nothing(
    api: AnsweringServer, published: LocalStore, answer: Answer, error: type[OpenDataError]
) -> None:
    api.answers[f"{BASE}/runs"] = answer
    with pytest.raises(error) as caught:
        collect(api)
    assert caught.value.message
    assert not (published.folder / object_key(ObjectKind.HEALTH, dataset=BARS)).exists()


def test_nobody_answering_and_names_that_are_none_are_typed_errors(published: LocalStore) -> None:
    with open_http(RetryLimits()) as http:
        with pytest.raises(ActionsUnanswered):
            ActionsApi(http, REPOSITORY, "http://127.0.0.1:9").runs()
        for hostile in ("../../user", "a/b/c", "a", "a/b?x", ""):
            with pytest.raises(InvalidValue):
                ActionsApi(http, hostile)
        with pytest.raises(InvalidValue):
            ActionsApi(http, REPOSITORY).runs("../x.yml")


def test_a_dataset_that_is_not_published_has_no_health(
    api: AnsweringServer, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(store.folder))
    with pytest.raises(DatasetNotFound):
        collect(api)


def test_recorded_answers_are_understood(shared_data: Path) -> None:
    folder = shared_data / "github"
    page = json.loads((folder / "actions_runs_page_20.json").read_bytes())
    found = parse_runs(page)
    assert len(found) == len(page["workflow_runs"]) == 20
    assert all(item.concerns_data and item.link.startswith("https://github.com/") for item in found)
    assert found[0].seconds == 18.0
    assert parse_failed_step(json.loads((folder / "actions_run_jobs.json").read_bytes())) is None
    older = (folder / "pygithub_replay_workflow_runs.txt").read_text().splitlines()[9]
    assert [item.concerns_data for item in parse_runs(json.loads(older))] == [True, False, False, True]
