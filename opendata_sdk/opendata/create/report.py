"""The report of a validation: every check with what it found, and what a publication would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opendata.contract.evidence import CheckResult, Severity, Verdict, worst
from opendata.create.changes import Change
from opendata.read.html import Shown

MOST_CELLS = 20
_SIGNS = {Severity.BLOCK: "❌", Severity.HOLD: "✋", Severity.WARN: "⚠️"}


@dataclass(frozen=True, slots=True, repr=False)
class Report(Shown):
    """What was found. `dataset` and what follows are None as far as a failing check stood in the way."""

    checks: tuple[CheckResult, ...]
    dataset: str | None = None
    version: str | None = None
    rows: int | None = None
    bytes: int | None = None
    """Size of the file that would be published."""
    change: Change | None = None

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that stand in the way of a publication."""
        return tuple(check for check in self.checks if not check.passed and check.severity is not Severity.WARN)

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        """What is odd, and published all the same."""
        return tuple(check for check in self.checks if not check.passed and check.severity is Severity.WARN)

    @property
    def ok(self) -> bool:
        """Whether it can be published."""
        return not self.failed

    @property
    def verdict(self) -> str:
        """pass, hold or fail."""
        found = {Severity.BLOCK: Verdict.FAIL, Severity.HOLD: Verdict.HOLD}
        return worst(found[check.severity] for check in self.failed).value

    def shown(self) -> dict[str, Any]:
        """What is shown at a prompt."""
        failed = [f"{check.name}: {check.observed}" for check in self.failed]
        return {"dataset": self.dataset, "version": self.version, "ok": self.ok, "failed": failed, "rows": self.rows}

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "dataset": self.dataset,
            "version": self.version,
            "verdict": self.verdict,
            "rows": self.rows,
            "bytes": self.bytes,
            "checks": [check.to_dict() for check in self.checks],
            "change": self.change.to_dict() if self.change else None,
        }

    def to_markdown(self) -> str:
        """A comment for a pull request."""
        head = "✅ can be published" if self.ok else "❌ cannot be published"
        what = " ".join(part for part in (self.dataset and f"`{self.dataset}`", self.version) if part)
        lines = [f"### {what or 'opendata.yaml'}: {head}", "", "| | Check | Found | Must be |", "|---|---|---|---|"]
        for check in self.checks:
            sign = "✅" if check.passed else _SIGNS[check.severity]
            lines.append(f"| {sign} | {check.name} | {_cell(check.observed)} | {_cell(check.limit)} |")
        if self.change:
            lines += ["", *_changes(self.change)]
        return "\n".join(lines)


def summary(change: Change) -> str:
    """The numbers of a change in one line."""
    if change.against is None:
        return f"{change.added:,} new rows; nothing is replaced"
    if change.empty:
        return f"the same as {change.against}, which is published"
    counts = f"{change.added:,} added, {change.removed:,} removed, {change.changed:,} changed"
    return f"{counts}, {change.unchanged:,} unchanged rows against {change.against} (seq {change.seq})"


def _changes(change: Change) -> list[str]:
    lines = [f"**Rows**: {summary(change)}"]
    for column in change.columns:
        lines.append(f"- column `{column.column}`: {column.before or 'absent'} → {column.after or 'absent'}")
    lines += [f"- **breaks readers**: {_cell(reason)}" for reason in change.breaking]
    if change.cells is not None and change.cells.height:
        names = change.cells.columns
        lines += ["", f"<details><summary>{change.cells.height:,} cells change</summary>", ""]
        lines += [f"| {' | '.join(map(_cell, names))} |", "|---" * len(names) + "|"]
        lines += [f"| {' | '.join(map(_cell, row))} |" for row in change.cells.head(MOST_CELLS).rows()]
        lines += ["", "</details>"]
    return lines


def _cell(value: object) -> str:
    """Text that stays within its cell of a Markdown table, and is no markup."""
    text = "" if value is None else str(value)
    for character, written in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("\n", " "), ("@", "@\u200b")):
        text = text.replace(character, written)
    return text
