"""The status matrix as a dataset: one row per cell and trade date, kept for good."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import partial
from typing import cast

import dataframely as dy
import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.status.facts import Published
from opendata_platform.status.instruments import EVENTS
from opendata_platform.status.matrix import DEFAULT_BATCHES, STATUSES, compute
from opendata_platform.status.rules import DATASETS
from opendata_platform.tushare.normalise import ingested_at
from opendata_platform.tushare.table import Build, Input, Table
from opendata_platform.tushare.table_catalog import all_tables


class StatusCell(dy.Schema):
    """One module of one instrument on one day."""

    trade_date = dy.Date(primary_key=True, description="Day that is judged 判定日")
    asset_class = dy.String(primary_key=True, description="stock, etf, index, futures, spot, fx or macro 资产类别")
    symbol = dy.String(primary_key=True, description="Instrument code, or GLOBAL for a whole market 证券代码")
    module = dy.String(primary_key=True, description="What is judged 模块")
    status = dy.String(
        regex=f"^({'|'.join(STATUSES)})$", description="complete, partial, missing or not_applicable 状态"
    )
    rule_id = dy.String(description="Rule that was applied 规则")
    reason_code = dy.String(nullable=True, description="Why it is not complete 原因")
    evidence = dy.String(description="What was looked at, required and optional, as JSON 依据")
    suggested_backfill = dy.String(nullable=True, description="Command that makes up for it 建议的回补命令")
    source = dy.String(description="Table that decides first 主要来源表")
    source_run_id = dy.String(nullable=True, description="Run that published that table's partition 来源运行")
    ingested_at = ingested_at()


def build_with(batches: Collection[str]) -> Build:
    """How the table is built while these batches are on."""
    return partial(_build, batches)


def _build(batches: Collection[str], partition: str, related: Related) -> pl.DataFrame:
    cells = compute(date.fromisoformat(partition), cast(Published, related), batches)
    return cells.select(name for name in StatusCell.columns() if name != "ingested_at")


TABLE = Table(
    name="status-matrix",
    title="Status matrix",
    title_zh="状态矩阵",
    description=(
        "Whether each module of each instrument is complete, partial, missing or not applicable on a trade date, with "
        "the rule, the reason, what was looked at and the command that makes up for it. Computed from the published "
        "tables alone."
    ),
    description_zh="每个交易日各证券各模块的完整、部分、缺失或不适用状态，附规则、原因、依据与回补命令；仅由已发布数据计算。",
    asset_class=None,
    schema=StatusCell,
    period="day",
    inputs=tuple(
        Input(name, required=False) for name in (*DATASETS, EVENTS) if name in {t.id for t in all_tables().values()}
    ),
    build=build_with(DEFAULT_BATCHES),
)
