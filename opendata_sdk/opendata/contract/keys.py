"""Object keys: `object_key` is the only code that makes one, and it validates every part first."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from opendata.contract.ids import NAME, Version, check_dataset_id
from opendata.errors import InvalidValue

INDEX = "index.json"
INDEX_SHARDS = "index/"
DIRTY = "_dirty/"


class ObjectKind(str, Enum):
    """The objects of the layout; the value is the template of the key."""

    DATA = "datasets/{dataset}/{version}/data.parquet"
    SCHEMA = "datasets/{dataset}/{version}/schema.json"
    PREVIEW = "datasets/{dataset}/{version}/preview.json"
    LATEST = "datasets/{dataset}/latest.json"
    HEALTH = "datasets/{dataset}/health.json"
    VERIFIED = "datasets/{dataset}/verified.json"
    LOG = "datasets/{dataset}/_log/{seq}.json"
    SEGMENT = "datasets/{dataset}/_seg/{commit}-{digest}.json"
    AUDIT = "datasets/{dataset}/_audit/{commit}.json"
    METADATA = "datasets/{dataset}/_meta/{digest}.json"
    RAW = "datasets/{dataset}/_raw/{sha256}"
    PACK = "datasets/{dataset}/_pack/{commit}-{digest}.parquet"
    LAYOUT = "datasets/{dataset}/_pack/{commit}-{digest}.json"
    DIRTY = "_dirty/{marker}~{seq}"
    INDEX_SHARD = "index/{namespace}-{digest}.json"
    PROBE = "_probe/{commit}"
    CONTROL = "_control/{control}.json"
    PORTAL_SEARCH = "portal/search.json"
    PORTAL_SEARCH_HEAD = "portal/search-head.json"
    PORTAL_SEARCH_SHARD = "portal/search/{digest}.json"
    PORTAL_DATASET = "portal/d/{dataset}.json"
    PORTAL_STATUS = "portal/status.json"
    PORTAL_BUILT = "portal/built.json"


def _matching(pattern: str, rule: str) -> Callable[[str, object], str]:
    compiled = re.compile(pattern)

    def check(field: str, value: object) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise InvalidValue(field, value, rule)
        return value

    return check


def _seq(field: str, value: object) -> str:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 10**12:
        raise InvalidValue(field, value, "must be a whole number from 1 to 999999999999")
    return f"{value:012d}"


_PARTS: dict[str, Callable[[str, object], str]] = {
    "dataset": lambda field, value: check_dataset_id(value, field),
    "marker": lambda field, value: check_dataset_id(value, field).replace("/", "~"),
    "namespace": _matching(NAME, "must be a namespace"),
    "version": lambda field, value: str(Version.parse(value, field)),
    "seq": _seq,
    "control": _matching(r"[a-z0-9]+(?:_[a-z0-9]+)*", "must be lower-case words joined by _"),
    "commit": _matching(r"[0-9A-HJKMNP-TV-Z]{26}", "must be a ULID"),
    "digest": _matching(r"[0-9a-f]{12}", "must be the first 12 hexadecimal digits of a sha256"),
    "sha256": _matching(r"[0-9a-f]{64}", "must be a sha256 in hexadecimal"),
}


def object_key(kind: ObjectKind, **parts: str | int) -> str:
    """Build the key of an object; raises InvalidValue naming the part that is not valid."""
    return kind.value.format(**{name: _PARTS[name](name, value) for name, value in parts.items()})


def dataset_prefix(dataset: str) -> str:
    """Prefix of everything that belongs to one dataset."""
    return f"datasets/{check_dataset_id(dataset)}/"


def log_prefix(dataset: str) -> str:
    """Prefix of a dataset's log records."""
    return f"{dataset_prefix(dataset)}_log/"


_LOG_KEY = re.compile(rf"datasets/({NAME})/({NAME})/_log/([0-9]{{12}})\.json")
_DIRTY_KEY = re.compile(rf"_dirty/({NAME})~({NAME})~([0-9]{{12}})")


def parse_log_key(key: str) -> tuple[str, int] | None:
    """Dataset and seq of a log key; None for any other object."""
    return _parse(_LOG_KEY, key)


def parse_dirty_key(key: str) -> tuple[str, int] | None:
    """Dataset and target seq of a dirty marker; None for any other object."""
    return _parse(_DIRTY_KEY, key)


def _parse(pattern: re.Pattern[str], key: str) -> tuple[str, int] | None:
    match = pattern.fullmatch(key)
    return (f"{match[1]}/{match[2]}", int(match[3])) if match else None
