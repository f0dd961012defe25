"""What one exception, taken alone, is: the decision order of the error taxonomy as a list of rules.

Not here: the tables of known classes and codes (`known_errors.py`), chains and groups of exceptions, texts and
records (`taxonomy.py`).
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping

from opendata.errors import OpenDataError

from opendata_platform.quality.categories import Category, Fault, Stage
from opendata_platform.quality.known_errors import (
    CANCELLED,
    CHECKS,
    CONTENT,
    ERRNO,
    S3_CODES,
    SDK_CODES,
    SET_UP,
    STATUS_ERRORS,
    TRANSPORT,
)
from opendata_platform.quality.tushare_codes import recognise_answer, recognise_message

_C = Category
_STORING = frozenset({Stage.UPLOAD, Stage.COMMIT, Stage.INDEX, Stage.MIRROR})


def recognise(error: object, stage: Stage) -> Fault | None:
    """What `error` alone (without its causes) is at `stage`; None when no rule knows it. First rule that hits wins."""
    return next((fault for rule in _ORDER if (fault := rule(error, stage)) is not None), None)


def http_details(error: object) -> tuple[int | None, str | None, str | None]:
    """(status, code, request id) that the far side gave, as far as the exception carries them."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        meta = response.get("ResponseMetadata", {})
        return meta.get("HTTPStatusCode"), response.get("Error", {}).get("Code"), meta.get("RequestId")
    status = getattr(response, "status_code", None)
    return (status if isinstance(status, int) else None), None, None


def _names(error: object) -> list[str]:
    """`module.Class` of the type and its bases, most specific first."""
    return [f"{base.__module__}.{base.__name__}" for base in type(error).__mro__]


def _own(error: object, stage: Stage) -> Fault | None:
    fault = getattr(error, "fault", None)
    if isinstance(fault, Fault):
        return fault
    if isinstance(error, OpenDataError):
        codes = (base.__dict__.get("code") for base in type(error).__mro__)
        return next((SDK_CODES[code] for code in codes if isinstance(code, str) and code in SDK_CODES), None)
    return None


def _cancelled(error: object, stage: Stage) -> Fault | None:
    return next((CANCELLED[name] for name in _names(error) if name in CANCELLED), None)


def _s3_answer(error: object, stage: Stage) -> Fault | None:
    if "botocore.exceptions.ClientError" not in _names(error):
        return None
    status, code, _ = http_details(error)
    if code is not None and code in S3_CODES:
        return S3_CODES[code]
    if str(status) in S3_CODES:
        return S3_CODES[str(status)]
    if status is not None and status >= 500:
        return Fault(_C.UPLOAD, "store_5xx")
    return Fault(_C.VALIDATION, "bad_request")


def _transport(error: object, stage: Stage) -> Fault | None:
    names = _names(error)
    refused = _http_status(error)
    if refused is not None:
        return refused
    for name in names:
        if name in SET_UP:
            return SET_UP[name]
        if name in TRANSPORT:
            subcode = _refined(error, TRANSPORT[name])
            return Fault(_C.UPLOAD, "store_5xx") if stage in _STORING else Fault(_C.NETWORK, subcode)
    return None


def _refined(error: object, subcode: str) -> str:
    """The precise kind behind a library's umbrella type, as told by its message."""
    text = str(error)
    if "without sending complete message body" in text or "IncompleteRead" in text:
        return "truncated_body"
    if subcode == "connect":
        if "CERTIFICATE_VERIFY_FAILED" in text or "SSL:" in text:
            return "tls"
        if "Name or service not known" in text or "getaddrinfo failed" in text or "name resolution" in text:
            return "dns"
    return subcode


def http_status_fault(status: int) -> Fault | None:
    """What a bare HTTP status of a source says; None for a success or a redirect."""
    if status < 400:
        return None
    if status in (418, 429):
        return Fault(_C.QUOTA, "rate")
    if status in (401, 407):
        return Fault(_C.PERMISSION, "token_invalid")
    if status in (402, 403, 451):
        return Fault(_C.PERMISSION, "no_api_right")
    if status >= 500 or status == 408:
        return Fault(_C.NETWORK, "upstream_5xx" if status >= 500 else "timeout")
    return Fault(_C.VALIDATION, "bad_request")


def _http_status(error: object) -> Fault | None:
    if STATUS_ERRORS.isdisjoint(_names(error)):
        return None
    status = http_details(error)[0] or getattr(error, "code", None)
    return http_status_fault(status) if isinstance(status, int) else None


def _tushare(error: object, stage: Stage) -> Fault | None:
    if isinstance(error, Mapping):
        code, message = error.get("code"), error.get("msg")
    else:
        code, message = getattr(error, "code", None), getattr(error, "msg", None)
    if isinstance(code, int) and isinstance(message, str):
        return recognise_answer(code, message)
    return recognise_message(str(error)) if type(error) is Exception else None


def _content(error: object, stage: Stage) -> Fault | None:
    if isinstance(error, MemoryError):
        return Fault(_C.WRITE, "memory")
    for name in _names(error):
        if name in CONTENT:
            if stage is Stage.WRITE:
                return Fault(_C.WRITE, "encode")
            if stage is Stage.VALIDATE:
                return Fault(_C.VALIDATION, "schema")
            return Fault(_C.PARSE, CONTENT[name])
    return None


def _operating_system(error: object, stage: Stage) -> Fault | None:
    if not isinstance(error, OSError) or error.errno is None:
        return None
    if error.errno in (errno.ETIMEDOUT, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
        return Fault(_C.NETWORK, "timeout" if error.errno == errno.ETIMEDOUT else "connect")
    return ERRNO.get(error.errno)


def _check(error: object, stage: Stage) -> Fault | None:
    return next((CHECKS[name] for name in _names(error) if name in CHECKS), None)


_ORDER: tuple[Callable[[object, Stage], Fault | None], ...] = (
    _own,
    _cancelled,
    _s3_answer,
    _transport,
    _tushare,
    _check,
    _content,
    _operating_system,
)
