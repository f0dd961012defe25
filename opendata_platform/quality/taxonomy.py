"""Turns whatever went wrong into one `ErrorRecord`: total, deterministic, without secrets.

    classify(error, Stage.FETCH, ts=now, dataset="official/x", partition="2024-03-11") -> ErrorRecord

Follows causes (the deepest known one decides) and groups (the worst decides, all are listed). Not here: which
exception means what (`recognise.py`), what the categories mean (`categories.py`).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType, TracebackType

from opendata_platform.quality.categories import SEVERITY, UNCLASSIFIED, Category, Fault, Stage
from opendata_platform.quality.recognise import http_details, recognise
from opendata_platform.quality.redaction import redact

SUMMARY_LENGTH = 200
OWN_PACKAGES = frozenset(
    {"opendata", "opendata_platform", "assets", "resources", "sensors", "schedules", "definitions"}
)

_TEXTS: Mapping[Category, tuple[str, str, str]] = MappingProxyType(
    {
        Category.NETWORK: ("网络故障", "network", "wait, the next run tries again / 稍后自动重试"),
        Category.PARSE: (
            "解析失败",
            "parse",
            "compare the captured answer with the declared format / 对照声明的格式检查原始响应",
        ),
        Category.WRITE: ("本地写入失败", "write", "check disk space, rights and memory / 检查磁盘、权限与内存"),
        Category.UPLOAD: ("上传失败", "upload", "wait, publishing again is safe / 稍后重试，重复发布是安全的"),
        Category.PERMISSION: ("权限不足", "permission", "check the account, key or role / 检查账号、密钥或权限"),
        Category.QUOTA: ("额度用尽", "quota", "wait for the stated time or raise the limit / 等待或提升额度"),
        Category.VALIDATION: (
            "校验未通过",
            "validation",
            "look at the failing check; readers keep the old version / 查看未通过的检查",
        ),
        Category.CONFLICT: ("版本冲突", "conflict", "nothing to do, it is settled automatically / 自动处理"),
        Category.INTEGRITY: ("完整性错误", "integrity", "run `od fsck` and page the operator / 运行 od fsck"),
        Category.CONFIG: ("配置错误", "config", "fix the named setting / 修正所列配置"),
        Category.CANCELLED: ("已取消", "cancelled", "run it again, it resumes / 重新运行即可继续"),
        Category.INTERNAL: ("内部错误", "internal", "report it with the fingerprint / 请附指纹上报"),
    }
)


@dataclass(frozen=True, slots=True)
class HttpDetails:
    """What the far side said in HTTP terms."""

    status: int | None
    code: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """One line of the error log; every text in it is redacted."""

    ts: str
    run_id: str
    dataset: str
    partition: str | None
    stage: Stage
    category: Category
    subcode: str
    retryable: bool
    retry_after_s: float | None
    attempt: int
    fingerprint: str
    summary: str
    hint: str
    http: HttpDetails | None
    exc_type: str
    where: str | None
    trace_key: str | None
    members: tuple[str, ...] = ()
    """`category.subcode` of every member when several failures were raised as one group, worst first."""

    def as_dict(self) -> dict[str, object]:
        """Plain JSON values, field names as in the log."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class _Finding:
    fault: Fault
    error: object
    members: tuple[str, ...] = ()


def classify(
    error: object,
    stage: Stage,
    *,
    ts: datetime,
    run_id: str = "",
    dataset: str = "",
    partition: str | None = None,
    attempt: int = 1,
    trace_key: str | None = None,
) -> ErrorRecord:
    """The record for `error` at `stage`; never raises, and a record given as error comes back as it is.

    `ts` is zone-aware. Any object is accepted: an exception, a non-ok outcome of a source, a Tushare answer;
    what nothing knows becomes `internal.unclassified`.
    """
    if type(error) is ErrorRecord:
        return error
    try:
        finding = _find(error, stage)
        details = HttpDetails(*http_details(finding.error))
        text, retry_after = _text(finding.error), _retry_after(finding.error)
        function, line = _top_own_frame(finding.error, error)
    except Exception as broken:  # noqa: BLE001 - a foreign object's own code (str, attributes) may raise anything
        finding = _Finding(UNCLASSIFIED, error)
        details = HttpDetails(None, None, None)
        text, retry_after = f"could not be inspected: {type(broken).__name__}", None
        function, line = None, None
    fault, exc_type = finding.fault, type(finding.error).__name__
    zh, en, hint = _TEXTS[fault.category]
    return ErrorRecord(
        ts=ts.isoformat(),
        run_id=run_id,
        dataset=dataset,
        partition=partition,
        stage=stage,
        category=fault.category,
        subcode=fault.subcode,
        retryable=attempt < fault.attempts,
        retry_after_s=retry_after,
        attempt=attempt,
        fingerprint=_fingerprint(stage, fault, exc_type, function),
        summary=one_line(f"{zh} · {en}.{fault.subcode}: {text}"),
        hint=hint,
        http=None if details == HttpDetails(None, None, None) else details,
        exc_type=exc_type,
        where=None if function is None else f"{function}:{line}",
        trace_key=trace_key,
        members=finding.members,
    )


def one_line(text: str, limit: int = SUMMARY_LENGTH) -> str:
    """`text` redacted, on one line, at most `limit` characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in redact(text)).split())
    if len(flat) > limit:
        flat = flat[: limit - 1] + "…"
    return redact(flat)[:limit]


def _find(error: object, stage: Stage) -> _Finding:
    """The deepest known failure along the causes of `error`."""
    for link in reversed(list(_chain(error))):
        if isinstance(link, BaseExceptionGroup):
            return _worst(link, stage)
        if (fault := recognise(link, stage)) is not None:
            return _Finding(fault, link)
    return _Finding(UNCLASSIFIED, error)


def _worst(group: BaseExceptionGroup[BaseException], stage: Stage) -> _Finding:
    findings = sorted(
        (_find(member, stage) for member in group.exceptions),
        key=lambda finding: (SEVERITY.index(finding.fault.category), finding.fault.subcode),
    )
    listed = tuple(name for f in findings for name in (f.members or (str(f.fault),)))
    return _Finding(findings[0].fault, findings[0].error, listed)


def _chain(error: object) -> Iterator[object]:
    """`error` and what it came from, outermost first; a cycle ends the walk."""
    seen: set[int] = set()
    current: object | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        if not isinstance(current, BaseException):
            return
        implicit = None if current.__suppress_context__ else current.__context__
        current = current.__cause__ or implicit


def _text(error: object) -> str:
    if isinstance(error, BaseException):
        return str(error) or type(error).__name__
    if isinstance(error, str):
        return error
    return str(getattr(error, "reason", type(error).__name__))


def _retry_after(error: object) -> float | None:
    value = getattr(error, "retry_after", None)
    return float(value) if isinstance(value, int | float) else None


def _fingerprint(stage: Stage, fault: Fault, exc_type: str, function: str | None) -> str:
    """Same for the same failure in the same place, whatever the date, the id or the line number."""
    parts = "\x1f".join((stage, str(fault), exc_type, function or ""))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _top_own_frame(*errors: object) -> tuple[str | None, int | None]:
    """(module:function, line) of the innermost frame of our code, from the first error that has one."""
    for error in errors:
        found: tuple[str | None, int | None] = (None, None)
        trace: TracebackType | None = error.__traceback__ if isinstance(error, BaseException) else None
        while trace is not None:
            frame = trace.tb_frame
            module = str(frame.f_globals.get("__name__", ""))
            if module.partition(".")[0] in OWN_PACKAGES:
                found = (f"{module}:{frame.f_code.co_qualname}", trace.tb_lineno)
            trace = trace.tb_next
        if found != (None, None):
            return found
    return None, None
