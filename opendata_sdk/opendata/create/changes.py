"""What a publication would change: which rows, and which columns, and whether that breaks readers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from opendata.contract.evidence import CheckResult, Severity
from opendata.contract.schema import TableSchema
from opendata.create.published import Head
from opendata.read.diff import ColumnChange, column_changes

if TYPE_CHECKING:
    import polars

BREAKING = "schema_change"


@dataclass(frozen=True, slots=True)
class Change:
    """Compared with `against`, a version; None where nothing is replaced, so that every row is new."""

    seq: int
    """The commit that was looked at; 0 before the first."""
    against: str | None
    added: int
    removed: int
    changed: int
    unchanged: int
    columns: tuple[ColumnChange, ...]
    breaking: tuple[str, ...]
    """The changes of the schema for which readers' code must change."""
    cells: polars.DataFrame | None = field(repr=False, compare=False)
    """Key, column, before and after of each cell that changes."""

    @property
    def empty(self) -> bool:
        """Whether the same rows are published already, under the same schema."""
        return self.against is not None and not (self.added or self.removed or self.changed or self.columns)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without cells."""
        return {
            "seq": self.seq,
            "against": self.against,
            "rows": {name: getattr(self, name) for name in ("added", "removed", "changed", "unchanged")},
            "columns": [asdict(change) for change in self.columns],
            "breaking": list(self.breaking),
        }


def find_changes(head: Head | None, frame: polars.DataFrame, table: TableSchema) -> Change:
    """Compare rows that are to be published with those that they take the place of."""
    from opendata.read.compare import compare

    if head is None:
        return Change(0, None, frame.height, 0, 0, 0, (), (), None)
    columns = column_changes(head.schema, table) if head.schema else ()
    breaking = _breaking(head.schema, table) if head.schema else ()
    if head.frame is None or head.replaced is None:
        return Change(head.record.seq, None, frame.height, 0, 0, 0, columns, breaking, None)
    found = compare(head.frame, frame, table.primary_key)
    return Change(
        seq=head.record.seq,
        against=head.replaced.version,
        added=found.added.height,
        removed=found.removed.height,
        changed=found.changed,
        unchanged=found.unchanged,
        columns=columns,
        breaking=breaking,
        cells=found.cells,
    )


def check_breaking(change: Change, allowed: bool) -> CheckResult:
    """A change that breaks readers holds until its creator says that it is meant."""
    observed = "; ".join(change.breaking) or ("columns were added" if change.columns else "no change")
    severity = Severity.WARN if allowed else Severity.HOLD
    limit = "columns may be added; what breaks readers needs --allow-breaking"
    return CheckResult(BREAKING, severity, not change.breaking, observed, limit, len(change.breaking))


def _breaking(before: TableSchema, after: TableSchema) -> tuple[str, ...]:
    """Columns that are gone or of another type or unit, that may be null now, and another primary key."""
    new = {column.name: column for column in after.columns}
    found = []
    for old in before.columns:
        column = new.get(old.name)
        if column is None:
            found.append(f"{old.name} is gone")
            continue
        if column.type != old.type:
            found.append(f"{old.name} was {old.type} and is {column.type}")
        if column.unit != old.unit:
            found.append(f"{old.name} was in {old.unit or 'no unit'} and is in {column.unit or 'no unit'}")
        if column.nullable and not old.nullable:
            found.append(f"{old.name} may be null now")
    if before.primary_key != after.primary_key:
        found.append(f"the key was {', '.join(before.primary_key)} and is {', '.join(after.primary_key)}")
    return tuple(found)
