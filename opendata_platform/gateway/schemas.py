"""JSON Schemas of what the API takes and answers, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

from opendata.contract.ids import MAX_ID_LENGTH, NAME
from opendata.contract.metadata import json_schema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MAYBE_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
NUMBER: Schema = {"type": "number"}
URL: Schema = {"type": "string", "format": "uri"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
NAMESPACE: Schema = {"type": "string", "pattern": f"^{NAME}$", "maxLength": MAX_ID_LENGTH}
DATASET: Schema = {"type": "string", "pattern": f"^{NAME}/{NAME}$", "maxLength": MAX_ID_LENGTH}
ANYTHING: Schema = {"type": "object"}


def fields(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object with these fields."""
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


def many(item: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": item}


def _metadata() -> Schema:
    return {name: value for name, value in json_schema().items() if name != "$schema"}


METADATA = _metadata()
REF = fields({"key": TEXT, "sha256": SHA256})
REGISTERED = fields({"dataset": DATASET, "metadata": METADATA, "created_at": INSTANT, "updated_at": INSTANT})
PUBLISHED = fields({"seq": COUNT, "version": MAYBE_TEXT, "committed_at": INSTANT, "rows": COUNT, "bytes": COUNT})
SHOWN = fields(
    {"dataset": DATASET, "registered": FLAG, "published": {"anyOf": [PUBLISHED, {"type": "null"}]}},
    {"metadata": METADATA, "created_at": INSTANT, "updated_at": INSTANT},
)
RESOLVED = fields(
    {
        "dataset": DATASET,
        "version": TEXT,
        "seq": COUNT,
        "commit": REF,
        "data": fields({"key": TEXT, "sha256": SHA256, "bytes": COUNT, "rows": COUNT}),
        "url": URL,
        "expires_at": INSTANT,
    }
)
WANTED = fields({"dataset": DATASET}, {"version": MAYBE_TEXT})
DOWNLOAD = fields({"url": URL, "expires_at": INSTANT, "sha256": SHA256, "bytes": COUNT})
TOKEN = fields({"token": TEXT})
SESSION = fields({"session": TEXT, "expires_at": INSTANT, "datasets": many(DATASET)})
BEGIN = fields(
    {
        "dataset": DATASET,
        "partitions": {
            **many(fields({"partition": TEXT, "bytes": {"type": "integer", "minimum": 1}, "sha256": SHA256})),
            "minItems": 1,
            "maxItems": 100,
        },
    },
    {"parent_seq": MAYBE_COUNT},
)
UPLOADS = fields(
    {
        "publication": TEXT,
        "parent_seq": COUNT,
        "expires_at": INSTANT,
        "uploads": many(
            fields(
                {
                    "partition": TEXT,
                    "url": URL,
                    "headers": {"type": "object", "additionalProperties": TEXT},
                }
            )
        ),
    }
)
CHECK = fields(
    {"name": TEXT, "severity": {"enum": ["E", "H", "W"]}, "passed": FLAG},
    {
        "observed": MAYBE_TEXT,
        "limit": MAYBE_TEXT,
        "numerator": COUNT,
        "denominator": COUNT,
        "sample_keys": {**many(TEXT), "maxItems": 20},
    },
)
COMMIT = fields({"publication": TEXT}, {"evidence": fields({"checks": {**many(CHECK), "maxItems": 200}})})
COMMITTED = fields(
    {
        "publication": TEXT,
        "dataset": DATASET,
        "outcome": {"enum": ["published", "unchanged", "quarantined"]},
        "seq": MAYBE_COUNT,
        "versions": many(TEXT),
        "checks": many(CHECK),
    }
)
PUBLICATION = fields({"publication": TEXT})
ABORTED = fields({"publication": TEXT, "outcome": {"const": "aborted"}})
RUN = fields(
    {
        "dataset": DATASET,
        "outcome": {"enum": ["published", "unchanged", "quarantined", "failed"]},
        "summary": {"type": "string", "maxLength": 500},
        "started_at": INSTANT,
        "seconds": {"type": "number", "minimum": 0},
    },
    {"category": MAYBE_TEXT, "rows": MAYBE_COUNT, "link": MAYBE_TEXT},
)
REPORTED = fields({"dataset": DATASET, "health": ANYTHING})
PUBLISHER = fields(
    {"repository_id": TEXT, "repository_owner_id": TEXT, "workflow": TEXT},
    {"dataset": DATASET, "ref": MAYBE_TEXT, "environment": MAYBE_TEXT},
)
PUBLISHERS = fields({"publishers": many(PUBLISHER)})
NEW_KEY = fields({}, {"owner": MAYBE_TEXT, "plan": MAYBE_TEXT, "datasets": {"type": ["array", "null"], "items": TEXT}})
KEY = fields(
    {"prefix": TEXT, "owner": TEXT, "plan": TEXT, "created_at": INSTANT, "revoked_at": MAYBE_TEXT},
    {"datasets": {"type": ["array", "null"], "items": TEXT}},
)
ISSUED_KEY = {**KEY, "properties": {**KEY["properties"], "token": TEXT}, "required": [*KEY["required"], "token"]}
KEYS = fields({"keys": many(KEY)})
USAGE = fields(
    {
        "usage": many(
            fields(
                {
                    "day": TEXT,
                    "kind": {"enum": ["key", "ip", "namespace"]},
                    "subject": TEXT,
                    "requests": COUNT,
                    "failures": COUNT,
                    "downloads": COUNT,
                    "bytes": COUNT,
                    "failure_rate": NUMBER,
                }
            )
        )
    }
)
HEALTHY = fields({"status": {"const": "ok"}})
ABOUT = fields({"audience": TEXT, "largest_publication": COUNT, "most_partitions": COUNT})
ERROR = fields(
    {
        "error": fields(
            {"code": TEXT, "type": TEXT, "message": TEXT, "hint": MAYBE_TEXT, "request_id": TEXT},
        )
    }
)
