"""How the runs of a deployed workflow went, from what GitHub's Actions API says of them.

The API knows how a run ended and at which step, not what it did to the data: whether it published is told from the
commits, which name the run they were made by. A run of a pull request is no run of the dataset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from opendata.contract.canonical import format_instant, parse_instant
from opendata.contract.fields import Fields
from opendata.contract.health import LONGEST_SUMMARY, Outcome, Run

from opendata_platform.portal.facts import Publication
from opendata_platform.quality.categories import Category
from opendata_platform.quality.taxonomy import one_line

_CONCLUSIONS: Mapping[str, Category | None] = {
    "success": None,
    "failure": Category.INTERNAL,
    "startup_failure": Category.CONFIG,
    "timed_out": Category.CANCELLED,
    "cancelled": Category.CANCELLED,
    "stale": Category.CANCELLED,
}
"""What kind of failure a conclusion is; others (skipped, neutral, action_required) are no run of the data."""
_STEPS: Mapping[str, Category] = {
    "check out": Category.NETWORK,
    "set up": Category.NETWORK,
    "install": Category.CONFIG,
    "validate": Category.VALIDATION,
    "open a publishing session": Category.PERMISSION,
    "push": Category.UPLOAD,
}
"""What kind of failure it is when a step of the deployed workflow fails, by how its name begins."""
_NOT_OF_DATA = ("pull_request", "pull_request_target")


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A run of a workflow that is over."""

    id: int
    event: str
    conclusion: str
    started_at: str
    seconds: float
    link: str

    @property
    def concerns_data(self) -> bool:
        """Whether it is one of those that publish."""
        return self.event not in _NOT_OF_DATA and self.conclusion in _CONCLUSIONS


@dataclass(frozen=True, slots=True)
class FailedStep:
    """Where a run failed."""

    job: str
    step: str | None


def parse_runs(document: object) -> list[WorkflowRun]:
    """The finished runs in an answer of `…/actions/runs`. Raises InvalidValue naming the field."""
    where = "actions.workflow_runs"
    items = [Fields(item, where) for item in Fields(document, "actions").items("workflow_runs")]
    return [_parse_run(item) for item in items if item.text("status") == "completed"]


def _parse_run(fields: Fields) -> WorkflowRun:
    started = "run_started_at" if fields.document.get("run_started_at") else "created_at"  # younger than the API
    began = parse_instant(fields.text(started), f"{fields.where}.{started}")
    ended = parse_instant(fields.text("updated_at"), f"{fields.where}.updated_at")
    return WorkflowRun(
        id=fields.integer("id", 1),
        event=fields.text("event"),
        conclusion=fields.text("conclusion"),
        started_at=format_instant(began),
        seconds=max((ended - began).total_seconds(), 0.0),
        link=fields.text("html_url"),
    )


def parse_failed_step(document: object) -> FailedStep | None:
    """The first job that did not succeed, and its step, in an answer of `…/actions/runs/{id}/jobs`."""
    for item in Fields(document, "actions").items("jobs"):
        job = Fields(item, "actions.jobs")
        if _failed(job):
            steps = [Fields(step, "actions.jobs.steps") for step in job.items("steps")]
            failed = next((step.text("name") for step in steps if _failed(step)), None)
            return FailedStep(job.text("name"), failed)
    return None


def _failed(fields: Fields) -> bool:
    return fields.maybe_text("conclusion") in ("failure", "timed_out", "cancelled")


def reported(
    runs: Iterable[WorkflowRun],
    jobs: Callable[[int], Any],
    publications: Iterable[Publication],
    known: Iterable[Run],
) -> list[Run]:
    """The runs as health.json keeps them, without those that `known` reports already; `jobs` asks for a run's jobs."""
    rows: dict[str, int] = {}
    for publication in publications:
        run_id = str(publication.record.actor.get("workflow_run", "")).rpartition("/")[2]
        rows[run_id] = rows.get(run_id, 0) + publication.data.rows
    told = {run.link for run in known}
    new = [run for run in runs if run.concerns_data and run.link not in told]
    return [_reported(run, rows.get(str(run.id)), jobs) for run in new]


def _reported(run: WorkflowRun, rows: int | None, jobs: Callable[[int], Any]) -> Run:
    category = _CONCLUSIONS[run.conclusion]
    outcome = Outcome.UNCHANGED if rows is None else Outcome.PUBLISHED
    summary = f"GitHub Actions: {run.conclusion}"
    if category is not None:
        failed = parse_failed_step(jobs(run.id))
        step = (failed.step or "").lower() if failed else ""
        if run.conclusion == "failure":
            category = next((kind for begin, kind in _STEPS.items() if step.startswith(begin)), category)
        outcome = Outcome.QUARANTINED if category is Category.VALIDATION else Outcome.FAILED
        where = " / ".join(filter(None, [failed.job, failed.step])) if failed else "before its first job"
        summary = f"{summary}: {where}"
    return Run(
        outcome=outcome,
        summary=one_line(summary, LONGEST_SUMMARY),
        started_at=run.started_at,
        seconds=run.seconds,
        category=category,
        rows=rows,
        link=run.link,
    )
