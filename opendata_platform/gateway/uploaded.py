"""An uploaded data file, judged by the gateway itself: nothing that its creator says of it is taken over.

The bytes are hashed, decoded and described anew; what a creator's own checks found is kept beside, as their word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from opendata.contract.canonical import sha256
from opendata.contract.declared import declared_table
from opendata.contract.evidence import CheckResult, Evidence, Severity
from opendata.contract.fields import Fields
from opendata.contract.metadata import Metadata
from opendata.contract.schema import TableSchema
from opendata.create.checks import REQUIRED, check_rows
from opendata.errors import Conflict, InvalidValue
from opendata.protocol.publish import Draft
from opendata.write import Encoded, describe

LARGEST_TABLE = 1 << 30
"""Bytes of a file's columns before compression: what a small file may become in memory."""
REQUIRED_CHECKS = ("schema", *REQUIRED)
MOST_CLAIMS = 200
CLAIM = "creator."
"""Before the name of a check that the creator ran."""


def judge(
    data: bytes,
    partition: str,
    expected: str,
    metadata: Metadata,
    claims: Sequence[CheckResult],
    origin: Mapping[str, Any],
) -> Draft:
    """What is published of an upload, with the evidence about it. Raises Conflict if it is not what was announced."""
    if sha256(data) != expected:
        raise Conflict(
            f"{partition}: other bytes were uploaded than were announced", hint="begin the publication again"
        )
    frame, schema, encoded = _describe(data, partition)
    checks = (_as_declared(schema, metadata), *check_rows(frame, schema), *claims)
    return encoded.draft(partition, Evidence(partition, encoded.summary.content_hash, checks, origin))


def read_claims(document: object) -> tuple[CheckResult, ...]:
    """The results of a creator's own checks, as the creator tells them."""
    if document is None:
        return ()
    items = Fields(document, "evidence").items("checks")
    if len(items) > MOST_CLAIMS:
        raise InvalidValue("evidence.checks", len(items), f"must be at most {MOST_CLAIMS}")
    return tuple(_claim(Fields(item, "evidence.checks")) for item in items)


def _claim(fields: Fields) -> CheckResult:
    keys = fields.items("sample_keys") if "sample_keys" in fields.document else []
    return CheckResult(
        name=CLAIM + fields.text("name"),
        severity=fields.choice("severity", Severity),
        passed=fields.flag("passed"),
        observed=fields.maybe_text("observed") or "",
        limit=fields.maybe_text("limit") or "",
        numerator=fields.integer("numerator") if "numerator" in fields.document else 0,
        denominator=fields.integer("denominator") if "denominator" in fields.document else 0,
        sample_keys=tuple(map(str, keys)),
    )


def _describe(data: bytes, partition: str) -> tuple[pl.DataFrame, TableSchema, Encoded]:
    try:
        footer = pq.ParquetFile(pa.BufferReader(data)).metadata
        size = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
        if size > LARGEST_TABLE:
            raise InvalidValue("data.parquet", f"{size} bytes", f"must hold at most {LARGEST_TABLE} bytes of columns")
        return describe(data)
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError) as error:
        raise InvalidValue(partition, "the uploaded file", "must be a Parquet file that can be read") from error


def _as_declared(schema: TableSchema, metadata: Metadata) -> CheckResult:
    """The file's own schema is the one that the metadata declare, where they declare one."""
    declared = declared_table(metadata)
    if declared is None:
        limit = "the primary key of the metadata"
        passed = list(schema.primary_key) == list(metadata.document.get("primary_key", schema.primary_key))
    else:
        limit = "the columns, types, nulls, units and key of the metadata"
        passed = schema.schema_hash == declared.schema_hash
    observed = f"{len(schema.columns)} columns, {'as' if passed else 'not as'} declared"
    return CheckResult("schema", Severity.BLOCK, passed, observed, limit, int(not passed), len(schema.columns))
