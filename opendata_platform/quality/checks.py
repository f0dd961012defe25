"""What a check is: a name, a severity, what it says in both languages, and a function over one partition's frame.

Every dataset has the standard checks below and those that it declares. Checks only look; `gate.py` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeAlias

import polars as pl
from opendata.contract.evidence import MAX_SAMPLE_KEYS, CheckResult, Severity
from opendata.contract.records import Data
from opendata.contract.schema import TableSchema

from opendata_platform.quality.changes import Changes
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
    changes: Changes | None = None
    """What the rows change about those published: of the same slice, or of the copy before; None for the first."""
    revises: bool = False
    """Whether it is the same slice that was published before."""
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
    looks_at: tuple[str, ...] = ()
    """Other datasets whose published data it compares with: dependencies in the asset graph."""

    def run(self, frame: pl.DataFrame, context: Context, accepted: bool = False) -> CheckResult:
        """Evaluate on the frame that is about to be published.

        What holds for a human and was `accepted` by one only warns; a blocking check cannot be accepted.
        """
        found = self.evaluate(frame, context)
        severity = found.severity or self.severity
        waived = accepted and not found.passed and severity is Severity.HOLD
        return CheckResult(
            name=self.name,
            severity=Severity.WARN if waived else severity,
            passed=found.passed,
            observed=f"{found.observed}; accepted by the operator" if waived else found.observed,
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


def _accounted_for(frame: pl.DataFrame, context: Context) -> Finding:
    changes = context.changes
    if changes is None:
        return Finding(True, f"{frame.height} inserted, the first data", "every row accounted for", 0, frame.height)
    observed = (
        f"{changes.inserted} inserted, {changes.updated} updated, {changes.unchanged} unchanged, "
        f"{changes.removed} removed of {changes.before}"
    )
    held = changes.reconciles and changes.rows == frame.height
    return Finding(held, observed, f"{changes.before} before, {frame.height} now", 0, frame.height)


MOST_REVISED_CELLS = 0.01
MOST_REVISED_ROWS = 50


def _small_revision(frame: pl.DataFrame, context: Context) -> Finding:
    """A correction touches little; what restates a large part of a slice waits for somebody to look at it."""
    limit = f"at most {MOST_REVISED_CELLS:.0%} of the cells and {MOST_REVISED_ROWS} rows"
    changes = context.changes
    if changes is None or not context.revises:
        return Finding(True, "no revision", limit, 0, frame.height)
    cells, rows = sum(changes.cells.values()), changes.updated + changes.removed
    share = cells / max(1, frame.height * max(1, frame.width - len(context.schema.primary_key)))
    held = rows <= MOST_REVISED_ROWS and (share <= MOST_REVISED_CELLS or rows <= 1) and frame.height > 0
    keys = tuple(dict.fromkeys(cell.key for cell in changes.sample))[:MAX_SAMPLE_KEYS]
    return Finding(held, f"{cells} cells ({share:.2%}) of {rows} rows", limit, rows, changes.before, keys)


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
    Check("row_changes", Severity.BLOCK, "Row changes add up.", "行数变化对得上。", _accounted_for),
    Check("no_repeats", Severity.WARN, "The source repeats no row.", "来源没有重复行。", _no_repeats),
)
"""The checks of every dataset."""

SMALL_REVISION = Check("revision", Severity.HOLD, "A revision changes little.", "修订只改动少量数据。", _small_revision)
"""For sources whose days are final but for corrections."""
