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
from opendata.read.plan import Part

_ATTRIBUTE = "opendata.provenance"
_polars: dict[int, tuple[weakref.ref[Any], str]] = {}


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a table was made of: `commit` pins the bytes of the whole dataset, `objects` are the files read."""

    dataset: str
    version: str | None
    """The version asked for, else the newest one in the state that was read."""
    seq: int
    commit: ObjectRef
    committed_at: str
    store: str
    objects: tuple[ObjectRef, ...]


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
    text = json.dumps(asdict(provenance), separators=(",", ":"))  # text: pandas copies what is in attrs with each step
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
    """
    text = _text_of(frame)
    if text is None:
        raise InvalidValue(
            "provenance",
            type(frame).__name__,
            "must be a table that opendata has loaded",
            hint="polars frames derived from a loaded one carry none: ask for that of the loaded frame",
        )
    document = json.loads(text)
    commit = ObjectRef(**document.pop("commit"))
    objects = tuple(ObjectRef(**item) for item in document.pop("objects"))
    return Provenance(commit=commit, objects=objects, **document)


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
