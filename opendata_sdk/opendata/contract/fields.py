"""Read fields of a JSON document with errors that name the field, the value and the rule."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any, TypeVar

from opendata.contract.canonical import format_instant, parse_instant, to_json
from opendata.contract.ids import check_base
from opendata.errors import InvalidValue, UpgradeRequired

E = TypeVar("E", bound=Enum)

FORMAT = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


def parse_json(data: bytes, where: str) -> dict[str, Any]:
    """Bytes to a JSON object that can be written again: no NaN, no infinity, no half of a surrogate pair."""
    try:
        document = json.loads(data)
        to_json(document)
    except (ValueError, RecursionError):
        raise InvalidValue(where, data[:60], "must be JSON") from None
    if not isinstance(document, dict):
        raise InvalidValue(where, document, "must be a JSON object")
    return document


def parse_object(data: bytes, where: str) -> dict[str, Any]:
    """Bytes to a JSON object of a known format."""
    document = parse_json(data, where)
    written_by = Fields(document, where).integer("format", 1)
    if written_by > FORMAT:
        raise UpgradeRequired(
            f"{where}: format {written_by}, this version reads up to {FORMAT}",
            hint="upgrade the opendata package",
        )
    return document


class Fields:
    """Typed access to the fields of one document."""

    def __init__(self, document: object, where: str) -> None:
        if not isinstance(document, dict):
            raise InvalidValue(where, document, "must be a JSON object")
        self.document: dict[str, Any] = document
        self.where = where

    def _fail(self, name: str, rule: str) -> InvalidValue:
        return InvalidValue(f"{self.where}.{name}", self.document.get(name), rule)

    def text(self, name: str) -> str:
        """A required string."""
        value = self.document.get(name)
        if not isinstance(value, str):
            raise self._fail(name, "must be text")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string or null."""
        return None if self.document.get(name) is None else self.text(name)

    def sha256(self, name: str) -> str:
        """A required sha256."""
        value = self.document.get(name)
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise self._fail(name, "must be a sha256 in hexadecimal")
        return value

    def integer(self, name: str, minimum: int = 0) -> int:
        """A required whole number of at least `minimum`."""
        value = self.document.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise self._fail(name, f"must be a whole number of at least {minimum}")
        return value

    def flag(self, name: str) -> bool:
        """A required true or false."""
        value = self.document.get(name)
        if not isinstance(value, bool):
            raise self._fail(name, "must be true or false")
        return value

    def base(self, name: str) -> str:
        """A required version base."""
        return check_base(self.document.get(name), f"{self.where}.{name}")

    def choice(self, name: str, choices: type[E]) -> E:
        """A required member of an enumeration, by its value."""
        value = self.document.get(name)
        for member in choices:
            if member.value == value:
                return member
        raise self._fail(name, f"must be one of {', '.join(member.value for member in choices)}")

    def items(self, name: str) -> list[Any]:
        """A required list."""
        value = self.document.get(name)
        if not isinstance(value, list):
            raise self._fail(name, "must be a list")
        return value

    def nested(self, name: str) -> Fields:
        """A required object."""
        return Fields(self.document.get(name), f"{self.where}.{name}")

    def maybe_nested(self, name: str) -> Fields | None:
        """An object or null."""
        return None if self.document.get(name) is None else self.nested(name)

    def instant(self, name: str) -> str:
        """A required instant in the one form that sorts as text."""
        value = self.text(name)
        if format_instant(parse_instant(value, f"{self.where}.{name}")) != value:
            raise self._fail(name, "must be written as 2026-11-20T09:30:00.000Z")
        return value
