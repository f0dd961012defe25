"""What may be read through the gateway: the objects of the layout that readers need, and whose dataset they are of.

A path is taken apart, every part is validated, and the key is built anew; no key is ever taken from a request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from opendata.contract.ids import check_dataset_id
from opendata.contract.keys import INDEX, ObjectKind, object_key
from opendata.errors import InvalidValue

READABLE = (
    ObjectKind.DATA,
    ObjectKind.SCHEMA,
    ObjectKind.PREVIEW,
    ObjectKind.LATEST,
    ObjectKind.HEALTH,
    ObjectKind.VERIFIED,
    ObjectKind.LOG,
    ObjectKind.SEGMENT,
    ObjectKind.AUDIT,
    ObjectKind.METADATA,
    ObjectKind.PACK,
    ObjectKind.LAYOUT,
)
"""Not readable: raw answers of sources, markers, probes and switches."""


@dataclass(frozen=True, slots=True)
class Readable:
    """An object that may exist: its key, its kind, and the dataset it is of (None: it is part of the index)."""

    key: str
    kind: ObjectKind | None
    dataset: str | None


def readable(path: str) -> Readable:
    """The object that a path such as `datasets/ns/name/latest.json` names; raises InvalidValue for any other path."""
    if path == INDEX:
        return Readable(INDEX, None, None)
    for kind, pattern in _PATTERNS:
        if match := pattern.fullmatch(path):
            parts: dict[str, str | int] = {name: _part(name, text) for name, text in match.groupdict().items()}
            return Readable(object_key(kind, **parts), kind, str(parts["dataset"]) if "dataset" in parts else None)
    names = path.split("/")
    if names[0] == "datasets" and len(names) > 2:
        check_dataset_id("/".join(names[1:3]), "dataset")
    raise InvalidValue("path", path, "must be index.json, or an object of a dataset that readers need")


def _part(name: str, text: str) -> str | int:
    return int(text) if name == "seq" else text


_TEXT = {"dataset": r"[^/]+/[^/]+", "seq": r"[0-9]{12}", "commit": r"[0-9A-Z]{26}", "digest": r"[0-9a-f]{12}"}


def _pattern(kind: ObjectKind) -> re.Pattern[str]:
    fixed_and_named = re.split(r"\{(\w+)\}", kind.value)
    return re.compile(
        "".join(
            f"(?P<{part}>{_TEXT.get(part, '[^/]+')})" if index % 2 else re.escape(part)
            for index, part in enumerate(fixed_and_named)
        )
    )


_PATTERNS = [(kind, _pattern(kind)) for kind in (*READABLE, ObjectKind.INDEX_SHARD)]
