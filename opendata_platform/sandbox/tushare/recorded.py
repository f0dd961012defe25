"""Recorded answers of the real service: whole days of a market, and series of one instrument.

They do not fit the made-up days beside them, so they are served only where that is asked for.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from opendata_platform.sandbox.recordings import Recordings
from opendata_platform.sandbox.tushare.asking import Params, as_day, asked_span, compact
from opendata_platform.tushare.declare import Api

VARIABLE = "OPENDATA_SANDBOX_TUSHARE_RECORDED"
"""1 asks for recorded days."""
SERIES = {
    ("index_daily", "000001.SH"): "index/index_daily_2symbols",
    ("index_daily", "000300.SH"): "index/index_daily_2symbols",
    ("index_dailybasic", "000001.SH"): "index/index_dailybasic_000001.SH",
    ("index_dailybasic", "000300.SH"): "index/index_dailybasic_000300.SH",
    ("index_global", "SPX"): "index/index_global_SPX",
    ("fund_daily", "510300.SH"): "etf/fund_daily_510300.SH",
    ("fund_adj", "510300.SH"): "etf/fund_adj_510300.SH",
}
"""(API, code) -> file of one instrument, or of several."""

NOTHING = pl.DataFrame(schema={"ts_code": pl.String, "trade_date": pl.String})


def serves_recorded(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the environment asks for recorded days."""
    return (os.environ if environ is None else environ).get(VARIABLE) == "1"


@dataclass(frozen=True, eq=False)
class RecordedDays:
    """The recordings to serve; None: not any."""

    recordings: Recordings | None = None

    def find(self, api: Api, params: Params, until: date) -> pl.DataFrame:
        """The recorded rows that answer a request, as texts; no row where nothing of it was recorded."""
        code, day = params.get("ts_code", ""), params.get("trade_date", "")
        if (api.name, code) in SERIES:
            first, last = (compact(end) for end in asked_span(params, until))
            rows = self._read(f"tushare/{SERIES[api.name, code]}.csv")
            return rows.filter(pl.col("ts_code") == code, pl.col("trade_date").is_between(pl.lit(first), pl.lit(last)))
        asked = None if code else as_day(day)
        known = asked is not None and asked <= until
        return self._read(f"tushare/whole_market/{api.name}_{day}.csv") if known else NOTHING

    def _read(self, name: str) -> pl.DataFrame:
        content = self.recordings.read(name) if self.recordings else None
        return NOTHING if content is None else _parsed(content)


@cache
def _parsed(content: bytes) -> pl.DataFrame:
    """All cells as texts; some files have a prefix before each of the vendor's names."""
    frame = pl.read_csv(io.BytesIO(content), infer_schema=False)
    prefix = next(name for name in frame.columns if name.endswith("ts_code")).removesuffix("ts_code")
    return frame.rename(lambda name: name.removeprefix(prefix))
