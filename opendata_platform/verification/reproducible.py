"""Reproducible: the declared job, run again, gives the content that was published.

Content is compared by its hash, which knows values and not bytes, so another writer of Parquet or another order of rows
is no difference. The job is a creator's main.py, or for the platform's own datasets the reading of the answers that
were kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from opendata.contract.records import Data
from opendata.contract.verification import Finding, Rule, RuleVerdict


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the job gave this time, and how it was run."""

    content_hash: str
    method: str


@dataclass(frozen=True, slots=True)
class NotRebuilt:
    """Why the job gave nothing that could be compared."""

    reason: str
    reason_zh: str


Attempt: TypeAlias = Rebuilt | NotRebuilt


def judge_reproducible(published: Data | None, attempt: Attempt) -> Finding:
    """The finding about a published version and an attempt to make it again."""
    evidence: dict[str, Any] = {
        "version": published.version if published else None,
        "published": published.content_hash if published else None,
        "rebuilt": attempt.content_hash if isinstance(attempt, Rebuilt) else None,
        "method": attempt.method if isinstance(attempt, Rebuilt) else None,
    }
    if published is None:
        reason, reason_zh = "cannot be judged: no version is visible", "无法判断：没有可见的版本"
        return _finding(RuleVerdict.UNKNOWN, reason, reason_zh, evidence)
    if isinstance(attempt, NotRebuilt):
        reason, reason_zh = f"cannot be judged: {attempt.reason}", f"无法判断：{attempt.reason_zh}"
        return _finding(RuleVerdict.UNKNOWN, reason, reason_zh, evidence)
    if attempt.content_hash != published.content_hash:
        reason = f"{published.version}: {attempt.method} gives other content than was published"
        return _finding(RuleVerdict.FAIL, reason, f"{published.version}：重新生成的内容与已发布的不同", evidence)
    reason = f"{published.version}: {attempt.method} gives the published content"
    return _finding(RuleVerdict.PASS, reason, f"{published.version}：重新生成的内容与已发布的一致", evidence)


def _finding(verdict: RuleVerdict, reason: str, reason_zh: str, evidence: dict[str, Any]) -> Finding:
    return Finding(Rule.REPRODUCIBLE, verdict, reason, reason_zh, evidence)
