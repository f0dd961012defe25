"""Thrift's compact protocol, as far as the footers of Parquet files need it: structs to dictionaries and back.

A struct is `{field id: (type, value)}`, a list is `(element type, [values])`. What is read is written back unchanged,
also fields that no code here knows. Source: the specification of the compact protocol in the Apache Thrift repository.
"""

from __future__ import annotations

import struct
from typing import Any, TypeAlias

from opendata.errors import InvalidValue

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
Struct: TypeAlias = "dict[int, tuple[int, Any]]"

_LONGEST_VARINT = 10
_DEEPEST = 16


def read_struct(data: bytes) -> Struct:
    """The struct that these bytes begin with. Raises InvalidValue for anything else."""
    try:
        return _Reader(data).struct(0)
    except (IndexError, struct.error):
        raise InvalidValue("thrift", f"{len(data)} bytes", "must be a whole struct of the compact protocol") from None


def write_struct(value: Struct) -> bytes:
    """The bytes of a struct."""
    out = bytearray()
    _write_struct(out, value)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, depth: int) -> Struct:
        if depth > _DEEPEST:
            raise InvalidValue("thrift", f"depth {depth}", f"must not be nested deeper than {_DEEPEST}")
        fields: Struct = {}
        field = 0
        while header := self._byte():
            kind, delta = header & 15, header >> 4
            field = field + delta if delta else _unzigzag(self._varint())
            fields[field] = (kind, kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth))
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (I16, I32, I64):
            return _unzigzag(self._varint())
        if kind == BINARY:
            return self._take(self._varint())
        if kind == STRUCT:
            return self.struct(depth + 1)
        if kind in (LIST, SET):
            return self._list(depth)
        if kind in (TRUE, FALSE):  # within a list, a byte each
            return self._byte() == TRUE
        if kind == BYTE:
            return self._take(1)
        if kind == DOUBLE:
            return struct.unpack("<d", self._take(8))[0]
        raise InvalidValue("thrift", f"type {kind}", "must be one that Parquet's footer uses")

    def _list(self, depth: int) -> tuple[int, list[Any]]:
        header = self._byte()
        kind, count = header & 15, header >> 4
        if count == 15:
            count = self._varint()
        if count > len(self._data):
            raise InvalidValue("thrift", f"list of {count}", "must not be longer than the data")
        return kind, [self._value(kind, depth) for _ in range(count)]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise IndexError
        self._at += count
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        result = 0
        for position in range(_LONGEST_VARINT):
            byte = self._byte()
            result |= (byte & 127) << (7 * position)
            if byte < 128:
                return result
        raise InvalidValue("thrift", "a number", f"must have at most {_LONGEST_VARINT} bytes")


def _write_struct(out: bytearray, value: Struct) -> None:
    last = 0
    for field, (kind, content) in sorted(value.items()):
        kind = (TRUE if content else FALSE) if kind in (TRUE, FALSE) else kind
        if 0 < field - last <= 15:
            out.append(((field - last) << 4) | kind)
        else:
            out.append(kind)
            _write_varint(out, _zigzag(field))
        if kind not in (TRUE, FALSE):
            _write_value(out, kind, content)
        last = field
    out.append(0)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in (I16, I32, I64):
        _write_varint(out, _zigzag(value))
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == STRUCT:
        _write_struct(out, value)
    elif kind in (LIST, SET):
        element, items = value
        if len(items) < 15:
            out.append((len(items) << 4) | element)
        else:
            out.append(0xF0 | element)
            _write_varint(out, len(items))
        for item in items:
            _write_value(out, element, item)
    elif kind in (TRUE, FALSE):
        out.append(TRUE if value else FALSE)
    elif kind == DOUBLE:
        out += struct.pack("<d", value)
    else:
        out += value


def _write_varint(out: bytearray, value: int) -> None:
    while value > 127:
        out.append((value & 127) | 128)
        value >>= 7
    out.append(value)


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _unzigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
