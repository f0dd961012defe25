"""Writes the JSON Schemas and examples of this folder: `uv run --no-sync python schemas/generate.py`.

The schema of the metadata comes from the validator itself. The examples are documents that the contract writes for one
small publication. `documents` returns all of it, so that a test can compare it with what is here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from opendata.contract.canonical import sha256
from opendata.contract.evidence import CheckResult, Evidence, Severity, audit_document
from opendata.contract.ids import Versioning
from opendata.contract.index import index_document, index_entry
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.metadata import Metadata, json_schema
from opendata.contract.records import (
    AuditRef,
    Change,
    Data,
    Entry,
    Latest,
    ObjectRef,
    Op,
    Record,
    SegmentRef,
    Totals,
    segment_bytes,
)
from opendata.contract.schema import Column, ColumnStatistics, DataSummary, TableSchema, schema_document

HERE = Path(__file__).parent
COMMIT = "01JD4Q0000000000000000000A"
DAY = "2026-11-20"
MIN, MAX = f"{DAY}T00:00:00.000Z", f"{DAY}T23:00:00.000Z"
TABLE = TableSchema(
    (
        Column("time", "timestamp[ms, UTC]", description="Start of the hour"),
        Column("temperature", "float64", nullable=True, unit="°C", description="Air temperature at 2 m"),
    ),
    primary_key=("time",),
    partition_column="time",
)


def documents() -> dict[str, bytes]:
    """Every generated file of this folder, by name."""
    metadata = Metadata.from_yaml((HERE / "opendata.yaml").read_text(encoding="utf-8"))
    content_hash = sha256(b"content")
    statistics = {"time": ColumnStatistics(0, MIN, MAX), "temperature": ColumnStatistics(1)}
    summary = DataSummary(sha256(b"data"), 1_834, 24, content_hash, statistics)
    data = Data(DAY, summary.sha256, content_hash, TABLE.schema_hash, summary.bytes, summary.row_count, MIN, MAX)
    evidence = Evidence(
        DAY,
        content_hash,
        (CheckResult("row_count", Severity.BLOCK, True, observed="24", limit="= 24", denominator=24),),
        origin={"url": "https://archive-api.open-meteo.com/v1/archive", "sandbox": False},
    )
    provenance = {"kind": "dagster", "run_id": "example"}
    audit = audit_document(metadata.id, COMMIT, [evidence], provenance)
    segment = segment_bytes((Entry(DAY, 1, 2, 1, data),))
    record = _record(metadata, data, segment, audit, provenance)
    index, _ = index_document({metadata.id: index_entry(record, metadata, "opendata")})
    examples = {
        "schema.json": schema_document(TABLE, summary),
        "latest.json": Latest.document(record),
        "index.json": index,
        "log-record.json": record.to_bytes(),
        "segment.json": segment,
        "audit.json": audit,
    }
    return {
        "metadata-v1.schema.json": _indented(json_schema()),
        **{f"examples/{name}": _indented(json.loads(body)) for name, body in examples.items()},
    }


def _record(metadata: Metadata, data: Data, segment: bytes, audit: bytes, actor: dict[str, Any]) -> Record:
    def ref(kind: ObjectKind, body: bytes, **parts: str) -> ObjectRef:
        digest = sha256(body)
        return ObjectRef(object_key(kind, dataset=metadata.id, **parts), digest)

    segment_ref = ref(ObjectKind.SEGMENT, segment, commit=COMMIT, digest=sha256(segment)[:12])
    audit_ref = ref(ObjectKind.AUDIT, audit, commit=COMMIT)
    return Record(
        dataset=metadata.id,
        versioning=Versioning.DATE,
        seq=1,
        commit_id=COMMIT,
        parent=None,
        committed_at="2026-11-21T04:05:06.789Z",
        op=Op.PUBLISH,
        reason="",
        actor=actor,
        changes=(Change(DAY, 0, 1),),
        tree=(SegmentRef(DAY, DAY, 1, segment_ref.key, segment_ref.sha256, 1, data.rows, data.bytes, MIN, MAX),),
        packs=(),
        totals=Totals(1, data.rows, data.bytes, MIN, MAX),
        newest=data,
        metadata=ref(ObjectKind.METADATA, metadata.to_bytes(), digest=metadata.sha256[:12]),
        audit=AuditRef(audit_ref.key, audit_ref.sha256, "pass"),
    )


def _indented(document: Any) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


if __name__ == "__main__":
    for name, body in documents().items():
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_bytes(body)
