"""The state of the rollout: phase, status, switches, gates, streaks, probes, pins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

PREMARKET = "p2SpecialPermissionStkPremarketV1"


class Phase(StrEnum):
    """The phases, in their order: preparation, P0, P1, P2, handover."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def number(self) -> int:
        """Its place, from 0."""
        return "ABCDE".index(self.value)

    @property
    def following(self) -> Phase | None:
        """The next one; None after the last."""
        return Phase("ABCDE"[self.number + 1]) if self is not Phase.E else None


class Status(StrEnum):
    """Whether the rollout goes on."""

    RUNNING = "running"
    FROZEN = "frozen"
    """Nothing opens until a person resumes it."""
    ROLLING_BACK = "rolling_back"
    """The datasets of a batch are being brought back to their last good state."""
    ROLLED_BACK = "rolled_back"
    """They are; a person may resume."""


class Batch(StrEnum):
    """The batches of APIs, in their order."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"

    @property
    def stage(self) -> Phase:
        """The phase in which it is opened."""
        return Phase("BCD"[self.number])

    @property
    def number(self) -> int:
        """Its place, from 0."""
        return int(self.value[1])

    @property
    def switch(self) -> str:
        """Its flag."""
        return f"p{self.number}Enabled"


FLAGS: Mapping[str, Batch] = MappingProxyType(
    {
        **{batch.switch: batch for batch in Batch},
        "p2RealtimeIndexV1": Batch.P2,
        "p2RealtimeEquityEtfV1": Batch.P2,
        "p2FuturesMicrostructureV1": Batch.P2,
        PREMARKET: Batch.P2,
    }
)
"""The flags of `rollout_flags_v1` and the batch that each belongs to."""

STREAK = 3
"""Good trading days in a row that a batch needs before P2."""


@dataclass(frozen=True, slots=True)
class Streak:
    """Good trading days in a row, and the last day that was judged."""

    days: int = 0
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Rollback:
    """A rollback under way: what is to be brought back, and what has been."""

    batch: Batch
    plan: tuple[str, ...]
    done: tuple[str, ...] = ()


def _first_flags() -> Mapping[str, bool]:
    return MappingProxyType({name: name == Batch.P0.switch for name in FLAGS})


def _no_gates() -> Mapping[Phase, str | None]:
    return MappingProxyType(dict.fromkeys(Phase))


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the rules look at. The first one: phase A, running, nothing proven, P0's flag set but without
    effect before phase B."""

    phase: Phase = Phase.A
    status: Status = Status.RUNNING
    flags: Mapping[str, bool] = field(default_factory=_first_flags)
    updated_at: int = 0
    """When a flag was changed last, in milliseconds since 1970, UTC."""
    gates: Mapping[Phase, str | None] = field(default_factory=_no_gates)
    """The evidence by which the gate of each phase passed; None: it has not."""
    streaks: Mapping[Batch, Streak] = field(default_factory=lambda: MappingProxyType(dict.fromkeys(Batch, Streak())))
    premarket_probe: bool | None = None
    """What the last probe of stk_premarket found; None: never probed."""
    pins: Mapping[Batch, Mapping[str, int]] = field(
        default_factory=lambda: MappingProxyType({batch: MappingProxyType({}) for batch in Batch})
    )
    """The last good commit of each dataset of a batch."""
    rollback: Rollback | None = None

    def switched_on(self, flag: str) -> bool:
        """Whether a flag has effect by its parent and by the phase, whatever the status."""
        batch = FLAGS[flag]
        return self.flags[flag] and self.flags[batch.switch] and self.phase.number >= batch.stage.number

    def publishes(self, flag: str) -> bool:
        """Whether what the flag is for may be published now. Stored flags are never enough."""
        return self.status is Status.RUNNING and self.switched_on(flag)

    def why_not(self, flag: str) -> str | None:
        """Why `publishes` says no; None where it says yes."""
        batch = FLAGS[flag]
        if self.status is not Status.RUNNING:
            return f"the rollout is {self.status.value}"
        if self.phase.number < batch.stage.number:
            return f"phase {self.phase.value} is before {batch.stage.value}, in which {batch.value} opens"
        off = next((name for name in (batch.switch, flag) if not self.flags[name]), None)
        return f"{off} is off" if off else None
