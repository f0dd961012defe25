"""The declared APIs: complete, consistent with each other, and true of recorded answers and the vendor's dictionary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from graphlib import TopologicalSorter
from pathlib import Path

import polars as pl
import pytest
from opendata.errors import InvalidValue

from opendata_platform.tushare import apis, catalog
from opendata_platform.tushare.answer import read_answer
from opendata_platform.tushare.capture import Page
from opendata_platform.tushare.catalog import all_apis, find_api
from opendata_platform.tushare.declare import (
    HUNDRED_MILLION,
    LOT,
    TEN_THOUSAND,
    THOUSAND,
    Api,
    ByCode,
    ByDay,
    ByEvent,
    ByWeek,
    Normal,
    Params,
    Whole,
)
from opendata_platform.tushare.gates import checks_of
from opendata_platform.tushare.reading import read
from opendata_platform.tushare.reference import reference
from opendata_platform.tushare.schema import api_schema
from tests.conftest import ROOT

P0 = (
    *("trade_cal", "fut_trade_cal"),
    *("stock_basic", "namechange", "daily", "weekly", "adj_factor", "daily_basic", "suspend_d", "stk_limit"),
    *("moneyflow", "dividend", "repurchase", "block_trade"),
    *("fund_basic", "etf_basic", "fund_daily", "fund_adj", "fund_nav", "fund_share", "etf_share_size"),
    *("index_basic", "index_daily", "index_dailybasic", "index_weight", "index_classify", "index_member_all"),
    *("sw_daily", "ci_daily", "index_global", "daily_info", "sz_daily_info"),
    *("fut_basic", "fut_daily", "fut_mapping", "fut_settle", "fut_weekly_detail", "fut_index_daily"),
    *("sge_basic", "sge_daily"),
)
SAMPLES = Path(__file__).parent / "samples"
SAMPLED = sorted(path.stem for path in SAMPLES.glob("*.json"))

CONVERTED = {
    "lot (100 shares)": Normal("share", LOT),
    "lot (100 units)": Normal("unit", LOT),
    "ten-thousand shares": Normal("share", TEN_THOUSAND),
    "100 million shares": Normal("share", HUNDRED_MILLION),
    "ten-thousand units": Normal("unit", TEN_THOUSAND),
    "100 million units": Normal("unit", HUNDRED_MILLION),
    "thousand CNY": Normal("CNY", THOUSAND),
    "ten-thousand CNY": Normal("CNY", TEN_THOUSAND),
    "100 million CNY": Normal("CNY", HUNDRED_MILLION),
    "ten-thousand trades": Normal("count", TEN_THOUSAND),
    "kg": Normal("gram", THOUSAND),
}
KEPT = {
    *("share", "unit", "contract", "CNY", "percent", "ratio", "count", "year", "index point", "quotation unit"),
    *("CNY per share", "CNY per unit", "CNY per gram", "CNY per contract", "share per share", "gram per contract"),
}
NOT_IN_DICTIONARY = {"daily": {"ah_vol", "ah_amount"}, "daily_basic": {"limit_status"}}
"""Fields that came after the dictionary, or that the vendor sends without documenting them."""

each_api = pytest.mark.parametrize("api", all_apis().values(), ids=lambda api: api.name)


def test_every_api_of_the_first_batch_is_declared_and_nothing_else() -> None:
    assert set(all_apis()) == set(P0)
    assert {api.batch for api in all_apis().values()} == {"P0"}


def test_an_unknown_api_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(InvalidValue, match="adj_factor, block_trade"):
        find_api("dialy")


def test_a_file_that_declares_another_api_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weekly_bars.py").write_text("from opendata_platform.tushare.apis.weekly import API as API\n")
    monkeypatch.setattr(apis, "__path__", [str(tmp_path)])
    with pytest.raises(InvalidValue, match="weekly_bars"):
        catalog.all_apis.__wrapped__()


@each_api
def test_field_names_differ_and_key_fields_are_never_null(api: Api) -> None:
    names = [field.name for field in api.fields]
    assert len(set(names)) == len(names)
    assert set(api.key) <= {field.name for field in api.fields if not field.nullable}
    assert set(api.key) <= set(api_schema(api).primary_key())


@each_api
def test_the_field_that_assigns_a_row_to_its_partition_is_a_required_date(api: Api) -> None:
    match api.fetch:
        case ByDay(column=column) | ByWeek(column=column) | ByCode(column=column):
            assert api.field(column).kind == "date"
            assert not api.field(column).nullable
        case ByEvent(param, on_day):
            assert {api.field(name).kind for name in (param, *on_day)} == {"date"}
        case Whole():
            assert api.period == "snapshot"


@each_api
def test_only_complete_copies_are_snapshots(api: Api) -> None:
    assert (api.period == "snapshot") == isinstance(api.fetch, Whole)


@each_api
def test_requests_of_one_partition_differ(api: Api) -> None:
    requests: tuple[Params, ...] = ()
    match api.fetch:
        case ByDay(variants=variants) | Whole(variants):
            requests = variants
        case ByCode(param, codes):
            requests = tuple({param: code} for code in codes)
        case ByEvent() | ByWeek():
            requests = ({},)
    assert requests
    assert len({tuple(sorted(request.items())) for request in requests}) == len(requests)


@each_api
def test_units_are_known_and_converted_everywhere_in_the_same_way(api: Api) -> None:
    for field in api.fields:
        assert field.unit is None or field.unit in KEPT | CONVERTED.keys(), field.name
        assert field.normal == CONVERTED.get(field.unit or ""), field.name
        assert field.unit is None or field.kind in ("number", "integer"), field.name


@each_api
def test_all_texts_are_there_in_english_and_chinese(api: Api) -> None:
    english = [api.title, api.description, *(field.description for field in api.fields)]
    chinese = [api.title_zh, api.description_zh, *(field.description_zh for field in api.fields)]
    assert all(re.match("[A-Z0-9]", text) and "|" not in text for text in english)
    assert all(re.search("[\u4e00-\u9fff]", text) and "|" not in text for text in chinese)


def test_apis_are_compared_with_declared_ones_and_never_in_a_circle() -> None:
    graph = {api.id: {name for check in checks_of(api) for name in check.looks_at} for api in all_apis().values()}
    assert set().union(*graph.values()) <= graph.keys()
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("name", SAMPLED)
def test_a_recorded_answer_reads_as_declared(name: str) -> None:
    page = _recorded(name)
    sent = _with_fields(find_api(name), page.fields)
    parsed = read(sent, [page])
    assert parsed.unknown_columns == ()
    assert parsed.frame.height == len(page.items)
    assert api_schema(sent).is_valid(parsed.frame)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("weekly", "low", "high"), ("block_trade", "price", "price"), ("repurchase", "low_limit", "high_limit")],
    ids=["weekly", "block_trade", "repurchase"],
)
def test_units_read_off_a_recorded_answer_give_the_prices_in_it(name: str, low: str, high: str) -> None:
    page = _recorded(name)
    api = _with_fields(find_api(name), page.fields)
    _assert_average_price_between(api, read(api, [page]).frame, low, high)


@pytest.mark.parametrize(
    ("name", "file", "prefix"),
    [
        ("daily", "whole_market/daily_20250403.csv", ""),
        ("fund_daily", "etf/fund_daily_510300.SH.csv", "indiv_d_"),
    ],
)
def test_units_of_daily_bars_give_the_prices_of_a_recorded_day(
    shared_data: Path, name: str, file: str, prefix: str
) -> None:
    recorded = pl.read_csv(shared_data / "tushare" / file)
    frame = recorded.rename(lambda column: column.removeprefix(prefix))
    assert frame.height > 400
    _assert_average_price_between(find_api(name), frame, "low", "high")


def test_fields_and_types_are_those_of_the_vendors_dictionary(shared_data: Path) -> None:
    files = [file for file in (shared_data / "tushare" / "field_dictionary").glob("*.json") if file.stem in all_apis()]
    assert len(files) > 20
    kinds = {"str": {"text", "date"}, "float": {"number"}, "int": {"integer"}}
    for file in files:
        documented = {each["name"]: each["type"] for each in json.loads(file.read_text("utf-8"))["output_params"]}
        declared = {field.name: field.kind for field in find_api(file.stem).fields}
        assert declared.keys() - documented.keys() == NOT_IN_DICTIONARY.get(file.stem, set()), file.stem
        assert all(declared[name] in kinds[kind] for name, kind in documented.items()), file.stem


def test_the_printed_reference_is_up_to_date() -> None:
    printed = (ROOT / "docs" / "tushare-apis.md").read_text("utf-8")
    assert printed == reference(all_apis().values()), (
        "run: python -m opendata_platform.tushare.reference > docs/tushare-apis.md"
    )


def test_the_reference_has_a_row_for_every_field() -> None:
    rows = list(_rows(reference(all_apis().values())))
    assert rows == [field.name for api in _by_class() for field in api.fields]


def _rows(document: str) -> Iterator[str]:
    for line in document.splitlines():
        if found := re.match(r"\| `(\w+)` \|", line):
            yield found[1]


def _by_class() -> list[Api]:
    order = ("calendar", "stock", "etf", "index", "futures", "spot")
    return sorted(all_apis().values(), key=lambda api: order.index(api.asset_class))


def _recorded(name: str) -> Page:
    body = (SAMPLES / f"{name}.json").read_bytes()
    return Page.of({}, body, read_answer(body), None)


def _with_fields(api: Api, names: tuple[str, ...]) -> Api:
    """The API as if it had only the fields of an answer that was asked for without naming all."""
    fields = tuple(field for field in api.fields if field.name in names)
    return replace(api, fields=fields, key=tuple(name for name in api.key if name in names))


def _assert_average_price_between(api: Api, frame: pl.DataFrame, low: str, high: str) -> None:
    def unified(name: str) -> pl.Expr:
        normal = api.field(name).normal
        return pl.col(name) * (normal.factor if normal else 1.0)

    prices = frame.drop_nulls(["vol", "amount", low, high]).filter(pl.col("vol") > 0)
    average = unified("amount") / unified("vol")
    beyond = prices.filter((average < pl.col(low) * 0.999) | (average > pl.col(high) * 1.001))
    assert prices.height > 0
    assert beyond.height <= prices.height // 100, beyond
