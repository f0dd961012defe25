"""Evidence: what the gates found about the data that is about to be published.

Evidence is bound to the data by content hash. A publisher that holds failing, missing or stale evidence does not
publish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from opendata.contract.canonical import to_json
from opendata.contract.fields import FORMAT
from opendata.errors import GateFailed, InvalidValue

MAX_SAMPLE_KEYS = 20


class Severity(str, Enum):
    """What a failed check does."""

    BLOCK = "E"
    """Blocks the publication."""
    HOLD = "H"
    """Holds the publication for a human."""
    WARN = "W"
    """Warns; the data is published."""


class Verdict(str, Enum):
    """The outcome of all checks together."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    HOLD = "hold"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check on one partition: what was observed, the limit, and how many of how many rows broke the rule."""

    name: str
    severity: Severity
    passed: bool
    observed: str = ""
    limit: str = ""
    numerator: int = 0
    denominator: int = 0
    sample_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.sample_keys) > MAX_SAMPLE_KEYS:
            raise InvalidValue("sample_keys", len(self.sample_keys), f"must hold at most {MAX_SAMPLE_KEYS} keys")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "name": self.name,
            "severity": self.severity.value,
            "passed": self.passed,
            "observed": self.observed,
            "limit": self.limit,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "sample_keys": list(self.sample_keys),
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """All check results for one partition, and the content hash they were evaluated on."""

    partition: str
    content_hash: str
    checks: tuple[CheckResult, ...]
    origin: Mapping[str, Any] = field(default_factory=dict)
    """Where the data came from: url, sha256 and size of the raw answer, when it was fetched, sandbox or not."""

    @property
    def verdict(self) -> Verdict:
        """FAIL if a blocking check failed, else HOLD if a holding one did, else PASS."""
        failed = {check.severity for check in self.checks if not check.passed}
        if Severity.BLOCK in failed:
            return Verdict.FAIL
        return Verdict.HOLD if Severity.HOLD in failed else Verdict.PASS

    def require(self, partition: str, content_hash: str, required: Iterable[str]) -> None:
        """Raise GateFailed unless the evidence is about this very data and holds every required check."""
        if (self.partition, self.content_hash) != (partition, content_hash):
            raise GateFailed(
                f"{partition}: the evidence is about other data "
                f"({self.partition}, content {self.content_hash[:12]}), not about content {content_hash[:12]}",
                hint="run the checks on the data that is to be published",
            )
        missing = sorted(set(required) - {check.name for check in self.checks})
        if missing:
            raise GateFailed(
                f"{partition}: no result for {', '.join(missing)}",
                hint="run every declared check before publishing",
            )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "partition": self.partition,
            "content_hash": self.content_hash,
            "verdict": self.verdict.value,
            "checks": [check.to_dict() for check in self.checks],
            "origin": dict(self.origin),
        }


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """FAIL before HOLD before PASS."""
    order = [Verdict.PASS, Verdict.HOLD, Verdict.FAIL]
    return max(verdicts, key=order.index, default=Verdict.PASS)


def audit_document(dataset: str, commit_id: str, evidence: Iterable[Evidence], provenance: Mapping[str, Any]) -> bytes:
    """The `_audit/` object of one commit: gate results per partition and who produced them."""
    partitions = [item.to_dict() for item in evidence]
    return to_json(
        {
            "format": FORMAT,
            "dataset": dataset,
            "commit_id": commit_id,
            "verdict": worst(Verdict(item["verdict"]) for item in partitions).value,
            "partitions": partitions,
            "provenance": dict(provenance),
        }
    )
