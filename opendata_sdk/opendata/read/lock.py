"""opendata.lock: which commit of which dataset was loaded, and which slice of it, so that the same can be loaded again.

    {"format": 1, "datasets": {"test/bars": {"seq": 3, "commit": "<sha256 of the log record>", "committed_at": "…",
     "version": "2026-11-20", "slice": {"columns": ["close"], "start_date": "2026-11-01"}, "rows": 20}}}

`version` is there if one was asked for, and of the slice what was given. The same loads make the same bytes, so the
file can be kept under version control.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from opendata.contract.canonical import to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.selectors import format_selector
from opendata.errors import IntegrityError, InvalidValue, NotLocked
from opendata.read.provenance import Provenance
from opendata.read.request import Pin, Slice, Target, parse_slice, pinned_target
from opendata.read.view import View, parse_view

LOCK_FILE = "opendata.lock"
_OF_ROWS = ("columns", "filters", "start_date", "end_date", "n_rows")
_OF_MEANING = ("symbols", "as_of", "adjust", "adjust_base")


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks for: a dataset in some state, rows and columns of it, and how they are to be seen."""

    target: Target
    wanted: Slice
    view: View

    @property
    def version(self) -> str | None:
        """The version or state that was named."""
        return format_selector(self.target.selector)

    @property
    def slice(self) -> dict[str, Any]:
        """The options that say which rows and columns, as JSON has them."""
        return self.wanted.given | self.view.given


@dataclass(frozen=True, slots=True)
class Locked:
    """One load, as the lock file has it."""

    seq: int
    commit: str
    committed_at: str
    version: str | None
    slice: Mapping[str, Any]
    rows: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "seq": self.seq,
            "commit": self.commit,
            "committed_at": self.committed_at,
            **({"version": self.version} if self.version else {}),
            "slice": dict(self.slice),
            "rows": self.rows,
        }

    @classmethod
    def read(cls, document: object, where: str) -> Locked:
        """Read the JSON form."""
        fields = Fields(document, where)
        options = fields.nested("slice").document
        for name in options:
            if name not in (*_OF_ROWS, *_OF_MEANING):
                raise InvalidValue(f"{where}.slice", name, f"must be one of {', '.join((*_OF_ROWS, *_OF_MEANING))}")
        return cls(
            fields.integer("seq", 1),
            fields.sha256("commit"),
            fields.instant("committed_at"),
            fields.maybe_text("version"),
            options,
            fields.integer("rows"),
        )

    def applied(self, request: Request) -> Request:
        """The same request again, in the pinned commit. Raises InvalidValue if another one is made."""
        if request.version not in (None, self.version):
            raise InvalidValue("version", request.version, f"must not be given, or be the locked one: {self.version}")
        if request.slice and request.slice != self.slice:
            raise InvalidValue("slice", request.slice, f"must not be given, or be the locked one: {self.slice}")
        rows = {name: value for name, value in self.slice.items() if name in _OF_ROWS}
        meaning = {name: value for name, value in self.slice.items() if name in _OF_MEANING}
        return Request(
            pinned_target(request.target.dataset, self.version, Pin(self.seq, self.commit)),
            parse_slice(**rows),
            replace(parse_view(**meaning), max_staleness=request.view.max_staleness),
        )

    def check(self, dataset: str, rows: int) -> None:
        """Raise IntegrityError if the pinned files did not give as many rows as before."""
        if rows != self.rows:
            raise IntegrityError(
                f"{dataset}: {rows} rows, but {self.rows} when it was locked, of the same files",
                hint="load it with the version of opendata that wrote the lock file",
            )


def read_lock(path: str | os.PathLike[str], dataset: str) -> Locked:
    """The entry of a dataset. Raises NotLocked if there is none, UpgradeRequired if the file is of a newer format."""
    entries = _read(Path(path))
    if dataset not in entries:
        raise NotLocked(f"{path} does not hold {dataset}", hint=f"`od load {dataset} --lock` puts it there")
    return Locked.read(entries[dataset], f"{LOCK_FILE}.{dataset}")


def check_lockable(request: Request) -> None:
    """Raise InvalidValue for a slice that the file cannot hold."""
    try:
        to_json(request.slice)
    except (TypeError, ValueError) as error:
        raise InvalidValue("lock", request.slice, f"must be expressible in JSON ({error})") from None


def write_lock(path: str | os.PathLike[str], request: Request, origin: Provenance, rows: int) -> None:
    """Put in the entry of a dataset that was loaded and leave the others as they are, whoever else is writing."""
    entry = Locked(origin.seq, origin.commit.sha256, origin.committed_at, request.version, request.slice, rows)
    file = Path(path).resolve()
    try:
        with _alone(file):
            _replace(file, _read(file) | {origin.dataset: entry.to_dict()})
    except OSError as error:
        raise InvalidValue("lock", str(path), f"must be a file that can be written: {error.strerror}") from error


def _read(path: Path) -> dict[str, Any]:
    """The entries; none in a file that is missing, or that somebody is about to write for the first time."""
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return {}
    return Fields(parse_object(body, LOCK_FILE), LOCK_FILE).nested("datasets").document if body else {}


def _replace(path: Path, entries: Mapping[str, Any]) -> None:
    """Write a file that appears whole or not at all."""
    document = {"format": FORMAT, "datasets": entries}
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:12]}")
    try:
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait for other processes that write this file, where files can be locked.

    The file itself is locked, and each writer puts another one in its place: whoever gets the lock looks whether it
    is still on the file of that name. Nothing is left behind, and the lock of a killed process is gone with it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    while True:
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_named(file.fileno(), path):
                yield
                return


def _is_named(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:  # somebody removed it
        return False
