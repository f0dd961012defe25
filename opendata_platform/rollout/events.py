"""What can happen to the rollout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from opendata_platform.rollout.state import Batch, Phase


class Verdict(StrEnum):
    """What the evidence of a trading day says of a batch."""

    GOOD = "good"
    BAD = "bad"
    """A blocking check failed."""
    MISSING = "missing"
    """A required result was not there by the deadline: not knowing freezes, but undoes nothing."""
    WAIVED = "waived"
    """Good but for a check that two people waived: it neither adds to the streak nor ends it."""


@dataclass(frozen=True, slots=True)
class GatePassed:
    """The gate of a phase passed, by this evidence."""

    phase: Phase
    evidence: str


@dataclass(frozen=True, slots=True)
class Day:
    """A trading day of a batch was judged. `pins` are the commits that were judged good."""

    batch: Batch
    trade_date: date
    verdict: Verdict
    pins: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Advance:
    """Somebody asks for the next phase; `completed` is the last trading day that has ended."""

    to: Phase
    completed: date


@dataclass(frozen=True, slots=True)
class SetFlag:
    """Somebody sets a flag; `now` in milliseconds since 1970, UTC."""

    flag: str
    on: bool
    now: int


@dataclass(frozen=True, slots=True)
class Probed:
    """The permission for stk_premarket was asked for."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class Freeze:
    """Somebody or an alert stops the rollout where it is."""


@dataclass(frozen=True, slots=True)
class BeginRollback:
    """Somebody wants the batch of the present phase brought back to its last good state."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """One dataset shows its last good state again."""

    dataset: str


@dataclass(frozen=True, slots=True)
class Resume:
    """A person lets the rollout go on."""

    reason: str


Event: TypeAlias = GatePassed | Day | Advance | SetFlag | Probed | Freeze | BeginRollback | RolledBack | Resume
