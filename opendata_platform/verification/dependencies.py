"""No malicious dependency: what a job installs is pinned with hashes, from where it should be, and under no false name.

Without advisories of the operator the rule can refuse, but never pass: nobody has then looked for what is known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from opendata.contract.canonical import sha256
from opendata.contract.verification import Finding, Rule, RuleVerdict
from opendata.create.lock import REPOSITORY, SDK

from opendata_platform.verification.advisories import Advisories
from opendata_platform.verification.requirements import Locked, Other, read_lock

ALLOWED_URLS = (REPOSITORY.removeprefix("git+"),)
"""Repositories from which a lock may install directly."""
SHORTEST = 5
"""Letters of a popular name below which names one edit away are no sign of anything."""
_POPULAR = Path(__file__).with_name("popular.txt")
_COMMIT = re.compile(r"@[0-9a-f]{40}")
_HASHED = re.compile(r"sha256=[0-9a-f]{64}")

PROBLEMS_ZH = {
    "unreadable": "不是可审查的依赖",
    "bare_name": "公共索引上的同名项目属于他人",
    "foreign_url": "直接引用了不在允许列表中的网址",
    "not_pinned": "未固定到唯一版本",
    "no_hash": "缺少哈希",
    "lookalike": "名称与常用包仅差一个字符",
    "advisory": "有安全公告",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one line of a lock."""

    line: int
    name: str
    kind: str
    says: str


def judge_dependencies(lock: str | None, advisories: Advisories | None) -> Finding:
    """The finding about the text of a project's lock, empty if it has none; None: there is no project to look at."""
    if lock is None:
        return _finding(RuleVerdict.UNKNOWN, "cannot be judged: no project was given", "无法判断：未给出项目", {})
    lines = read_lock(lock)
    problems = [problem for line in lines for problem in _problems(line, advisories)]
    evidence: dict[str, Any] = {
        "lock": sha256(lock.encode()),
        "requirements": len(lines),
        "advisories": {"sha256": advisories.sha256, "records": advisories.records} if advisories else None,
        "problems": [{"line": p.line, "name": p.name, "kind": p.kind, "says": p.says} for p in problems],
    }
    if problems:
        counted = Counter(problem.kind for problem in problems)
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        kinds = "；".join(f"{PROBLEMS_ZH[kind]} {count} 处" for kind, count in counted.items())
        return _finding(RuleVerdict.FAIL, f"line {first.line}, {first.name}: {first.says}{more}", kinds, evidence)
    if not lines:
        return _finding(
            RuleVerdict.FAIL, "nothing is pinned: there is no lock, or it is empty", "没有锁定文件或其为空", evidence
        )
    if advisories is None:
        reason = f"{len(lines)} requirements are pinned with hashes, but no file of advisories was given"
        return _finding(RuleVerdict.UNKNOWN, reason, "依赖均已固定并带哈希，但未提供安全公告文件", evidence)
    reason = f"{len(lines)} requirements are pinned with hashes; none is in {advisories.records} advisories"
    reason_zh = f"{len(lines)} 个依赖均已固定并带哈希，且不在 {advisories.records} 条安全公告中"
    return _finding(RuleVerdict.PASS, reason, reason_zh, evidence)


def _problems(line: Locked | Other, advisories: Advisories | None) -> Iterator[Problem]:
    if isinstance(line, Other):
        word = re.match(r"[\w.-]*", line.text)
        named = word[0] if word else ""  # not more: a URL may hold a password
        yield Problem(line.line, named, "unreadable", "must be NAME==VERSION with hashes, or NAME @ URL")
        return
    url = line.requirement.url
    if url is not None:
        yield from (Problem(line.line, line.name, kind, says) for kind, says in _problems_of_url(url, line.hashes))
    elif line.name == SDK:
        yield Problem(line.line, line.name, "bare_name", "by its bare name it is another project: name where it is")
    elif line.version is None:
        yield Problem(line.line, line.name, "not_pinned", "must be pinned to one version with ==")
    elif not line.hashes:
        yield Problem(line.line, line.name, "no_hash", "must have the hashes of its files")
    if imitated := looks_like(line.name):
        yield Problem(line.line, line.name, "lookalike", f"is one edit away from {imitated}, which many use")
    if url is None and line.version and advisories and (found := advisories.about(line.name, line.version)):
        yield Problem(line.line, line.name, "advisory", f"{line.version} is affected by {', '.join(found)}")


def _problems_of_url(url: str, hashes: int) -> Iterator[tuple[str, str]]:
    if not _is_allowed(url):
        yield "foreign_url", "is installed from a URL that is not on the list of allowed ones"
    elif not _COMMIT.search(urlsplit(url).path) and not _HASHED.search(urlsplit(url).fragment) and not hashes:
        yield "not_pinned", "must name a whole commit, or the sha256 of its file"


def _is_allowed(url: str) -> bool:
    """Whether a URL is an allowed repository or lies in it; whatever could make it mean another place is refused."""
    parts = urlsplit(url)
    path, _, _ = parts.path.partition("@")
    plain = not re.search(r"[%\\?]|\.\.|//", parts.path) and not parts.query
    where = f"https://{parts.netloc}{path.removesuffix('.git')}"
    inside = any(where == allowed or where.startswith(f"{allowed}/") for allowed in ALLOWED_URLS)
    return parts.scheme in ("https", "git+https") and plain and inside


def looks_like(name: str) -> str | None:
    """The popular name from which a name, which is none of them itself, is one edit away."""
    if name in popular_names():
        return None
    return next((known for known in popular_names() if len(known) >= SHORTEST and one_edit_apart(name, known)), None)


def one_edit_apart(one: str, other: str) -> bool:
    """Whether one letter more, less or exchanged, or two neighbours swapped, makes one text the other."""
    if one == other:
        return False
    short, long = sorted((one, other), key=len)
    same = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    here, there = short[same:], long[same:]
    if len(short) != len(long):
        return here == there[1:]
    return here[1:] == there[1:] or (here[:2] == there[1::-1] and here[2:] == there[2:])


@cache
def popular_names() -> tuple[str, ...]:
    """The shipped list."""
    lines = _POPULAR.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def _finding(verdict: RuleVerdict, reason: str, reason_zh: str, evidence: dict[str, Any]) -> Finding:
    return Finding(Rule.DEPENDENCIES, verdict, reason, reason_zh, evidence)
