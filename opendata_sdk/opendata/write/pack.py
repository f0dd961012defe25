"""Partitions to the file of a pack, laid out for readers that fetch single column chunks.

By time: the partitions one after the other, a row group for each month or so: what somebody wants of a month is a few
chunks. By another column of the key, such as the symbol: the whole history of a symbol lies in one row group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import polars as pl

from opendata.contract.layout import Layout
from opendata.contract.records import Entry
from opendata.contract.schema import TableSchema
from opendata.errors import IntegrityError
from opendata.protocol.pack import PackDraft
from opendata.write.parquet import BODY_GROUP, to_parquet

SERIES_GROUP = 32_768
"""Rows of a row group that is sorted by another column than time: about 1 MB of daily bars."""


def pack_by_time(entries: Sequence[Entry], frames: Iterable[pl.DataFrame], schema: TableSchema) -> PackDraft:
    """A pack of these versions, whose rows come in the same order as when they are read one by one."""
    whole = _united(entries, frames)
    time = schema.time_column
    months = whole[time.name].dt.truncate("1mo").rle_id() if time else pl.int_range(whole.height, eager=True)
    return _draft(entries, whole, schema, None, group_cuts(months, BODY_GROUP))


def pack_by(column: str, entries: Sequence[Entry], frames: Iterable[pl.DataFrame], schema: TableSchema) -> PackDraft:
    """A pack of these versions, sorted by a column first and then in the order of storage."""
    whole = _united(entries, frames).sort(column, *schema.storage_order, maintain_order=True)
    return _draft(entries, whole, schema, column, group_cuts(whole[column].rle_id(), SERIES_GROUP))


def pack_of_file(entry: Entry, data: bytes, schema: TableSchema) -> PackDraft:
    """One version whose file stays as it is and only gets a layout."""
    layout = Layout.of_file(data, _pruned_by(schema))
    return PackDraft([entry], None, None, len(layout.footer.rows), len(layout.footer.columns), layout.to_bytes())


def group_cuts(runs: pl.Series, size: int) -> list[int]:
    """Where row groups begin, and the end: between runs of equal values where possible, `size` rows or less, longer
    runs cut evenly."""
    ends = [0, *runs.rle().struct.field("len").cum_sum()] if len(runs) else [0]
    cuts = [0]
    for start, end in pairwise(ends):
        if end - cuts[-1] > size and start > cuts[-1]:
            cuts.append(start)
        if (rows := end - cuts[-1]) > size:
            parts = -(-rows // size)
            begin = cuts[-1]
            cuts += [begin + rows * part // parts for part in range(1, parts)]
    return cuts if cuts[-1] == ends[-1] else [*cuts, ends[-1]]


def _united(entries: Sequence[Entry], frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    whole = pl.concat(list(frames))
    if whole.height != sum(entry.data.rows for entry in entries if entry.data):
        raise IntegrityError("the frames do not have the rows that the commit says", hint="run `odp fsck` on the store")
    return whole


def _draft(
    entries: Sequence[Entry], whole: pl.DataFrame, schema: TableSchema, sorted_by: str | None, cuts: list[int]
) -> PackDraft:
    data = to_parquet(whole, schema, cuts)
    layout = Layout.of_file(data, _pruned_by(schema))
    return PackDraft(entries, data, sorted_by, len(layout.footer.rows), len(layout.footer.columns), layout.to_bytes())


def _pruned_by(schema: TableSchema) -> list[str]:
    """The columns by which readers find the row groups that they need."""
    return list(dict.fromkeys((*schema.storage_order, *schema.primary_key)))
