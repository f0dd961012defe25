"""What only the local store can run into: full and read-only disks, limits, processes that die or race."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from opendata.errors import NotFound, StoreDenied, StoreError, StoreFull, StoreUnavailable
from opendata.protocol.operations import Ambiguous, Delete, Found, Get, Keys, List, Missing, Put, Refused, Stored
from opendata.stores import local
from opendata.stores.local import LITTER_AGE, LocalStore

MEGABYTE = 1 << 20
NOBODY = 65534

COUNT = """
import sys
from opendata.protocol.operations import Found, Get, Put, Stored
from opendata.stores.local import LocalStore

store, created, counted = LocalStore(sys.argv[1]), 0, 0
for number in range(100):
    created += isinstance(store.perform(Put(f"race/{number}", sys.argv[2].encode())), Stored)
while counted < 100:
    current = store.perform(Get("counter"))
    assert isinstance(current, Found)
    body = b"%d" % (int(current.body) + 1)
    counted += isinstance(store.perform(Put("counter", body, current.etag)), Stored)
print(created)
"""

WRITE_FOR_EVER = """
import hashlib, os, sys
from opendata.protocol.operations import Put
from opendata.stores.local import LocalStore

store = LocalStore(sys.argv[1])
print("ready", flush=True)
while True:
    body = os.urandom(4 << 20)
    store.perform(Put("blobs/" + hashlib.sha256(body).hexdigest(), body))
"""


def temporary_files(store: LocalStore) -> list[Path]:
    return list((store.folder / ".tmp").iterdir())


@contextmanager
def limit(kind: int, value: int) -> Iterator[None]:
    """A lower limit on what this process may use."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tempfile.mkdtemp()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        os.rmdir(folder)
        pytest.skip("mounting a small file system needs root")
    try:
        yield Path(folder)
    finally:
        subprocess.run(["umount", folder], check=True)
        os.rmdir(folder)


def test_a_full_disk_is_named_leaves_nothing_and_works_again_with_space(small_disk: Path) -> None:
    store = LocalStore(small_disk / "store")
    store.perform(Put("a", bytes(MEGABYTE)))
    with pytest.raises(StoreFull, match="cannot put b"):
        store.perform(Put("b", bytes(MEGABYTE + 1)))
    assert temporary_files(store) == []
    assert store.perform(List("")) == Keys(("a",))
    store.perform(Delete("a"))
    assert isinstance(store.perform(Put("b", bytes(MEGABYTE + 1))), Stored)


def test_a_full_disk_keeps_the_object_that_was_to_be_replaced(small_disk: Path) -> None:
    store = LocalStore(small_disk)
    old = store.perform(Put("a", bytes(MEGABYTE)))
    assert isinstance(old, Stored)
    with pytest.raises(StoreFull):
        store.perform(Put("a", bytes(MEGABYTE + 1), old.etag))
    found = store.perform(Get("a"))
    assert isinstance(found, Found)
    assert found.etag == old.etag


def test_a_read_only_file_system_can_be_read_and_refuses_writes(small_disk: Path) -> None:
    store = LocalStore(small_disk)
    store.perform(Put("a", b"x"))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert isinstance(store.perform(Get("a")), Found)
    for operation in (Put("b", b"x"), Delete("a")):
        with pytest.raises(StoreFull, match="Read-only"):
            store.perform(operation)


def test_a_file_size_limit_counts_as_full(local_store: LocalStore) -> None:
    with limit(resource.RLIMIT_FSIZE, MEGABYTE), pytest.raises(StoreFull):
        local_store.perform(Put("big", bytes(2 * MEGABYTE)))
    assert isinstance(local_store.perform(Get("big")), Missing)
    assert temporary_files(local_store) == []


def test_no_free_file_descriptors_is_unavailable_not_missing(local_store: LocalStore) -> None:
    local_store.perform(Put("a", b"x"))
    with limit(resource.RLIMIT_NOFILE, 3):
        for operation in (Get("a"), Put("b", b"x"), List("")):
            with pytest.raises(StoreUnavailable, match="Too many open files"):
                local_store.perform(operation)
    assert isinstance(local_store.perform(Get("a")), Found)


def as_ordinary_user(act: Callable[[], object]) -> str:
    """Run in a child process without root's rights; the name of the error it ended with, "" for none."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        try:
            act()
        except StoreError as error:
            os.write(writing, type(error).__name__.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        name = answer.read()
    os.waitpid(child, 0)
    return name


def test_a_folder_without_permission_is_denied_for_reading_and_writing() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        store = LocalStore(folder)
        store.perform(Put("a", b"x"))
        store.perform(Put("secret/a", b"x"))
        for path, mode in {"secret": 0o000, ".tmp": 0o555, "": 0o555}.items():
            (store.folder / path).chmod(mode)
        assert as_ordinary_user(lambda: store.perform(Get("a"))) == ""
        for operation in (Put("b", b"x"), Delete("a"), Get("secret/a"), List("secret/")):
            denied = as_ordinary_user(partial(store.perform, operation))
            assert denied == StoreDenied.__name__, operation
        (store.folder / "secret").chmod(0o755)


def test_old_litter_is_swept_by_the_next_writer_and_is_never_listed(local_store: LocalStore) -> None:
    local_store.perform(Put("a", b"x"))
    old, young = local_store.folder / ".tmp" / "old", local_store.folder / ".tmp" / "young"
    for litter, age in ((old, LITTER_AGE + 60), (young, 60)):
        litter.write_bytes(b"half")
        os.utime(litter, (time.time() - age, time.time() - age))
    LocalStore(local_store.folder).perform(Put("b", b"x"))
    assert temporary_files(local_store) == [young]
    assert local_store.perform(List("")) == Keys(("a", "b"))


def test_without_hard_links_one_creator_still_wins(local_store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    for number in range(40):
        puts = [Put(f"k/{number}", b"%d" % writer) for writer in range(8)]
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(local_store.perform, puts))
        assert replies.count(Refused()) == 7
    assert temporary_files(local_store) == []


def test_a_write_that_may_not_outlive_a_power_cut_is_ambiguous(
    local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    local_store.perform(Put("a/1", b"x"))
    monkeypatch.setattr(local, "_sync_folder", broken)
    assert isinstance(local_store.perform(Put("a/2", b"x")), Ambiguous)
    assert isinstance(local_store.perform(Get("a/2")), Found)


def test_a_folder_that_does_not_exist_yet_reads_as_empty(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "not" / "yet")
    assert isinstance(store.perform(Get("a")), Missing)
    assert store.perform(List("")) == Keys(())
    with pytest.raises(NotFound), store.stream("a"):
        pass
    assert not store.folder.exists()


def test_processes_that_race_lose_no_update(local_store: LocalStore) -> None:
    local_store.perform(Put("counter", b"0"))
    command = [sys.executable, "-c", COUNT, str(local_store.folder)]
    processes = [subprocess.Popen([*command, name], stdout=subprocess.PIPE) for name in "abcd"]
    created = [int(process.communicate()[0]) for process in processes]
    assert sum(created) == 100
    counter = local_store.perform(Get("counter"))
    assert isinstance(counter, Found)
    assert counter.body == b"400"


def test_a_killed_writer_leaves_whole_objects_only(local_store: LocalStore) -> None:
    choose = random.Random(7)
    for _ in range(8):
        command = [sys.executable, "-c", WRITE_FOR_EVER, str(local_store.folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(choose.uniform(0.0, 0.2))
            process.send_signal(signal.SIGKILL)
    listed = local_store.perform(List("blobs/"))
    assert isinstance(listed, Keys)
    assert listed.keys
    for key in listed.keys:
        found = local_store.perform(Get(key))
        assert isinstance(found, Found)
        assert key == f"blobs/{hashlib.sha256(found.body).hexdigest()}"
