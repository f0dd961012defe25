"""`od registry` and `od push` through a real gateway process before a real bucket: no storage key is needed here."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import opendata as od
import polars as pl
import pytest
from opendata.errors import Conflict, DatasetNotFound, GateFailed, InvalidValue, OpenDataError, StoreDenied

from tests.create.conftest import DATASET, Creator
from tests.fixtures.fault_proxy import Answer, CutRequest, Fault, FaultProxy, FlipRequestBit, LostReply, fault_proxy
from tests.fixtures.gateway import ADMIN_TOKEN, Gateway, running_gateway
from tests.fixtures.seaweedfs import S3Server

DAY = "2026-11-20"
UPLOAD = r"data\.parquet\?"
SECRETS = (ADMIN_TOKEN, "X-Amz-", "Signature=", "testsecret")


@dataclass(frozen=True)
class Desk:
    """A gateway, and what stands before its bucket and before itself."""

    gateway: Gateway
    bucket: FaultProxy
    front: FaultProxy


@pytest.fixture(scope="module")
def running(s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One gateway for all tests here; each has a dataset of its own."""
    folder = tmp_path_factory.mktemp("gateway")
    with (
        fault_proxy(s3_server.endpoint) as bucket,
        running_gateway(folder, s3_server, s3_server.new_bucket(), endpoint=bucket.url) as gateway,
        fault_proxy(gateway.url) as front,
    ):
        yield Desk(gateway, bucket, front)


@pytest.fixture
def desk(running: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The gateway is the one of the environment, and its operator's token too."""
    monkeypatch.setenv("OPENDATA_GATEWAY", running.front.url)
    monkeypatch.setenv("OPENDATA_TOKEN", ADMIN_TOKEN)
    monkeypatch.setenv("OPENDATA_ENDPOINT", running.gateway.url)
    monkeypatch.setattr("opendata.stores.retry.FIRST_PAUSE", 0.001)
    return running


@pytest.fixture
def dataset(creator: Creator) -> str:
    """An id that nobody has used."""
    name = f"alice/gold-{uuid4().hex[:12]}"
    creator.edit(DATASET, name)
    return name


@pytest.fixture
def registered(creator: Creator, dataset: str, desk: Desk) -> str:
    """The same, registered."""
    assert creator.json("registry", "add")["outcome"] == "registered"
    return dataset


def test_a_dataset_is_registered_once_and_changed_only_on_purpose(creator: Creator, registered: str) -> None:
    assert creator.json("registry", "add")["outcome"] == "unchanged"
    creator.edit("tags: [example]", "tags: [gold]")
    refused = creator.od("registry", "add")
    assert refused.returncode == 7
    assert "od registry add --update" in refused.stderr
    assert creator.json("registry", "add", "--update")["outcome"] == "updated"
    assert creator.json("registry", "show", registered)["metadata"]["tags"] == ["gold"]


def test_what_is_pushed_through_a_gateway_can_be_loaded_from_it(creator: Creator, registered: str) -> None:
    pushed = creator.json("push", "--version", DAY)
    assert (pushed["outcome"], pushed["version"], pushed["seq"]) == ("published", DAY, 1)
    assert od.load(registered).equals(creator.rows())
    assert registered in [match.id for match in od.search("gold")]
    again = creator.json("push", "--version", DAY)
    assert (again["outcome"], again["seq"]) == ("unchanged", 1)
    assert creator.json("registry", "refresh") == []


def test_a_push_needs_the_dataset_registered_as_it_is_described(creator: Creator, dataset: str, desk: Desk) -> None:
    with pytest.raises(DatasetNotFound) as unknown:
        od.push(creator.folder)
    assert unknown.value.hint == "`od registry add`"
    assert creator.json("registry", "add")["outcome"] == "registered"
    creator.edit("unit: USD", "unit: EUR")
    with pytest.raises(InvalidValue, match="what is registered"):
        od.push(creator.folder)
    assert creator.json("registry", "add", "--update")["outcome"] == "updated"
    assert od.push(creator.folder).outcome == "published"


def test_what_would_change_is_told_against_what_the_gateway_shows(creator: Creator, registered: str) -> None:
    od.push(creator.folder, version=DAY)
    creator.write(creator.rows().with_columns(close=pl.Series([101.5, 1.0])))
    change = od.validate(creator.folder, version=DAY).change
    assert change
    assert (change.seq, change.against, change.changed, change.unchanged) == (1, DAY, 1, 1)
    assert od.push(creator.folder, version=DAY).version == f"{DAY}.r2"


def test_a_dry_run_uploads_nothing(creator: Creator, registered: str, desk: Desk) -> None:
    seen = len(desk.bucket.seen)
    planned = creator.json("push", "--dry-run")
    assert [upload["object"].rpartition("/")[2] for upload in planned["objects"]] == ["data.parquet"]
    assert not [path for method, path in desk.bucket.seen[seen:] if method == "PUT"]


def test_a_stale_parent_is_a_conflict_that_lists_the_ways_out(
    creator: Creator, registered: str, tmp_path: Path
) -> None:
    other = creator.copy(tmp_path / "other")
    assert od.validate(creator.folder, version=DAY).ok
    other.write(other.rows().with_columns(close=pl.lit(1.0)))
    od.push(other.folder, version=DAY)
    with pytest.raises(Conflict) as refused:
        od.push(creator.folder, version=DAY)
    assert refused.value.hint
    assert "on top of it" in refused.value.hint
    assert refused.value.request_id
    assert od.load(registered).equals(other.rows())


def test_of_two_that_push_at_once_one_wins_and_the_other_is_told(
    creator: Creator, registered: str, tmp_path: Path
) -> None:
    creators = [creator, creator.copy(tmp_path / "other")]
    for number, pusher in enumerate(creators):
        pusher.write(pusher.rows().with_columns(close=pl.lit(100.0 + number)))
        assert od.validate(pusher.folder, version=DAY).ok

    def push(pusher: Creator) -> str:
        try:
            return od.push(pusher.folder, version=DAY).outcome
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(len(creators)) as pool:
        outcomes = list(pool.map(push, creators))
    assert sorted(outcomes) == ["conflict", "published"]
    assert od.load(registered).equals(creators[outcomes.index("published")].rows())
    assert len(od.versions(registered)) == 1


@pytest.mark.parametrize(
    "fault",
    [LostReply(), CutRequest(100), FlipRequestBit(), Answer(503, "SlowDown"), Answer(403, "AccessDenied")],
    ids=lambda fault: f"{type(fault).__name__}-{getattr(fault, 'status', '')}",
)
def test_an_upload_that_goes_wrong_is_asked_for_again(
    creator: Creator, registered: str, desk: Desk, fault: Fault
) -> None:
    desk.bucket.inject(fault, method="PUT", path=UPLOAD)
    assert od.push(creator.folder).outcome == "published"
    assert od.load(registered).equals(creator.rows())


@pytest.mark.parametrize("path", ["/v1/publish/begin", "/v1/publish/commit"])
def test_an_answer_of_the_gateway_that_is_lost_publishes_nothing_twice(
    creator: Creator, registered: str, desk: Desk, path: str
) -> None:
    desk.front.inject(LostReply(), method="POST", path=path)
    assert (od.push(creator.folder).outcome, len(od.versions(registered))) == ("published", 1)


def test_a_gateway_that_dies_before_the_commit_shows_nothing_and_the_next_push_completes(
    creator: Creator, registered: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opendata.stores.retry.ATTEMPTS", 1)
    desk.front.inject(Answer(503), method="POST", path="/v1/publish/commit")
    with pytest.raises(OpenDataError):
        od.push(creator.folder)
    desk.gateway.send(signal.SIGKILL)
    desk.gateway.wait()
    desk.gateway.start()
    assert creator.json("registry", "show", registered)["published"] is None
    assert od.push(creator.folder).outcome == "published"
    assert od.load(registered).equals(creator.rows())


def test_what_the_gateway_itself_finds_wrong_is_held_back(
    creator: Creator, registered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opendata.create.checks._unique", lambda frame, table: _passing())
    creator.write(pl.concat([creator.rows(), creator.rows()]))
    with pytest.raises(GateFailed, match="primary_key"):
        od.push(creator.folder)
    assert creator.json("registry", "show", registered)["published"] is None


def _passing() -> object:
    from opendata.contract.evidence import CheckResult, Severity

    return CheckResult("primary_key", Severity.BLOCK, True, "nothing was looked at")


def test_without_a_token_nothing_is_registered_or_published(
    creator: Creator, dataset: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENDATA_TOKEN")
    refused = creator.od("registry", "add", "--json")
    assert (refused.returncode, json.loads(refused.stderr)["error"]["code"]) == (6, "unauthenticated")
    monkeypatch.setenv("OPENDATA_TOKEN", "another-token-of-nobody")
    with pytest.raises(StoreDenied):
        od.push(creator.folder)


def test_no_secret_is_shown_or_kept(creator: Creator, registered: str, desk: Desk) -> None:
    desk.bucket.inject(LostReply(), method="PUT", path=UPLOAD)
    done = creator.od("push", env={"OPENDATA_LOG": "debug"})
    assert done.returncode == 0, done.stderr
    shown = done.stdout + done.stderr + desk.gateway.log.read_text()
    assert re.search("POST /v1/publish/commit: 200", shown)
    files = [path.read_text(errors="replace") for path in creator.folder.rglob("*") if path.is_file()]
    assert not [secret for secret in SECRETS for text in (shown, *files) if secret in text]
