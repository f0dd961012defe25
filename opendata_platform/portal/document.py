"""portal/d/{dataset}.json: what the page of one dataset shows, a pure function of the facts and the declaration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from opendata.contract.evidence import Severity
from opendata.contract.fields import FORMAT
from opendata.contract.ids import Version
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.records import Data
from opendata.contract.schema import TableSchema

from opendata_platform.datasets.spec import DatasetSpec
from opendata_platform.portal.chart import chart
from opendata_platform.portal.coverage import coverage
from opendata_platform.portal.facts import Facts, Publication
from opendata_platform.portal.schedule import newest_due, next_expected_at, schedule

_BOTH = re.compile(r"(?P<en>[^\u3400-\u9fff]*?)\s*(?P<zh>[\u3400-\u9fff].*)?", re.DOTALL)


def dataset_document(entry: Mapping[str, Any], facts: Facts, spec: DatasetSpec | None, now: datetime) -> dict[str, Any]:
    """The document of one dataset; `spec` is its declaration where the platform itself publishes it."""
    newest = facts.record.newest
    base = facts.partitions[-1] if facts.partitions else None
    return {
        "format": FORMAT,
        "generated_at": _newest_news(entry),
        "entry": dict(entry),
        "columns": _columns(facts.schema) if facts.schema else [],
        "schedule": schedule(spec) if spec else None,
        "next_expected_at": next_expected_at(spec, base) if spec else None,
        "runs": [run.to_dict() for run in facts.runs],
        "verification": facts.verification.to_dict() if facts.verification else None,
        "versions": [_version(publication) for publication in facts.publications],
        "coverage": coverage(spec.partitions, facts.partitions, newest_due(spec, now)) if spec else None,
        "chart": chart(facts.schema, facts.metadata) if facts.schema else None,
        "data": _data(newest, facts.record.dataset) if newest else None,
        "slices": [_data(data, facts.record.dataset) for data in facts.slices],
        "preview_key": _preview_key(newest, facts.record.dataset) if newest else None,
        "readme": facts.metadata.document.get("readme"),
        "corrections": facts.corrections,
        "checks": _checks(facts),
    }


def _newest_news(entry: Mapping[str, Any]) -> str:
    """The instant of the newest thing that the document tells."""
    health, verification = entry.get("health") or {}, entry.get("verification") or {}
    instants = (entry["last_updated_at"], health.get("last_run_at"), verification.get("as_of"))
    return max(str(instant) for instant in instants if instant)


def _columns(schema: TableSchema) -> list[dict[str, Any]]:
    return [column.to_dict() | _described(column.description) for column in schema.columns]


def _described(description: str) -> dict[str, str | None]:
    """A description in its two languages: the Chinese one stands after the English one."""
    match = _BOTH.fullmatch(description)
    assert match, "the pattern matches every text"
    return {"description": match["en"] or description, "description_zh": match["zh"]}


def _version(publication: Publication) -> dict[str, Any]:
    data, record = publication.data, publication.record
    return {
        "version": data.version,
        "seq": record.seq,
        "rows": data.rows,
        "bytes": data.bytes,
        "sha256": data.sha256,
        "committed_at": record.committed_at,
        "key": data.key(record.dataset),
        "correction": _correction(publication),
        "provenance": dict(record.actor),
    }


def _correction(publication: Publication) -> dict[str, Any] | None:
    """What a correction replaced, and how many rows it added, removed and changed (None where nobody counted)."""
    change = publication.change
    if change.to_rev == 1:
        return None
    replaced = str(Version(change.partition, change.from_rev)) if change.from_rev else None
    counted = ((publication.evidence or {}).get("origin") or {}).get("changes") or {}
    return {
        "of": replaced,
        "added": counted.get("inserted"),
        "removed": counted.get("removed"),
        "changed": counted.get("updated"),
    }


def _data(data: Data, dataset: str) -> dict[str, Any]:
    return {"key": data.key(dataset), "bytes": data.bytes, "rows": data.rows, "sha256": data.sha256}


def _preview_key(data: Data, dataset: str) -> str:
    return object_key(ObjectKind.PREVIEW, dataset=dataset, version=data.version)


def _checks(facts: Facts) -> dict[str, Any] | None:
    """How the checks of the newest version ended; a failed check that was let pass is counted as failed."""
    newest = facts.newest
    if newest is None or newest.evidence is None:
        return None
    checks = newest.evidence["checks"]
    broken = [check["severity"] for check in checks if not check["passed"]]
    warned = broken.count(Severity.WARN.value)
    return {
        "passed": len(checks) - len(broken),
        "warned": warned,
        "failed": len(broken) - warned,
        "at": newest.record.committed_at,
    }
