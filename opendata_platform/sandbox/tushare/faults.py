"""Misbehaviour of the sandbox's Tushare on request: refusals in the vendor's words, broken answers, wrong data.

A fault is asked for by API (or for all), for some requests only if `times` is given. What changes data leaves the
answer well-formed; several such faults add up (`changes.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from opendata_platform.sandbox.distort import require
from opendata_platform.sandbox.tushare.changes import CHANGES

LIMIT_PAGE = "权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。"
REFUSALS: Mapping[str, tuple[int, str]] = {
    "rate_limit": (
        40203,
        "抱歉，您访问接口({what})频率超限({n}次/分钟)，具体频次详情：https://tushare.pro/document/1?doc_id=108。",
    ),
    "rate_limit_old": (40203, "抱歉，您每分钟最多访问该接口{n}次，" + LIMIT_PAGE),
    "hourly_limit": (40203, "抱歉，您每小时最多访问该接口{n}次，" + LIMIT_PAGE),
    "daily_limit": (40203, "抱歉，您每天最多访问该接口{n}次，" + LIMIT_PAGE),
    "no_permission": (40203, "抱歉，您没有接口({what})访问权限，" + LIMIT_PAGE),
    "bad_token": (40101, "您的token不对，请确认。"),
    "ip_limit": (40204, "您的IP数量超限，最大数量为{n}个！"),
    "query_failed": (50101, "查询数据失败，请确认参数！可以反馈管理员协助您排查问题。"),
    "missing_param": (40001, "必填参数, {what}"),
    "unknown_api": (40001, "请指定正确的接口名"),
}
"""Name -> code and text, as the vendor sends them (with HTTP 200); `n` of a limit is a parameter of the fault."""
_HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
PAGES: Mapping[str, tuple[int, str, str]] = {
    "bad_gateway": (502, "text/html", _HTML.format("502 Bad Gateway")),
    "server_error": (503, "text/plain", "upstream connect error"),
    "html": (200, "text/html", _HTML.format("Verifying")),
}
"""Name -> HTTP status, media type and text of what comes from a machine in between."""
BROKEN: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(PAGES, frozenset[str]()),
    "hang": frozenset({"seconds"}),
    "cut_body": frozenset(),
    "cut_text": frozenset(),
    "null_data": frozenset(),
    "repeated_pages": frozenset(),
    "unflagged": frozenset(),
    "capped": frozenset({"rows"}),
}
"""Name -> parameters of faults of the whole answer. `repeated_pages`: the offset is ignored; `unflagged`: `has_more`
says false although others follow; `capped`: nothing after the row cap (or `rows`) comes, nor a `has_more`."""


@dataclass
class Fault:
    """One fault asked for; `times` None means until cleared."""

    name: str
    api: str | None = None
    times: int | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        takes = {
            **dict.fromkeys(REFUSALS, frozenset({"n"})),
            **BROKEN,
            **{name: change.takes for name, change in CHANGES.items()},
        }
        require(self.name in takes, f"fault {self.name!r}: use one of {', '.join(sorted(takes))}")
        whole = type(self.times) is int and self.times > 0
        require(self.times is None or whole, "times: a positive whole number or null")
        unknown = self.params.keys() - takes[self.name]
        allowed = ", ".join(sorted(takes[self.name])) or "nothing"
        require(not unknown, f"{self.name} takes no {', '.join(sorted(unknown))}; it takes: {allowed}")


class FaultBook:
    """The faults in force; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, api: str) -> list[Fault]:
        """The faults for a request, counted as used: the first that breaks the answer, or all that change data."""
        with self._lock:
            matching = [fault for fault in self._faults if fault.api in (None, api)]
            chosen = [fault for fault in matching if fault.name not in CHANGES][:1] or matching
            for fault in chosen:
                if fault.times is not None:
                    fault.times -= 1
            self._faults = [fault for fault in self._faults if fault.times != 0]
            return chosen


def refusal(name: str, *, what: str = "", n: int = 0) -> tuple[int, str]:
    """Code and text of a refusal, about an API or a parameter."""
    code, text = REFUSALS[name]
    return code, text.format(what=what, n=n)


def capped_at(faults: Sequence[Fault], page_rows: int) -> int:
    """The rows that a capped answer is cut to."""
    rows = [fault.params.get("rows", page_rows) for fault in faults if fault.name == "capped"]
    return int(str(rows[0]))
