"""Misbehaviour on request: which faults exist, what they take, and what they do to an answer.

A fault is asked for by source, optionally for some times only and for paths that contain a text. Faults of the
connection or of the whole answer replace it (the first that matches); faults of the data change its table (all
that match, in the order asked for) and leave the answer well-formed, checksum included.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from opendata_platform.sandbox import binance, open_meteo, owid, stooq
from opendata_platform.sandbox.answers import Answer, Source, text_answer
from opendata_platform.sandbox.distort import CHANGES, number, require

SOURCES: Mapping[str, Source] = MappingProxyType(
    {"binance": binance, "stooq": stooq, "open-meteo": open_meteo, "owid": owid}
)
"""Path prefix -> the module that answers."""

PAGE = "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


@dataclass
class Fault:
    """One fault asked for; `times` None means until cleared."""

    source: str
    name: str
    times: int | None = None
    path: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require(self.source in SOURCES, f"source {self.source!r}: use one of {', '.join(SOURCES)}")
        known = _REPLACING.keys() | CHANGES.keys()
        require(self.name in known, f"fault {self.name!r}: use one of {', '.join(sorted(known))}")
        whole = isinstance(self.times, int) and not isinstance(self.times, bool)
        require(self.times is None or (whole and self.times > 0), "times: a positive whole number or null")
        require(self.path is None or isinstance(self.path, str), "path: a text or null")
        allowed = _PARAMS.get(self.name, {})
        for key, value in self.params.items():
            require(key in allowed, f"{self.name} takes no {key!r}; it takes: {', '.join(allowed) or 'nothing'}")
            require(isinstance(value, allowed[key]), f"{self.name}: {key} has the wrong type")
        require(self.name != "key_wanted" or self.source == "stooq", "key_wanted: only stooq wants a key")

    @property
    def changes_data(self) -> bool:
        """Whether it changes the table of an answer instead of replacing the answer."""
        return self.name in CHANGES

    def applied(self, answer: Answer, path: str) -> Answer:
        """The answer as this fault makes it; raises BadFault when it does not fit the answer's table."""
        if self.name in CHANGES and answer.table is not None:
            return answer.changed(CHANGES[self.name](answer.table, self.params))
        return _REPLACING[self.name](self, answer, path)


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

    def take(self, source: str, path: str, *, has_table: bool) -> list[Fault]:
        """The faults for this request, counted as used: at most one that replaces, or all that change the data.

        A checksum tells of the data that the file after it will hold, so it does not use up a change.
        """
        with self._lock:
            matching = [f for f in self._faults if f.source == source and (f.path is None or f.path in path)]
            chosen = [f for f in matching if not f.changes_data][:1]
            if not chosen and has_table:
                chosen = [f for f in matching if f.changes_data]
            for fault in chosen:
                if fault.times is not None and not (fault.changes_data and path.endswith(".CHECKSUM")):
                    fault.times -= 1
            self._faults = [f for f in self._faults if f.times != 0]
            return chosen


def _too_many(fault: Fault, answer: Answer, path: str) -> Answer:
    stated = fault.params.get("retry_after")
    return SOURCES[fault.source].too_many(None if stated is None else float(number(stated)))


def _daily_limit(fault: Fault, answer: Answer, path: str) -> Answer:
    if fault.source == "open-meteo":
        return open_meteo.too_many(None, period="Daily")
    return SOURCES[fault.source].too_many(86_400.0)


def _server_error(fault: Fault, answer: Answer, path: str) -> Answer:
    status = fault.params.get("status", 503)
    return text_answer('{"error":true,"reason":"The service is overloaded"}', status=int(str(status)))


def _bad_gateway(fault: Fault, answer: Answer, path: str) -> Answer:
    return text_answer(PAGE.format(title="502 Bad Gateway"), status=502, media_type="text/html")


def _html(fault: Fault, answer: Answer, path: str) -> Answer:
    return text_answer(PAGE.format(title="Verifying your browser"), media_type="text/html")


def _cut_text(fault: Fault, answer: Answer, path: str) -> Answer:
    """A body that ends early although its declared length is right, as from a broken cache."""
    return replace(answer, verbatim=answer.body[: int(len(answer.body) * 0.6) or 1])


_REPLACING: Mapping[str, Callable[[Fault, Answer, str], Answer]] = {
    "hang": lambda fault, answer, path: answer,
    "cut_body": lambda fault, answer, path: answer,
    "cut_text": _cut_text,
    "server_error": _server_error,
    "bad_gateway": _bad_gateway,
    "html": _html,
    "rate_limit": _too_many,
    "daily_limit": _daily_limit,
    "no_data": lambda fault, answer, path: SOURCES[fault.source].no_data(path),
    "key_wanted": lambda fault, answer, path: stooq.key_wanted(),
}


_NUMERIC = (int, float)
_PARAMS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "hang": {"seconds": _NUMERIC},
    "server_error": {"status": int},
    "rate_limit": {"retry_after": _NUMERIC},
    "revise": {"day": str, "column": str, "by": (int, float, str)},
    "restate": {"factor": _NUMERIC},
    "unfinished_day": {"rows": int},
    "rename_column": {"column": str, "to": str},
    "add_column": {"column": str},
    "null_newest": {"column": str, "rows": int},
    "duplicate_rows": {"rows": int, "conflicting": bool, "column": str},
    "bad_number": {"column": str, "value": str},
}
