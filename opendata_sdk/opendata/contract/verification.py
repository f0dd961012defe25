"""verified.json: what each rule of the badge found about one state of a dataset, and what index.json repeats of it.

The badge belongs to a state, its data and its metadata. Other data that are published later have none until they are
verified themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from opendata.contract.canonical import to_json
from opendata.contract.fields import FORMAT, Fields, parse_object
from opendata.contract.ids import check_dataset_id
from opendata.errors import InvalidValue


class Rule(str, Enum):
    """The rules of the badge."""

    REPRODUCIBLE = "reproducible"
    """The declared job, run again, gives the same content."""
    LICENCE = "licence"
    """The licence is an SPDX expression that lets everybody redistribute the data."""
    FREQUENCY = "frequency"
    """The last periods have their data, as the declared frequency promises."""
    DEPENDENCIES = "dependencies"
    """What the job installs is pinned, from where it should be, and not known to be malicious or vulnerable."""


class RuleVerdict(str, Enum):
    """What a rule found. `unknown` never counts as a pass."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict, why in both languages, and what it was judged by."""

    rule: Rule
    verdict: RuleVerdict
    reason: str
    reason_zh: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, document: object) -> Finding:
        """Read the JSON form."""
        fields = Fields(document, "verified.json.rules")
        return cls(
            fields.choice("rule", Rule),
            fields.choice("verdict", RuleVerdict),
            fields.text("reason"),
            fields.text("reason_zh"),
            fields.nested("evidence").document,
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "rule": self.rule.value,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "reason_zh": self.reason_zh,
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """What all rules found about the state of a commit; `commit` is the sha256 of its record, `as_of` the instant it is
    judged at.

    A pure function of the evidence: the same evidence gives the same bytes.
    """

    dataset: str
    seq: int
    commit: str
    state: str
    version: str | None
    as_of: str
    findings: tuple[Finding, ...]

    def __post_init__(self) -> None:
        if tuple(finding.rule for finding in self.findings) != tuple(Rule):
            raise InvalidValue("rules", [finding.rule.value for finding in self.findings], "must be one of each rule")

    @property
    def verified(self) -> bool:
        """Whether every rule passes."""
        return all(finding.verdict is RuleVerdict.PASS for finding in self.findings)

    @classmethod
    def from_bytes(cls, data: bytes) -> Verification:
        """Read verified.json."""
        fields = Fields(parse_object(data, "verified.json"), "verified.json")
        return cls(
            check_dataset_id(fields.text("dataset"), "verified.json.dataset"),
            fields.integer("seq", 1),
            fields.sha256("commit"),
            fields.sha256("state"),
            fields.maybe_text("version"),
            fields.instant("as_of"),
            tuple(Finding.read(item) for item in fields.items("rules")),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "format": FORMAT,
            "dataset": self.dataset,
            "seq": self.seq,
            "commit": self.commit,
            "state": self.state,
            "version": self.version,
            "as_of": self.as_of,
            "verified": self.verified,
            "rules": [finding.to_dict() for finding in self.findings],
        }

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return to_json(self.to_dict())

    def summary(self) -> dict[str, Any]:
        """What index.json shows."""
        rules = {finding.rule.value: finding.verdict.value for finding in self.findings}
        return {"seq": self.seq, "state": self.state, "as_of": self.as_of, "verified": self.verified, "rules": rules}


def verification_rank(summary: object) -> tuple[int, str, bytes]:
    """The order in which one summary replaces another in the index: the later commit's, then the later judgement."""
    known = summary if isinstance(summary, Mapping) else {}
    seq, as_of = known.get("seq"), known.get("as_of")
    return (seq if isinstance(seq, int) else -1), (as_of if isinstance(as_of, str) else ""), to_json(summary)


def confirms(summary: object, state: object) -> bool:
    """Whether a summary gives the badge to this very state."""
    if not isinstance(summary, Mapping) or summary.get("verified") is not True:
        return False
    return state is not None and summary.get("state") == state
