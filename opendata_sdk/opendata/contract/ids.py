"""Dataset ids, versions and their order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import TypeAlias

from opendata.errors import InvalidValue

NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_DATASET = re.compile(rf"{NAME}/{NAME}")
_REVISION = re.compile(r"(?P<base>.+)\.r(?P<rev>[2-9]|[1-9][0-9]+)")
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_SEMVER = re.compile(
    rf"(0|[1-9][0-9]{{0,8}})\.(0|[1-9][0-9]{{0,8}})\.(0|[1-9][0-9]{{0,8}})(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
)
_TIMES = {
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "month": re.compile(r"[0-9]{4}-[0-9]{2}"),
    "hour": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3])"),
}
DATASET_RULE = "must be namespace/name in lower-case ASCII letters, digits and single hyphens, at most 80 characters"
VERSION_RULE = (
    "must be a date (2026-11-20), month (2026-11), hour (2026-11-20T09) or semantic version (1.2.0), "
    "for a corrected one followed by .rN with N ≥ 2"
)
MAX_ID_LENGTH = 80
MAX_VERSION_LENGTH = 64

OrderKey: TypeAlias = tuple[object, ...]


class Versioning(str, Enum):
    """How the versions of a dataset relate to each other."""

    DATE = "date"
    """Versions are slices of one table, united on load."""
    SNAPSHOT = "snapshot"
    """Each dated version is a complete copy."""
    SEMVER = "semver"
    """Each version is a complete copy with a human name; never corrected once published."""


def check_dataset_id(value: object, field: str = "id") -> str:
    """Return `value` if it is a dataset id, else raise InvalidValue."""
    if not isinstance(value, str) or len(value) > MAX_ID_LENGTH or not _DATASET.fullmatch(value):
        raise InvalidValue(field, value, DATASET_RULE)
    return value


@lru_cache(maxsize=4096)
def base_kind(value: str) -> str | None:
    """`date`, `month`, `hour` or `semver`, or None if `value` is no version base."""
    for kind, pattern in _TIMES.items():
        if pattern.fullmatch(value):
            try:
                _first_day(value)
            except ValueError:
                return None
            return kind
    return "semver" if len(value) <= MAX_VERSION_LENGTH and _SEMVER.fullmatch(value) else None


def check_base(value: object, field: str = "partition") -> str:
    """Return `value` if it is a version base (a partition), else raise InvalidValue."""
    if not isinstance(value, str) or base_kind(value) is None:
        raise InvalidValue(field, value, "must be a date, month, hour or semantic version that exists")
    return value


def order_key(base: str) -> OrderKey:
    """Sort key of a version base: times in order, then semantic versions by precedence."""
    match = _SEMVER.fullmatch(base)
    if match is None:
        return (0, base)
    major, minor, patch, pre = match.groups()
    if pre is None:
        return (1, int(major), int(minor), int(patch), 1)
    identifiers = tuple((0, int(i), "") if i.isdigit() else (1, 0, i) for i in pre.split("."))
    return (1, int(major), int(minor), int(patch), 0, identifiers)


def _first_day(base: str) -> date:
    return date.fromisoformat(f"{base[:7]}-{base[8:10] or '01'}")


@dataclass(frozen=True, slots=True)
class Version:
    """A version directory: a base, and the revision of a correction (1 = first publication, written without suffix)."""

    base: str
    revision: int = 1

    def __post_init__(self) -> None:
        check_base(self.base, "version")
        if self.revision < 1:
            raise InvalidValue("version", f"{self.base}.r{self.revision}", "a revision counts from 1")
        if self.revision > 1 and base_kind(self.base) == "semver":
            raise InvalidValue("version", f"{self.base}.r{self.revision}", "a semantic version is never corrected")

    def __str__(self) -> str:
        return self.base if self.revision == 1 else f"{self.base}.r{self.revision}"

    @classmethod
    def parse(cls, value: object, field: str = "version") -> Version:
        """Read `BASE` or `BASE.rN`."""
        if isinstance(value, str) and len(value) <= MAX_VERSION_LENGTH:
            if base_kind(value):
                return cls(value)
            match = _REVISION.fullmatch(value)
            if match and base_kind(match["base"]) in _TIMES:
                return cls(match["base"], int(match["rev"]))
        raise InvalidValue(field, value, VERSION_RULE)
