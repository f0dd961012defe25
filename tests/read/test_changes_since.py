"""What changed since a commit, an instant or a day, and by which commits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from opendata.client import Client
from opendata.contract.canonical import parse_instant
from opendata.contract.selectors import AtInstant, AtSeq, Selector
from opendata.errors import DatasetNotFound, InvalidValue, VersionNotFound
from opendata.protocol.gc import collect_garbage
from opendata.protocol.history import rollback, yank
from opendata.read.changes import parse_since
from opendata.stores.driver import run
from opendata.stores.local import LocalStore

from tests.fixtures.web_server import WebServer
from tests.read.publishing import BARS, author, bars, publish_bars

DAYS = ("2026-11-01", "2026-11-02", "2026-11-03")


@pytest.fixture
def published(store: LocalStore) -> LocalStore:
    """1: three days; 2: one corrected, one new; 3: rolled back to 1, so the new one is gone; 4: one hidden."""
    publish_bars(store, {day: bars(day) for day in DAYS})
    publish_bars(store, {"2026-11-02": bars("2026-11-02", close=5), "2026-11-04": bars("2026-11-04")})
    run(rollback(BARS, 1, author(), "bad source"), store)
    run(yank(BARS, "2026-11-03", author(), "not ours to publish"), store)
    return store


def test_each_partition_that_was_touched_says_by_what(published: LocalStore, client: Client) -> None:
    found = client.changes(BARS, "seq:1")
    assert [(c.partition, c.before, c.after, c.seq, c.op, c.reason) for c in found] == [
        ("2026-11-02", "2026-11-02", "2026-11-02", 3, "rollback", "bad source"),
        ("2026-11-03", "2026-11-03", None, 4, "yank", "not ours to publish"),
        ("2026-11-04", None, None, 3, "rollback", "bad source"),
    ]
    commits = {commit.seq: commit.committed_at for commit in client.versions(BARS)}
    assert all(change.committed_at == commits[change.seq] for change in found)


def test_what_came_back_says_so(published: LocalStore, client: Client) -> None:
    found = {change.partition: change for change in client.changes(BARS, "seq:2")}
    assert (found["2026-11-02"].before, found["2026-11-02"].after) == ("2026-11-02.r2", "2026-11-02")
    assert found["2026-11-04"].after is None
    assert "2026-11-01" not in found


def test_nothing_since_the_newest_commit(published: LocalStore, client: Client, web: WebServer) -> None:
    client.load(BARS)
    web.requests.clear()
    assert client.changes(BARS, "seq:4") == []
    assert not [path for path, _, _ in web.requests if "/_seg/" in path or path.endswith(".parquet")]


def test_fetching_what_changed_gives_the_newest_state(store: LocalStore, client: Client) -> None:
    publish_bars(store, {day: bars(day) for day in DAYS})
    kept = {day: client.load(f"{BARS}@{day}") for day in DAYS}
    publish_bars(store, {"2026-11-01": bars("2026-11-01", close=3), "2026-11-04": bars("2026-11-04")})
    for change in client.changes(BARS, "seq:1"):
        kept[change.partition] = client.load(f"{BARS}@{change.after}")
    assert client.load(BARS).height == sum(frame.height for frame in kept.values())
    for day, frame in kept.items():
        assert client.load(BARS, start=day, end=day).equals(frame)


def test_since_an_instant_means_the_commits_after_it(published: LocalStore, client: Client) -> None:
    commits = {commit.seq: commit.committed_at for commit in client.versions(BARS)}
    assert client.changes(BARS, f"@{commits[2]}") == client.changes(BARS, "seq:2")
    just_before = parse_instant(commits[2]) - timedelta(milliseconds=1)
    assert client.changes(BARS, f"@{just_before.isoformat()}") == client.changes(BARS, "seq:1")


def test_since_before_the_first_commit_is_everything(published: LocalStore, client: Client) -> None:
    found = client.changes(BARS, "2026-11-01")
    assert [change.partition for change in found] == ["2026-11-01", *DAYS[1:], "2026-11-04"]
    assert client.changes(BARS, date(2026, 11, 1)) == client.changes(BARS, "@2026-11-01T00:00:00Z") == found


def test_what_was_staged_and_collected_is_no_change(published: LocalStore, client: Client) -> None:
    folder = published.folder / "datasets" / BARS / "2026-11-09"
    folder.mkdir()
    (folder / "data.parquet").write_bytes(b"staged")
    assert run(collect_garbage(BARS, author()), published)
    assert "2026-11-09" not in {change.partition for change in client.changes(BARS, "2026-11-01")}


@pytest.mark.parametrize(
    ("since", "selector"),
    [
        ("seq:12", AtSeq(12)),
        ("@2026-11-01T08:00:00+08:00", AtInstant(datetime(2026, 11, 1, tzinfo=UTC))),
        ("20261101", AtInstant(datetime(2026, 10, 31, 23, 59, 59, 999_000, UTC))),
    ],
)
def test_a_day_includes_its_first_millisecond(since: str, selector: Selector) -> None:
    assert parse_since(since) == selector


def test_what_cannot_be_meant_is_refused(published: LocalStore, client: Client) -> None:
    for since in ("2026-11-20.r2", "1.2.0", "yesterday", "seq:0", "@noon"):
        with pytest.raises(InvalidValue):
            client.changes(BARS, since)
    with pytest.raises(VersionNotFound, match="no commit 9"):
        client.changes(BARS, "seq:9")
    with pytest.raises(DatasetNotFound):
        client.changes("test/nothing", "2026-11-01")
