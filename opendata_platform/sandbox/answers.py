"""What a source of the sandbox answers: a table with its encoding, so that a fault can change the data and the
answer stays well-formed, or fixed bytes (an error text, a recording nobody changes).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeAlias

from opendata_platform.sandbox.recordings import Recordings
from opendata_platform.sources.outcome import Provenance

Row: TypeAlias = tuple[str | None, ...]
"""Cells as they will be written; None is a null."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one answer, oldest first, with the few things a fault has to know about them."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    value_column: str
    """The column that faults change when none is named."""
    price_columns: tuple[str, ...]
    """Columns that a restatement multiplies."""
    day_of: Callable[[Row], str]
    """The day (YYYY-MM-DD) a row belongs to."""
    is_late: Callable[[Row, int], bool] | None = None
    """Whether a row is among the last n of its day; None: the last n of the table are."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, type and content of one answer."""

    provenance: Provenance
    media_type: str
    table: Table | None = None
    encode: Callable[[Table], bytes] = lambda table: b""
    verbatim: bytes | None = None
    """The bytes to send when no fault changed the table."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The content to send."""
        if self.verbatim is not None or self.table is None:
            return self.verbatim or b""
        return self.encode(self.table)

    def changed(self, table: Table) -> Answer:
        """The same answer about another table."""
        return replace(self, table=table, verbatim=None)


class Source(Protocol):
    """What a module that plays a source offers. `path` is the path below the source's base URL."""

    def respond(self, path: str, params: Mapping[str, str], now: datetime, recordings: Recordings) -> Answer:
        """The answer at instant `now`."""
        ...

    def too_many(self, retry_after: float | None) -> Answer:
        """The refusal of a caller above a limit, with the seconds to wait if they are stated."""
        ...

    def no_data(self, path: str) -> Answer:
        """The answer when there is nothing."""
        ...


def text_answer(
    text: str, *, status: int = 200, media_type: str = "text/plain", headers: Mapping[str, str] | None = None
) -> Answer:
    """An answer of fixed text, such as an error."""
    return Answer("synthetic", media_type, verbatim=text.encode(), status=status, headers=headers or {})


def encode_csv(table: Table, *, header: bool = True) -> bytes:
    """The table as CSV with plain line feeds, nulls as empty cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    if header:
        writer.writerow(table.header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in table.rows)
    return out.getvalue().encode()
