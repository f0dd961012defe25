"""A test of the tests: with any one safety rule taken out, the random schedules find a broken invariant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from opendata.contract.records import Entry, Record
from opendata.errors import StoreUnavailable
from opendata.protocol import commit, gc, history, index, objects, publish, tip
from opendata.protocol.operations import JSON, Ambiguous, Put, Steps, Stored
from opendata.protocol.publish import Draft

from tests.protocol.invariants import Invariants
from tests.protocol.schedules import first_violation
from tests.protocol.simulator import UNCONDITIONAL

SCHEDULES = 5_000
"""Schedules within which a mutant must be caught; half of what the suite runs on the real code."""

Patch = pytest.MonkeyPatch


def unconditional_log_write(patch: Patch) -> None:
    patch.setattr(commit, "Put", lambda key, body: Put(key, body, UNCONDITIONAL))


def unconditional_pointer(patch: Patch) -> None:
    def careless(key: str, body: bytes, if_match: str | None = None, *rest: str) -> Put:
        return Put(key, body, UNCONDITIONAL if key.endswith("/latest.json") else if_match, *(rest or (JSON,)))

    patch.setattr(objects, "Put", careless)


def no_fence(patch: Patch) -> None:
    stage = publish._stage

    def beside_the_head(metadata: Any, draft: Draft, entry: Entry | None, staged: dict[str, int]) -> Steps[None]:
        return stage(metadata, draft, entry and replace(entry, next_rev=entry.rev + 1), staged)

    patch.setattr(publish, "_stage", beside_the_head)


def gc_without_fence(patch: Patch) -> None:
    def nothing(tip: Any, record: Record, orphans: Any, author: Any) -> Steps[Record]:
        yield from ()
        return record

    patch.setattr(gc, "_raise_fence", nothing)


def no_base_check(patch: Patch) -> None:
    def trusting(draft: Draft, entry: Entry | None, base: dict[str, int], parent: int | None) -> None:
        base.setdefault(draft.partition, entry.rev if entry else 0)

    patch.setattr(publish, "_check_base", trusting)


def rollback_resets_the_fence(patch: Patch) -> None:
    patch.setattr(history, "Entry", lambda p, rev, fence, seq, data: Entry(p, rev, rev + 1, seq, data))


def no_ambiguity_check(patch: Patch) -> None:
    def once(record: Record) -> Steps[bool]:
        reply = yield Put(record.key, record.to_bytes())
        if isinstance(reply, Ambiguous):
            raise StoreUnavailable("the commit was not answered, so it failed")
        return isinstance(reply, Stored)

    patch.setattr(commit, "_create_record", once)


def refusal_is_believed(patch: Patch) -> None:
    """412 on one's own write means lost."""

    def believing(record: Record) -> Steps[bool]:
        reply = yield Put(record.key, record.to_bytes())
        while isinstance(reply, Ambiguous):
            reply = yield Put(record.key, record.to_bytes())
        return isinstance(reply, Stored)

    patch.setattr(commit, "_create_record", believing)


def no_dirty_marker(patch: Patch) -> None:
    def unmarked(dataset: str, seq: int) -> Steps[Any]:
        return (yield from objects.get("index.json")).at

    patch.setattr(commit, "_mark_dirty", unmarked)


def sweep_trusts_the_pointer(patch: Patch) -> None:
    def pretended(record: Record) -> Steps[bool]:
        yield from ()
        return True

    patch.setattr(index, "advance_pointer", pretended)


def a_lost_pointer_fails_the_commit(patch: Patch) -> None:
    def failing(record: Record) -> Steps[bool]:
        if not (yield from tip.advance_pointer(record)):
            raise StoreUnavailable("the pointer was not written")
        return True

    patch.setattr(publish, "advance_pointer", failing)


def stale_packs_stay(patch: Patch) -> None:
    patch.setattr(commit, "_packs", lambda tip, proposal: (*tip.record.packs, *proposal.new_packs))


MUTANTS: list[Callable[[Patch], None]] = [
    unconditional_log_write,
    unconditional_pointer,
    no_fence,
    gc_without_fence,
    no_base_check,
    rollback_resets_the_fence,
    no_ambiguity_check,
    refusal_is_believed,
    no_dirty_marker,
    sweep_trusts_the_pointer,
    a_lost_pointer_fails_the_commit,
    stale_packs_stay,
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_without_a_safety_rule_the_schedules_find_a_violation(
    world: Invariants, monkeypatch: pytest.MonkeyPatch, mutant: Callable[[Patch], None]
) -> None:
    mutant(monkeypatch)
    assert first_violation(world, range(SCHEDULES)) is not None, f"{mutant.__name__} survived {SCHEDULES} schedules"
