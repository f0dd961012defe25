"""Daily bars of futures with fees and margins."""

from __future__ import annotations

import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import columns, make_schema
from opendata_platform.tushare.normalise import first_wins, published, shaped
from opendata_platform.tushare.table import Input, Table

BARS, TERMS = find_api("fut_daily"), find_api("fut_settle")
KEY = ("symbol", "trade_date")
_BAR_COLUMNS = columns({BARS: BARS.fields}, KEY)
_TERM_COLUMNS = {k: v for k, v in columns({TERMS: TERMS.fields}, KEY).items() if k not in _BAR_COLUMNS}
SCHEMA = make_schema("futures-daily-ext", {**_BAR_COLUMNS, **_TERM_COLUMNS})


def build(partition: str, related: Related) -> pl.DataFrame:
    """Every bar, with the day's terms where they are published."""
    bars = first_wins([published(BARS, related)], KEY)
    terms = published(TERMS, related)
    if terms is not None:
        bars = bars.join(terms.select(*KEY, *_TERM_COLUMNS), on=KEY, how="left", maintain_order="left")
    return shaped(bars, SCHEMA)


TABLE = Table(
    name="futures-daily-ext",
    title="Daily bars of futures with fees and margins",
    title_zh="期货日线行情与结算参数",
    description=(
        f"{BARS.description} Fees and margins are those of fut_settle, empty where it has none. What it has of "
        "contracts without a bar stays in the raw dataset."
    ),
    description_zh=f"{BARS.description_zh}费率与保证金取自 fut_settle，无则为空；无日线的合约仍在原始数据集中。",
    asset_class="futures",
    schema=SCHEMA,
    period="day",
    inputs=(Input(BARS.id), Input(TERMS.id, required=False)),
    build=build,
)
