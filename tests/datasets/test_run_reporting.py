"""How a run ended, as health.json keeps it: the worst of what happened decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from opendata.contract.health import LONGEST_SUMMARY, Outcome, Run

from opendata_platform.datasets.pipeline import Stopped
from opendata_platform.datasets.reporting import summed_up
from opendata_platform.quality.categories import SEVERITY, Category, ClassifiedError, Fault, Stage
from opendata_platform.quality.taxonomy import classify

BEGAN = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
ENDED = BEGAN + timedelta(seconds=90)


def stopped(partition: str, fault: Fault, message: str = "it went wrong") -> Stopped:
    """A partition that failed."""
    error = ClassifiedError(message, fault)
    return Stopped(partition, classify(error, Stage.FETCH, ts=ENDED, partition=partition))


NETWORK = stopped("2026-11-23", Fault(Category.NETWORK, "timeout"))
DENIED = stopped("2026-11-22", Fault(Category.PERMISSION, "token_invalid"))


@pytest.mark.parametrize("results", [[NETWORK, DENIED], [DENIED, NETWORK]], ids=["worst-last", "worst-first"])
def test_the_worst_failure_decides_whatever_the_order(results: list[Stopped]) -> None:
    run = summed_up(results, 2, BEGAN, ENDED)
    assert (run.outcome, run.category) == (Outcome.FAILED, "permission")
    assert SEVERITY.index(Category.PERMISSION) < SEVERITY.index(Category.NETWORK)
    assert run.summary.startswith("2026-11-22: ")
    assert run.summary.endswith("(and 1 more)")
    assert (run.started_at, run.seconds) == ("2026-11-24T00:10:00.000Z", 90.0)


def test_a_run_that_was_stopped_early_is_cancelled_and_one_with_nothing_to_do_is_unchanged() -> None:
    early = summed_up([], 3, BEGAN, ENDED)
    assert (early.outcome, early.category, early.summary) == (
        Outcome.FAILED,
        "cancelled",
        "stopped after 0 of 3 partitions",
    )
    assert summed_up([], 0, BEGAN, ENDED).outcome is Outcome.UNCHANGED


def test_what_ended_the_run_as_a_whole_counts_and_a_secret_in_it_does_not_get_out() -> None:
    secret = "ghp_" + "a" * 36
    failure = classify(RuntimeError(f"token={secret} refused"), Stage.PLAN, ts=ENDED)
    run = summed_up([], 1, BEGAN, ENDED, failure)
    assert (run.outcome, run.category) == (Outcome.FAILED, "internal")
    assert secret not in run.summary
    assert Run.from_dict(run.to_dict()) == run


def test_a_long_reason_is_cut_to_what_health_keeps() -> None:
    run = summed_up([stopped("2026-11-23", Fault(Category.NETWORK, "reset"), "x" * 5000)], 1, BEGAN, ENDED)
    assert len(run.summary) <= LONGEST_SUMMARY
    assert Run.from_dict(run.to_dict()) == run
