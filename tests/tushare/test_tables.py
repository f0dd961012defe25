"""The tables that are built from the raw datasets: which rows, once each, whatever the order of what came in."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendata.contract.evidence import Severity
from opendata.contract.ids import check_dataset_id
from opendata.errors import InvalidValue, NotFound
from opendata.write import decode, encode

from opendata_platform.datasets.tushare import table_spec
from opendata_platform.quality.checks import Context
from opendata_platform.quality.rows import RowAudit
from opendata_platform.quality.schemas import table_schema
from opendata_platform.tushare.catalog import all_apis, find_api
from opendata_platform.tushare.extension import extension
from opendata_platform.tushare.table import Table
from opendata_platform.tushare.table_catalog import all_tables
from tests.tushare.published import DAY, Published, raw, rows_of

TABLES = list(all_tables().values())
UNIFIED = {"trade-calendar", "instrument-master", "daily-prices", "basket-membership-daily", "corporate-events"}
ONE_ROW_EACH = [
    table
    for table in TABLES
    if table.name not in {*UNIFIED - {"daily-prices"}, "futures-continuous-daily", "futures-weekly-context"}
]
"""Tables with a row for every row of their inputs but for the keys that two of them have."""


BESIDE = {
    "futures-daily-ext": ("tushare-raw/fut-settle",),
    "daily-prices": ("tushare-raw/adj-factor", "tushare-raw/fund-adj"),
}
"""Inputs that add columns to the rows of the others, and no rows."""


def named(table: Table) -> str:
    return table.name


def build(name: str, partition: str = "2025-04-03", **frames: pl.DataFrame) -> pl.DataFrame:
    return all_tables()[name].build(partition, Published.of(**frames))


def inputs_of(table: Table) -> st.SearchStrategy[dict[str, pl.DataFrame]]:
    apis = {item.dataset: api for item in table.inputs for api in all_apis().values() if api.id == item.dataset}
    return st.fixed_dictionaries({dataset: rows_of(api) for dataset, api in apis.items()})


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_a_table_is_declared_completely(table: Table) -> None:
    check_dataset_id(table.id)
    assert {item.dataset for item in table.inputs} <= {api.id for api in all_apis().values()}
    assert all(any("\u4e00" <= c <= "\u9fff" for c in text) for text in (table.title_zh, table.description_zh))
    columns = list(table.schema.columns())
    assert columns[-2:] == ["source", "ingested_at"]
    assert table.schema.primary_key()
    assert all(column.description for column in table_schema(table.schema, None).columns)
    if table.period != "snapshot" and table.partition_column:
        assert table.partition_column in columns


def test_the_tables_of_the_design_exist() -> None:
    assert set(all_tables()) >= UNIFIED
    assert len(TABLES) == 25


@pytest.mark.parametrize("table", TABLES, ids=named)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_what_is_built_can_be_published_and_does_not_depend_on_the_order_of_rows(
    table: Table, data: st.DataObject
) -> None:
    frames = data.draw(inputs_of(table))
    built = table.build(DAY.isoformat(), Published(frames))
    stamped = built.with_columns(
        pl.lit(datetime(2025, 4, 3, tzinfo=UTC), pl.Datetime("ms", "UTC")).alias("ingested_at")
    )
    schema = table_schema(table.schema, table.partition_column if table.period != "snapshot" else None)
    encoded = encode(stamped, schema)
    assert decode(encoded.data).height == built.height

    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=1) for name, frame in frames.items()}
    again = table.build(DAY.isoformat(), Published(shuffled))
    assert again.select(built.columns).sort(pl.all()).equals(built.sort(pl.all()))


@pytest.mark.parametrize("table", ONE_ROW_EACH, ids=named)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_no_row_is_lost_or_invented(table: Table, data: st.DataObject) -> None:
    frames = data.draw(inputs_of(table))
    built = table.build(DAY.isoformat(), Published(frames))
    key = table.schema.primary_key()
    assert built.select(key).is_duplicated().sum() == 0
    sent = {
        tuple(row[name] for name in find_api(name_of(dataset)).key if name != "exchange")
        for dataset, frame in frames.items()
        if dataset not in BESIDE.get(table.name, ())
        for row in frame.iter_rows(named=True)
    }
    have = {tuple(row) for row in built.select(name for name in key if name != "exchange").rows()}
    assert {frozenset(map(str, row)) for row in have} == {frozenset(map(str, row)) for row in sent}


def name_of(dataset: str) -> str:
    return dataset.removeprefix("tushare-raw/").replace("-", "_")


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_without_any_input_there_is_no_table(table: Table) -> None:
    with pytest.raises(NotFound, match="is published"):
        table.build(DAY.isoformat(), Published())


@pytest.mark.parametrize("table", [t for t in TABLES if len(t.inputs) > 1], ids=named)
def test_an_account_without_the_optional_inputs_gets_the_rest(table: Table) -> None:
    required = [item.dataset for item in table.inputs if item.required] or [table.inputs[0].dataset]
    frames = {dataset: raw(name_of(dataset), []) for dataset in required}
    assert table.build(DAY.isoformat(), Published(frames)).height == 0


def test_columns_of_different_units_are_not_put_into_one() -> None:
    with pytest.raises(InvalidValue, match="one unit"):
        extension("mixed", find_api("sw_daily"), find_api("index_global"), title="", title_zh="")


# Daily prices


def bar(symbol: str, close: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"ts_code": symbol, "trade_date": DAY, "close": close, "high": close, "low": close, **more}


def test_an_index_with_an_api_of_its_own_counts_as_that_one_says() -> None:
    found = build(
        "daily-prices",
        index_daily=raw("index_daily", [bar("801010.SI", 1.0), bar("000300.SH", 2.0), bar("NHCI.NH", 3.0)]),
        sw_daily=raw("sw_daily", [bar("801010.SI", 4.0)]),
        fut_index_daily=raw("fut_index_daily", [bar("NHCI.NH", 5.0)]),
    )
    assert found.sort("symbol").select("symbol", "close", "asset_class", "asset_subclass", "source").rows() == [
        ("000300.SH", 2.0, "index", "broad", "index_daily"),
        ("801010.SI", 4.0, "index", "industry", "sw_daily"),
        ("NHCI.NH", 5.0, "index", "futures_benchmark", "fut_index_daily"),
    ]


def test_the_vendors_series_are_told_from_contracts() -> None:
    codes = ["A2505.DCE", "SCTAS2505.INE", "A.DCE", "AL.DCE", "IFL1.CFX", "TL0.CFX"]
    found = build("daily-prices", fut_daily=raw("fut_daily", map(bar, codes)))
    subclasses = dict(found.select("symbol", "asset_subclass").iter_rows())
    assert [code for code in codes if subclasses[code] == "contract"] == ["A2505.DCE", "SCTAS2505.INE"]


def test_a_repeated_row_of_one_source_stays_for_the_gate_to_see() -> None:
    found = build("daily-prices", daily=raw("daily", [bar("000001.SZ"), bar("000001.SZ")]))
    assert found.height == 2


def factor(symbol: str, value: float) -> dict[str, Any]:
    return {"ts_code": symbol, "trade_date": DAY, "adj_factor": value}


def test_stocks_and_funds_have_the_factor_of_their_own_list() -> None:
    found = build(
        "daily-prices",
        daily=raw("daily", [bar("000001.SZ"), bar("000002.SZ")]),
        fund_daily=raw("fund_daily", [bar("510300.SH")]),
        index_daily=raw("index_daily", [bar("000300.SH")]),
        adj_factor=raw("adj_factor", [factor("000001.SZ", 2.5), factor("000300.SH", 9.0), factor("000003.SZ", 1.0)]),
        fund_adj=raw("fund_adj", [factor("510300.SH", 1.5)]),
    )
    factors = {"000001.SZ": 2.5, "000002.SZ": None, "510300.SH": 1.5, "000300.SH": None}
    assert dict(found.select("symbol", "adj_factor").iter_rows()) == factors


def test_a_stock_or_fund_without_a_factor_is_warned_of() -> None:
    table = all_tables()["daily-prices"]
    check = next(check for check in table.checks if check.name == "has_adj_factor")
    found = build(
        "daily-prices",
        daily=raw("daily", [bar("000001.SZ"), bar("000002.SZ")]),
        fund_daily=raw("fund_daily", [bar("510300.SH")]),
        index_daily=raw("index_daily", [bar("000300.SH")]),
        adj_factor=raw("adj_factor", [factor("000001.SZ", 2.5)]),
    )
    stamped = found.with_columns(ingested_at=pl.lit(datetime(2025, 4, 3, tzinfo=UTC), pl.Datetime("ms", "UTC")))
    schema = table_schema(table.schema, table.partition_column)
    context = Context(DAY.isoformat(), schema, RowAudit(table.schema, stamped), None, None)
    result = check.run(found, context)
    assert (result.severity, result.passed, result.numerator, result.denominator) == (Severity.WARN, False, 2, 3)
    assert check.run(found.filter(pl.col("symbol").is_in(["000001.SZ", "000300.SH"])), context).passed


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_what_a_table_says_of_its_rows_names_columns_that_it_has(table: Table) -> None:
    columns = set(table.schema.columns())
    assert not table.adjustment or {table.adjustment.factor, *table.adjustment.prices} <= columns
    assert not table.point_in_time or {table.point_in_time.available, *table.point_in_time.key} <= columns


def test_readers_learn_from_the_metadata_what_the_rows_mean() -> None:
    documents = {table.name: table_spec(table).metadata(None).document for table in TABLES}
    assert documents["daily-prices"]["adjustment"] == {
        "factor": "adj_factor",
        "prices": ["open", "high", "low", "close", "pre_close"],
    }
    assert documents["corporate-events"]["point_in_time"] == {"available": "knowable_date", "key": ["event_id"]}
    assert {name for name, document in documents.items() if document.get("calendar") == "sse"} == {
        table.name for table in TABLES if table.period != "snapshot"
    }


# Calendars and instruments


def test_an_exchange_in_both_calendars_is_open_when_the_futures_calendar_says_so() -> None:
    found = build(
        "trade-calendar",
        trade_cal=raw("trade_cal", [{"exchange": x, "cal_date": DAY, "is_open": 0} for x in ("SSE", "DCE")]),
        fut_trade_cal=raw("fut_trade_cal", [{"exchange": "DCE", "cal_date": DAY, "is_open": 1}]),
    )
    assert sorted(found.select("market", "is_open").rows()) == [("DCE", True), ("SSE", False)]


def test_a_fund_in_two_lists_is_in_the_master_once_with_its_delisting() -> None:
    found = build(
        "instrument-master",
        etf_basic=raw(
            "etf_basic",
            [{"ts_code": "510300.SH", "csname": "ETF", "exchange": "SH", "list_status": "D", "etf_type": "境内"}],
        ),
        fund_basic=raw(
            "fund_basic",
            [
                {"ts_code": "510300.SH", "name": "300", "status": "D", "delist_date": "20200102"},
                {"ts_code": "161725.SZ", "name": "LOF", "status": "L", "type": "契约型,开放式", "invest_type": "被动"},
            ],
        ),
    )
    columns = ("symbol", "name", "exchange", "status", "delist_date", "tags", "source")
    assert found.sort("symbol").select(columns).rows() == [
        ("161725.SZ", "LOF", "SZSE", "listed", None, "契约型 开放式,被动", "fund_basic"),
        ("510300.SH", "ETF", "SSE", "delisted", date(2020, 1, 2), "ETF,境内", "etf_basic"),
    ]


def test_a_contract_is_listed_between_its_dates() -> None:
    spans = {
        "CU2504.SHF": ("20240416", "20250402"),
        "CU2505.SHF": ("20240516", "20250403"),
        "CU2604.SHF": ("20250404", "20260415"),
        "CU.SHF": (None, None),
    }
    rows = [{"ts_code": code, "list_date": first, "delist_date": last} for code, (first, last) in spans.items()]
    found = build("instrument-master", fut_basic=raw("fut_basic", rows))
    assert dict(found.select("symbol", "status").iter_rows()) == {
        "CU2504.SHF": "delisted",
        "CU2505.SHF": "listed",
        "CU2604.SHF": "announced",
        "CU.SHF": "listed",
    }


# Baskets


def weights(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    names = ("index_code", "con_code", "trade_date", "weight")
    return raw("index_weight", [dict(zip(names, row, strict=True)) for row in rows])


def member(symbol: str, l3: str, in_date: str, out_date: str | None = None) -> dict[str, Any]:
    codes = {"l1_code": "L1", "l2_code": "L2", "l3_code": l3}
    return {"ts_code": symbol, "in_date": in_date, "out_date": out_date, **codes}


def test_weights_are_the_newest_that_were_known() -> None:
    found = build(
        "basket-membership-daily",
        index_weight=weights(
            ("I", "old", "20250228", 100.0), ("I", "a", "20250331", 60.0), ("I", "b", "20250331", 40.0),
            ("I", "later", "20250430", 100.0), ("J", "c", "20250228", 100.0),
        ),
    )  # fmt: skip
    assert found.sort("basket_id", "symbol").select("basket_id", "symbol", "weight", "source_window").rows() == [
        ("I", "a", 60.0, "2025-03-31/2025-04-03"),
        ("I", "b", 40.0, "2025-03-31/2025-04-03"),
        ("J", "c", 100.0, "2025-02-28/2025-04-03"),
    ]


def test_a_basket_with_weights_takes_no_members_from_the_list() -> None:
    found = build(
        "basket-membership-daily",
        index_weight=weights(("L3a", "x", "20250331", 100.0)),
        index_member_all=raw("index_member_all", [member("y", "L3a", "20200101"), member("y", "L3b", "20200101")]),
    )
    assert {tuple(row) for row in found.select("basket_id", "symbol").rows()} == {
        ("L3a", "x"), ("L3b", "y"), ("L2", "y"), ("L1", "y"),
    }  # fmt: skip


@given(
    in_date=st.dates(date(2025, 3, 20), date(2025, 4, 20)),
    out_date=st.none() | st.dates(date(2025, 3, 20), date(2025, 4, 20)),
)
def test_a_member_is_in_from_its_first_day_until_before_its_last(in_date: date, out_date: date | None) -> None:
    row = member("x", "L3", in_date.isoformat(), out_date.isoformat() if out_date else None)
    found = build("basket-membership-daily", index_member_all=raw("index_member_all", [row]))
    inside = in_date <= DAY and (out_date is None or out_date > DAY)
    assert set(found["basket_id"]) == ({"L1", "L2", "L3"} if inside else set())


# Corporate events


def trade(price: float) -> dict[str, Any]:
    return {"ts_code": "600436.SH", "trade_date": DAY, "price": price, "vol": 9.49, "amount": 825.16, "buyer": "x"}


@settings(deadline=None)
@given(prices=st.lists(st.sampled_from([86.95, 86.96, 87.0]), max_size=8))
def test_equal_block_trades_are_as_many_events(prices: list[float]) -> None:
    found = build("corporate-events", block_trade=raw("block_trade", map(trade, prices)))
    assert found.height == len(prices)
    assert found["event_id"].is_unique().all()


def test_more_block_trades_leave_the_identities_of_those_before() -> None:
    before = build("corporate-events", block_trade=raw("block_trade", [trade(1.0), trade(2.0)]))
    after = build("corporate-events", block_trade=raw("block_trade", [trade(2.0), trade(1.5), trade(1.0), trade(1.0)]))
    assert set(before["event_id"]) < set(after["event_id"])


def test_an_event_is_identified_by_what_the_vendor_sent() -> None:
    found = build("corporate-events", block_trade=raw("block_trade", [trade(86.95)]))
    payload = '{"amount":825.16,"buyer":"x","price":86.95,"trade_date":"2025-04-03","ts_code":"600436.SH","vol":9.49}'
    digest = hashlib.sha256(json.dumps(["block_trade", payload, 0]).encode()).hexdigest()
    assert found.select("payload", "event_id").rows() == [(payload, digest[:32])]


def test_a_repeated_announcement_is_one_event() -> None:
    row = {"ts_code": "300511.SZ", "ann_date": DAY, "proc": "预案"}
    found = build("corporate-events", repurchase=raw("repurchase", [row, row, row | {"proc": "实施"}]))
    assert found.height == 2


def dividend(ann: str | None, ex: str | None = None, implemented: str | None = None) -> dict[str, Any]:
    return {"ts_code": "600000.SH", "end_date": "20241231", "ann_date": ann, "ex_date": ex, "imp_ann_date": implemented}


def test_a_dividend_is_knowable_when_it_is_announced_and_has_begun() -> None:
    rows = [dividend("20250403"), dividend("20250110", "20250403", "20250328"), dividend("20250401", "20250403")]
    found = build("corporate-events", dividend=raw("dividend", rows))
    assert sorted(map(str, found.select("ann_date", "effective_date", "knowable_date").rows())) == sorted(
        map(
            str,
            [
                (date(2025, 4, 3), None, date(2025, 4, 3)),
                (date(2025, 3, 28), date(2025, 4, 3), date(2025, 4, 3)),
                (date(2025, 4, 1), date(2025, 4, 3), date(2025, 4, 3)),
            ],
        )
    )


def test_a_dividend_that_is_asked_for_by_two_days_is_in_the_partition_of_the_later_one() -> None:
    rows = raw("dividend", [dividend("20250401", "20250403")])
    assert build("corporate-events", "2025-04-01", dividend=rows).height == 0
    assert build("corporate-events", "2025-04-03", dividend=rows).height == 1


@pytest.mark.parametrize(
    ("status", "event_type"),
    [("S", "suspend"), ("R", "resume")],
)
def test_suspensions_and_resumptions_are_told_apart(status: str, event_type: str) -> None:
    row = {"ts_code": "000029.SZ", "trade_date": DAY, "suspend_type": status}
    found = build("corporate-events", suspend_d=raw("suspend_d", [row]))
    assert found["event_type"].to_list() == [event_type]


def test_events_of_closed_days_are_in_the_next_partition() -> None:
    """4 to 6 April 2025 are a holiday and a weekend."""
    names = raw(
        "namechange",
        [{"ts_code": "x", "name": day, "start_date": day} for day in ("20250403", "20250404", "20250406", "20250407")],
    )
    found = {
        partition: build("corporate-events", partition, namechange=names).height
        for partition in ("2025-04-02", "2025-04-03", "2025-04-07", "2025-04-08")
    }
    assert found == {"2025-04-02": 0, "2025-04-03": 1, "2025-04-07": 3, "2025-04-08": 0}


def test_a_new_name_stays_the_same_event_when_it_ends() -> None:
    row = {"ts_code": "x", "name": "G", "start_date": DAY}
    open_ended = build("corporate-events", namechange=raw("namechange", [row]))
    ended = build("corporate-events", namechange=raw("namechange", [row | {"end_date": "20260101"}]))
    assert open_ended.equals(ended)


def test_listing_and_delisting_come_from_the_list_of_stocks() -> None:
    rows = [
        {"ts_code": "new", "list_date": DAY, "list_status": "L"},
        {"ts_code": "gone", "list_date": "19990101", "delist_date": DAY, "list_status": "D"},
        {"ts_code": "old", "list_date": "19990101", "list_status": "L"},
    ]
    found = build("corporate-events", stock_basic=raw("stock_basic", rows))
    assert sorted(found.select("symbol", "event_type", "knowable_date").rows()) == [
        ("gone", "delist", DAY),
        ("new", "ipo", DAY),
    ]


# Futures


def contract(symbol: str, oi: float | None, volume: float | None) -> dict[str, Any]:
    return {"ts_code": symbol, "trade_date": DAY, "oi": oi, "vol": volume, "close": 1.0}


@pytest.mark.parametrize(
    ("contracts", "chosen", "rolled_by"),
    [
        ([("CU2505.SHF", 10, 99), ("CU2506.SHF", 11, 1)], "CU2506.SHF", "open_interest"),
        ([("CU2505.SHF", 10, 1), ("CU2506.SHF", 10, 2)], "CU2506.SHF", "open_interest"),
        ([("CU2505.SHF", None, 1), ("CU2506.SHF", 0, 2)], "CU2506.SHF", "volume"),
        ([("CU2506.SHF", None, None), ("CU2505.SHF", 0, 0)], "CU2505.SHF", "volume"),
        ([("CU2505.SHF", 1, 1), ("CU.SHF", 99, 99), ("CUL.SHF", 98, 98)], "CU2505.SHF", "open_interest"),
    ],
)
def test_a_continuous_contract_rolls_by_open_interest_then_volume(
    contracts: list[tuple[str, float | None, float | None]], chosen: str, rolled_by: str
) -> None:
    found = build("futures-continuous-daily", fut_daily=raw("fut_daily", [contract(*row) for row in contracts]))
    assert found.select("continuous_code", "symbol", "rolled_by").rows() == [("CU.SHF", chosen, rolled_by)]


def test_the_vendors_main_contract_is_beside_ours() -> None:
    found = build(
        "futures-continuous-daily",
        fut_daily=raw("fut_daily", [contract("TL2506.CFX", 2, 2), contract("T2506.CFX", 3, 3)]),
        fut_mapping=raw(
            "fut_mapping",
            [
                {"ts_code": "TL0.CFX", "trade_date": DAY, "mapping_ts_code": "TL2509.CFX"},
                {"ts_code": "TL.CFX", "trade_date": DAY, "mapping_ts_code": "T2509.CFX"},
            ],
        ),
    )
    assert sorted(found.select("continuous_code", "symbol", "vendor_symbol").rows(), key=str) == [
        ("T.CFX", "T2506.CFX", None),
        ("TL0.CFX", "TL2506.CFX", "TL2509.CFX"),
    ]


@settings(max_examples=40, deadline=None)
@given(rows=rows_of(find_api("fut_daily")))
def test_every_product_has_one_contract_that_was_traded(rows: pl.DataFrame) -> None:
    found = build("futures-continuous-daily", fut_daily=rows)
    months = rows.filter(pl.col("ts_code").str.contains(r"\d"))
    assert found.height == min(1, months.height)
    assert set(found["symbol"]) <= set(months["ts_code"])


def test_a_bar_has_the_terms_of_its_day() -> None:
    found = build(
        "futures-daily-ext",
        fut_daily=raw("fut_daily", [contract("CU2505.SHF", 1, 1), contract("CU2506.SHF", 1, 1)]),
        fut_settle=raw("fut_settle", [{"ts_code": "CU2505.SHF", "trade_date": DAY, "long_margin_rate": 8.0}]),
    )
    assert sorted(found.select("symbol", "long_margin_rate").rows()) == [("CU2505.SHF", 8.0), ("CU2506.SHF", None)]


def test_a_week_of_a_product_begins_on_its_monday() -> None:
    row = {"exchange": "SHFE", "prd": "cu", "week": "202514", "week_date": DAY, "vol": 5, "amount": 1.5, "amout_yoy": 2}
    found = build("futures-weekly-context", fut_weekly_detail=raw("fut_weekly_detail", [row]))
    columns = ("contract_code", "week_start", "week_end", "amount", "amount_yoy")
    assert found.select(columns).rows() == [("CU.SHF", date(2025, 3, 31), DAY, 150_000_000.0, 2.0)]
