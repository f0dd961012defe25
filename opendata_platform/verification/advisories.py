"""Known malicious and vulnerable distributions, from a file of the operator in the OSV format.

The file holds one record of https://ossf.github.io/osv-schema/ or a list of them, as osv.dev offers them for download.
A range that cannot be read counts as one that affects: an advisory is never passed over in silence.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opendata.contract.canonical import sha256
from opendata.errors import InvalidValue, NotFound
from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import InvalidVersion, Version

ECOSYSTEM = "PyPI"


@dataclass(frozen=True, slots=True)
class Advisories:
    """The records of one file that are in force, by the normal form of the names they are about."""

    sha256: str
    records: int
    by_name: Mapping[str, list[tuple[str, Mapping[str, Any]]]] = field(repr=False)

    def about(self, name: str, version: str) -> list[str]:
        """The ids of the advisories that affect a version of a distribution."""
        return sorted({record for record, affected in self.by_name.get(name, ()) if _affects(affected, version)})


def read_advisories(path: Path) -> Advisories:
    """Read a file; raises NotFound or InvalidValue."""
    try:
        return parse_advisories(path.read_bytes())
    except FileNotFoundError:
        raise NotFound(f"there is no {path}", hint="name a file in the OSV format") from None


def parse_advisories(body: bytes) -> Advisories:
    """Read the bytes of a file; raises InvalidValue."""
    try:
        document = json.loads(body)
        records = document if isinstance(document, list) else [document]
        by_name: dict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
        for record in records:
            for affected in () if "withdrawn" in record else record.get("affected", ()):
                package = affected.get("package", {})
                if str(package.get("ecosystem", "")).split(":")[0] == ECOSYSTEM:
                    by_name[canonicalize_name(package["name"])].append((str(record["id"]), affected))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidValue("advisories", type(error).__name__, "must be OSV records: one, or a list of them") from None
    return Advisories(sha256(body), len(records), dict(by_name))


def _affects(affected: Mapping[str, Any], version: str) -> bool:
    listed = affected.get("versions") or []
    ranges = [one for one in affected.get("ranges") or [] if one.get("type") in ("ECOSYSTEM", "SEMVER")]
    if not listed and not ranges:
        return True
    same = canonicalize_version(version)
    if any(canonicalize_version(str(one)) == same for one in listed):
        return True
    return any(_within(one.get("events", ()), version) for one in ranges)


def _within(events: Iterable[Mapping[str, str]], version: str) -> bool:
    """Whether a version lies in a range: after an event that brings the flaw, and before one that ends it."""
    try:
        at = Version(version)
        ordered = sorted((Version(where), kind) for event in events for kind, where in event.items() if kind != "limit")
    except InvalidVersion:
        return True
    inside = False
    for where, kind in ordered:
        if kind == "last_affected" and at > where:
            inside = False
        elif kind != "last_affected" and at >= where:
            inside = kind == "introduced"
    return inside
