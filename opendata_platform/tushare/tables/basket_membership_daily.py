"""Which instruments an index or industry contains on each day."""

from __future__ import annotations

from datetime import date

import dataframely as dy
import polars as pl

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.normalise import first_wins, ingested_at, source
from opendata_platform.tushare.table import Input, Table

WEIGHTS, MEMBERS = find_api("index_weight"), find_api("index_member_all")
OLDEST_WEIGHTS = 62
"""Calendar days: weights come once a month, some days after its end."""

LEVELS = ("l1_code", "l2_code", "l3_code")


class Membership(dy.Schema):
    """One instrument in one basket on one day."""

    basket_id = dy.String(primary_key=True, description="Code of the index or industry 指数或行业代码")
    basket_type = dy.String(description="index or industry 类型")
    symbol = dy.String(primary_key=True, description="Instrument code 证券代码")
    trade_date = dy.Date(primary_key=True, description="Trading day 交易日期")
    weight = dy.Float64(
        nullable=True, min=0, max=100, metadata={"unit": "percent"}, description="Weight in the index 权重"
    )
    in_date = dy.Date(nullable=True, description="Member since 纳入日期")
    out_date = dy.Date(nullable=True, description="Member until, exclusive 剔除日期（不含）")
    source_window = dy.String(
        description="First and last day of validity, as far as known; weights are those of the first one 有效区间"
    )
    source = source()
    ingested_at = ingested_at()


def build(partition: str, related: Related) -> pl.DataFrame:
    """The day's members: a basket with weights has exactly the weighted ones."""
    day = date.fromisoformat(partition)
    weights, members = related.latest(WEIGHTS.id, OLDEST_WEIGHTS), related.newest(MEMBERS.id)
    frames = [
        None if weights is None else _weighted(weights, day),
        None if members is None else _intervals(members, day),
    ]
    return first_wins(frames, ["basket_id"])


def _weighted(weights: pl.DataFrame, day: date) -> pl.DataFrame:
    """The newest weights of each index that were valid on the day or before."""
    known = weights.filter(pl.col("trade_date") <= day)
    newest = known.filter(pl.col("trade_date") == pl.col("trade_date").max().over("index_code"))
    return newest.select(
        pl.col("index_code").alias("basket_id"),
        pl.lit("index").alias("basket_type"),
        pl.col("con_code").alias("symbol"),
        pl.lit(day).alias("trade_date"),
        "weight",
        pl.lit(None, pl.Date).alias("in_date"),
        pl.lit(None, pl.Date).alias("out_date"),
        pl.format("{}/{}", pl.col("trade_date").dt.to_string(), pl.lit(day.isoformat())).alias("source_window"),
        pl.lit(WEIGHTS.name).alias("source"),
    )


def _intervals(members: pl.DataFrame, day: date) -> pl.DataFrame:
    """The members of each industry of every level; one that changed only its lower level is in the upper one once."""
    valid = members.filter(pl.col("in_date") <= day, (pl.col("out_date") > day) | pl.col("out_date").is_null())
    levels = valid.unpivot(LEVELS, index=["ts_code", "in_date", "out_date"], value_name="basket_id")
    grouped = levels.drop_nulls("basket_id").group_by("basket_id", pl.col("ts_code").alias("symbol"))
    open_ended = pl.col("out_date").is_null().any()
    merged = grouped.agg(
        pl.col("in_date").min(),
        pl.when(open_ended).then(pl.lit(None, pl.Date)).otherwise(pl.col("out_date").max()).alias("out_date"),
    )
    return merged.select(
        "basket_id",
        pl.lit("industry").alias("basket_type"),
        "symbol",
        pl.lit(day).alias("trade_date"),
        pl.lit(None, pl.Float64).alias("weight"),
        "in_date",
        "out_date",
        pl.format(
            "{}/{}",
            pl.col("in_date").dt.to_string(),
            pl.col("out_date").dt.to_string().fill_null(day.isoformat()),
        ).alias("source_window"),
        pl.lit(MEMBERS.name).alias("source"),
    )


TABLE = Table(
    name="basket-membership-daily",
    title="Members of indices and industries, daily",
    title_zh="指数与行业成分（日）",
    description=(
        "The constituents of indices with their weights, and of the Shenwan industries of three levels without. "
        "Weights are the newest of at most 62 days before; source_window tells of which day. A basket that has weights "
        "has no rows from the membership list. Industry members are those of the newest list whose interval holds the "
        "day: a later correction of the list shows when the day is built again."
    ),
    description_zh=(
        "指数成分及权重，以及申万三级行业成分（无权重）。权重取此前 62 天内最新者；有权重的篮子不再取成员表。"
        "行业成分取最新成员表中区间包含当日者。"
    ),
    asset_class="index",
    schema=Membership,
    period="day",
    inputs=(Input(WEIGHTS.id, required=False), Input(MEMBERS.id, required=False)),
    build=build,
)
