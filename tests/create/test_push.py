"""`od push` to a folder and to a bucket: what is published is what was validated, once, and over nobody's head."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import opendata as od
import polars as pl
import pytest
from opendata.contract.ids import Version
from opendata.create.validate import PARENT
from opendata.errors import Conflict, GateFailed, InvalidValue

from tests.create.conftest import DATASET, Creator
from tests.fixtures.seaweedfs import S3Server

DAY = "2026-11-20"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder that is published to."""
    return tmp_path / "store"


def objects(store: Path) -> dict[str, bytes]:
    """Everything in a folder."""
    return {path.relative_to(store).as_posix(): path.read_bytes() for path in store.rglob("*") if path.is_file()}


def test_what_is_pushed_to_a_folder_can_be_loaded_and_found(creator: Creator) -> None:
    pushed = creator.json("push")
    assert (pushed["outcome"], pushed["seq"], pushed["rows"]) == ("published", 1, 2)
    assert od.load(DATASET).equals(creator.rows())
    assert od.load(DATASET, version=pushed["version"]).equals(creator.rows())
    found = od.info(DATASET)
    assert (found.title, found.license, found.rows) == ("Gold prices", "CC-BY-4.0", 2)
    assert found.schema
    assert found.schema.columns[2].unit == "USD"
    assert [match.id for match in od.search("gold")] == [DATASET]


def test_what_is_pushed_to_a_bucket_can_be_loaded(creator: Creator, s3_server: S3Server, store: Path) -> None:
    env = s3_server.environment(s3_server.new_bucket())
    assert creator.json("push", env=env)["outcome"] == "published"
    assert creator.json("push", env=env)["outcome"] == "unchanged"
    loaded = json.loads(creator.od("load", DATASET, "--json", env=env).stdout)
    assert [row["close"] for row in loaded] == [101.5, 102.25]
    assert not store.exists()


def test_equal_content_is_published_once(creator: Creator, store: Path) -> None:
    od.push(creator.folder, version=DAY)
    before = objects(store)
    creator.write(creator.rows().reverse())
    again = od.push(creator.folder, version=DAY)
    assert (again.outcome, again.seq) == ("unchanged", 1)
    assert objects(store) == before
    assert "unchanged" in creator.od("push", "--version", DAY, "--format", "human").stdout


def test_the_validation_is_the_evidence_that_is_published(creator: Creator, store: Path) -> None:
    pushed = od.push(creator.folder, version=DAY, reason="first rows")
    (audit,) = (json.loads(body) for key, body in objects(store).items() if "/_audit/" in key)
    assert audit["verdict"] == "pass"
    assert audit["partitions"][0]["checks"] == [check.to_dict() for check in pushed.report.checks]
    (commit,) = od.versions(DATASET)
    assert (commit.op, commit.reason) == ("publish", "first rows")


def test_in_ci_a_commit_says_which_repository_commit_and_run_it_is_from(creator: Creator, store: Path) -> None:
    run = {"GITHUB_REPOSITORY": "alice/gold", "GITHUB_SHA": "c0ffee", "GITHUB_RUN_ID": "7"}
    creator.json("push", env=run)
    (record,) = (json.loads(body) for key, body in objects(store).items() if "/_log/" in key)
    assert record["actor"] == {"kind": "creator", "repository": "alice/gold", "commit": "c0ffee", "workflow_run": "7"}


def test_a_dry_run_tells_the_bytes_and_writes_nothing(creator: Creator, store: Path) -> None:
    planned = creator.json("push", "--version", DAY, "--dry-run")
    assert planned["outcome"] == "planned"
    assert not store.exists()
    od.push(creator.folder, version=DAY)
    written = {f"datasets/{DATASET}/{upload['object']}": upload for upload in planned["objects"]}
    assert {key: len(body) for key, body in objects(store).items() if key in written} == {
        key: upload["transfer"] for key, upload in written.items()
    }
    again = od.push(creator.folder, version=DAY, dry_run=True)
    assert {upload.transfer for upload in again.uploads} == {0}
    table = creator.od("push", "--version", DAY, "--dry-run", "--format", "human")
    assert f"{DAY}/data.parquet" in table.stdout
    assert "the same as 2026-11-20" in table.stderr


def test_nothing_that_fails_a_check_is_published(creator: Creator, store: Path) -> None:
    creator.write(pl.concat([creator.rows(), creator.rows()]))
    with pytest.raises(GateFailed, match="primary_key: 4 rows share a key"):
        od.push(creator.folder)
    assert not store.exists()
    assert creator.od("push").returncode == 8


def test_a_break_of_the_schema_is_published_only_on_purpose(creator: Creator) -> None:
    od.push(creator.folder, version=DAY)
    creator.edit("unit: USD", "unit: EUR")
    with pytest.raises(GateFailed, match="was in USD and is in EUR"):
        od.push(creator.folder, version=DAY)
    assert od.push(creator.folder, version=DAY, allow_breaking=True).version == str(Version(DAY, 2))


def test_of_two_that_push_at_once_one_wins_and_the_other_is_told(creator: Creator, tmp_path: Path) -> None:
    creators = [creator, creator.copy(tmp_path / "other")]
    for number, pusher in enumerate(creators):
        pusher.write(pusher.rows().with_columns(close=pl.lit(100.0 + number)))
        assert pusher.od("validate", "--version", DAY).returncode == 0
    with ThreadPoolExecutor(len(creators)) as pool:
        done = list(pool.map(lambda pusher: pusher.od("push", "--version", DAY), creators))
    assert sorted(process.returncode for process in done) == [0, 7]
    winner = next(pusher for pusher, process in zip(creators, done, strict=True) if process.returncode == 0)
    assert od.load(DATASET).equals(winner.rows())
    assert len(od.versions(DATASET)) == 1


def test_a_stale_parent_is_a_conflict_that_lists_the_ways_out(creator: Creator, tmp_path: Path) -> None:
    other = creator.copy(tmp_path / "other")
    od.validate(creator.folder, version=DAY)
    other.write(other.rows().with_columns(close=pl.lit(1.0)))
    od.push(other.folder, version=DAY)
    with pytest.raises(Conflict) as refused:
        od.push(creator.folder, version=DAY)
    assert refused.value.hint
    for way in ("keep what is published", "on top of it", "od validate", "--version"):
        assert way in refused.value.hint
    assert od.load(DATASET).equals(other.rows())

    seen = od.validate(creator.folder, version=DAY).change
    assert seen
    assert (seen.seq, seen.changed) == (1, 2)
    assert od.push(creator.folder, version=DAY).version == f"{DAY}.r2"
    assert od.load(DATASET).equals(creator.rows())


def test_the_parent_can_be_named_and_must_exist(creator: Creator) -> None:
    od.push(creator.folder, version=DAY)
    creator.write(creator.rows().with_columns(close=pl.lit(1.0)))
    with pytest.raises(Conflict, match="somebody else published"):
        od.push(creator.folder, version=DAY, parent=0)
    with pytest.raises(Conflict, match="commit 9 was seen before"):
        od.push(creator.folder, version=DAY, parent=9)
    assert od.push(creator.folder, version=DAY, parent=1).seq == 2


def test_what_was_seen_in_one_store_says_nothing_of_another(
    creator: Creator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    od.push(creator.folder, version=DAY)
    od.validate(creator.folder, version=DAY)
    assert json.loads((creator.output.parent / PARENT).read_text())["seq"] == 1
    monkeypatch.setenv("OPENDATA_LOCAL_STORAGE_DIR", str(tmp_path / "another"))
    assert od.push(creator.folder, version=DAY).seq == 1
    assert not (creator.output.parent / PARENT).exists()


def test_a_semantic_version_is_named_and_used_once(creator: Creator) -> None:
    creator.edit("versioning: snapshot", "versioning: semver")
    with pytest.raises(InvalidValue, match="must be given"):
        od.push(creator.folder)
    with pytest.raises(InvalidValue, match="suit versioning semver"):
        od.push(creator.folder, version=DAY)
    assert od.push(creator.folder, version="1.0.0").version == "1.0.0"
    creator.write(creator.rows().with_columns(close=pl.lit(1.0)))
    with pytest.raises(Conflict) as refused:
        od.push(creator.folder, version="1.0.0")
    assert refused.value.hint == "publish the next version"
    assert od.push(creator.folder, version="1.1.0").seq == 2


def test_days_of_a_dataset_by_date_are_united(creator: Creator) -> None:
    creator.edit("versioning: snapshot", "versioning: date")
    rows = creator.rows()
    for row, day in ((rows[:1], "2026-11-19"), (rows[1:], "2026-11-20")):
        creator.write(row)
        od.push(creator.folder, version=day)
    assert od.load(DATASET).equals(rows)
