"""One contract a day for each futures product: the one with the most open interest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import dataframely as dy
import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.extension import columns, make_schema
from opendata_platform.tushare.normalise import first_wins, published, shaped
from opendata_platform.tushare.table import Input, Table

BARS, MAPPING = find_api("fut_daily"), find_api("fut_mapping")
KEY = ("continuous_code", "trade_date")
CONTRACT = r"^([A-Z]+)[0-9]{3,4}\.([A-Z]+)$"
"""Product, delivery month and exchange; the vendor's own series have no month."""

VENDOR_CODES: Mapping[str, str] = MappingProxyType({"TL.CFX": "TL0.CFX"})
"""Where the product and its exchange are not the vendor's code of the main contract: TL.CFX is the near T contract."""

SCHEMA = make_schema(
    "futures-continuous-daily",
    {
        "continuous_code": dy.String(primary_key=True, description="Product and exchange 连续合约代码"),
        "trade_date": dy.Date(primary_key=True, description="Trading day 交易日期"),
        "symbol": dy.String(description="The contract of that day 当日合约"),
        "rolled_by": dy.String(description="What chose it: open_interest or volume 选取依据"),
        "vendor_symbol": dy.String(nullable=True, description="The vendor's main contract of that day 来源的主力合约"),
        **{
            name: column
            for name, column in columns({BARS: BARS.fields}, ("symbol", "trade_date")).items()
            if name not in ("symbol", "trade_date")
        },
    },
)


def build(partition: str, related: Related) -> pl.DataFrame:
    """The contract with the most open interest, then volume, then the nearest month."""
    bars = first_wins([published(BARS, related)], ("symbol", "trade_date"))
    of = [pl.col("symbol").str.extract(CONTRACT, group) for group in (1, 2)]
    contracts = bars.with_columns(pl.concat_str(of, separator=".").alias("product")).drop_nulls("product")
    ranked = contracts.sort(
        pl.col("oi").fill_null(0), pl.col("volume").fill_null(0), "symbol", descending=[True, True, False]
    )
    chosen = ranked.unique(["product", "trade_date"], keep="first", maintain_order=True).with_columns(
        pl.col("product").replace(VENDOR_CODES).alias("continuous_code"),
        pl.when(pl.col("oi") > 0).then(pl.lit("open_interest")).otherwise(pl.lit("volume")).alias("rolled_by"),
    )
    mapping = related.frame(MAPPING.id)
    return shaped(chosen if mapping is None else _with_vendor(chosen, mapping), SCHEMA)


def _with_vendor(chosen: pl.DataFrame, mapping: pl.DataFrame) -> pl.DataFrame:
    main = mapping.select(
        pl.col("ts_code").alias("continuous_code"), "trade_date", pl.col("mapping_ts_code").alias("vendor_symbol")
    )
    return chosen.join(main, on=KEY, how="left", maintain_order="left")


TABLE = Table(
    name="futures-continuous-daily",
    title="Continuous futures, daily",
    title_zh="期货连续合约（日）",
    description=(
        "For each product the bar of the contract with the most open interest on that day; where there is no open "
        "interest the most volume decides, then the nearest month. Prices are not adjusted at rolls. The choice is "
        "known only after the close: shift it by one session before trading on it. vendor_symbol is what fut_mapping "
        "says, to compare."
    ),
    description_zh=(
        "每个品种取当日持仓量最大的合约；无持仓则取成交量最大者，再取最近月份。换月处价格不复权。选取结果收盘后方知，"
        "用于交易须后移一个交易日。vendor_symbol 为 fut_mapping 的主力合约，供对照。"
    ),
    asset_class="futures",
    schema=SCHEMA,
    period="day",
    inputs=(Input(BARS.id), Input(MAPPING.id, required=False)),
    build=build,
)
