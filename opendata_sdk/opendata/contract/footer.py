"""The footer of a Parquet file with flat columns: where the column chunks are, what their statistics say, and the
footer of a file that holds only some of them.

Chunks are named by row group and column, both counted from 0. Field numbers are those of parquet.thrift.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from opendata.contract.thrift import I64, LIST, STRUCT, Struct, read_struct, write_struct
from opendata.errors import InvalidValue

MAGIC = b"PAR1"
TAIL = 8
"""Bytes after the footer: its length and the magic number."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (instants are stored as naive UTC)


class _File:
    """Fields of FileMetaData."""

    SCHEMA, ROWS, GROUPS, METADATA, ORDERS = 2, 3, 4, 5, 7


class _Group:
    """Fields of RowGroup."""

    COLUMNS, BYTES, ROWS, SORTING, OFFSET, COMPRESSED = 1, 2, 3, 4, 5, 6


class _Chunk:
    """Fields of ColumnChunk, and of the ColumnMetaData within."""

    OFFSET, META = 2, 3
    INDEXES = (4, 5, 6, 7)
    PATH, UNCOMPRESSED, COMPRESSED, DATA, INDEX, DICTIONARY, STATISTICS = 3, 6, 7, 9, 10, 11, 12
    BLOOM = (14, 15)


class _Element:
    """Fields of SchemaElement."""

    NAME, CHILDREN = 4, 5


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a file, from `start` to before `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """How many."""
        return self.end - self.start


class Footer:
    """The footer of one file: `columns` are its names, `rows` those of each row group, `spans` where all column chunks
    are, group by group."""

    def __init__(self, data: bytes) -> None:
        """`data` is the footer alone, without its length and the magic number. Raises InvalidValue."""
        self.data = data
        self._file = read_struct(data)
        try:
            elements = self._file[_File.SCHEMA][1][1][1:]
            self.columns = tuple(element[_Element.NAME][1].decode() for element in elements)
            self._groups: list[Struct] = self._file[_File.GROUPS][1][1]
            self.rows = tuple(int(group[_Group.ROWS][1]) for group in self._groups)
            chunks = range(0 if any(_Element.CHILDREN in element for element in elements) else len(elements))
            self.spans = tuple(self._find(group, column) for group in range(len(self.rows)) for column in chunks)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise InvalidValue("footer", f"{len(data)} bytes", "must be the footer of a Parquet file") from None
        if not chunks:
            raise InvalidValue("footer", "nested columns or none", "must be a table of flat columns")

    @classmethod
    def of_file(cls, data: bytes) -> Footer:
        """The footer of a whole file."""
        return cls(data[-TAIL - int.from_bytes(data[-TAIL:-4], "little") : -TAIL])

    def span(self, group: int, column: int) -> Span:
        """Where a column chunk is in the file."""
        return self.spans[group * len(self.columns) + column]

    def _find(self, group: int, column: int) -> Span:
        meta = self._meta(group, column)
        start = min(int(meta[field][1]) for field in (_Chunk.DATA, _Chunk.DICTIONARY) if field in meta)
        return Span(start, start + int(meta[_Chunk.COMPRESSED][1]))

    @cached_property
    def metadata(self) -> Mapping[str, str]:
        """What the writer of the file noted in it: texts by key."""
        pairs = self._file[_File.METADATA][1][1] if _File.METADATA in self._file else []
        return {pair[1][1].decode(): pair[2][1].decode() for pair in pairs if 2 in pair}

    def range(self, group: int, name: str, type_: str) -> tuple[Any, Any] | None:
        """The smallest and largest value of a column in a row group, given its declared type; None if not known.

        Dates are dates, instants naive UTC, text is text. The range may be wider than the values, never narrower.
        """
        statistics = self._meta(group, self.columns.index(name)).get(_Chunk.STATISTICS, (STRUCT, {}))[1]
        largest, smallest = statistics.get(5), statistics.get(6)
        if largest is None or smallest is None:
            return None
        try:
            return _decode(smallest[1], type_), _decode(largest[1], type_)
        except (struct.error, UnicodeDecodeError, OverflowError):
            return None

    def slice(self, groups: Sequence[int], columns: Sequence[int]) -> tuple[bytes, list[Span]]:
        """The footer of a file that holds only these chunks, one after the other from byte 4 on, and where each of
        them is in this file, in that order."""
        spans: list[Span] = []
        at = len(MAGIC)
        new_groups: list[Struct] = []
        for group in groups:
            chunks = []
            start = at
            for column in columns:
                span = self.span(group, column)
                chunks.append(self._moved(group, column, at - span.start))
                spans.append(span)
                at += span.size
            old = self._groups[group]
            new = {field: value for field, value in old.items() if field != _Group.SORTING}
            new[_Group.COLUMNS] = (LIST, (STRUCT, chunks))
            new[_Group.BYTES] = (I64, sum(self._meta(group, column)[_Chunk.UNCOMPRESSED][1] for column in columns))
            new[_Group.OFFSET] = (I64, start)
            new[_Group.COMPRESSED] = (I64, at - start)
            new_groups.append(new)
        root, *elements = self._file[_File.SCHEMA][1][1]
        new_root = {**root, _Element.CHILDREN: (root[_Element.CHILDREN][0], len(columns))}
        file = dict(self._file)
        file[_File.SCHEMA] = (LIST, (STRUCT, [new_root, *(elements[column] for column in columns)]))
        file[_File.ROWS] = (I64, sum(self.rows[group] for group in groups))
        file[_File.GROUPS] = (LIST, (STRUCT, new_groups))
        if _File.ORDERS in file:
            kind, (element, orders) = file[_File.ORDERS]
            file[_File.ORDERS] = (kind, (element, [orders[column] for column in columns]))
        return write_struct(file), spans

    def lean(self, keep: Iterable[str]) -> bytes:
        """This footer without the statistics of columns that nobody prunes by; `keep` are those that stay."""
        kept = {self.columns.index(name) for name in keep}
        groups = []
        for group in self._groups:
            chunks = group[_Group.COLUMNS][1][1]
            lean = [chunk if index in kept else _without_statistics(chunk) for index, chunk in enumerate(chunks)]
            groups.append({**group, _Group.COLUMNS: (LIST, (STRUCT, lean))})
        return write_struct({**self._file, _File.GROUPS: (LIST, (STRUCT, groups))})

    def _meta(self, group: int, column: int) -> Struct:
        meta: Struct = self._groups[group][_Group.COLUMNS][1][1][column][_Chunk.META][1]
        return meta

    def _moved(self, group: int, column: int, by: int) -> Struct:
        """A column chunk that lies `by` bytes further on, without the indexes that lie elsewhere."""
        old: Struct = self._groups[group][_Group.COLUMNS][1][1][column]
        meta = {field: value for field, value in old[_Chunk.META][1].items() if field not in _Chunk.BLOOM}
        for field in (_Chunk.DATA, _Chunk.INDEX, _Chunk.DICTIONARY):
            if field in meta:
                meta[field] = (I64, meta[field][1] + by)
        chunk = {field: value for field, value in old.items() if field not in _Chunk.INDEXES}
        chunk[_Chunk.META] = (STRUCT, meta)
        chunk[_Chunk.OFFSET] = (I64, self.span(group, column).start + by)
        return chunk


def _without_statistics(chunk: Struct) -> Struct:
    meta = {field: value for field, value in chunk[_Chunk.META][1].items() if field != _Chunk.STATISTICS}
    return {**chunk, _Chunk.META: (STRUCT, meta)}


def assemble(footer: bytes, chunks: Iterable[bytes]) -> bytes:
    """A whole file out of a footer of `slice` and the chunks that it names."""
    return b"".join([MAGIC, *chunks, footer, len(footer).to_bytes(4, "little"), MAGIC])


_NUMBERS: Mapping[str, str] = {
    "int8": "<i",
    "int16": "<i",
    "int32": "<i",
    "int64": "<q",
    "uint8": "<I",
    "uint16": "<I",
    "uint32": "<I",
    "uint64": "<Q",
    "float32": "<f",
    "float64": "<d",
}


def _decode(value: bytes, type_: str) -> Any:
    """A statistic's value, as the declared type stores it."""
    if type_ == "string":
        return value.decode()
    if type_ == "bool":
        return bool(value[0])
    if type_ == "date":
        return date(1970, 1, 1) + timedelta(days=struct.unpack("<i", value)[0])
    if type_.startswith("timestamp"):
        unit = "milliseconds" if "[ms" in type_ else "microseconds"
        return _EPOCH + timedelta(**{unit: struct.unpack("<q", value)[0]})
    return struct.unpack(_NUMBERS[type_], value)[0]
