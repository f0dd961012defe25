"""From rows to an audited partition: encoded objects and the evidence about exactly their content.

Not here: fetching and errors (`pipeline.py`), the store (`publisher.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from opendata.contract.ids import Versioning
from opendata.write import encode

from opendata_platform.datasets.audited import Audited
from opendata_platform.datasets.partitions import Partitions
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.datasets.related import RelatedData
from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.quality.changes import compare
from opendata_platform.quality.checks import Context
from opendata_platform.quality.gate import examine
from opendata_platform.quality.rows import RowAudit
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.outcome import Provenance

INGESTED_AT = "ingested_at"
"""A column that says when, not what: it never makes a revision."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is to be audited: the rows as parsed, and where they are from."""

    parsed: Parsed
    sandbox: Provenance | None
    origin: Mapping[str, object]


def audit(
    spec: DatasetSpec,
    partition: str,
    rows: Rows,
    publisher: Publisher,
    partitions_of: Callable[[str], Partitions],
    accepted: Collection[str] = (),
) -> Audited:
    """Encode parsed rows and run every declared check on them.

    Raises InvalidValue when the frame is not of the declared schema: then there is nothing that could be published.
    """
    frame = rows.parsed.frame
    encoded = encode(frame, spec.table)
    head, related = publisher.head(spec), RelatedData(publisher, partition, partitions_of)
    published = _published(spec, partition, publisher)
    changes = None if published is None else compare(published, frame, spec.table.primary_key, [INGESTED_AT])
    before = spec.partitions.shifted(partition, -1)
    context = Context(
        partition=partition,
        schema=spec.table,
        rows=RowAudit(spec.schema, frame),
        provenance=rows.sandbox,
        head=head,
        unknown_columns=rows.parsed.unknown_columns,
        duplicate_rows=rows.parsed.duplicate_rows,
        dataset=spec.id,
        related=related,
        since=date.fromisoformat(before) if before else None,
        changes=changes,
        revises=spec.partitions.versioning is Versioning.DATE,
        answer=rows.origin,
    )
    origin = dict(rows.origin)
    if changes is not None:
        origin["changes"] = changes.to_dict()
    evidence = examine(frame, spec.gate, context, encoded.summary.content_hash, origin, accepted)
    metadata = spec.metadata(_less_real(rows.sandbox, head.provenance if head else None))
    return Audited(spec, metadata, encoded.draft(partition, evidence), changes)


def _published(spec: DatasetSpec, partition: str, publisher: Publisher) -> pl.DataFrame | None:
    """The rows that the new ones take the place of: of the same slice, or the newest complete copy."""
    whole = spec.partitions.versioning is Versioning.SNAPSHOT
    entry = publisher.newest_entry(spec.id) if whole else publisher.newest_entry(spec.id, partition, partition)
    return publisher.read(spec.id, entry.data) if entry and entry.data else None


def _less_real(new: Provenance | None, published: Provenance | None) -> Provenance | None:
    """What metadata say of a dataset with both: one synthetic partition makes it synthetic, in whatever order."""
    order: list[Provenance | None] = [None, "recorded", "synthetic"]
    return max(new, published, key=order.index)
