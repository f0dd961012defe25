"""Rules about an answer as a whole: that no row was cut off, that its rows are of the days asked for, that a complete
copy did not shrink."""

from __future__ import annotations

from datetime import date

import polars as pl
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.market.finding import rows_found

PAGING = ("limit", "offset")


def row_cap() -> Check:
    """The last page of each request is short and says that nothing follows: no row was cut off.

    An empty page after a full one may be the end, or a service that stops at its cap: somebody has to look.
    """

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        pages, cap = context.answer.get("pages", ()), context.answer.get("page_rows", 0)
        last = {}
        for page in pages:
            request = sorted((name, value) for name, value in page["params"].items() if name not in PAGING)
            last[", ".join(f"{name}={value}" for name, value in request)] = page
        cut = [request for request, page in last.items() if page["has_more"] is True or page["rows"] >= cap]
        doubtful = [request for request, page in last.items() if not page["rows"] and page["params"].get("offset")]
        observed = (
            f"{len(pages)} pages of {len(last)} requests, {len(cut)} not ended, {len(doubtful)} ended by an empty page"
        )
        limit = f"a last page below {cap} rows, has_more not true; H for an empty one after a full one"
        wrong = sorted({*cut, *doubtful})
        held = bool(last) and not wrong
        severity = Severity.HOLD if doubtful and not cut else None
        return Finding(held, observed, limit, len(wrong), len(last), tuple(wrong[:20]), severity)

    return Check("row_cap", Severity.BLOCK, "No answer was cut at the row cap.", "没有被行数上限截断。", evaluate)


def in_window(*columns: str) -> Check:
    """Each row has one of the dates after the partition before, up to this one."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        since = context.since or date.min
        inside = pl.any_horizontal((pl.col(name) > since) & (pl.col(name) <= context.day) for name in columns)
        limit = f"{' or '.join(columns)} after {since} up to {context.day}"
        return rows_found(frame.filter(~inside.fill_null(value=False)), frame.height, context, limit)

    return Check(
        "in_window", Severity.BLOCK, "All rows are of the partition's window.", "所有行属于该分区的时间窗。", evaluate
    )


def copy_kept(lost: float = 0.005) -> Check:
    """A complete copy does not shrink against the one published before."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        head = context.head.newest if context.head else None
        if head is None:
            return Finding(True, f"{frame.height} rows, the first copy", "no less than published", 0, frame.height)
        missing = max(0, head.rows - frame.height)
        limit = f"at most {lost:.1%} fewer than {head.rows} rows"
        return Finding(missing <= lost * head.rows, f"{frame.height} rows", limit, missing, head.rows)

    return Check("copy_kept", Severity.HOLD, "The copy did not shrink.", "完整副本没有缩水。", evaluate)
