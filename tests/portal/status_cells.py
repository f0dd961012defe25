"""Cells of a status matrix in every state, shaped as the platform computes them."""

from __future__ import annotations

import json
from datetime import date

import polars as pl

from opendata_platform.status.rules import RULES

DAY = date(2026, 11, 20)
COMPUTED_AT = "2026-11-20T12:00:00.000Z"
BACKFILL = "uv run odp backfill tushare/etf-share-size --from 2026-11-20 --to 2026-11-20"
_STATES = ("complete", "complete", "partial", "missing", "complete", "not_applicable")


def status_cells() -> pl.DataFrame:
    """Two instruments per rule, both in a state that changes from rule to rule."""
    return pl.DataFrame(
        [
            {
                "trade_date": DAY,
                "asset_class": rule.asset_class,
                "symbol": symbol,
                "module": rule.module,
                "status": _STATES[number % len(_STATES)],
                "rule_id": rule.id,
                "evidence": json.dumps({"required": [_NEED], "optional": []}),
                "reason_code": "no_row" if _STATES[number % len(_STATES)] in ("partial", "missing") else None,
                "source_run_id": "run-7",
                "suggested_backfill": BACKFILL,
            }
            for number, rule in enumerate(RULES)
            for symbol in ("000001.SZ", "600000.SH")
        ]
    )


_NEED = {
    "dataset": "tushare/daily-prices",
    "key": "000001.SZ",
    "present": False,
    "last_date": "2026-11-18",
    "age_days": 2,
}
