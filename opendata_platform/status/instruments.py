"""The instruments of a day: those of the master, those that have a bar all the same, and the currency pairs followed.

Not here: what is known about them (`facts.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from opendata_platform.status.facts import Facts
from opendata_platform.status.rules import BAR, FX_PAIRS, MASTER
from opendata_platform.tushare.tables.futures_continuous_daily import CONTRACT, VENDOR_CODES

EVENTS = "tushare/corporate-events"
COLUMNS = {
    "symbol": pl.String,
    "asset_class": pl.String,
    "industry": pl.String,
    "status": pl.String,
    "list_date": pl.Date,
    "delist_date": pl.Date,
}


def instruments(day: date, facts: Facts) -> pl.DataFrame:
    """symbol, asset_class, product, continuous, and whether it is known (in the master or followed), listed, suspended.

    A share is suspended on a day on which it has no bar although a suspension of the day, or the master, says so: one
    that is suspended for some hours trades.
    """
    known = pl.concat([_master(facts), _followed()]).unique("symbol", keep="first", maintain_order=True)
    bars = _bars(day, facts)
    strangers = bars.join(known, on="symbol", how="anti").with_columns(known=pl.lit(False))
    everything = pl.concat([known.with_columns(known=pl.lit(True)), strangers], how="diagonal").sort("symbol")
    product = pl.concat_str([pl.col("symbol").str.extract(CONTRACT, part) for part in (1, 2)], separator=".")
    series = pl.concat_str(["industry", pl.col("symbol").str.extract(r"\.([A-Z]+)$")], separator=".")
    futures = pl.col("asset_class") == "futures"
    said = pl.col("symbol").is_in(_suspended(day, facts).implode()) | (pl.col("status") == "suspended").fill_null(False)
    return everything.select(
        "symbol",
        "asset_class",
        pl.when(futures).then(pl.coalesce(product, series)).alias("product"),
        pl.when(futures).then(pl.coalesce(product, series).replace(VENDOR_CODES)).alias("continuous"),
        "known",
        ((pl.col("list_date") <= day).fill_null(True) & (pl.col("delist_date") >= day).fill_null(True)).alias("listed"),
        (said & ~pl.col("symbol").is_in(bars["symbol"].implode())).alias("suspended"),
    )


def _master(facts: Facts) -> pl.DataFrame:
    rows = facts.newest(MASTER.dataset)
    return pl.DataFrame(schema=COLUMNS) if rows is None else rows.select(*COLUMNS)


def _followed() -> pl.DataFrame:
    return pl.DataFrame({"symbol": FX_PAIRS, "asset_class": "fx"}).select(
        pl.col(name) if name in ("symbol", "asset_class") else pl.lit(None, kind).alias(name)
        for name, kind in COLUMNS.items()
    )


def _bars(day: date, facts: Facts) -> pl.DataFrame:
    rows = facts.rows(BAR.dataset)
    if rows is None:
        return pl.DataFrame(schema={name: COLUMNS[name] for name in ("symbol", "asset_class")})
    return rows.filter(pl.col("trade_date") == day).select("symbol", "asset_class").unique("symbol")


def _suspended(day: date, facts: Facts) -> pl.Series:
    events = facts.rows(EVENTS)
    if events is None:
        return pl.Series("symbol", [], pl.String)
    return events.filter(pl.col("event_type") == "suspend", pl.col("effective_date") == day)["symbol"]
