"""`encode`: one partition as the objects of a version directory, ready to get its evidence and be published."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from opendata.contract.canonical import sha256
from opendata.contract.evidence import Evidence
from opendata.contract.schema import ColumnStatistics, DataSummary, TableSchema, schema_document
from opendata.errors import IntegrityError, InvalidValue
from opendata.protocol.publish import Draft
from opendata.write.content import content_hash
from opendata.write.parquet import decode, decode_table, to_parquet
from opendata.write.preview import as_text, preview_json
from opendata.write.types import check_frame


@dataclass(frozen=True, slots=True)
class Encoded:
    """The objects of one version, and what is to be known of its data."""

    data: bytes = field(repr=False)
    schema_json: bytes = field(repr=False)
    preview_json: bytes = field(repr=False)
    summary: DataSummary
    schema_hash: str
    minimum: str | None
    maximum: str | None

    def draft(self, partition: str, evidence: Evidence) -> Draft:
        """What `publish` takes: these objects and the evidence about exactly this content."""
        return Draft(
            partition=partition,
            data=self.data,
            schema_json=self.schema_json,
            preview_json=self.preview_json,
            summary=self.summary,
            schema_hash=self.schema_hash,
            minimum=self.minimum,
            maximum=self.maximum,
            evidence=evidence,
        )


def encode(frame: pl.DataFrame, schema: TableSchema) -> Encoded:
    """Encode a frame of the declared schema, in any order of rows.

    Raises InvalidValue if the frame is not of the schema (names, order, types), and IntegrityError if the bytes do not
    read back as the same content. Nulls in columns declared without are kept: it is for the gates to refuse them.
    """
    check_frame(frame, schema)
    keys = schema.storage_order
    ordered = frame.sort(keys, maintain_order=True) if keys else frame
    data = to_parquet(ordered, schema)
    content = content_hash(ordered, schema)
    if content_hash(decode(data), schema) != content:
        raise IntegrityError(
            "the encoded bytes do not read back as the same table",
            hint="nothing was published; report this with the versions of polars and pyarrow",
        )
    return _describe(data, ordered, schema, content)


def describe(data: bytes) -> tuple[pl.DataFrame, TableSchema, Encoded]:
    """The table in a data file that somebody else encoded, and the objects that belong beside it, all computed anew.

    Raises InvalidValue if it does not carry its schema, is not of it, or its rows are not in the order of storage.
    """
    frame, schema = decode_table(data)
    keys = list(schema.storage_order)
    if keys and not frame.select(keys).equals(frame.select(keys).sort(keys)):
        raise InvalidValue("data.parquet", "the order of its rows", f"must be by {', '.join(keys)}")
    return frame, schema, _describe(data, frame, schema, content_hash(frame, schema))


def _describe(data: bytes, frame: pl.DataFrame, schema: TableSchema, content: str) -> Encoded:
    statistics = _statistics(frame, schema)
    time = schema.time_column
    span = statistics[time.name] if time else ColumnStatistics(0)
    summary = DataSummary(sha256(data), len(data), frame.height, content, statistics)
    return Encoded(
        data=data,
        schema_json=schema_document(schema, summary),
        preview_json=preview_json(frame),
        summary=summary,
        schema_hash=schema.schema_hash,
        minimum=span.minimum,
        maximum=span.maximum,
    )


def _statistics(frame: pl.DataFrame, schema: TableSchema) -> dict[str, ColumnStatistics]:
    """Null counts of all columns; smallest and largest value of dated and key columns."""
    found = {}
    for column in schema.columns:
        values = frame[column.name]
        ranged = column.is_dated or column.name in schema.primary_key
        least, greatest = (values.min(), values.max()) if ranged else (None, None)
        found[column.name] = ColumnStatistics(
            values.null_count(),
            None if least is None else as_text(least),
            None if greatest is None else as_text(greatest),
        )
    return found
