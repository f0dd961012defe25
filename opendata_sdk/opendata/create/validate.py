"""`od validate`: may this folder's output be published, and what would change?

The checks end where one stands in the way of the next: without metadata there is nothing to compare columns with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from opendata.contract.canonical import to_json
from opendata.contract.evidence import CheckResult, Severity
from opendata.create.changes import check_breaking, find_changes
from opendata.create.output import MAX_BYTES, mismatches, read_output, require_writers, table_of
from opendata.create.project import Project, read_project
from opendata.create.published import Head, open_published, read_head
from opendata.create.report import Report
from opendata.errors import InvalidValue
from opendata.stores.driver import run
from opendata.stores.store import Store

if TYPE_CHECKING:
    from opendata.write import Encoded

PARENT = ".parent"
"""Beside the output: which commit of which store a validation has seen."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A report, and what could be published if all is well."""

    report: Report
    project: Project | None = None
    encoded: Encoded | None = field(default=None, repr=False)
    head: Head | None = None

    @property
    def identical(self) -> bool:
        """Whether this very content is what is published."""
        published = self.head.replaced if self.head else None
        if published is None or self.encoded is None:
            return False
        ours = self.encoded.summary.content_hash, self.encoded.schema_hash
        return (published.content_hash, published.schema_hash) == ours


def validate_project(
    folder: Path, env: Mapping[str, str], *, version: str | None, gateway: str | None, allow_breaking: bool
) -> Report:
    """Examine a folder against what readers see now; remembers that state for the push that follows."""
    store = open_published(gateway, env)
    examined = examine(folder, store, version=version, allow_breaking=allow_breaking)
    if examined.project and examined.report.change and examined.report.ok:
        remember_parent(examined.project, store, examined.report.change.seq)
    return examined.report


def examine(folder: Path, store: Store, *, version: str | None, allow_breaking: bool) -> Examined:
    """Run every check on a folder and compare its output with what a store shows.

    Raises NotFound without opendata.yaml, MissingExtra, or what reading the store raises; anything that is wrong with
    the folder itself is a failing check.
    """
    require_writers()
    from opendata.create.checks import check_rows
    from opendata.write import encode

    try:
        project = read_project(folder)
    except InvalidValue as error:
        return Examined(Report((_failed("metadata", error, "metadata v1"),)))
    partition = project.version(version)
    dataset = project.metadata.id
    checks = [_passed("metadata", f"{len(project.metadata.document)} fields", "metadata v1")]
    try:
        written = read_output(project)
        table = table_of(project, written.frame)
    except InvalidValue as error:
        return Examined(Report((*checks, _failed("output", error, "a Parquet file")), dataset, partition), project)
    checks.append(_passed("output", f"{written.bytes} bytes", f"a Parquet file of at most {MAX_BYTES >> 30} GiB"))
    wrong = mismatches(written.frame, table)
    limit = "names and types as declared" if project.table else "types of its own: no columns are declared"
    observed = "; ".join(wrong) or f"{len(table.columns)} columns"
    checks.append(CheckResult("schema", Severity.BLOCK, not wrong, observed, limit, len(wrong), len(table.columns)))
    if wrong:
        return Examined(Report(tuple(checks), dataset, partition), project)
    encoded = encode(written.frame, table)
    head = run(read_head(dataset, partition), store)
    change = find_changes(head, written.frame, table)
    checks += [*check_rows(written.frame, table), check_breaking(change, allow_breaking)]
    report = Report(tuple(checks), dataset, partition, written.frame.height, encoded.summary.bytes, change)
    return Examined(report, project, encoded, head)


def remember_parent(project: Project, store: Store, seq: int) -> None:
    """Write down which commit of a store was looked at."""
    (project.output.parent / PARENT).write_bytes(to_json({"store": store.describe(), "seq": seq}))


def recall_parent(project: Project, store: Store) -> int | None:
    """The commit that the last validation has seen, if it looked at this store."""
    try:
        seen = json.loads((project.output.parent / PARENT).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    known = isinstance(seen, dict) and seen.get("store") == store.describe() and isinstance(seen.get("seq"), int)
    return seen["seq"] if known else None


def forget_parent(project: Project) -> None:
    """What was published becomes what the next validation compares with."""
    (project.output.parent / PARENT).unlink(missing_ok=True)


def _passed(name: str, observed: str, limit: str) -> CheckResult:
    return CheckResult(name, Severity.BLOCK, True, observed, limit)


def _failed(name: str, error: InvalidValue, limit: str) -> CheckResult:
    return CheckResult(name, Severity.BLOCK, False, error.message, limit, 1)
