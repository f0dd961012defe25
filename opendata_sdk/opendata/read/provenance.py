"""Where a table came from: dataset, version, commit and file hashes, carried with the result of a load.

pandas keeps it in `attrs` and arrow in the schema's metadata, where it survives what those survive (pandas: most
operations; both: writing to Parquet). polars has no such place: there it is known for the very object that was
returned, and a frame derived from it has none.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from opendata.contract.records import ObjectRef, Record
from opendata.errors import InvalidValue
from opendata.read.html import Shown
from opendata.read.plan import Part
from opendata.read.request import Pin, Target, pinned_target

_ATTRIBUTE = "opendata.provenance"
_polars: dict[int, tuple[weakref.ref[Any], str]] = {}


@dataclass(frozen=True, slots=True, repr=False)
class Provenance(Shown):
    """What a table was made of: `commit` pins the bytes of the whole dataset, `objects` are the files read."""

    dataset: str
    version: str | None
    """The version asked for, else the newest one in the state that was read."""
    seq: int
    commit: ObjectRef
    committed_at: str
    store: str
    objects: tuple[ObjectRef, ...]
    asked: str | None = None
    """The version, if one was asked for and no state."""
    as_of: str | None = None
    """The date or instant up to which rows were known, if one was named."""
    adjust: str | None = None
    """How prices are adjusted, and the day whose factor they are divided by."""
    adjust_base: str | None = None

    def shown(self) -> dict[str, Any]:
        """The fields, with the hash of the commit and the number of files."""
        return Shown.shown(self) | {"commit": self.commit.sha256, "objects": len(self.objects)}

    @property
    def target(self) -> Target:
        """What the table was made of, to be read again."""
        return pinned_target(self.dataset, self.asked, Pin(self.seq, self.commit.sha256))

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Provenance:
        """Read what `to_json` wrote."""
        document = json.loads(text)
        commit = ObjectRef(**document.pop("commit"))
        objects = tuple(ObjectRef(**item) for item in document.pop("objects"))
        return cls(commit=commit, objects=objects, **document)


def describe(record: Record, version: str | None, store: str, parts: Sequence[Part]) -> Provenance:
    """The provenance of a table made of these files."""
    newest = record.newest.version if record.newest else None
    return Provenance(
        record.dataset,
        version or newest,
        record.seq,
        ObjectRef(record.key, record.sha256),
        record.committed_at,
        store,
        tuple(ObjectRef(part.key, part.sha256) for part in parts),
    )


def attach(frame: Any, provenance: Provenance) -> Any:
    """The table with its provenance."""
    text = provenance.to_json()  # text: pandas copies what is in attrs with each step
    library = type(frame).__module__.partition(".")[0]
    if library == "pandas":
        frame.attrs[_ATTRIBUTE] = text
    elif library == "pyarrow":
        frame = frame.replace_schema_metadata({**(frame.schema.metadata or {}), _ATTRIBUTE: text})
    else:
        key = id(frame)
        _polars[key] = (weakref.ref(frame, lambda _: _polars.pop(key, None)), text)
    return frame


def provenance(frame: Any) -> Provenance:
    """Where a table came from: a polars DataFrame or LazyFrame, a pandas DataFrame or an arrow Table from `load`.

    Raises InvalidValue if it carries none (not loaded by opendata, or derived by an operation that drops it).

    Examples:
        >>> df = od.load("official/stooq-aapl-daily")
        >>> od.provenance(df).seq
        2
    """
    text = _text_of(frame)
    if text is None:
        raise InvalidValue(
            "provenance",
            type(frame).__name__,
            "must be a table that opendata has loaded",
            hint="polars frames derived from a loaded one carry none: ask for that of the loaded frame",
        )
    return Provenance.from_json(text)


def _text_of(frame: Any) -> str | None:
    known = _polars.get(id(frame))
    if known and known[0]() is frame:
        return known[1]
    attributes = getattr(frame, "attrs", None)
    if isinstance(attributes, dict):
        return attributes.get(_ATTRIBUTE)
    metadata = getattr(getattr(frame, "schema", None), "metadata", None)
    text = metadata.get(_ATTRIBUTE.encode()) if isinstance(metadata, dict) else None
    return text.decode() if text else None
