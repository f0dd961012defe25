"""The rules: one pure function from a state and an event to the next state, or to the reason why not.

There is no event that forces anything. Whatever is not allowed here is `Rejected`, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from opendata_platform.rollout.events import (
    Advance,
    BeginRollback,
    Day,
    Event,
    Freeze,
    GatePassed,
    Probed,
    Resume,
    RolledBack,
    SetFlag,
    Verdict,
)
from opendata_platform.rollout.state import FLAGS, PREMARKET, STREAK, Batch, Phase, Rollback, State, Status, Streak

Following = Callable[[date], date]
"""The trading day after a day, from the exchange's calendar."""
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Rejected:
    """The event is not allowed now; nothing changes."""

    reason: str


def step(state: State, event: Event, following: Following) -> State | Rejected:
    """What an event makes of a state."""
    match event:
        case GatePassed():
            return _gate_passed(state, event)
        case Day():
            return _day(state, event, following)
        case Advance():
            return _advance(state, event)
        case SetFlag():
            return _set_flag(state, event)
        case Probed():
            return _probed(state, event)
        case Freeze():
            stopped = state.status is not Status.RUNNING  # a rollback under way is not to be forgotten
            return state if stopped else replace(state, status=Status.FROZEN)
        case BeginRollback():
            if state.status not in (Status.RUNNING, Status.FROZEN):
                return Rejected(f"a rollback is not begun while the rollout is {state.status.value}")
            batch = batch_of(state.phase)
            return _roll_back(_switched_off(state, [batch]), batch)
        case RolledBack():
            return _rolled_back(state, event)
        case Resume():
            return _resume(state, event)


def batch_of(phase: Phase) -> Batch:
    """The batch that is at stake in a phase."""
    return next((batch for batch in reversed(Batch) if batch.stage.number <= phase.number), Batch.P0)


def _gate_passed(state: State, event: GatePassed) -> State | Rejected:
    if state.status is not Status.RUNNING:
        return Rejected(f"no gate passes while the rollout is {state.status.value}")
    if event.phase.number > state.phase.number:
        return Rejected(f"the gate of {event.phase.value} is not open in phase {state.phase.value}")
    return replace(state, gates=_with(state.gates, {event.phase: event.evidence}))


def _day(state: State, event: Day, following: Following) -> State | Rejected:
    batch, streak = event.batch, state.streaks[event.batch]
    if not state.switched_on(batch.switch):
        return Rejected(f"{batch.value} is not open")
    if streak.last is not None and event.trade_date <= streak.last:
        return Rejected(f"{batch.value} has been judged up to {streak.last}; {event.trade_date} comes too late")
    if streak.last is not None and streak.days and event.trade_date != following(streak.last):
        return Rejected(f"the next day of {batch.value} to judge is {following(streak.last)}, not {event.trade_date}")
    ended = _with_streak(state, batch, Streak(0, event.trade_date))
    if state.status is not Status.RUNNING:
        if event.verdict in (Verdict.BAD, Verdict.MISSING):
            return ended
        return Rejected(f"days do not count while the rollout is {state.status.value}")
    match event.verdict:
        case Verdict.GOOD:
            grown = _with_streak(state, batch, Streak(streak.days + 1, event.trade_date))
            return replace(grown, pins=_with(state.pins, {batch: MappingProxyType(dict(event.pins))}))
        case Verdict.WAIVED:
            return _with_streak(state, batch, Streak(streak.days, event.trade_date))
        case Verdict.MISSING:
            later = [other for other in Batch if other.number > batch.number]
            stopped = replace(_without_gates(ended, [state.phase]), status=Status.FROZEN)
            return _switched_off(stopped, later)
        case Verdict.BAD:
            lost = _without_gates(ended, [phase for phase in Phase if phase.number >= batch.stage.number])
            return _roll_back(_switched_off(lost, [other for other in Batch if other.number >= batch.number]), batch)


def _advance(state: State, event: Advance) -> State | Rejected:
    if state.status is not Status.RUNNING:
        return Rejected(f"no phase is opened while the rollout is {state.status.value}")
    if event.to is not state.phase.following:
        return Rejected(f"after {state.phase.value} comes only the next phase, not {event.to.value}")
    unproven = [phase.value for phase in Phase if phase.number <= state.phase.number and not state.gates[phase]]
    if unproven:
        return Rejected(f"the gate of {', '.join(unproven)} has not passed")
    if event.to is Phase.D:
        for batch in (Batch.P0, Batch.P1):
            streak = state.streaks[batch]
            if streak.days < STREAK or streak.last != event.completed:
                return Rejected(f"{batch.value} needs {STREAK} good days in a row that end on {event.completed}")
    return replace(state, phase=event.to)


def _set_flag(state: State, event: SetFlag) -> State | Rejected:
    batch = FLAGS.get(event.flag)
    if batch is None:
        return Rejected(f"there is no flag {event.flag}")
    if not event.on:
        off = [event.flag] if event.flag != batch.switch else []
        changed = replace(state, flags=_with(state.flags, dict.fromkeys(off, False)))
        return replace(changed if off else _switched_off(state, [batch]), updated_at=event.now)
    if state.status is not Status.RUNNING:
        return Rejected(f"nothing is switched on while the rollout is {state.status.value}")
    if state.phase.number < batch.stage.number:
        return Rejected(f"{event.flag} opens in phase {batch.stage.value}; this is {state.phase.value}")
    if event.flag == PREMARKET and state.premarket_probe is not True:
        return Rejected("stk_premarket is switched on only after a probe that was allowed")
    return replace(state, flags=_with(state.flags, {event.flag: True}), updated_at=event.now)


def _probed(state: State, event: Probed) -> State:
    flags = state.flags if event.allowed else _with(state.flags, {PREMARKET: False})
    return replace(state, premarket_probe=event.allowed, flags=flags)


def _rolled_back(state: State, event: RolledBack) -> State | Rejected:
    rollback = state.rollback
    if state.status is not Status.ROLLING_BACK or rollback is None:
        return Rejected(f"nothing is rolled back while the rollout is {state.status.value}")
    if event.dataset not in rollback.plan:
        return Rejected(f"{event.dataset} is not to be rolled back")
    if event.dataset in rollback.done:
        return state
    done = (*rollback.done, event.dataset)
    status = Status.ROLLED_BACK if set(done) == set(rollback.plan) else state.status
    return replace(state, status=status, rollback=replace(rollback, done=done))


def _resume(state: State, event: Resume) -> State | Rejected:
    if state.status not in (Status.FROZEN, Status.ROLLED_BACK):
        return Rejected(f"there is nothing to resume: the rollout is {state.status.value}")
    if not event.reason.strip():
        return Rejected("resuming needs a reason")
    earned_again = _without_gates(state, [state.phase])
    return replace(earned_again, status=Status.RUNNING, rollback=None)


def _roll_back(state: State, batch: Batch) -> State:
    """Begin a rollback to the pins of a batch; with nothing pinned there is nothing to wait for."""
    plan = tuple(sorted(state.pins[batch]))
    status = Status.ROLLING_BACK if plan else Status.ROLLED_BACK
    return replace(state, status=status, rollback=Rollback(batch, plan))


def _switched_off(state: State, batches: Iterable[Batch]) -> State:
    """The switches of batches off, which ends their streaks. What hangs on one keeps its own flag, without effect."""
    off = list(batches)
    ended = {batch: Streak(0, state.streaks[batch].last) for batch in off}
    flags = _with(state.flags, {batch.switch: False for batch in off})
    return replace(state, flags=flags, streaks=_with(state.streaks, ended))


def _with_streak(state: State, batch: Batch, streak: Streak) -> State:
    return replace(state, streaks=_with(state.streaks, {batch: streak}))


def _without_gates(state: State, phases: Iterable[Phase]) -> State:
    return replace(state, gates=_with(state.gates, dict.fromkeys(phases)))


def _with(known: Mapping[K, V], changes: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType({**known, **changes})
