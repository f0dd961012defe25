"""A lock of requirements as pip and uv write it (`requirements.lock`), read line by line.

What is not a requirement with its hashes is kept as it stands, for the rule to refuse: other files, other indexes,
folders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTION = re.compile(r"\s--(\S+)")
_HASH = re.compile(r"hash=(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})")


@dataclass(frozen=True, slots=True)
class Locked:
    """One requirement of a lock."""

    line: int
    requirement: Requirement
    hashes: int
    """How many hashes of its files stand with it."""

    @property
    def name(self) -> str:
        """Its name in the normal form."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str | None:
        """The one version that it allows; None if it allows others too, or names a URL."""
        pins = list(self.requirement.specifier)
        exact = len(pins) == 1 and pins[0].operator in ("==", "===") and not pins[0].version.endswith(".*")
        return pins[0].version if exact else None


@dataclass(frozen=True, slots=True)
class Other:
    """A line that is no such requirement."""

    line: int
    text: str


def read_lock(text: str) -> list[Locked | Other]:
    """All lines of a lock that say anything."""
    return [_read(line, said) for line, said in _logical_lines(text)]


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined where a backslash ends them, without comments, and where each begins."""
    begun, parts = 1, list[str]()
    for number, line in enumerate([*text.splitlines(), ""], 1):
        begun = begun if parts else number
        parts.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            said = " ".join(_COMMENT.sub("", part) for part in parts).strip()
            parts = []
            if said:
                yield begun, said


def _read(line: int, said: str) -> Locked | Other:
    named, *options = _OPTION.split(said)
    given = options[::2]
    if any(rest.strip() for rest in options[1::2]) or not all(_HASH.fullmatch(option) for option in given):
        return Other(line, said)
    try:
        return Locked(line, Requirement(named.strip()), len(given))
    except InvalidRequirement:
        return Other(line, said)
