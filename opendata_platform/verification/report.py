"""The report: what all rules found about the newest state of a dataset, as a document and as a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from opendata.contract.canonical import format_instant, parse_instant
from opendata.contract.ids import Versioning
from opendata.contract.metadata import Metadata
from opendata.contract.records import Op, Record
from opendata.contract.verification import RuleVerdict, Verification
from opendata.errors import DatasetNotFound
from opendata.protocol.objects import get_verified
from opendata.protocol.operations import Steps
from opendata.protocol.resolve import read_entries
from opendata.protocol.tip import read_record, read_tip

from opendata_platform.verification.advisories import Advisories
from opendata_platform.verification.dependencies import judge_dependencies
from opendata_platform.verification.frequency import History, judge_frequency
from opendata_platform.verification.licence import judge_licence
from opendata_platform.verification.reproducible import Attempt, judge_reproducible

_MARKS = {RuleVerdict.PASS: "✅", RuleVerdict.FAIL: "❌", RuleVerdict.UNKNOWN: "❔"}


@dataclass(frozen=True, slots=True)
class Published:
    """What the store says of a dataset: its newest commit, and all that the rules need of its log."""

    record: Record
    metadata: Metadata
    history: History


@dataclass(frozen=True, slots=True)
class Job:
    """What is known of the job that makes the data: an attempt to run it again, and the text of its lock (see
    `judge_dependencies`)."""

    attempt: Attempt
    lock: str | None


def read_published(dataset: str) -> Steps[Published]:
    """Read what the rules need; raises DatasetNotFound before the first publication."""
    record = (yield from read_tip(dataset)).record
    if record is None:
        raise DatasetNotFound(f"{dataset} has not been published in this store", hint="list what there is: `od search`")
    metadata = Metadata.from_bytes((yield from get_verified(record.metadata)))
    dated = record.versioning is not Versioning.SEMVER
    partitions = [entry.partition for entry in (yield from read_entries(record))] if dated else []
    committed = [] if dated else (yield from _publications(record))
    document = metadata.document
    history = History(document.get("frequency"), document.get("calendar"), partitions, committed)
    return Published(record, metadata, history)


def _publications(tip: Record) -> Steps[Sequence[datetime]]:
    """When the commits that brought data were made."""
    found = []
    for seq in range(1, tip.seq + 1):
        record = yield from read_record(tip.dataset, seq)
        if record and record.op in (Op.PUBLISH, Op.CORRECT) and record.changes:
            found.append(parse_instant(record.committed_at))
    return found


def verify(published: Published, job: Job, advisories: Advisories | None, as_of: datetime) -> Verification:
    """The verdicts of all rules. A pure function of what was read, of the job, of the advisories and of the instant."""
    record = published.record
    return Verification(
        dataset=record.dataset,
        seq=record.seq,
        commit=record.sha256,
        state=record.state,
        version=record.newest.version if record.newest else None,
        as_of=format_instant(as_of),
        findings=(
            judge_reproducible(record.newest, job.attempt),
            judge_licence(str(published.metadata.document["license"])),
            judge_frequency(published.history, as_of),
            judge_dependencies(job.lock, advisories),
        ),
    )


def to_markdown(verification: Verification) -> str:
    """The report as a page."""
    badge = "verified / 已验证" if verification.verified else "not verified / 未验证"
    lines = [
        f"# {verification.dataset}: {badge}",
        "",
        f"Commit {verification.seq} (`{verification.commit[:12]}`), version {verification.version or 'none'}, "
        f"as of {verification.as_of}.",
        "",
        "| | rule | verdict | reason | 原因 |",
        "|---|---|---|---|---|",
    ]
    for finding in verification.findings:
        cells = (_MARKS[finding.verdict], finding.rule.value, finding.verdict.value, finding.reason, finding.reason_zh)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    problems = [problem for finding in verification.findings for problem in finding.evidence.get("problems", ())]
    if problems:
        lines += ["", "## Dependencies", ""]
        lines += [f"- line {p['line']}, `{p['name']}`: {p['says']}" for p in problems]
    return "\n".join(lines) + "\n"


def shown(verification: Verification, form: str) -> str:
    """The report as text: `json` or `md`."""
    if form == "json":
        return json.dumps(verification.to_dict(), ensure_ascii=False, indent=2) + "\n"
    return to_markdown(verification)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
