"""Every instrument that there is or was, of all asset classes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

import dataframely as dy
import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.normalise import EXCHANGES, exchange, first_wins, ingested_at, published, shaped, source
from opendata_platform.tushare.table import Input, Table


class Instrument(dy.Schema):
    """One instrument."""

    symbol = dy.String(primary_key=True, description="Instrument code 证券代码")
    asset_class = dy.String(description="stock, etf, index, futures or spot 资产类别")
    exchange = dy.String(nullable=True, description="Exchange; of an index who publishes it 交易所；指数为发布方")
    name = dy.String(nullable=True, description="Name 名称")
    status = dy.String(description="announced, listed, suspended or delisted 状态")
    list_date = dy.Date(nullable=True, description="First trading day 上市日期")
    delist_date = dy.Date(nullable=True, description="Day of the delisting; of a contract the last one 退市日期")
    currency = dy.String(nullable=True, description="Currency of prices 货币")
    price_unit = dy.String(nullable=True, description="Unit of prices 价格单位")
    volume_unit = dy.String(nullable=True, description="Unit of volumes in daily-prices 成交量单位")
    contract_multiplier = dy.Float64(
        nullable=True, min_exclusive=0, description="What one contract is of, in its trading unit 合约乘数"
    )
    industry = dy.String(nullable=True, description="Industry, index category or product 行业、指数类别或品种")
    tags = dy.String(nullable=True, description="Further classes, separated by commas 其他标签")
    source = source()
    ingested_at = ingested_at()


STATUSES = {"L": "listed", "D": "delisted", "P": "suspended", "G": "announced", "I": "announced"}

Read: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]
"""From an API's normalised rows to the columns of a master row that it knows."""


def build(partition: str, related: Related) -> pl.DataFrame:
    """The newest copy of every list; of a fund in two lists the ETFs' list counts."""
    frames = {name: _read(name, read, related) for name, read in LISTS.items()}
    funds, etfs = frames["fund_basic"], frames["etf_basic"]
    if funds is not None and etfs is not None:
        known = etfs.join(funds.select("symbol", "delist_date"), on="symbol", how="left", maintain_order="left")
        frames["etf_basic"] = etfs.with_columns(known["delist_date_right"].alias("delist_date"))
    merged = first_wins(list(frames.values()), ["symbol"])
    return merged.with_columns(_status(date.fromisoformat(partition)))


def _read(name: str, read: Read, related: Related) -> pl.DataFrame | None:
    rows = published(find_api(name), related)
    if rows is None:
        return None
    return shaped(read(rows).with_columns(rows["source"]), Instrument)


def _status(day: date) -> pl.Expr:
    """As the vendor says, else as the dates say."""
    by_dates = (
        pl.when(pl.col("delist_date") < day)
        .then(pl.lit("delisted"))
        .when(pl.col("list_date") > day)
        .then(pl.lit("announced"))
        .otherwise(pl.lit("listed"))
    )
    return pl.coalesce(pl.col("status").replace(STATUSES), by_dates).alias("status")


def _units(asset_class: str, price: str | pl.Expr, volume: str, currency: str | pl.Expr | None = None) -> list[pl.Expr]:
    return [
        pl.lit(asset_class).alias("asset_class"),
        (pl.lit(price) if isinstance(price, str) else price).alias("price_unit"),
        pl.lit(volume).alias("volume_unit"),
        (currency if isinstance(currency, pl.Expr) else pl.lit(currency, pl.String)).alias("currency"),
    ]


def _tags(*columns: str) -> pl.Expr:
    """The values there are; a comma inside one would make it two."""
    values = [pl.col(column).str.replace_all(",", " ", literal=True) for column in columns]
    return pl.concat_str(values, separator=",", ignore_nulls=True).replace("", None).alias("tags")


def _by_suffix() -> pl.Expr:
    return pl.col("symbol").str.extract(r"\.([A-Z]+)$").replace(EXCHANGES).alias("exchange")


def _stocks(rows: pl.DataFrame) -> pl.DataFrame:
    price = pl.format("{} per share", pl.col("curr_type").fill_null("CNY"))
    return rows.select(
        "symbol",
        "name",
        "list_date",
        "delist_date",
        "industry",
        pl.coalesce(exchange("exchange"), _by_suffix()).alias("exchange"),
        pl.col("list_status").alias("status"),
        _tags("market", "area"),
        *_units("stock", price, "share", pl.col("curr_type").fill_null("CNY")),
    )


def _etfs(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "symbol",
        "list_date",
        pl.col("csname").alias("name"),
        exchange("exchange").alias("exchange"),
        pl.col("list_status").alias("status"),
        pl.col("index_name").alias("industry"),
        pl.concat_str(pl.lit("ETF"), _tags("etf_type"), separator=",", ignore_nulls=True).alias("tags"),
        *_units("etf", "CNY per unit", "unit", pl.lit("CNY")),
    )


def _funds(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "symbol",
        "name",
        "status",
        "list_date",
        "delist_date",
        _by_suffix(),
        pl.col("fund_type").alias("industry"),
        _tags("type", "invest_type"),
        *_units("etf", "CNY per unit", "unit", pl.lit("CNY")),
    )


def _indices(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "symbol",
        "name",
        "list_date",
        pl.col("exp_date").alias("delist_date"),
        pl.col("market").alias("exchange"),
        pl.col("category").alias("industry"),
        _tags("publisher", "index_type"),
        *_units("index", "index point", "share"),
    )


def _futures(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "symbol",
        "name",
        "exchange",
        "list_date",
        "delist_date",
        pl.coalesce("multiplier", "per_unit").alias("contract_multiplier"),
        pl.col("fut_code").alias("industry"),
        _tags("trade_unit", "d_mode_desc"),
        *_units("futures", pl.col("quote_unit"), "contract", pl.lit("CNY")),
    )


def _spot(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "symbol",
        "list_date",
        pl.col("ts_name").alias("name"),
        pl.lit("SGE").alias("exchange"),
        pl.col("t_unit").alias("contract_multiplier"),
        _tags("trade_type"),
        *_units("spot", "CNY per gram", "gram", pl.lit("CNY")),
    )


LISTS: dict[str, Read] = {
    "stock_basic": _stocks,
    "etf_basic": _etfs,
    "fund_basic": _funds,
    "index_basic": _indices,
    "fut_basic": _futures,
    "sge_basic": _spot,
}
"""The lists in order of precedence."""

TABLE = Table(
    name="instrument-master",
    title="Instruments of all asset classes",
    title_zh="全资产证券主表",
    description=(
        "Stocks (delisted and suspended ones too), exchange-traded funds, indices, futures and spot contracts "
        "with their dates, units and classes. Where a list has no status, the dates tell it as of the partition's day. "
        "Global and futures benchmark indices are in no list and have no row."
    ),
    description_zh=(
        "股票（含退市与暂停）、场内基金、指数、期货合约与现货合约的日期、单位与分类。来源无状态时按分区日由日期推定。"
        "国际指数与期货基准指数不在任何列表中，故无行。"
    ),
    asset_class=None,
    schema=Instrument,
    period="snapshot",
    inputs=tuple(Input(find_api(name).id, required=False) for name in LISTS),
    build=build,
    partition_column=None,
)
