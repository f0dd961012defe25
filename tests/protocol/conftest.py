"""Fixtures of the protocol tests."""

from __future__ import annotations

import pytest
from opendata.protocol import tree

from tests.protocol.building import populated
from tests.protocol.invariants import Invariants


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of at most 3 entries, so that a handful of partitions is split."""
    monkeypatch.setattr(tree, "SEGMENT_SIZE", 3)


@pytest.fixture
def world(small_segments: None) -> Invariants:
    """A store with some history, and the invariants watching it."""
    return populated()
