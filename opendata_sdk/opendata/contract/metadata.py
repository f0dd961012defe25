"""Metadata v1: what a creator writes into opendata.yaml and the index repeats.

The rules stand once, in `_RULES`; the validator and the published JSON Schema both follow from them. Unknown fields are
kept, wrong types are errors that name the field and, for YAML, the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opendata.contract.canonical import sha256, to_json
from opendata.contract.fields import parse_json
from opendata.contract.ids import DATASET_RULE, MAX_ID_LENGTH, Versioning, check_dataset_id
from opendata.errors import InvalidValue

META_VERSION = 1
FREQUENCIES = ("realtime", "minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "adhoc")
VISIBILITIES = ("public", "private")
"""`private`: index.json, which everybody reads, does not list the dataset."""
_HTTPS = r"https://[^\s/?#@]+(/[^\s]*)?"
_HANDLE = r"@?[A-Za-z0-9](-?[A-Za-z0-9]){0,38}(/[A-Za-z0-9._-]{1,100})?"
_TAG = r"[^\s,][^,\n]{0,39}"
_ID = r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*"
_COLUMN: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
_SOME_COLUMNS: dict[str, Any] = {"type": "array", "items": _COLUMN, "uniqueItems": True, "minItems": 1}
CALENDARS = ("sse",)
"""The trading calendars that the days of a dataset may follow; see `opendata.calendars`."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """`factor` is the column of cumulative adjustment factors, `prices` are the columns that it adjusts."""

    factor: str
    prices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PointInTime:
    """`available` is the column that says when a row became known, `key` what the revisions of one fact share."""

    available: str
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    schema: dict[str, Any]
    says: str
    required: bool = False


def _text(says: str, required: bool = False, pattern: str | None = None, limit: int = 10_000) -> _Rule:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": limit}
    return _Rule(schema | ({"pattern": f"^(?:{pattern})$"} if pattern else {}), says, required)


def _list(says: str, pattern: str) -> _Rule:
    items = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return _Rule({"type": "array", "items": items, "uniqueItems": True}, says)


def _columns(says: str, **properties: dict[str, Any]) -> _Rule:
    """A mapping that names columns: each of these properties, all required."""
    return _Rule({"type": "object", "properties": properties, "required": list(properties)}, says)


def _choice(says: str, values: tuple[str, ...]) -> _Rule:
    return _Rule({"enum": list(values)}, says)


_RULES: dict[str, _Rule] = {
    "meta_version": _Rule({"const": META_VERSION}, f"must be {META_VERSION}", required=True),
    "id": _text(DATASET_RULE, True, _ID, MAX_ID_LENGTH),
    "title": _text("must be text of 1 to 200 characters", True, limit=200),
    "description": _text("must be text", True),
    "license": _text("must be an SPDX expression or text of 1 to 200 characters", True, limit=200),
    "source": _text("must be text or a URL", True, limit=2_000),
    "repo": _text("must be an https:// URL", True, _HTTPS, 2_000),
    "tags": _list("must be a list of short texts without commas or repeats", _TAG),
    "owners": _list("must be a list of GitHub handles", _HANDLE),
    "frequency": _choice(f"must be one of {', '.join(FREQUENCIES)}", FREQUENCIES),
    "versioning": _choice(
        f"must be one of {', '.join(v.value for v in Versioning)}", tuple(v.value for v in Versioning)
    ),
    "primary_key": _list("must be a list of column names", r"[^\n]{1,200}"),
    "symbol_column": _Rule(_COLUMN, "must be the name of the column that holds the instruments' codes"),
    "adjustment": _columns(
        "must be a mapping with the column `factor` and the list `prices` of the columns that it adjusts",
        factor=_COLUMN,
        prices=_SOME_COLUMNS,
    ),
    "point_in_time": _columns(
        "must be a mapping with the column `available` (when a row became known) and the list `key` of the columns "
        "that its revisions share",
        available=_COLUMN,
        key=_SOME_COLUMNS,
    ),
    "calendar": _choice(f"must be one of {', '.join(CALENDARS)}: the trading days that the data follow", CALENDARS),
    "visibility": _choice(f"must be one of {', '.join(VISIBILITIES)}", VISIBILITIES),
    "homepage": _text("must be an https:// URL", pattern=_HTTPS, limit=2_000),
    "title_zh": _text("must be text of 1 to 200 characters", limit=200),
    "description_zh": _text("must be text"),
    "readme": _text("must be Markdown of 1 to 20,000 characters: how the data came to be, gaps, caveats", limit=20_000),
    "last_updated_at": _text("must be an ISO 8601 instant (filled in by the registry)"),
    "storage": _Rule({"type": "object"}, "must be an object (filled in by the registry)"),
    "checksum": _Rule({"type": "object"}, "must be an object (filled in by the registry)"),
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of metadata v1, as published in schemas/."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "OpenData dataset metadata, version 1",
        "type": "object",
        "properties": {name: {**rule.schema, "description": rule.says} for name, rule in _RULES.items()},
        "required": [name for name, rule in _RULES.items() if rule.required],
        "additionalProperties": True,
    }


def _holds(value: object, schema: Mapping[str, Any]) -> bool:
    if "const" in schema:
        return value == schema["const"] and not isinstance(value, bool)
    if "enum" in schema:
        return isinstance(value, str) and value in schema["enum"]
    if schema["type"] == "object":
        return isinstance(value, dict) and all(
            name in value and _holds(value[name], rule) for name, rule in schema.get("properties", {}).items()
        )
    if schema["type"] == "array":
        return (
            isinstance(value, list)
            and len(value) >= schema.get("minItems", 0)
            and all(isinstance(item, str) and _holds(item, {"type": "string", **schema["items"]}) for item in value)
            and len(set(value)) == len(value)
        )
    if not isinstance(value, str) or not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10_000):
        return False
    pattern = schema.get("pattern")
    return pattern is None or re.fullmatch(pattern.removeprefix("^").removesuffix("$"), value) is not None


@dataclass(frozen=True, slots=True)
class Metadata:
    """Validated metadata of one dataset; `document` keeps unknown fields as they are."""

    document: Mapping[str, Any]

    @classmethod
    def from_dict(cls, document: object, lines: Mapping[str, int] | None = None) -> Metadata:
        """Validate a document; `lines` maps field names to YAML lines for the error message."""
        if not isinstance(document, dict):
            raise InvalidValue("metadata", document, "must be a mapping of fields")

        def at(name: str) -> str:
            return f"{name} (line {lines[name]})" if lines and name in lines else name

        for name, rule in _RULES.items():
            if name not in document:
                if rule.required:
                    raise InvalidValue(at(name), None, f"is required and {rule.says}")
                continue
            if not _holds(document[name], rule.schema):
                raise InvalidValue(at(name), document[name], rule.says)
        try:
            to_json(document)
        except (TypeError, ValueError) as error:
            raise InvalidValue("metadata", document, f"must be expressible in JSON ({error})") from None
        check_dataset_id(document["id"])
        return cls(document)

    @property
    def listed(self) -> bool:
        """Whether index.json names the dataset."""
        return self.document.get("visibility") != "private"

    @classmethod
    def from_bytes(cls, data: bytes) -> Metadata:
        """Read the JSON form."""
        return cls.from_dict(parse_json(data, "metadata"))

    @classmethod
    def from_yaml(cls, text: str) -> Metadata:
        """Read opendata.yaml; errors name the line."""
        import yaml

        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            document = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}" if mark else "the file"
            raise InvalidValue("opendata.yaml", where, "must be valid YAML") from error
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                where = f"opendata.yaml (line {event.start_mark.line + 1})" if event.start_mark else "opendata.yaml"
                raise InvalidValue(where, f"*{event.anchor}", "must not use aliases: write the value out")
        lines = {}
        if isinstance(root, yaml.MappingNode):
            for name, _ in root.value:
                if name.value in lines:
                    raise InvalidValue(f"{name.value} (line {name.start_mark.line + 1})", name.value, "is given twice")
                lines[name.value] = name.start_mark.line + 1
        return cls.from_dict(document, lines)

    @property
    def id(self) -> str:
        """The dataset id."""
        return str(self.document["id"])

    @property
    def versioning(self) -> Versioning:
        """How versions relate; `snapshot` when the creator did not say."""
        return Versioning(self.document.get("versioning", Versioning.SNAPSHOT.value))

    @property
    def adjustment(self) -> Adjustment | None:
        """Which columns are prices, and which one adjusts them."""
        found = self.document.get("adjustment")
        return Adjustment(found["factor"], tuple(found["prices"])) if found else None

    @property
    def point_in_time(self) -> PointInTime | None:
        """Which column says when a row became known."""
        found = self.document.get("point_in_time")
        return PointInTime(found["available"], tuple(found["key"])) if found else None

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return to_json(dict(self.document))

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON."""
        return sha256(self.to_bytes())
