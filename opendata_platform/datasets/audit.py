"""From a source's answer to an audited partition: encoded objects and the evidence about exactly their content.

Only what is `Audited` can be published. Not here: fetching and errors (`pipeline.py`), the store (`publisher.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from opendata.contract.canonical import format_instant
from opendata.contract.metadata import Metadata
from opendata.protocol.publish import Draft
from opendata.write import encode

from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.quality.checks import Context, Head
from opendata_platform.quality.gate import examine
from opendata_platform.quality.rows import RowAudit
from opendata_platform.sources.declared import Parsed
from opendata_platform.sources.outcome import Provenance, RawCapture


@dataclass(frozen=True, slots=True)
class Audited:
    """One partition that went through the gate, whatever the verdict."""

    spec: DatasetSpec
    metadata: Metadata
    draft: Draft


def audit(spec: DatasetSpec, partition: str, capture: RawCapture, parsed: Parsed, head: Head | None) -> Audited:
    """Encode a parsed answer and run every declared check on it.

    Raises InvalidValue when the frame is not of the declared schema: then there is nothing that could be published.
    """
    encoded = encode(parsed.frame, spec.table)
    context = Context(
        partition=partition,
        schema=spec.table,
        rows=RowAudit(spec.schema, parsed.frame),
        provenance=capture.sandbox,
        head=head,
        unknown_columns=parsed.unknown_columns,
        duplicate_rows=parsed.duplicate_rows,
    )
    evidence = examine(parsed.frame, spec.gate, context, encoded.summary.content_hash, _origin(capture))
    metadata = spec.metadata(_less_real(capture.sandbox, head.provenance if head else None))
    return Audited(spec, metadata, encoded.draft(partition, evidence))


def _origin(capture: RawCapture) -> dict[str, object]:
    """Where the data came from, as kept with the evidence."""
    return {
        "source": capture.source,
        "url": capture.url,
        "sha256": capture.sha256,
        "bytes": len(capture.body),
        "media_type": capture.media_type,
        "fetched_at": format_instant(capture.fetched_at),
        "sandbox": capture.sandbox,
    }


def _less_real(new: Provenance | None, published: Provenance | None) -> Provenance | None:
    """What metadata say of a dataset with both: one synthetic partition makes it synthetic, in whatever order."""
    order: list[Provenance | None] = [None, "recorded", "synthetic"]
    return max(new, published, key=order.index)
