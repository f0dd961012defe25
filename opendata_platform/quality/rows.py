"""Row rules: what a dataframely schema says about each row, counted by kind of rule.

Bad rows are never dropped here; they are counted and named, and the gate decides. Not here: rules about a whole
partition (`rules.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import dataframely as dy
import polars as pl
from opendata.contract.evidence import MAX_SAMPLE_KEYS
from opendata.write.preview import as_text

Kind: TypeAlias = Literal["primary_key", "finite", "nulls", "rules"]


@dataclass(frozen=True, slots=True)
class Broken:
    """The rules of one kind that rows break: failures per rule, rows that fail any, and keys of the first of them."""

    counts: dict[str, int]
    rows: int
    keys: tuple[str, ...]


class RowAudit:
    """One evaluation of all row rules on a frame of the schema's columns and types."""

    def __init__(self, schema: type[dy.Schema], frame: pl.DataFrame) -> None:
        self.height = frame.height
        self._key = schema.primary_key()
        _, failure = schema.filter(frame)
        self._counts = failure.counts()
        self._details = failure.details()

    def broken(self, kind: Kind) -> Broken:
        """What breaks the rules of one kind."""
        counts = {rule: n for rule, n in self._counts.items() if _kind(rule) == kind}
        if not counts:
            return Broken({}, 0, ())
        rows = self._details.filter(pl.any_horizontal(pl.col(name) == "invalid" for name in counts))
        return Broken(counts, rows.height, key_texts(rows, self._key))


def key_texts(rows: pl.DataFrame, key: Sequence[str]) -> tuple[str, ...]:
    """The keys of the first rows as `value/value` texts, at most as many as evidence holds."""
    columns = list(key) or rows.columns[:3]
    return tuple("/".join(as_text(value) for value in row) for row in rows.select(columns).head(MAX_SAMPLE_KEYS).rows())


def _kind(rule: str) -> Kind:
    """dataframely names a column's own rules `column|rule`, the key's rule `primary_key`."""
    suffix = rule.rpartition("|")[2]
    if rule == "primary_key":
        return "primary_key"
    if suffix in ("nan", "inf"):
        return "finite"
    return "nulls" if suffix == "nullability" else "rules"
