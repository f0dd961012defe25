"""Random schedules of concurrent writers with faults: no history breaks an invariant."""

from __future__ import annotations

import pytest

from tests.protocol.invariants import Invariants
from tests.protocol.schedules import first_violation

CHUNK = 2_500


@pytest.mark.parametrize("chunk", range(4))
def test_ten_thousand_schedules_keep_every_invariant(world: Invariants, chunk: int) -> None:
    assert first_violation(world, range(chunk * CHUNK, (chunk + 1) * CHUNK)) is None


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4, 20))
def test_forty_thousand_more_schedules_keep_every_invariant(world: Invariants, chunk: int) -> None:
    assert first_violation(world, range(chunk * CHUNK, (chunk + 1) * CHUNK)) is None
