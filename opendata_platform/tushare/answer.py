"""One response body of Tushare: exact JSON of the documented shape, or a ParseError.

Not here: what a refusal means (`quality/tushare_codes.py`), what the cells mean (`reading.py`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from opendata_platform.sources.outcome import ParseError
from opendata_platform.sources.payload import decode

_LONG_EXPONENT = re.compile(r"[eE][+-]?[0-9]{3,}\s*[,\]}]")
_LONG_FRACTION = "0" * 300


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response body. `fields` and `items` are empty for a refusal (code other than 0)."""

    code: int
    message: str
    request_id: str
    fields: tuple[str, ...] = ()
    items: Sequence[list[Any]] = ()
    """Rows as wide as `fields`."""
    has_more: bool | None = None


def read_answer(body: bytes) -> Answer:
    """The answer in a body; raises ParseError."""
    document = _json(decode(body))
    if not isinstance(document, dict) or type(document.get("code")) is not int:
        raise ParseError("bad_shape", "the answer has no whole number `code`")
    code, message = document["code"], str(document.get("msg") or document.get("message") or "")
    request_id = str(document.get("request_id") or "")
    if code != 0:
        return Answer(code, message, request_id)
    data = document.get("data")
    if not isinstance(data, dict):
        raise ParseError("bad_shape", f"`data` of a success is {_named(data)}, not an object")
    fields, items, has_more = data.get("fields"), data.get("items"), data.get("has_more")
    if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
        raise ParseError("bad_shape", f"`data.fields` is {_named(fields)}, not a list of names")
    if len(set(fields)) != len(fields):
        raise ParseError("bad_shape", f"`data.fields` repeats a name: {', '.join(fields)}")
    if not isinstance(items, list):
        raise ParseError("bad_shape", f"`data.items` is {_named(items)}, not a list of rows")
    if has_more is not None and not isinstance(has_more, bool):
        raise ParseError("bad_shape", f"`data.has_more` is {_named(has_more)}, not true or false")
    for number, row in enumerate(items, start=1):
        if type(row) is not list or len(row) != len(fields):
            found = f"{len(row)} cells" if isinstance(row, list) else _named(row)
            raise ParseError("bad_shape", f"row {number} has {found} instead of {len(fields)}")
    return Answer(code, message, request_id, tuple(fields), items, has_more)


def _json(text: str) -> Any:
    # Only a number written like this can vanish in a 64-bit float; all other bodies need no look at each number.
    extreme = _LONG_EXPONENT.search(text) or _LONG_FRACTION in text
    exact = _exact_float if extreme else None
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=exact)
    except json.JSONDecodeError as error:
        raise ParseError("not_json", f"not JSON at character {error.pos} of {len(text)}: {error.msg}") from None
    except RecursionError:
        raise ParseError("not_json", "JSON nested too deeply") from None
    except ValueError:
        raise ParseError("bad_number", "a whole number of thousands of digits") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("bad_shape", f"a name is repeated among {', '.join(name for name, _ in pairs)}")
    return found


def _no_number(literal: str) -> NoReturn:
    raise ParseError("bad_number", f"{literal} is no number")


def _exact_float(text: str) -> float:
    value = float(text)
    if math.isinf(value) or (value == 0 and re.match(r"[^eE]*[1-9]", text)):
        raise ParseError("bad_number", f"{text[:40]} is outside the range of a 64-bit float")
    return value


def _named(value: object) -> str:
    return "missing or null" if value is None else f"of JSON type {type(value).__name__}"
