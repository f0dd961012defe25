"""The phases, explored exhaustively: no forbidden transition, no dead end, and every guard is needed."""

from __future__ import annotations

import inspect
import itertools
import sys
from datetime import date
from types import MappingProxyType, ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opendata_platform.rollout import machine
from opendata_platform.rollout.events import (
    Advance,
    Day,
    Event,
    Freeze,
    GatePassed,
    Resume,
    RolledBack,
    SetFlag,
    Verdict,
)
from opendata_platform.rollout.machine import Rejected, batch_of
from opendata_platform.rollout.state import FLAGS, Batch, Phase, Rollback, State, Status
from tests.rollout.exploring import BEGINNING, DAY, DAYS, IN_P2, LONG_ENOUGH, PERMISSION, Step, explore, following

MONDAY = date(2026, 6, 8)
SOURCE = inspect.getsource(machine)
RUNNING = 'if state.status is not Status.RUNNING:\n        return Rejected(f"{}'
NEVER = 'if False:\n        return Rejected(f"{}'
GUARDS = {
    "skips a phase": ("event.to is not state.phase.following", "event.to.number <= state.phase.number"),
    "advances while frozen": (RUNNING.format("no phase"), NEVER.format("no phase")),
    "only the present gate counts": ("if phase.number <= state.phase.number and", "if phase is state.phase and"),
    "no streak for P2": ("if event.to is Phase.D:", "if False:"),
    "an old streak for P2": (" or streak.last != event.completed", ""),
    "a missing day counts as good": ("case Verdict.GOOD:", "case Verdict.GOOD | Verdict.MISSING:"),
    "a bad day keeps the switch": ("_roll_back(_switched_off(lost, [", "_roll_back(_switched_off(lost, [] and ["),
    "a bad day keeps the gates": ("_without_gates(ended, [phase for", "_without_gates(ended, [] and [phase for"),
    "a missing day keeps later switches": ("_switched_off(stopped, later)", "stopped"),
    "premarket without a probe": ("if event.flag == PREMARKET and", "if False and"),
    "a sticky probe": ("else _with(state.flags, {PREMARKET: False})", "else state.flags"),
    "resumes in the middle of a rollback": ("state.status not in (Status.FROZEN, Status.ROLLED_BACK)", "False"),
    "freezes a rollback away": ("stopped = state.status is not Status.RUNNING", "stopped = False"),
    "a resumed gate need not be earned": (
        "earned_again = _without_gates(state, [state.phase])",
        "earned_again = state",
    ),
    "a rollback ends with its first dataset": ("if set(done) == set(rollback.plan) else", "if done else"),
    "a day is judged twice": ("event.trade_date <= streak.last", "False"),
    "a day is skipped in a streak": ("and streak.days and event", "and False and event"),
    "a switch goes on before its phase": ("if state.phase.number < batch.stage.number:", "if False:"),
    "a switch goes on while frozen": (RUNNING.format("nothing is switched"), NEVER.format("nothing is switched")),
    "a gate passes while frozen": (RUNNING.format("no gate"), NEVER.format("no gate")),
    "a gate of a later phase passes": ("if event.phase.number > state.phase.number:", "if False:"),
    "a switch that goes off keeps the streak": ("ended = {batch: Streak(0, state", "ended = {batch: Streak(1, state"),
}
"""What is changed in the source, and the name of what would then be possible."""


PERMISSIONS = {"premarket without a probe", "a sticky probe"}


def machine_with(*changes: tuple[str, str]) -> Step:
    """`step` of the source with some guards changed, and with streaks that are long enough at once."""
    source = SOURCE
    for before, after in changes:
        assert source.count(before) == 1, before
        source = source.replace(before, after)
    module = ModuleType("changed_machine")
    sys.modules[module.__name__] = module  # where dataclasses look their module up
    exec(compile(source, "changed_machine.py", "exec"), module.__dict__)
    module.__dict__.update(Rejected=machine.Rejected, STREAK=LONG_ENOUGH)
    step: Step = module.__dict__["step"]
    return step


@pytest.mark.slow
def test_no_order_of_events_breaks_a_rule_and_the_end_can_be_reached_from_everywhere() -> None:
    found = explore(machine_with(), BEGINNING, DAYS)
    assert found.violations == []
    assert found.cannot_reach_e == 0
    assert found.states > 10_000
    assert 0 < found.rejected < found.transitions


def test_no_order_of_events_switches_premarket_on_without_permission() -> None:
    found = explore(machine_with(), IN_P2, PERMISSION)
    assert found.violations == []
    assert found.cannot_reach_e == 0


@pytest.mark.parametrize("name", GUARDS)
def test_every_guard_is_missed_where_it_is_taken_away(name: str) -> None:
    if name in PERMISSIONS:
        found = explore(machine_with(GUARDS[name]), IN_P2, PERMISSION, stop_at=1)
    else:
        found = explore(machine_with(GUARDS[name]), BEGINNING, DAYS, stop_at=1)
    assert found.violations != []


def test_the_batch_at_stake_is_the_last_one_opened() -> None:
    assert [batch_of(phase) for phase in Phase] == [Batch.P0, Batch.P0, Batch.P1, Batch.P2, Batch.P2]


def test_what_may_be_published_needs_flag_parent_phase_and_a_running_rollout() -> None:
    state = State()
    assert state.flags["p0Enabled"]
    assert not state.publishes("p0Enabled")
    assert state.why_not("p0Enabled") == "phase A is before B, in which P0 opens"
    state = accepted(accepted(state, GatePassed(Phase.A, "drill")), Advance(Phase.B, MONDAY))
    assert state.publishes("p0Enabled")
    assert accepted(state, Freeze()).why_not("p0Enabled") == "the rollout is frozen"
    assert accepted(state, SetFlag("p0Enabled", False, 5)).why_not("p0Enabled") == "p0Enabled is off"


def test_a_rollback_with_nothing_published_is_over_at_once_and_pins_are_those_of_the_last_good_day() -> None:
    state = accepted(accepted(State(), GatePassed(Phase.A, "drill")), Advance(Phase.B, MONDAY))
    assert accepted(state, Day(Batch.P0, MONDAY, Verdict.BAD)).status is Status.ROLLED_BACK
    state = accepted(state, Day(Batch.P0, MONDAY, Verdict.GOOD, {"tushare/daily": 7}))
    state = accepted(state, Day(Batch.P0, MONDAY + DAY, Verdict.BAD, {"tushare/daily": 9}))
    assert (state.status, state.rollback) == (Status.ROLLING_BACK, Rollback(Batch.P0, ("tushare/daily",)))
    assert state.pins[Batch.P0] == {"tushare/daily": 7}
    once = accepted(state, RolledBack("tushare/daily"))
    assert once.status is Status.ROLLED_BACK
    assert isinstance(machine.step(state, RolledBack("tushare/other"), following), Rejected)


@given(st.lists(st.sampled_from(list(Verdict)), max_size=12))
def test_a_streak_is_the_longest_run_of_good_days_up_to_the_last_one(verdicts: list[Verdict]) -> None:
    state = State(phase=Phase.C, flags=MappingProxyType({**State().flags, "p1Enabled": True}))
    for number, verdict in enumerate(verdicts):
        state = accepted(state, Day(Batch.P1, MONDAY + number * DAY, verdict))
        if state.status is not Status.RUNNING:
            state = accepted(state, Resume("looked at"))
            if not state.flags["p1Enabled"]:
                state = accepted(state, SetFlag("p1Enabled", True, number))
    judged = [verdict for verdict in verdicts if verdict is not Verdict.WAIVED]
    run = list(itertools.takewhile(lambda verdict: verdict is Verdict.GOOD, reversed(judged)))
    assert state.streaks[Batch.P1].days == len(run)


def test_p2_opens_after_three_good_days_and_not_after_two() -> None:
    state = State(
        phase=Phase.C,
        flags=MappingProxyType({**State().flags, "p1Enabled": True}),
        gates=MappingProxyType({phase: "evidence" if phase <= Phase.C else None for phase in Phase}),
    )
    for number in range(3):
        day = MONDAY + number * DAY
        for batch in (Batch.P0, Batch.P1):
            assert isinstance(machine.step(state, Advance(Phase.D, day), following), Rejected)
            state = accepted(state, Day(batch, day, Verdict.GOOD))
    assert isinstance(machine.step(state, Advance(Phase.D, MONDAY + 3 * DAY), following), Rejected)
    assert accepted(state, Advance(Phase.D, MONDAY + 2 * DAY)).phase is Phase.D


def test_an_unknown_flag_is_refused_and_each_known_one_belongs_to_a_batch() -> None:
    refused = machine.step(State(), SetFlag("p3Enabled", True, 0), following)
    assert refused == Rejected("there is no flag p3Enabled")
    assert len(FLAGS) == 7


def accepted(state: State, event: Event) -> State:
    """What an event makes of a state that allows it."""
    after = machine.step(state, event, following)
    assert isinstance(after, State), after
    return after
