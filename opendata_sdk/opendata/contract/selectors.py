"""Which state of a dataset is meant: newest, as published at an instant, after commit n, or one named version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from opendata.contract.canonical import format_instant, parse_instant
from opendata.contract.ids import VERSION_RULE, Version
from opendata.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest published state."""


@dataclass(frozen=True, slots=True)
class AtInstant:
    """The state that was published at an instant (`@2026-11-01T00:00:00Z`)."""

    instant: datetime


@dataclass(frozen=True, slots=True)
class AtSeq:
    """The state after commit n (`seq:1234`)."""

    seq: int


Selector: TypeAlias = Newest | AtInstant | AtSeq | Version


def format_selector(selector: Selector) -> str | None:
    """The text that `parse_selector` reads as this selector."""
    match selector:
        case Newest():
            return None
        case AtInstant(instant):
            return f"@{format_instant(instant)}"
        case AtSeq(seq):
            return f"seq:{seq}"
        case _:
            return str(selector)


def parse_selector(text: str | None) -> Selector:
    """Read the version argument of `od.load`."""
    if text is None:
        return Newest()
    if text.startswith("@"):
        return AtInstant(parse_instant(text[1:], "version"))
    if text.startswith("seq:"):
        digits = text[4:]
        if not digits.isascii() or not digits.isdigit() or not 0 < len(digits) <= 12 or int(digits) == 0:
            raise InvalidValue("version", text, "must be seq:N with N ≥ 1")
        return AtSeq(int(digits))
    try:
        return Version.parse(text)
    except InvalidValue:
        raise InvalidValue("version", text, f"{VERSION_RULE}; or @instant, or seq:N") from None
