"""Misbehaviour of the sandbox's Tushare on request: refusals in the vendor's words, broken answers, wrong data.

A fault is asked for by API (or for all), for some requests only if `times` is given. What changes data leaves the
answer well-formed; several such faults add up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from opendata_platform.sandbox.distort import require

LIMIT_PAGE = "权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。"
REFUSALS: Mapping[str, tuple[int, str]] = {
    "rate_limit": (
        40203,
        "抱歉，您访问接口({api})频率超限({n}次/分钟)，具体频次详情：https://tushare.pro/document/1?doc_id=108。",
    ),
    "rate_limit_old": (40203, "抱歉，您每分钟最多访问该接口{n}次，" + LIMIT_PAGE),
    "hourly_limit": (40203, "抱歉，您每小时最多访问该接口{n}次，" + LIMIT_PAGE),
    "daily_limit": (40203, "抱歉，您每天最多访问该接口{n}次，" + LIMIT_PAGE),
    "no_permission": (40203, "抱歉，您没有接口({api})访问权限，" + LIMIT_PAGE),
    "bad_token": (40101, "您的token不对，请确认。"),
    "ip_limit": (40204, "您的IP数量超限，最大数量为{n}个！"),
    "query_failed": (50101, "查询数据失败，请确认参数！可以反馈管理员协助您排查问题。"),
    "missing_param": (40001, "必填参数, {api}"),
    "unknown_api": (40001, "请指定正确的接口名"),
}
"""Name -> code and text, as the vendor sends them (with HTTP 200)."""
BROKEN = frozenset(
    {"bad_gateway", "server_error", "html", "hang", "cut_body", "cut_text", "null_data", "repeated_pages", "unflagged"}
)
"""Faults of the whole answer; `unflagged` cuts at the row cap and says nothing of it."""


@dataclass
class Fault:
    """One fault asked for; `times` None means until cleared."""

    name: str
    api: str | None = None
    times: int | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = REFUSALS.keys() | BROKEN | CHANGES.keys()
        require(self.name in known, f"fault {self.name!r}: use one of {', '.join(sorted(known))}")
        require(
            self.times is None or (type(self.times) is int and self.times > 0), "times: a positive whole number or null"
        )


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
        """The faults for a request, counted as used: the first that replaces the answer, or all that change data."""
        with self._lock:
            matching = [fault for fault in self._faults if fault.api in (None, api)]
            chosen = [fault for fault in matching if fault.name not in CHANGES][:1] or matching
            for fault in chosen:
                if fault.times is not None:
                    fault.times -= 1
            self._faults = [fault for fault in self._faults if fault.times != 0]
            return chosen


def refusal(name: str, api: str, n: int) -> tuple[int, str]:
    """Code and text of a refusal."""
    code, text = REFUSALS[name]
    return code, text.format(api=api, n=n)


def _rows(frame: pl.DataFrame, params: Mapping[str, object]) -> pl.Series:
    """Which rows a change is about: those `where` a field has a value, else the first `rows` (default 1)."""
    where, rows = params.get("where"), params.get("rows", 1)
    require(isinstance(rows, int), "rows: a whole number")
    if where is None:
        return pl.Series([True] * frame.height) & (pl.Series(range(frame.height), dtype=pl.Int64) < rows)
    require(isinstance(where, dict) and set(where) <= set(frame.columns), "where: an object of fields of the API")
    assert isinstance(where, dict), "as required"
    return frame.select(pl.all_horizontal(pl.col(name) == value for name, value in where.items())).to_series()


def _edit(frame: pl.DataFrame, params: Mapping[str, object]) -> pl.DataFrame:
    """`set` fields to values, `scale` or `add` to numbers, or `drop` the rows."""
    at = _rows(frame, params)
    if params.get("drop"):
        return frame.filter(~at)
    changed = frame
    for kind, change in _EDITS.items():
        values = params.get(kind, {})
        require(
            isinstance(values, dict) and set(values) <= set(frame.columns), f"{kind}: an object of fields of the API"
        )
        assert isinstance(values, dict), "as required"
        changed = changed.with_columns(
            pl.when(at).then(change(pl.col(name), value).cast(frame.schema[name])).otherwise(pl.col(name)).alias(name)
            for name, value in values.items()
        )
    return changed


_EDITS: Mapping[str, Callable[[pl.Expr, object], pl.Expr]] = {
    "set": lambda column, value: pl.lit(value),
    "scale": lambda column, value: column * float(str(value)),
    "add": lambda column, value: column + float(str(value)),
}


def _duplicate(frame: pl.DataFrame, params: Mapping[str, object]) -> pl.DataFrame:
    """Some rows come twice; `set` makes the second ones differ."""
    again = frame.filter(_rows(frame, params))
    return pl.concat([frame, _edit(again, {"rows": again.height, "set": params.get("set", {})})])


def _late(frame: pl.DataFrame, params: Mapping[str, object]) -> pl.DataFrame:
    """Only a `share` of the rows is there yet (default none)."""
    return frame.head(int(frame.height * float(str(params.get("share", 0)))))


def _column(frame: pl.DataFrame, params: Mapping[str, object]) -> str:
    """The `column` that a change is about."""
    name = str(params.get("column", ""))
    require(name in frame.columns, f"column: a field of the API, not {name!r}")
    return name


def _rename(frame: pl.DataFrame, params: Mapping[str, object]) -> pl.DataFrame:
    return frame.rename({_column(frame, params): str(params.get("to", "renamed"))})


def _text_cell(frame: pl.DataFrame, params: Mapping[str, object]) -> pl.DataFrame:
    """A cell of a number is a text that is none."""
    name = _column(frame, params)
    text = (
        pl.when(_rows(frame, params))
        .then(pl.lit(str(params.get("value", "12.3.4"))))
        .otherwise(pl.col(name).cast(pl.String))
    )
    return frame.with_columns(text.alias(name))


def _whole_first(frame: pl.DataFrame, params: Mapping[str, object]) -> pl.DataFrame:
    """A column of numbers begins with whole ones and ends with a fraction."""
    name = _column(frame, params)
    last = pl.int_range(pl.len()) == pl.len() - 1
    written = pl.when(last).then(pl.lit("10.5")).otherwise(pl.col(name).round(0).cast(pl.Int64).cast(pl.String))
    # Bytes get into the answer as they are, so the whole numbers have no decimal point there.
    return frame.with_columns(written.cast(pl.Binary).alias(name))


CHANGES: Mapping[str, Callable[[pl.DataFrame, Mapping[str, object]], pl.DataFrame]] = {
    "edit": _edit,
    "duplicate_rows": _duplicate,
    "late": _late,
    "rename_column": _rename,
    "add_column": lambda frame, params: frame.with_columns(pl.lit(1).alias(str(params.get("column", "brand_new")))),
    "drop_column": lambda frame, params: frame.drop(_column(frame, params)),
    "text_cell": _text_cell,
    "int_then_float": _whole_first,
}
"""Faults of the data: name -> what it does to the table of an answer."""
