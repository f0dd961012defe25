"""Explores every state of the rollout that any order of events can reach, and judges each transition by rules of its
own, written from the design and not from the code.

Days are folded: only how long ago a day was judged matters (today, yesterday, longer). What does not touch each other
is explored apart: days and batches, with a streak of one day (`LONG_ENOUGH`; beside it a test counts to three), and the
permission for premarket, where streaks play no part.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

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
from opendata_platform.rollout.machine import Rejected
from opendata_platform.rollout.state import PREMARKET, Batch, Phase, State, Status, Streak

TODAY = date(2026, 6, 10)
DAY = timedelta(days=1)
SWITCHES = tuple(batch.switch for batch in Batch)
FLAGS = (*SWITCHES, PREMARKET)
"""The other three flags of P2 obey the rules of premarket, without the probe."""
LONG_ENOUGH = 1
DATASETS = {Batch.P0: ("a/one", "a/two"), Batch.P1: ("a/three",), Batch.P2: ()}

Step = Callable[[State, Event, Callable[[date], date]], Any]
Key = tuple[Any, ...]


@dataclass
class Explored:
    """What an exploration found."""

    states: int = 0
    transitions: int = 0
    rejected: int = 0
    violations: list[str] = field(default_factory=list)
    cannot_reach_e: int = 0


def following(day: date) -> date:
    """A calendar without closed days."""
    return day + DAY


PEOPLE: tuple[Event, ...] = (
    *(GatePassed(phase, "evidence") for phase in Phase),
    *(Advance(phase, TODAY) for phase in Phase),
    Freeze(),
    BeginRollback(),
    Resume("looked at"),
    Resume(" "),
)
DAYS: tuple[Event, ...] = (
    *PEOPLE,
    *(Day(batch, TODAY, verdict, dict.fromkeys(DATASETS[batch], 1)) for batch in Batch for verdict in Verdict),
    *(RolledBack(dataset) for datasets in DATASETS.values() for dataset in datasets),
    *(SetFlag(flag, on, 0) for flag in SWITCHES for on in (True, False)),
)
"""What can happen to batches, today."""
PERMISSION: tuple[Event, ...] = (
    *PEOPLE,
    *(Day(Batch.P2, TODAY, verdict) for verdict in (Verdict.BAD, Verdict.MISSING)),
    *(SetFlag(flag, on, 0) for flag in ("p2Enabled", PREMARKET) for on in (True, False)),
    Probed(True),
    Probed(False),
)
"""What can happen to premarket."""


BEGINNING = State(
    pins=MappingProxyType({batch: MappingProxyType(dict.fromkeys(DATASETS[batch], 1)) for batch in Batch})
)
IN_P2 = State(phase=Phase.D, gates=MappingProxyType({**dict.fromkeys(Phase, "evidence"), Phase.D: None, Phase.E: None}))


def folded(state: State, later: timedelta = timedelta()) -> State:
    """A state as it is told apart here, `later` days on."""

    def fold(streak: Streak) -> Streak:
        if streak.last is None:
            return streak
        age = min(TODAY - streak.last + later, 2 * DAY)
        if not streak.days and age:
            return Streak()  # any later day may begin anew
        return Streak(min(streak.days, LONG_ENOUGH), TODAY - age)

    folds = {batch: fold(one) for batch, one in state.streaks.items()}
    folds[Batch.P2] = replace(folds[Batch.P2], days=0)  # no rule counts them
    return replace(state, streaks=MappingProxyType(folds))


def key(state: State) -> Key:
    """What tells two states apart."""
    rollback = state.rollback
    return (
        state.phase,
        state.status,
        tuple(state.flags[flag] for flag in FLAGS),
        tuple(gate is not None for gate in state.gates.values()),
        tuple((one.days, one.last) for one in state.streaks.values()),
        state.premarket_probe,
        rollback and (rollback.batch, rollback.plan, frozenset(rollback.done)),
    )


def explore(step: Step, first: State, happening: Sequence[Event], stop_at: int | None = None) -> Explored:
    """Follow every event from every state that is reached from the first; at `stop_at` violations it gives up."""
    found = Explored()
    numbers, states, queue = {key(first): 0}, [first], deque([0])
    back: dict[int, list[int]] = defaultdict(list)

    def reach(after: State, origin: int) -> None:
        known = numbers.setdefault(key(after), len(states))
        if known == len(states):
            states.append(after)
            queue.append(known)
        back[known].append(origin)

    while queue and (stop_at is None or len(found.violations) < stop_at):
        number = queue.popleft()
        before = states[number]
        reach(folded(before, DAY), number)
        for event in happening:
            after = step(before, event, following)
            found.transitions += 1
            if isinstance(after, Rejected):
                found.rejected += 1
                continue
            found.violations += [f"{event}: {rule}" for rule in broken(before, event, after)]
            reach(folded(after), number)
    found.states = len(states)
    found.cannot_reach_e = len(states) - len(_leading_to_e(states, back))
    return found


def _leading_to_e(states: list[State], back: dict[int, list[int]]) -> set[int]:
    seen = {number for number, state in enumerate(states) if state.phase is Phase.E}
    queue = deque(seen)
    while queue:
        for origin in back[queue.popleft()]:
            if origin not in seen:
                seen.add(origin)
                queue.append(origin)
    return seen


def broken(before: State, event: Event, after: State) -> Iterator[str]:
    """The rules that a transition breaks."""
    yield from _phase_rules(before, event, after)
    yield from _status_rules(before, event, after)
    yield from _switch_rules(before, event, after)
    yield from _day_rules(before, event, after)


def _phase_rules(before: State, event: Event, after: State) -> Iterator[str]:
    if after.phase is before.phase:
        return
    order = "ABCDE"
    if not isinstance(event, Advance):
        yield "only advance changes the phase"
    if order.index(after.phase) != order.index(before.phase) + 1:
        yield "no phase is skipped or gone back to"
    if before.status is not Status.RUNNING:
        yield "only a running rollout advances"
    if any(before.gates[Phase(name)] is None for name in order[: order.index(before.phase) + 1]):
        yield "every gate up to the present phase must have passed"
    if after.phase is Phase.D:
        for batch in (Batch.P0, Batch.P1):
            if before.streaks[batch].days < LONG_ENOUGH or before.streaks[batch].last != TODAY:
                yield f"P2 opens only after enough good days of {batch.value} up to the last one"


def _status_rules(before: State, event: Event, after: State) -> Iterator[str]:
    was, now = before.status, after.status
    if was is Status.ROLLING_BACK and now is not was:
        if now is not Status.ROLLED_BACK or not isinstance(event, RolledBack):
            yield "a rollback ends only when it is done"
        if before.rollback and set(before.rollback.plan) - {*before.rollback.done, getattr(event, "dataset", None)}:
            yield "a rollback is done when all its datasets are"
    if now is Status.RUNNING and was is not now:
        if not isinstance(event, Resume) or was not in (Status.FROZEN, Status.ROLLED_BACK) or not event.reason.strip():
            yield "only a person with a reason resumes, and only what is frozen or rolled back"
        if after.gates[after.phase] is not None:
            yield "the gate of the present phase must be earned again"
    if isinstance(event, Freeze) and now is Status.RUNNING:
        yield "freeze always stops"
    gained = [phase for phase in Phase if before.gates[phase] is None and after.gates[phase] is not None]
    if gained and (not isinstance(event, GatePassed) or was is not Status.RUNNING or gained[0] > before.phase):
        yield "a gate passes only by its evidence, while running, up to the present phase"


def _switch_rules(before: State, event: Event, after: State) -> Iterator[str]:
    for flag in FLAGS:
        if before.flags[flag] or not after.flags[flag]:
            continue
        if not isinstance(event, SetFlag) or event.flag != flag:
            yield f"{flag} went on by itself"
        if before.status is not Status.RUNNING:
            yield f"{flag} went on while not running"
        if before.phase < {"p0": "B", "p1": "C", "p2": "D"}[flag[:2]]:
            yield f"{flag} went on before its phase"
        if flag == PREMARKET and before.premarket_probe is not True:
            yield "premarket went on without a probe that was allowed"
    if after.flags[PREMARKET] and after.premarket_probe is not True:
        yield "premarket is on without permission"
    for batch in Batch:
        if before.flags[batch.switch] and not after.flags[batch.switch] and after.streaks[batch].days:
            yield f"the streak of {batch.value} outlived its switch"


def _day_rules(before: State, event: Event, after: State) -> Iterator[str]:
    for batch in Batch:
        grown = after.streaks[batch].days - before.streaks[batch].days
        good = isinstance(event, Day) and event.verdict is Verdict.GOOD and event.batch is batch
        if grown > 0 and not (good and grown == 1 and before.status is Status.RUNNING and before.flags[batch.switch]):
            yield f"the streak of {batch.value} grows by one, on good days, while it is open"
        if before.pins[batch] != after.pins[batch] and not good:
            yield "pins move on good days alone"
    if not isinstance(event, Day):
        return
    last = before.streaks[event.batch].last
    if last is not None and event.trade_date <= last:
        yield "no day is judged twice or late"
    if before.streaks[event.batch].days and last is not None and event.trade_date != last + DAY:
        yield "no day is skipped within a streak"
    if event.verdict not in (Verdict.BAD, Verdict.MISSING):
        return
    if after.streaks[event.batch].days:
        yield "a day that is not good ends the streak"
    if before.status is not Status.RUNNING:
        return
    bad, order = event.verdict is Verdict.BAD, list(Batch)
    if bad and after.status not in (Status.ROLLING_BACK, Status.ROLLED_BACK):
        yield "a bad day rolls back"
    if not bad and after.status is not Status.FROZEN:
        yield "a missing day freezes, no more and no less"
    first = order.index(event.batch) + (0 if bad else 1)
    if any(after.flags[batch.switch] for batch in order[first:]):
        yield "later batches are switched off"
    stage = {Batch.P0: Phase.B, Batch.P1: Phase.C, Batch.P2: Phase.D}[event.batch]
    lost = [phase for phase in Phase if phase >= stage] if bad else [before.phase]
    if any(after.gates[phase] for phase in lost):
        yield "the gates that the day spoke against are lost"
