"""Units of the tables, recomputed from recorded days in decimals: the factors below are written here, not declared."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from opendata_platform.quality.schemas import table_schema
from opendata_platform.tushare.table_catalog import all_tables
from tests.tushare.published import Published, raw

Row = Mapping[str, Any]
Factors = Mapping[tuple[str, str], int]
"""(the vendor's field, the table's column) to what one of the vendor's units is in the table's."""

PRICES: Factors = {(name, name): 1 for name in ("open", "high", "low", "close", "pre_close")}


def recorded(path: Path) -> list[Row]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def wire(path: Path) -> list[Row]:
    data = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["data"]
    return [dict(zip(data["fields"], item, strict=True)) for item in data["items"]]


def without_prefix(rows: Iterable[Row], prefix: str) -> Iterator[Row]:
    for row in rows:
        yield {name.removeprefix(prefix): value for name, value in row.items()}


def differences(table: str, api: str, rows: list[Row], factors: Factors) -> list[str]:
    """Where the table is not the decimal product, digit for digit; every row must be there, and no other."""
    found = all_tables()[table].build("2025-04-03", Published.of(**{api: raw(api, rows)}))
    symbol = next(name for name in ("symbol", "index_code", "segment_code") if name in found.columns)
    by_key = {(row[symbol], row["trade_date"].strftime("%Y%m%d")): row for row in found.iter_rows(named=True)}
    assert len(by_key) == found.height == len(rows)
    wrong = []
    for row in rows:
        have = by_key[row["ts_code"], row["trade_date"]]
        for (field, column), factor in factors.items():
            sent = row.get(field)
            want = None if sent in (None, "") else float(Decimal(str(sent)) * factor)
            if have[column] != want:
                wrong.append(f"{row['ts_code']} {column}: {have[column]!r}, not {want!r}")
    return wrong


STOCK = PRICES | {("vol", "volume"): 100, ("amount", "amount"): 1_000}


@pytest.mark.parametrize("table", ["daily-prices", "stock-daily"])
@pytest.mark.parametrize("day", ["20250403", "20230306", "20230307", "20230308", "20230309", "20230310"])
def test_a_stock_day_is_in_shares_and_yuan(shared_data: Path, table: str, day: str) -> None:
    rows = recorded(shared_data / f"tushare/whole_market/daily_{day}.csv")
    assert len(rows) > 4_000
    assert differences(table, "daily", rows, STOCK) == []


@pytest.mark.parametrize("table", ["daily-prices", "futures-daily-ext"])
def test_a_futures_day_is_in_contracts_and_yuan(shared_data: Path, table: str) -> None:
    rows = recorded(shared_data / "tushare/whole_market/fut_daily_20250403.csv")
    assert len(rows) > 900
    same = {(name, name): 1 for name in ("settle", "oi")}
    factors = PRICES | same | {("vol", "volume"): 1, ("amount", "amount"): 10_000}
    assert differences(table, "fut_daily", rows, factors) == []


def test_share_counts_and_values_of_stocks_are_whole(shared_data: Path) -> None:
    rows = recorded(shared_data / "tushare/whole_market/daily_basic_20250403.csv")
    tens = {(name, name): 10_000 for name in ("total_share", "float_share", "free_share", "total_mv", "circ_mv")}
    same = {(name, name): 1 for name in ("close", "turnover_rate", "pe_ttm", "dv_ttm")}
    assert differences("stock-daily-basic", "daily_basic", rows, tens | same) == []


def test_price_limits_are_unchanged(shared_data: Path) -> None:
    rows = recorded(shared_data / "tushare/whole_market/stk_limit_20250403.csv")
    factors = {("up_limit", "up_limit"): 1, ("down_limit", "down_limit"): 1}
    assert differences("stock-limit", "stk_limit", rows, factors) == []


@pytest.mark.parametrize("table", ["daily-prices", "etf-daily-ext"])
def test_a_fund_is_in_units_and_yuan(shared_data: Path, table: str) -> None:
    rows = list(
        without_prefix(recorded(shared_data / "tushare/etf/fund_daily_510300.SH.csv"), "indiv_d_"),
    )
    assert differences(table, "fund_daily", rows, STOCK) == []


@pytest.mark.parametrize("table", ["daily-prices", "index-daily-ext"])
def test_an_index_is_in_shares_and_yuan(shared_data: Path, table: str) -> None:
    rows = recorded(shared_data / "tushare/index/index_daily_2symbols.csv")
    assert differences(table, "index_daily", rows, STOCK) == []


def test_index_valuations_are_unchanged(shared_data: Path) -> None:
    rows = list(
        without_prefix(recorded(shared_data / "tushare/index/index_dailybasic_000300.SH.csv"), "indiv_din_"),
    )
    same = {(name, name): 1 for name in ("total_mv", "float_mv", "total_share", "free_share", "pe", "turnover_rate")}
    assert differences("index-daily-basics", "index_dailybasic", rows, same) == []


TENS = {(name, name): 10_000 for name in ("amount", "float_mv", "total_mv")}
HUNDRED_MILLIONS = {
    (name, name): 10**8 for name in ("total_share", "float_share", "total_mv", "float_mv", "amount")
} | {
    ("vol", "volume"): 10**8,
    ("com_count", "listed_count"): 1,
}
SIZES = [(side, size) for side in ("buy", "sell") for size in ("sm", "md", "lg", "elg")]
FLOWS = {(f"{side}_{size}_vol", f"{side}_{size}_vol"): 100 for side, size in SIZES} | {
    (f"{side}_{size}_amount", f"{side}_{size}_amount"): 10_000 for side, size in SIZES
}


@pytest.mark.parametrize(
    ("table", "api", "factors"),
    [
        ("index-daily-ext", "sw_daily", TENS | {("vol", "volume"): 10_000, ("pct_change", "pct_chg"): 1}),
        ("daily-prices", "sw_daily", {("vol", "volume"): 10_000, ("amount", "amount"): 10_000, ("close", "close"): 1}),
        ("market-daily-stats", "daily_info", HUNDRED_MILLIONS),
        (
            "market-daily-stats",
            "sz_daily_info",
            {("vol", "volume"): 1, ("amount", "amount"): 1, ("total_mv", "total_mv"): 1, ("count", "listed_count"): 1},
        ),
        ("stock-moneyflow", "moneyflow", FLOWS | {("net_mf_vol", "net_mf_vol"): 100}),
        ("stock-weekly", "weekly", PRICES | {("vol", "volume"): 1, ("amount", "amount"): 1}),
        ("stock-adj-factor", "adj_factor", {("adj_factor", "adj_factor"): 1}),
    ],
)  # fmt: skip
def test_recorded_answers_are_in_the_units_of_the_tables(
    shared_data: Path, table: str, api: str, factors: Factors
) -> None:
    rows = wire(shared_data / f"tushare/wire_json/{api}.json")
    assert rows
    assert differences(table, api, rows, factors) == []


@pytest.mark.parametrize("table", ["daily-prices", "spot-sge-daily-ext"])
def test_gold_is_in_grams(table: str) -> None:
    rows = [
        {"ts_code": "Au99.95", "trade_date": "20220311", "close": "403.3000", "vol": "24.00", "amount": "9679200.00"},
        {"ts_code": "Au99.99", "trade_date": "20220311", "close": "403.6000", "vol": "13667.66"},
        {"ts_code": "Ag(T+D)", "trade_date": "20220311", "close": "5.1340", "vol": "2428664.00", "amount": None},
    ]
    factors = {("close", "close"): 1, ("vol", "volume"): 1_000, ("amount", "amount"): 1}
    assert differences(table, "sge_daily", rows, factors) == []


def test_units_of_funds_are_whole_whoever_counts_them() -> None:
    sizes = [{"ts_code": "510300.SH", "trade_date": "20250403", "total_share": "8563214.87", "total_size": "33781.2"}]
    shares = [
        {"ts_code": "510300.SH", "trade_date": "20250403", "fd_share": "1"},
        {"ts_code": "159915.SZ", "trade_date": "20250403", "fd_share": "3456.7891"},
    ]
    found = all_tables()["etf-share-size"].build(
        "2025-04-03", Published.of(etf_share_size=raw("etf_share_size", sizes), fund_share=raw("fund_share", shares))
    )
    assert found.sort("symbol").select("symbol", "total_share", "total_size", "source").rows() == [
        ("159915.SZ", 34_567_891.0, None, "fund_share"),
        ("510300.SH", 85_632_148_700.0, 337_812_000.0, "etf_share_size"),
    ]


def test_every_number_says_its_unit_and_the_vendors_where_that_is_another() -> None:
    columns = all_tables()["stock-daily"].schema.columns()
    assert columns["volume"].metadata == {"unit": "share", "vendor_unit": "lot (100 shares)"}
    assert columns["amount"].metadata == {"unit": "CNY", "vendor_unit": "thousand CNY"}
    assert columns["close"].metadata == {"unit": "CNY per share"}
    units = {
        column.name: column.unit for column in table_schema(all_tables()["stock-daily"].schema, "trade_date").columns
    }
    assert (units["volume"], units["amount"], units["pct_chg"]) == ("share", "CNY", "percent")


def test_a_volume_without_a_unit_does_not_get_into_a_table_of_shares() -> None:
    spx = raw("index_global", [{"ts_code": "SPX", "trade_date": "20260303", "close": "6816.63", "vol": "3509315.0"}])
    prices = all_tables()["daily-prices"].build("2026-03-03", Published.of(index_global=spx))
    bars = all_tables()["index-daily-ext"].build("2026-03-03", Published.of(index_global=spx))
    assert prices.select("close", "volume", "asset_subclass").rows() == [(6816.63, None, "global")]
    assert bars["volume"].to_list() == [None]
    gold = raw("sge_daily", [{"ts_code": "Au(T+D)", "trade_date": "20260303", "close": "1132.5", "oi": "195000"}])
    assert all_tables()["daily-prices"].build("2026-03-03", Published.of(sge_daily=gold))["oi"].to_list() == [None]
