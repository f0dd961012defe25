"""The vendor's trading calendar against the one that the partitions follow."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl
from opendata import calendars
from opendata.contract.evidence import Severity

from opendata_platform.quality.checks import Check, Context, Finding
from opendata_platform.quality.rows import key_texts


def same_calendar(exchanges: Collection[str], since: date = calendars.FIRST_DAY) -> Check:
    """The exchanges are open on our days and on no others. A difference waits for somebody to correct one of the two;
    open days after our calendar's end only warn that it has to be extended."""

    def evaluate(frame: pl.DataFrame, context: Context) -> Finding:
        ours = frame.filter(pl.col("exchange").is_in(list(exchanges)) & (pl.col("cal_date") >= since))
        known = ours.filter(pl.col("cal_date") <= calendars.LAST_DAY)
        is_open = pl.col("cal_date").is_in(list(calendars.open_days()))
        wrong = known.filter((pl.col("is_open") == 1) != is_open)
        later = ours.filter((pl.col("cal_date") > calendars.LAST_DAY) & (pl.col("is_open") == 1))
        shown = wrong if wrong.height else later
        return Finding(
            shown.is_empty(),
            f"{wrong.height} of {known.height} days differ, {later.height} open days after {calendars.LAST_DAY}",
            "H for a day that differs, W for days after the calendar's end",
            shown.height,
            ours.height,
            key_texts(shown, context.schema.primary_key),
            Severity.HOLD if wrong.height else Severity.WARN,
        )

    return Check(
        "calendar", Severity.HOLD, "Open days are those of the partitions.", "开市日与分区日历一致。", evaluate
    )
