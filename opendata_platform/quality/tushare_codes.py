"""What a Tushare answer `{"code": …, "msg": …}` means.

One code serves several meanings (40203 is both "too often" and "not entitled"), so the text decides and the code
only where the text says nothing. Texts as sent by the service: tushare.pro documents 108 (points and frequency) and
290 (permissions).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from opendata_platform.quality.categories import Category, Fault

Span: TypeAlias = Literal["minute", "hour", "day"]
"""What a limit of calls is counted over."""

_RATE = Fault(Category.QUOTA, "rate")
_DAILY = Fault(Category.QUOTA, "daily")
_TOKEN = Fault(Category.PERMISSION, "token_invalid")
_RIGHT = Fault(Category.PERMISSION, "no_api_right")
_BAD_REQUEST = Fault(Category.VALIDATION, "bad_request")
_SERVER = Fault(Category.NETWORK, "upstream_5xx")

RULES: tuple[tuple[re.Pattern[str], Fault, Span | None], ...] = (
    (re.compile(r"IP\s*数量超限", re.I), _TOKEN, None),
    (re.compile(r"每[天日]|次/[天日]"), _DAILY, "day"),
    (re.compile(r"每小时|次/小时"), _RATE, "hour"),
    (
        re.compile(r"每分钟?|每秒|次/分|频率超限|最多访问|访问频[率次]|频率过高|请求过于频繁|too many requests", re.I),
        _RATE,
        "minute",
    ),
    (re.compile(r"token|invalid api key", re.I), _TOKEN, None),
    (re.compile(r"权限|积分"), _RIGHT, None),
    (re.compile(r"接口名|必填参数|参数校验"), _BAD_REQUEST, None),
    (re.compile(r"查询数据失败"), _SERVER, None),
)
"""First match wins: a frequency message also mentions 权限 (it links to the page on permissions)."""

_BY_CODE = {2002: _RIGHT, 40001: _TOKEN, 40101: _TOKEN, 40203: _RIGHT, 40204: _TOKEN, 50101: _SERVER}
_TIMES = re.compile(r"([0-9]{1,9})\s*次")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a refusal means, and for a limit of calls: over which span, and how many calls it allows."""

    fault: Fault
    span: Span | None = None
    calls: int | None = None


def explain(code: int, message: str) -> Meaning | None:
    """What a Tushare answer means; None for code 0 (success)."""
    if code == 0:
        return None
    return _by_text(message) or Meaning(_BY_CODE.get(code, _BAD_REQUEST))


def recognise_message(message: str) -> Fault | None:
    """What a Tushare message says by itself; None for a text that is none of Tushare's."""
    if not re.search(r"[一-鿿]", message) and not message.lower().startswith("tushare"):
        return None
    meaning = _by_text(message)
    return meaning.fault if meaning else None


def recognise_answer(code: int, message: str) -> Fault | None:
    """The fault that a Tushare answer means; None for code 0 (success)."""
    meaning = explain(code, message)
    return meaning.fault if meaning else None


def _by_text(message: str) -> Meaning | None:
    for pattern, fault, span in RULES:
        if pattern.search(message):
            times = _TIMES.search(message) if span else None
            return Meaning(fault, span, int(times[1]) if times and int(times[1]) else None)
    return None
