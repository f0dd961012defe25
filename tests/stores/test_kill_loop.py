"""Real writer processes, killed at random moments and started again, on a real S3 server and on a folder.

The default run kills for about ten seconds per store; `pytest -s -m slow tests/stores/test_kill_loop.py` takes ten
minutes per store. OPENDATA_TEST_SEED makes other choices (1 is the default). `-s` shows the counts.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import time
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from opendata.contract.index import parse_entries
from opendata.contract.keys import INDEX
from opendata.protocol.fsck import check_store
from opendata.stores.driver import run
from opendata.stores.open import open_store

from tests.fixtures.seaweedfs import S3Server
from tests.stores import kill_loop

WRITERS = 3


@pytest.fixture(params=["local", "s3"])
def env(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """The variables that name an empty store."""
    if request.param == "local":
        return {"OPENDATA_STORAGE": "local", "OPENDATA_LOCAL_STORAGE_DIR": str(tmp_path / "store")}
    server: S3Server = request.getfixturevalue("s3_server")
    return server.environment(server.new_bucket())


def kill_for(seconds: float, env: Mapping[str, str], diaries: Path) -> int:
    """Let writers run and kill one after the other, until the time is over; returns how many were killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["opendata.stores.s3", "tests.stores.kill_loop"])
    choose = random.Random(os.environ.get("OPENDATA_TEST_SEED", "1"))
    writers: list[ForkServerProcess] = []
    ends, killed = time.monotonic() + seconds, 0
    while time.monotonic() < ends or writers:
        while len(writers) < WRITERS and time.monotonic() < ends:
            arguments = (dict(env), str(diaries / f"{choose.getrandbits(64):x}"), choose.getrandbits(64))
            writers.append(context.Process(target=kill_loop.write_for_ever, args=arguments, daemon=True))
            writers[-1].start()
        time.sleep(choose.uniform(0.05, 0.6))
        victim = writers.pop(choose.randrange(len(writers)))
        assert victim.is_alive(), "a writer ended by itself"
        victim.kill()
        victim.join()
        killed += 1
    return killed


def check_everything(env: Mapping[str, str], diaries: Path, before: Mapping[str, str]) -> tuple[int, int]:
    """Check I1 to I7 and I10 from the bucket's contents; returns how many commits there are and were acknowledged."""
    store = open_store(env)
    records = kill_loop.read_log(store)
    hashes = kill_loop.write_once_objects(store)
    assert before.items() <= hashes.items()
    kill_loop.assert_named_objects_exist(store, records, hashes)
    kill_loop.assert_tree_is_the_fold_of_changes(store, records)
    acknowledged = kill_loop.assert_diary_agrees_with_log(diaries, records)
    kill_loop.assert_pointer_is_repaired(store, records[-1])
    shown = parse_entries(kill_loop.read(store, INDEX))[kill_loop.DATASET]
    assert shown["seq"] == records[-1].seq
    assert run(check_store(store.name, deep=True), store) == ()
    return len(records), acknowledged


def kill_and_check(seconds: float, env: Mapping[str, str], diaries: Path) -> None:
    diaries.mkdir()
    killed = kill_for(seconds / 2, env, diaries)
    half_way = kill_loop.write_once_objects(open_store(env))
    killed += kill_for(seconds / 2, env, diaries)
    commits, acknowledged = check_everything(env, diaries, half_way)
    sys.stdout.write(f"{killed} writers killed, {commits} commits, {acknowledged} of them acknowledged\n")
    assert killed >= WRITERS
    assert acknowledged > 0


def test_killed_writers_leave_a_store_that_keeps_every_promise(env: Mapping[str, str], tmp_path: Path) -> None:
    kill_and_check(10.0, env, tmp_path / "diaries")


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_ten_minutes_of_killing_break_no_promise(env: Mapping[str, str], tmp_path: Path) -> None:
    kill_and_check(600.0, env, tmp_path / "diaries")
