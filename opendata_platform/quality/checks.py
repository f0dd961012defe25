"""What a check is: a name, a severity, what it says in both languages, and a function over one partition's frame.

Every dataset has the standard checks below and those that it declares. Checks only look; `gate.py` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeAlias

import polars as pl
from opendata.contract.evidence import CheckResult, Severity
from opendata.contract.records import Data
from opendata.contract.schema import TableSchema

from opendata_platform.quality.rows import Kind, RowAudit
from opendata_platform.sources.outcome import Provenance


@dataclass(frozen=True, slots=True)
class Head:
    """The published state that new data are compared with."""

    newest: Data | None
    """The newest visible version, whatever partition it is of."""
    provenance: Provenance | None
    """What the metadata say: whether the sandbox made any of it."""


class Related(Protocol):
    """The published data that a partition is compared with or built from."""

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        """The rows of a dataset's partition, `offset` partitions after this one (negative: before it).

        None where that partition is not published.
        """
        ...

    def latest(self, dataset: str, days: int) -> pl.DataFrame | None:
        """The newest published partition from `days` calendar days before this one up to it; None where none is."""
        ...

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """The newest version of all, for datasets of complete copies; None before the first."""
        ...


class Alone:
    """Nothing else is published."""

    def frame(self, dataset: str, offset: int = 0) -> pl.DataFrame | None:
        """Nothing."""
        return None

    def latest(self, dataset: str, days: int) -> pl.DataFrame | None:
        """Nothing."""
        return None

    def newest(self, dataset: str) -> pl.DataFrame | None:
        """Nothing."""
        return None


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at beside the frame."""

    partition: str
    schema: TableSchema
    rows: RowAudit
    provenance: Provenance | None
    """Whether the sandbox made the data, and how; None for live data."""
    head: Head | None
    """What is published of the dataset; None before the first publication."""
    unknown_columns: tuple[str, ...] = ()
    duplicate_rows: int = 0
    dataset: str = ""
    related: Related = field(default_factory=Alone)
    since: date | None = None
    """The day of the partition before this one: the partition's window begins the day after."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """What is known of the source's answer beside the rows (its pages, for one)."""

    @property
    def day(self) -> date:
        """The partition's day."""
        return date.fromisoformat(self.partition)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: `numerator` of `denominator` rows (or columns, days …) break the limit."""

    passed: bool
    observed: str
    limit: str
    numerator: int = 0
    denominator: int = 0
    keys: tuple[str, ...] = ()
    severity: Severity | None = None
    """Where a rule has several limits: that of the limit that was broken; None for the check's own."""


Evaluate: TypeAlias = Callable[[pl.DataFrame, Context], Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """One declared check."""

    name: str
    severity: Severity
    description: str
    description_zh: str
    evaluate: Evaluate

    def run(self, frame: pl.DataFrame, context: Context) -> CheckResult:
        """Evaluate on the frame that is about to be published."""
        found = self.evaluate(frame, context)
        return CheckResult(
            name=self.name,
            severity=found.severity or self.severity,
            passed=found.passed,
            observed=found.observed,
            limit=found.limit,
            numerator=found.numerator,
            denominator=found.denominator,
            sample_keys=found.keys,
        )


def _no_broken(kind: Kind) -> Evaluate:
    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        broken = context.rows.broken(kind)
        observed = ", ".join(f"{rule}: {count}" for rule, count in broken.counts.items()) or "0 rows"
        return Finding(not broken.counts, observed, "0 rows", broken.rows, frame.height, broken.keys)

    return evaluate


def _as_declared(frame: pl.DataFrame, context: Context) -> Finding:
    """A frame that is not of the declared schema cannot be encoded and never gets here: it is a failure before."""
    columns = len(context.schema.columns)
    return Finding(True, f"{columns} columns as declared", "exact names, order and types", 0, columns)


def _not_empty(frame: pl.DataFrame, context: Context) -> Finding:
    return Finding(frame.height > 0, f"{frame.height} rows", "at least 1 row", 0, frame.height)


def _all_known(frame: pl.DataFrame, context: Context) -> Finding:
    unknown = context.unknown_columns
    observed = ", ".join(unknown[:20]) or "none"
    return Finding(
        not unknown, observed, "no undeclared column", len(unknown), frame.width + len(unknown), unknown[:20]
    )


def _no_repeats(frame: pl.DataFrame, context: Context) -> Finding:
    repeats = context.duplicate_rows
    return Finding(repeats == 0, f"{repeats} dropped", "0 equal rows", repeats, frame.height + repeats)


def _one_provenance(frame: pl.DataFrame, context: Context) -> Finding:
    """Sandbox data never get into a dataset of live data, nor live data into one that readers know as a trial."""
    made_by = "the sandbox" if context.provenance else "the live source"
    head = context.head
    if head is None:
        return Finding(True, f"{made_by}, the first data", "one origin per dataset")
    published_by = "the sandbox" if head.provenance else "the live source"
    return Finding(made_by == published_by, made_by, f"as published: {published_by}")


STANDARD = (
    Check("schema", Severity.BLOCK, "The columns are those declared.", "列与声明一致。", _as_declared),
    Check("not_empty", Severity.BLOCK, "There is at least one row.", "至少有一行。", _not_empty),
    Check("primary_key", Severity.BLOCK, "The primary key is unique.", "主键唯一。", _no_broken("primary_key")),
    Check("finite", Severity.BLOCK, "No number is NaN or infinite.", "没有 NaN 或无穷。", _no_broken("finite")),
    Check("nulls", Severity.BLOCK, "Required columns have no nulls.", "必填列没有空值。", _no_broken("nulls")),
    Check("rows", Severity.BLOCK, "Every row obeys the declared rules.", "每一行满足声明的规则。", _no_broken("rules")),
    Check(
        "provenance", Severity.BLOCK, "Sandbox and live data are kept apart.", "沙盒与真实数据不混。", _one_provenance
    ),
    Check("known_columns", Severity.WARN, "The source has no undeclared column.", "来源没有未声明的列。", _all_known),
    Check("no_repeats", Severity.WARN, "The source repeats no row.", "来源没有重复行。", _no_repeats),
)
"""The checks of every dataset."""
