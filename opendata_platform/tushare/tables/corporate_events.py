"""What happens to companies and their shares, by the day on which it can be known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dataframely as dy
import polars as pl
from opendata import calendars
from opendata.contract.canonical import sha256, to_json
from opendata.contract.metadata import PointInTime
from opendata.errors import NotFound

from opendata_platform.quality.checks import Related
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.declare import Api, ByEvent
from opendata_platform.tushare.normalise import ingested_at, shaped, source
from opendata_platform.tushare.table import Input, Table


class CorporateEvent(dy.Schema):
    """One event."""

    event_id = dy.String(primary_key=True, description="Hash of event_type and payload 事件标识")
    symbol = dy.String(description="Instrument code 证券代码")
    event_type = dy.String(
        description="ipo, delist, suspend, resume, dividend, repurchase, block_trade or name_change 事件类型"
    )
    ann_date = dy.Date(nullable=True, description="Day of the announcement 公告日期")
    effective_date = dy.Date(nullable=True, description="First day on which it takes effect 最早生效日期")
    knowable_date = dy.Date(description="The later one of both 可知日期")
    payload = dy.String(description="The vendor's row as canonical JSON, its names and units; nulls left out 原始内容")
    source = source()
    ingested_at = ingested_at()

    @dy.rule()
    def known_after_both(cls) -> pl.Expr:
        return pl.col("knowable_date") == pl.max_horizontal("ann_date", "effective_date")


NEVER = pl.lit(None, pl.Date)


@dataclass(frozen=True, slots=True)
class Kind:
    """How the rows of an API are events."""

    api: Api
    type: pl.Expr
    announced: pl.Expr = NEVER
    effective: pl.Expr = NEVER
    payload: tuple[str, ...] = ()
    """The fields that make up the event; all of them if none. What changes later (the end of a name) is not of them:
    it would make another event."""
    repeats: bool = False
    """Whether equal rows are several events; else they are one that the vendor repeats."""


KINDS = (
    Kind(
        find_api("stock_basic"),
        pl.lit("ipo"),
        effective=pl.col("list_date"),
        payload=("ts_code", "exchange", "list_date"),
    ),
    Kind(
        find_api("stock_basic"),
        pl.lit("delist"),
        effective=pl.col("delist_date"),
        payload=("ts_code", "exchange", "delist_date"),
    ),
    Kind(
        find_api("suspend_d"),
        pl.when(pl.col("suspend_type") == "R").then(pl.lit("resume")).otherwise(pl.lit("suspend")),
        effective=pl.col("trade_date"),
    ),
    Kind(
        find_api("dividend"),
        pl.lit("dividend"),
        announced=pl.max_horizontal("ann_date", "imp_ann_date"),
        effective=pl.min_horizontal("ex_date", "pay_date", "div_listdate"),
    ),
    Kind(find_api("repurchase"), pl.lit("repurchase"), announced=pl.col("ann_date")),
    Kind(find_api("block_trade"), pl.lit("block_trade"), effective=pl.col("trade_date"), repeats=True),
    Kind(
        find_api("namechange"),
        pl.lit("name_change"),
        announced=pl.col("ann_date"),
        effective=pl.col("start_date"),
        payload=("ts_code", "name", "start_date", "ann_date", "change_reason"),
    ),
)


def build(partition: str, related: Related) -> pl.DataFrame:
    """The events of the days after the partition before up to this one; raises NotFound without any source."""
    day = date.fromisoformat(partition)
    frames = [frame for kind in KINDS if (frame := _events(kind, day, related)) is not None]
    if not frames:
        raise NotFound("none of the datasets that the table is built from is published")
    return pl.concat(frames)


def _events(kind: Kind, day: date, related: Related) -> pl.DataFrame | None:
    api = kind.api
    rows = related.newest(api.id) if api.period == "snapshot" else related.frame(api.id)
    if rows is None:
        return None
    dated = rows.with_columns(
        kind.type.alias("event_type"),
        kind.announced.alias("announced"),
        kind.effective.alias("effective"),
    ).with_columns(pl.max_horizontal("announced", "effective").alias("knowable"))
    here = dated.filter(_belongs(api, day))
    payloads = _payloads(here.select(kind.payload or [field.name for field in api.fields]))
    events = here.select(
        pl.Series("payload", payloads, pl.String),
        pl.col("ts_code").alias("symbol"),
        "event_type",
        pl.col("announced").alias("ann_date"),
        pl.col("effective").alias("effective_date"),
        pl.col("knowable").alias("knowable_date"),
        pl.lit(api.name).alias("source"),
    )
    ordinals = events.select(pl.int_range(pl.len()).over("event_type", "payload")).to_series()
    if not kind.repeats:
        events, ordinals = events.filter(ordinals == 0), ordinals.filter(ordinals == 0)
    named = zip(events["event_type"], events["payload"], ordinals, strict=True)
    ids = [event_id(event_type, payload, ordinal) for event_type, payload, ordinal in named]
    return shaped(events.with_columns(pl.Series("event_id", ids, pl.String)), CorporateEvent)


def _belongs(api: Api, day: date) -> pl.Expr:
    """Which of the rows at hand are this partition's, so that no event is in two.

    A list has the events of all days. A row that is asked for by several of its dates comes once for each of them: it
    belongs to the last one.
    """
    if api.period == "snapshot":
        since = calendars.shifted(day, -1) or day - timedelta(days=1)
        return pl.col("knowable").is_between(since, day, closed="right")
    if isinstance(api.fetch, ByEvent):
        return pl.max_horizontal(api.fetch.param, *api.fetch.on_day) <= day
    return pl.lit(True)


def _payloads(rows: pl.DataFrame) -> Sequence[str]:
    texts = rows.with_columns(pl.col(pl.Date).dt.to_string("iso"))
    return [to_json({k: v for k, v in row.items() if v is not None}).decode() for row in texts.iter_rows(named=True)]


def event_id(event_type: str, payload: str, ordinal: int = 0) -> str:
    """The identity of an event: what it is, and which one of several equal ones."""
    return sha256(json.dumps([event_type, payload, ordinal], ensure_ascii=False).encode())[:32]


TABLE = Table(
    name="corporate-events",
    title="Corporate events",
    title_zh="公司事件",
    description=(
        "Listings, delistings, suspensions, resumptions, dividends, repurchases, block trades and new names: one "
        "row each. A partition has the events of the days since the partition before; a dividend is in the "
        "partition of its announcement, or, once it has an ex-date, of the later one of both. A dividend takes effect "
        "on the first of ex-date, payment and listing of bonus shares, and is announced anew with its implementation. "
        "Equal block trades are told apart by their count; any other repeated row is one event."
    ),
    description_zh=(
        "上市、退市、停牌、复牌、分红、回购、大宗交易与更名，每事件一行。分区含上一分区之后各日的事件；分红归入公告日，"
        "有除权日后归入二者较晚者；其生效日为除权、派息、红股上市中最早者，实施公告视为再次公告。"
        "相同的大宗交易以序号区分，其余重复行视为同一事件。"
    ),
    asset_class="stock",
    schema=CorporateEvent,
    period="day",
    inputs=tuple(dict.fromkeys(Input(kind.api.id, required=False) for kind in KINDS)),
    build=build,
    partition_column=None,
    sparse=True,
    point_in_time=PointInTime("knowable_date", ("event_id",)),
)
