"""health.json: how the last runs of a dataset went, and the summary of it that index.json repeats.

Runs are told apart by what they say, so a report that is sent twice counts once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from itertools import takewhile
from typing import Any

from opendata.contract.canonical import to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.ids import check_dataset_id
from opendata.errors import InvalidValue

KEPT = 30
"""Runs that health.json keeps."""
LONGEST_SUMMARY = 500
_CATEGORY = re.compile(r"[a-z_]{1,40}")
_LINK = re.compile(r"https://[^\s/?#@]+(/[^\s]{0,1000})?")


class Outcome(str, Enum):
    """How a run ended."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    """The source had nothing new."""
    QUARANTINED = "quarantined"
    """The data did not pass the checks; readers keep what they had."""
    FAILED = "failed"

    @property
    def succeeded(self) -> bool:
        """Whether readers have what the run was for."""
        return self in (Outcome.PUBLISHED, Outcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `category` says what kind of failure it was and stands exactly where there was one."""

    outcome: Outcome
    summary: str
    started_at: str
    seconds: float
    category: str | None = None
    rows: int | None = None
    link: str | None = None

    @classmethod
    def from_dict(cls, document: object, where: str = "run") -> Run:
        """Validate a document; raises InvalidValue naming the field."""
        fields = Fields(document, where)
        run = cls(
            outcome=fields.choice("outcome", Outcome),
            summary=fields.text("summary"),
            started_at=fields.instant("started_at"),
            seconds=_seconds(fields),
            category=fields.maybe_text("category"),
            rows=None if fields.document.get("rows") is None else fields.integer("rows"),
            link=fields.maybe_text("link"),
        )
        if len(run.summary) > LONGEST_SUMMARY:
            raise InvalidValue(
                f"{where}.summary", "(too long)", f"must be text of at most {LONGEST_SUMMARY} characters"
            )
        if run.outcome.succeeded != (run.category is None):
            raise InvalidValue(f"{where}.category", run.category, "must be given for a failure, and only for one")
        if run.category is not None and not _CATEGORY.fullmatch(run.category):
            raise InvalidValue(f"{where}.category", run.category, "must be the name of a category")
        if run.link is not None and not _LINK.fullmatch(run.link):
            raise InvalidValue(f"{where}.link", run.link, "must be an https:// URL")
        return run

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "outcome": self.outcome.value,
            "category": self.category,
            "summary": self.summary,
            "started_at": self.started_at,
            "seconds": self.seconds,
            "rows": self.rows,
            "link": self.link,
        }


@dataclass(frozen=True, slots=True)
class Health:
    """The last runs of a dataset, oldest first; `reports` counts all that were ever reported."""

    dataset: str
    reports: int = 0
    last_success_at: str | None = None
    runs: tuple[Run, ...] = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> Health:
        """Read health.json."""
        fields = Fields(parse_object(data, "health.json"), "health.json")
        return cls(
            check_dataset_id(fields.text("dataset"), "health.json.dataset"),
            fields.integer("reports"),
            fields.maybe_text("last_success_at"),
            tuple(Run.from_dict(item, "health.json.runs") for item in fields.items("runs")),
        )

    def with_run(self, run: Run) -> Health:
        """This health and one more run; the same if it knows the run."""
        if run in self.runs:
            return self
        runs = sorted((*self.runs, run), key=lambda item: item.started_at)[-KEPT:]
        successes = [item.started_at for item in (*self.runs, run) if item.outcome.succeeded]
        last_success_at = max([*successes, *filter(None, [self.last_success_at])], default=None)
        return replace(self, reports=self.reports + 1, last_success_at=last_success_at, runs=tuple(runs))

    def summary(self) -> dict[str, Any] | None:
        """What index.json shows: share of the kept runs that succeeded, and how many ended alike at the end."""
        if not self.runs:
            return None
        newest = self.runs[-1]
        succeeded = [run.outcome.succeeded for run in reversed(self.runs)]
        alike = takewhile(lambda one: one == succeeded[0], succeeded)
        return {
            "reports": self.reports,
            "outcome": newest.outcome.value,
            "category": newest.category,
            "last_run_at": newest.started_at,
            "last_success_at": self.last_success_at,
            "uptime": round(sum(succeeded) / len(succeeded), 4),
            "streak": {"succeeded": succeeded[0], "runs": len(list(alike))},
        }

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        summary = self.summary() or {"reports": self.reports, "last_success_at": self.last_success_at}
        runs = [run.to_dict() for run in self.runs]
        return to_json({"format": FORMAT, "dataset": self.dataset, **summary, "runs": runs})


def health_rank(health: object) -> tuple[int, bytes]:
    """The order in which one summary replaces another in the index."""
    reports = health.get("reports") if isinstance(health, Mapping) else None
    return (reports if isinstance(reports, int) else -1), to_json(health)


def _seconds(fields: Fields) -> float:
    value = fields.document.get("seconds")
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value) or value < 0:
        raise InvalidValue(f"{fields.where}.seconds", value, "must be a number of seconds that is not negative")
    return float(value)
