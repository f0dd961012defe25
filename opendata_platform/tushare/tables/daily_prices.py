"""Daily bars of all asset classes in one table."""

from __future__ import annotations

import dataframely as dy
import polars as pl
from opendata.contract.evidence import Severity
from opendata.contract.metadata import Adjustment

from opendata_platform.quality.checks import Check, Context, Finding, Related
from opendata_platform.quality.market.finding import rows_found
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import Api
from opendata_platform.tushare.extension import high_is_highest
from opendata_platform.tushare.normalise import first_wins, ingested_at, published, shaped, source
from opendata_platform.tushare.table import Input, Table

KEY = ("symbol", "trade_date")
PRICE = "CNY per share or unit, index points, the contract's quotation unit, CNY per gram: by asset_class"
VOLUME = "shares, fund units, contracts or grams: by asset_class"
MONTH_CONTRACT = r"^[A-Z]+[0-9]{3,4}\."
"""A contract has a delivery month; the vendor's series of main and near contracts have none."""

SUBCLASSES: tuple[tuple[str, pl.Expr], ...] = (
    ("daily", pl.lit("a_share")),
    ("fund_daily", pl.lit("exchange_fund")),
    ("sw_daily", pl.lit("industry")),
    ("ci_daily", pl.lit("industry")),
    ("index_global", pl.lit("global")),
    ("fut_index_daily", pl.lit("futures_benchmark")),
    ("index_daily", pl.lit("broad")),
    (
        "fut_daily",
        pl.when(pl.col("symbol").str.contains(MONTH_CONTRACT))
        .then(pl.lit("contract"))
        .otherwise(pl.lit("vendor_series")),
    ),
    ("sge_daily", pl.lit("sge")),
)
"""The APIs and the asset_subclass of their rows, in order of precedence: an index that a special API has counts as it
says, not as index_daily does."""

FACTORS = {"daily": "adj_factor", "fund_daily": "fund_adj"}
"""The APIs whose rows have an adjustment factor, and the API that has it."""

WITHOUT_UNITS = {"index_global": ("volume", "amount"), "sge_daily": ("oi",)}
"""Columns that an API sends without saying in which unit; they stay empty here."""


class DailyPrice(dy.Schema):
    """One trading day of one instrument, unadjusted."""

    symbol = dy.String(primary_key=True, description="Instrument code 证券代码")
    asset_class = dy.String(description="stock, etf, index, futures or spot 资产类别")
    asset_subclass = dy.String(
        description=(
            "a_share; exchange_fund; broad, industry, global, futures_benchmark; contract, vendor_series; sge 资产子类"
        )
    )
    trade_date = dy.Date(primary_key=True, description="Trading day 交易日期")
    open = dy.Float64(nullable=True, min=0, metadata={"unit": PRICE}, description="Opening price 开盘价")
    high = dy.Float64(nullable=True, min=0, metadata={"unit": PRICE}, description="Highest price 最高价")
    low = dy.Float64(nullable=True, min=0, metadata={"unit": PRICE}, description="Lowest price 最低价")
    close = dy.Float64(nullable=True, min=0, metadata={"unit": PRICE}, description="Closing price 收盘价")
    pre_close = dy.Float64(
        nullable=True, min=0, metadata={"unit": PRICE}, description="Previous close, adjusted on ex-dates 昨收价"
    )
    volume = dy.Float64(
        nullable=True,
        min=0,
        metadata={"unit": VOLUME, "vendor_unit": "lots, ten-thousand shares, contracts or kg: by source"},
        description="Volume traded 成交量",
    )
    amount = dy.Float64(
        nullable=True,
        min=0,
        metadata={"unit": "CNY", "vendor_unit": "thousand CNY, ten-thousand CNY or CNY: by source"},
        description="Turnover 成交额",
    )
    oi = dy.Float64(
        nullable=True,
        min=0,
        metadata={"unit": "contract"},
        description="Open interest 持仓量",
    )
    settle = dy.Float64(nullable=True, min=0, metadata={"unit": PRICE}, description="Settlement price 结算价")
    adj_factor = dy.Float64(
        nullable=True,
        min_exclusive=0,
        metadata={"unit": "ratio"},
        description="Cumulative adjustment factor, of stocks and exchange-traded funds 累计复权因子（股票与场内基金）",
    )
    source = source()
    ingested_at = ingested_at()

    high_is_highest = high_is_highest()


def build(partition: str, related: Related) -> pl.DataFrame:
    """The bars of whichever APIs are published for the day."""
    frames = [_bars(find_api(name), subclass, related) for name, subclass in SUBCLASSES]
    return first_wins(frames, KEY)


def _bars(api: Api, subclass: pl.Expr, related: Related) -> pl.DataFrame | None:
    bars = published(api, related)
    if bars is None:
        return None
    asset_class = "index" if api.name == "fut_index_daily" else api.asset_class
    classes = [pl.lit(asset_class).alias("asset_class"), subclass.alias("asset_subclass")]
    factors = published(find_api(FACTORS[api.name]), related) if api.name in FACTORS else None
    if factors is not None:
        bars = bars.join(factors.select(*KEY, "adj_factor"), on=list(KEY), how="left", maintain_order="left")
    return shaped(bars.drop(WITHOUT_UNITS.get(api.name, ())).with_columns(classes), DailyPrice)


def _has_factor(frame: pl.DataFrame, context: Context) -> Finding:
    adjustable = frame.filter(pl.col("asset_class").is_in([find_api(name).asset_class for name in FACTORS]))
    return rows_found(adjustable.filter(pl.col("adj_factor").is_null()), adjustable.height, context)


HAS_FACTOR = Check(
    "has_adj_factor",
    Severity.WARN,
    "Every stock and exchange-traded fund has an adjustment factor.",
    "股票与场内基金均有复权因子。",
    _has_factor,
)

TABLE = Table(
    name="daily-prices",
    title="Daily prices of all asset classes",
    title_zh="全资产日线行情",
    description=(
        "Unadjusted daily bars of stocks, exchange-traded funds, indices, futures and spot gold, in one schema. Where "
        "two sources have the same symbol and day, sw_daily, ci_daily, index_global and fut_index_daily win over "
        "index_daily. Volumes exclude after-hours trading. Of futures the rows of subclass vendor_series repeat "
        "the main or near contract. Volume and amount of the gold exchange count both sides; those of global indices, "
        "and the open interest of spot, are empty: the vendor does not say in which unit they are. Stocks and "
        "exchange-traded funds have their adjustment factor, which readers adjust prices by."
    ),
    description_zh=(
        "股票、场内基金、指数、期货与上金所现货的未复权日线，同一结构。同一代码同日多源时，sw_daily、ci_daily、index_global、"
        "fut_index_daily 优先于 index_daily。成交量不含盘后交易。期货中 vendor_series 子类的行重复主力或连续合约。"
        "上金所成交为双边口径；国际指数的成交量额与现货持仓单位不明，留空。股票与场内基金附复权因子，供读取时复权。"
    ),
    asset_class=None,
    schema=DailyPrice,
    period="day",
    inputs=tuple(
        Input(find_api(name).id, required=False) for name in (*(name for name, _ in SUBCLASSES), *FACTORS.values())
    ),
    build=build,
    checks=(HAS_FACTOR,),
    adjustment=Adjustment("adj_factor", ("open", "high", "low", "close", "pre_close")),
)
