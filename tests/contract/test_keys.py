"""Object keys: nothing but valid keys is ever made."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendata.contract.keys import (
    DIRTY,
    ObjectKind,
    dataset_prefix,
    log_prefix,
    object_key,
    parse_dirty_key,
    parse_log_key,
)
from opendata.errors import InvalidValue

from tests.contract.test_ids import HOSTILE, HOSTILE_VERSIONS, IDS

DIGEST = "0123456789ab"
GOOD: dict[str, str | int] = {
    "dataset": "a/b", "marker": "a/b", "namespace": "a", "version": "2026-11-20.r2", "seq": 7, "sha256": "0" * 64,
    "commit": "01JD4Q0000000000000000000A", "digest": DIGEST, "control": "ingest_control_state_v1",
}  # fmt: skip
BAD: dict[str, list[object]] = {
    "dataset": [*HOSTILE],
    "marker": [*HOSTILE],
    "namespace": ["", "a/b", "..", "A", "a\n", "a~b"],
    "version": [*HOSTILE_VERSIONS],
    "seq": [0, -1, 10**12, True, 1.0, "1", None],
    "commit": ["", "01jd4q0000000000000000000a", "0" * 25, "0" * 27, "I" * 26, "0" * 25 + "\n", None],
    "digest": ["", "0" * 11, "0" * 13, "0123456789AB", "0" * 11 + "\n", None],
    "control": ["", "A", "a-b", "_a", "a__b", "a/b", "..", "a\n", None],
    "sha256": ["", "0" * 63, "g" * 64, "0" * 63 + "\n", None],
}


def parts(kind: ObjectKind) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(kind.value) if name]


@pytest.mark.parametrize("kind", ObjectKind)
def test_every_part_of_every_key_is_checked(kind: ObjectKind) -> None:
    good = {name: GOOD[name] for name in parts(kind)}
    assert object_key(kind, **good)
    for name in good:
        for value in BAD[name]:
            with pytest.raises(InvalidValue) as caught:
                object_key(kind, **{**good, name: value})  # type: ignore[arg-type]  # hostile on purpose
            assert caught.value.field == name


@given(st.sampled_from(ObjectKind), st.data())
def test_a_key_never_leaves_the_layout(kind: ObjectKind, data: st.DataObject) -> None:
    values = {name: data.draw(st.text(max_size=30) | st.just(GOOD[name]), label=name) for name in parts(kind)}
    try:
        key = object_key(kind, **values)
    except InvalidValue:
        return
    assert re.fullmatch(r"[A-Za-z0-9_~./-]+", key)
    assert not {"", ".", ".."} & set(key.split("/"))


@given(IDS, st.integers(1, 10**12 - 1))
def test_log_and_dirty_keys_round_trip(dataset: str, seq: int) -> None:
    log = object_key(ObjectKind.LOG, dataset=dataset, seq=seq)
    dirty = object_key(ObjectKind.DIRTY, marker=dataset, seq=seq)
    assert parse_log_key(log) == parse_dirty_key(dirty) == (dataset, seq)
    assert log.startswith(log_prefix(dataset))
    assert log.startswith(dataset_prefix(dataset))
    assert dirty.startswith(DIRTY)
    assert parse_log_key(dirty) is parse_dirty_key(log) is None


@given(st.text(max_size=60).map(lambda text: DIRTY + text) | st.text(max_size=60))
def test_a_foreign_key_is_no_marker_and_no_commit(key: str) -> None:
    marker = parse_dirty_key(key)
    if marker:
        assert object_key(ObjectKind.DIRTY, marker=marker[0], seq=marker[1]) == key
    assert parse_log_key(key) is None


def test_log_keys_sort_by_seq() -> None:
    keys = [object_key(ObjectKind.LOG, dataset="a/b", seq=seq) for seq in (1, 2, 9, 10, 99, 100, 10**11)]
    assert keys == sorted(keys)
