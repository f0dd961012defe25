"""What a Tushare answer `{"code": …, "msg": …}` means.

One code serves several meanings (40203 is both "too often" and "not entitled"), so only the text decides.
Texts as sent by the service: tushare.pro documents 108 (points and frequency) and 290 (permissions).
"""

from __future__ import annotations

import re

from opendata_platform.quality.categories import Category, Fault

_FREQUENCY = re.compile(r"每(?:分钟|小时|秒)|最多访问|访问频[率次]|频率过高|请求过于频繁|too many requests", re.I)
_PER_DAY = re.compile(r"每[天日]")
_TOKEN = re.compile(r"token", re.I)
_RIGHT = re.compile(r"权限|积分")

RULES: tuple[tuple[re.Pattern[str], Fault], ...] = (
    (_PER_DAY, Fault(Category.QUOTA, "daily")),
    (_FREQUENCY, Fault(Category.QUOTA, "rate")),
    (_TOKEN, Fault(Category.PERMISSION, "token_invalid")),
    (_RIGHT, Fault(Category.PERMISSION, "no_api_right")),
)
"""First match wins: a frequency message also mentions 权限 (it links to the page on permissions)."""


def recognise_message(message: str) -> Fault | None:
    """What a Tushare message says by itself; None for a text that is none of Tushare's."""
    if not re.search(r"[一-鿿]", message) and not message.lower().startswith("tushare"):
        return None
    return next((fault for pattern, fault in RULES if pattern.search(message)), None)


def recognise_answer(code: int, message: str) -> Fault | None:
    """What a Tushare answer means; None for code 0 (success)."""
    if code == 0:
        return None
    matched = next((fault for pattern, fault in RULES if pattern.search(message)), None)
    return matched or Fault(Category.VALIDATION, "bad_request")
