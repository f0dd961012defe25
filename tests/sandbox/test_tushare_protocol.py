"""The sandbox speaks the protocol of Tushare: the vendor's own package and our client read the same from it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
import tushare
from polars.testing import assert_frame_equal

from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sandbox.distort import BadFault
from opendata_platform.sandbox.tushare.account import Account
from opendata_platform.sandbox.tushare.changes import CHANGES
from opendata_platform.sandbox.tushare.faults import BROKEN, REFUSALS
from opendata_platform.sources.outcome import Ok
from opendata_platform.tushare.catalog import all_apis, find_api
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.declare import ByCode, Params
from opendata_platform.tushare.limiter import Limiter
from opendata_platform.tushare.reading import read
from opendata_platform.tushare.settings import TushareSettings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = {"trade_date": "20261120"}
LIMIT_PAGE = "权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。"

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(recordings=Recordings(), clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    running.clear_faults()
    running.tushare.account = Account()
    yield running
    running.clear_faults()
    running.tushare.account = Account()


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def ask(http: httpx.Client) -> Ask:
    """POST an API's request; the answer's document."""

    def post(api: str, params: object = None, fields: object = "", token: str = "any") -> dict[str, Any]:
        body = {"api_name": api, "token": token, "params": params, "fields": fields}
        response = http.post("/tushare", json=body)
        assert response.status_code == 200
        document: dict[str, Any] = response.json()
        return document

    return post


def package(sandbox: Sandbox) -> Any:
    """The vendor's package, pointed at the sandbox."""
    pro = tushare.pro_api("any")
    pro._DataApi__http_url = f"{sandbox.url}/tushare/dataapi"
    return pro


def client(sandbox: Sandbox, folder: Path) -> TushareClient:
    """Our client without a pace."""
    settings = TushareSettings(f"{sandbox.url}/tushare", "sandbox", 0)
    return TushareClient(settings, Limiter(folder / "limits.sqlite"), clock=lambda: NOW)


SAME: dict[str, Params] = {
    "daily": DAY,
    "adj_factor": DAY,
    "suspend_d": DAY,
    "fund_daily": DAY,
    "fut_daily": DAY,
    "fut_mapping": DAY,
    "sge_daily": DAY,
    "sw_daily": DAY,
    "dividend": {"ex_date": "20260618"},
    "stock_basic": {"list_status": "L"},
    "index_daily": {"ts_code": "000001.SH", "start_date": "20261101", "end_date": "20261120"},
    "trade_cal": {"exchange": "SSE", "start_date": "20260101", "end_date": "20261231"},
}


@pytest.mark.parametrize("name", SAME)
def test_the_vendors_package_reads_the_frame_that_our_client_reads(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    api, params = find_api(name), SAME[name]
    fields = ",".join(field.name for field in api.fields)
    theirs = package(sandbox).query(name, fields=fields, **params)
    with client(sandbox, tmp_path) as own:
        answered = own.ask(api, params)
    assert isinstance(answered, Ok)
    ours = read(api, answered.value).frame
    assert ours.height > 0
    assert_frame_equal(as_declared(theirs, ours), ours, check_exact=True)


def as_declared(frame: Any, declared: pl.DataFrame) -> pl.DataFrame:
    """A pandas frame of the package with the types of ours: where there is a null, whole numbers come as floats."""
    columns = {
        name: [None if value is None or value != value else value for value in frame[name]] for name in declared.columns
    }
    texts = {name: pl.String for name, dtype in declared.schema.items() if dtype == pl.Date}
    types: dict[str, Any] = {**declared.schema, **texts}
    return pl.DataFrame(columns, schema=types).with_columns(pl.col(texts).str.to_date("%Y%m%d"))


def test_the_package_raises_the_vendors_text_for_a_refusal(sandbox: Sandbox) -> None:
    with pytest.raises(Exception, match="请指定正确的接口名"):
        package(sandbox).no_such_api()


def test_an_answer_has_the_vendors_shape(ask: Ask) -> None:
    answer = ask("daily", DAY)
    assert set(answer) == {"request_id", "code", "msg", "data"}
    assert (answer["code"], answer["msg"]) == (0, "")
    data = answer["data"]
    assert set(data) == {"fields", "items", "has_more", "count"}
    assert data["count"] == -1
    assert data["has_more"] is False
    assert {len(row) for row in data["items"]} == {len(data["fields"])}
    assert ask("daily", DAY)["request_id"] != answer["request_id"]


def test_an_answer_says_that_it_is_made_up(http: httpx.Client) -> None:
    response = http.post("/tushare", json={"api_name": "daily", "token": "x", "params": DAY})
    assert response.headers["X-OpenData-Sandbox"] == "synthetic"


@pytest.mark.parametrize("path", ["/tushare", "/tushare/", "/tushare/daily", "/tushare/dataapi/daily"])
def test_all_addresses_of_the_vendor_answer(http: httpx.Client, path: str) -> None:
    body = {"api_name": "daily", "token": "x", "params": DAY, "fields": "ts_code"}
    assert len(http.post(path, json=body).json()["data"]["items"]) > 5_000


def test_the_name_in_the_path_is_enough(http: httpx.Client) -> None:
    response = http.post("/tushare/dataapi/fut_mapping", json={"token": "x", "params": DAY})
    assert response.json()["data"]["fields"] == ["ts_code", "trade_date", "mapping_ts_code"]


def test_fields_are_those_asked_for_in_their_order(ask: Ask) -> None:
    data = ask("daily", DAY, "close, ts_code")["data"]
    assert data["fields"] == ["close", "ts_code"]
    assert isinstance(data["items"][0][0], float)
    assert isinstance(data["items"][0][1], str)


def test_unknown_fields_are_left_out_without_a_word(ask: Ask) -> None:
    data = ask("daily", DAY, "ts_code,no_such_field")["data"]
    assert data["fields"] == ["ts_code"]


@pytest.mark.parametrize(("api", "silent"), [("daily", {"ah_vol", "ah_amount"}), ("sge_daily", set())])
def test_without_fields_those_come_that_the_vendor_sends_unasked(ask: Ask, api: str, silent: set[str]) -> None:
    declared = [field.name for field in find_api(api).fields]
    assert ask(api, DAY)["data"]["fields"] == [name for name in declared if name not in silent]
    assert ask(api, DAY, ",".join(declared))["data"]["fields"] == declared


def test_unknown_parameters_are_ignored(ask: Ask) -> None:
    plain = ask("daily", DAY)["data"]
    assert ask("daily", {**DAY, "colour": "red", "ts_type_name": "http://…"})["data"] == plain


def test_a_code_selects_its_rows(ask: Ask) -> None:
    items = ask("daily", {**DAY, "ts_code": "600001.SH"}, "ts_code")["data"]["items"]
    assert items == [["600001.SH"]]


def test_pages_join_to_the_whole(ask: Ask) -> None:
    whole = ask("fut_mapping", DAY)["data"]["items"]
    pages: list[list[Any]] = []
    while True:
        data = ask("fut_mapping", {**DAY, "limit": 40, "offset": len(pages)})["data"]
        pages += data["items"]
        if not data["has_more"]:
            break
        assert len(data["items"]) == 40
    assert pages == whole


def test_more_rows_than_the_cap_are_flagged_and_come_with_the_next_page(ask: Ask) -> None:
    cap = find_api("stk_limit").page_rows
    first = ask("stk_limit", {**DAY, "limit": cap + 1000})["data"]
    assert len(first["items"]) == cap
    assert first["has_more"] is True
    second = ask("stk_limit", {**DAY, "offset": str(cap)})["data"]
    assert second["has_more"] is False
    codes = {row[second["fields"].index("ts_code")] for row in first["items"] + second["items"]}
    assert len(codes) == cap + len(second["items"])


def test_an_offset_beyond_a_hundred_thousand_is_refused_as_the_vendor_refuses_it(ask: Ask) -> None:
    assert ask("daily", {**DAY, "offset": 100_000})["data"]["items"] == []
    refused = ask("daily", {**DAY, "offset": 100_001})
    assert refused["code"] == 50101
    assert refused["msg"].startswith("查询数据失败")
    assert refused["data"] is None


@pytest.mark.parametrize("paging", [{"limit": "many"}, {"offset": -1}, {"limit": 1.5}])
def test_paging_by_what_is_no_number_is_refused(ask: Ask, paging: dict[str, object]) -> None:
    assert ask("daily", {**DAY, **paging})["code"] == 40001


@pytest.mark.parametrize("api", [name for name, api in all_apis().items() if isinstance(api.fetch, ByCode)])
def test_a_required_parameter_that_is_missing_is_named(ask: Ask, api: str) -> None:
    fetch = find_api(api).fetch
    assert isinstance(fetch, ByCode)
    assert ask(api, {}) | {"request_id": ""} == {
        "request_id": "",
        "code": 40001,
        "data": None,
        "msg": f"必填参数, {fetch.param}",
    }


@pytest.mark.parametrize(
    ("api", "param"),
    [("daily", "trade_date"), ("fund_nav", "nav_date"), ("dividend", "ann_date"), ("fut_weekly_detail", "week")],
)
def test_so_is_a_day_that_is_missing(ask: Ask, api: str, param: str) -> None:
    assert ask(api, {})["msg"] == f"必填参数, {param}"


def test_several_days_of_some_codes_come_newest_first(ask: Ask) -> None:
    asked = {"ts_code": "600003.SH,000002.SZ", "start_date": "20261118", "end_date": "20261120"}
    items = ask("adj_factor", asked, "trade_date,ts_code")["data"]["items"]
    days = ("20261120", "20261119", "20261118")
    assert items == [[day, code] for day in days for code in ("600003.SH", "000002.SZ")]


@pytest.mark.parametrize(
    "account", [[], {"calls_per_minute": 0}, {"calls_per_minute": "3"}, {"denied": "daily"}, {"tokens": "t"}]
)
def test_an_account_that_makes_no_sense_is_refused(http: httpx.Client, account: object) -> None:
    assert http.post("/tushare/_control", json=account).status_code == 400


def test_an_unknown_api_is_refused(ask: Ask) -> None:
    refused = ask("no_such_api")
    assert (refused["code"], refused["msg"]) == (40001, "请指定正确的接口名")


@pytest.mark.parametrize(
    "body", ["[]", "{", '{"api_name": "daily", "params": [1]}', '{"api_name": "daily", "fields": 1}']
)
def test_what_is_no_request_is_refused(http: httpx.Client, body: str) -> None:
    response = http.post("/tushare", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert response.json()["code"] == 40001


def test_the_control_endpoint_says_which_tokens_are_good(http: httpx.Client, ask: Ask) -> None:
    assert http.post("/tushare/_control", json={"tokens": ["good"]}).status_code == 204
    refused = ask("daily", DAY, token="bad")
    assert (refused["code"], refused["msg"]) == (40101, "您的token不对，请确认。")
    assert ask("daily", DAY, "ts_code", token="good")["code"] == 0


def test_an_api_that_an_account_may_not_use_is_refused_and_the_others_answer(http: httpx.Client, ask: Ask) -> None:
    http.post("/tushare/_control", json={"denied": ["fund_daily"]})
    refused = ask("fund_daily", DAY)
    assert (refused["code"], refused["msg"]) == (40203, f"抱歉，您没有接口(fund_daily)访问权限，{LIMIT_PAGE}")
    assert ask("fut_mapping", DAY)["code"] == 0


def test_calls_beyond_the_limit_per_minute_are_refused_for_each_api_and_token(http: httpx.Client, ask: Ask) -> None:
    http.post("/tushare/_control", json={"calls_per_minute": 3})
    answers = [ask("sge_basic", token="a") for _ in range(5)]
    assert [answer["code"] for answer in answers] == [0, 0, 0, 40203, 40203]
    assert answers[-1]["msg"].startswith("抱歉，您访问接口(sge_basic)频率超限(3次/分钟)")
    assert ask("sge_basic", token="b")["code"] == 0
    assert ask("fut_mapping", DAY, token="a")["code"] == 0


def test_a_large_answer_is_compressed_for_those_who_accept_it(http: httpx.Client) -> None:
    body = {"api_name": "daily", "token": "x", "params": DAY}
    with http.stream("POST", "/tushare", json=body, headers={"Accept-Encoding": "gzip"}) as response:
        raw = b"".join(response.iter_raw())
        assert response.headers["Content-Encoding"] == "gzip"
    plain = http.post("/tushare", json=body, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert json.loads(gzip.decompress(raw))["data"] == plain.json()["data"]
    assert len(raw) < len(plain.content) / 2


def test_calls_are_counted(http: httpx.Client, ask: Ask) -> None:
    calls = http.get("/tushare/_stats").json()["apis"].get("sge_basic", {"accepted": 0, "rejected": 0, "bytes": 0})
    ask("sge_basic")
    http.post("/tushare/_control", json={"denied": ["sge_basic"]})
    ask("sge_basic")
    after = http.get("/tushare/_stats").json()["apis"]["sge_basic"]
    assert (after["accepted"], after["rejected"]) == (calls["accepted"] + 1, calls["rejected"] + 1)
    assert after["bytes"] > calls["bytes"] + 500
    assert 0 < after["first"] <= after["last"]


def test_a_day_is_answered_from_its_hour_of_publication_on() -> None:
    here = datetime(2026, 11, 20, tzinfo=UTC)
    with Sandbox(recordings=Recordings(), clock=lambda: here) as sandbox:
        for hour, some in ((7, False), (9, True)):
            here = here.replace(hour=hour)
            body = {"api_name": "daily", "token": "x", "params": DAY, "fields": "ts_code"}
            response = httpx.post(f"{sandbox.url}/tushare", json=body, trust_env=False, timeout=30)
            assert bool(response.json()["data"]["items"]) is some


# Faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [
        ("rate_limit", 40203, "抱歉，您访问接口(daily)频率超限(7次/分钟)"),
        ("rate_limit_old", 40203, "抱歉，您每分钟最多访问该接口7次，权限的具体详情"),
        ("hourly_limit", 40203, "抱歉，您每小时最多访问该接口7次"),
        ("daily_limit", 40203, "抱歉，您每天最多访问该接口7次"),
        ("no_permission", 40203, "抱歉，您没有接口(daily)访问权限"),
        ("bad_token", 40101, "您的token不对，请确认。"),
        ("ip_limit", 40204, "您的IP数量超限，最大数量为7个！"),
        ("query_failed", 50101, "查询数据失败，请确认参数！"),
        ("missing_param", 40001, "必填参数, "),
        ("unknown_api", 40001, "请指定正确的接口名"),
    ],
)
def test_a_refusal_is_in_the_vendors_words(sandbox: Sandbox, ask: Ask, fault: str, code: int, text: str) -> None:
    sandbox.fault("tushare", fault, path="daily", times=1, n=7)
    refused = ask("daily", DAY)
    assert refused["code"] == code
    assert refused["msg"].startswith(text)
    assert refused["data"] is None
    assert ask("daily", DAY, "ts_code")["code"] == 0, "the fault was for one request"


def test_every_fault_is_tested_here() -> None:
    tested = {
        *("rate_limit", "rate_limit_old", "hourly_limit", "daily_limit", "no_permission", "bad_token", "ip_limit"),
        *("query_failed", "missing_param", "unknown_api", "bad_gateway", "server_error", "html", "hang", "cut_body"),
        *("cut_text", "null_data", "repeated_pages", "unflagged", "edit", "duplicate_rows", "late", "rename_column"),
        *("add_column", "drop_column", "text_cell", "int_then_float", "capped", "restated", "bad_number"),
    }
    assert {*REFUSALS, *BROKEN, *CHANGES} == tested


def test_a_fault_of_one_api_leaves_the_others_alone(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.fault("tushare", "no_permission", path="daily")
    assert ask("fut_mapping", DAY)["code"] == 0
    assert ask("daily", DAY)["code"] == 40203
    sandbox.clear_faults()
    assert ask("daily", DAY, "ts_code")["code"] == 0


def post(http: httpx.Client, api: str = "fut_mapping", **params: object) -> httpx.Response:
    """The response as it is."""
    body = {"api_name": api, "token": "x", "params": {**DAY, **params}}
    return http.post("/tushare", json=body, headers={"Accept-Encoding": "identity"})


@pytest.mark.parametrize(("fault", "status"), [("bad_gateway", 502), ("server_error", 503), ("html", 200)])
def test_a_gateway_answers_instead_of_the_service(
    sandbox: Sandbox, http: httpx.Client, fault: str, status: int
) -> None:
    sandbox.fault("tushare", fault, times=1)
    response = post(http)
    assert response.status_code == status
    with pytest.raises(ValueError, match="Expecting value"):
        response.json()
    assert post(http).json()["code"] == 0


def test_a_hanging_service_does_not_answer_in_time(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("tushare", "hang", times=1, seconds=5)
    with pytest.raises(httpx.ReadTimeout):
        http.post("/tushare", json={"api_name": "fut_mapping", "params": DAY}, timeout=0.3)


def test_a_cut_body_is_shorter_than_its_length_says(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("tushare", "cut_body", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        post(http)


def test_a_cut_text_is_no_json(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("tushare", "cut_text", times=1)
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        post(http).json()


def test_a_success_may_be_without_data(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.fault("tushare", "null_data", times=1)
    answer = ask("daily", DAY)
    assert (answer["code"], answer["data"]) == (0, None)


def test_repeated_pages_are_the_first_page_again(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("tushare", "repeated_pages")
    first, second = (post(http, limit=40, offset=offset).json()["data"]["items"] for offset in (0, 40))
    assert first == second


def test_an_unflagged_cap_cuts_and_says_that_nothing_follows(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("tushare", "unflagged")
    data = post(http, "stk_limit").json()["data"]
    assert len(data["items"]) == find_api("stk_limit").page_rows
    assert data["has_more"] is False


def test_a_capped_answer_has_no_flag_and_nothing_behind_it(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("tushare", "capped", rows=50)
    first, second = (post(http, limit=50, offset=offset).json()["data"] for offset in (0, 50))
    assert (len(first["items"]), len(second["items"])) == (50, 0)
    assert "has_more" not in first
    sandbox.clear_faults()
    sandbox.fault("tushare", "capped")
    assert len(post(http, "stk_limit").json()["data"]["items"]) == find_api("stk_limit").page_rows


def changed(sandbox: Sandbox, ask: Ask, fault: str, **params: object) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A frame as it is, and under a fault."""
    plain = frame(ask("sge_daily", DAY))
    sandbox.fault("tushare", fault, path="sge_daily", times=1, **params)
    return plain, frame(ask("sge_daily", DAY))


def frame(answer: dict[str, Any]) -> pl.DataFrame:
    """The rows of an answer."""
    return pl.DataFrame(answer["data"]["items"], answer["data"]["fields"], orient="row", infer_schema_length=None)


def test_an_edit_changes_the_cells_named_and_no_other(sandbox: Sandbox, ask: Ask) -> None:
    before, after = changed(
        sandbox, ask, "edit", where={"ts_code": "Au99.99"}, set={"close": 1.5}, scale={"vol": 2}, add={"open": 1}
    )
    chosen = pl.col("ts_code") == "Au99.99"
    assert after.filter(chosen)["close"].to_list() == [1.5]
    assert after.filter(chosen)["vol"].to_list() == [2 * before.filter(chosen)["vol"].item()]
    assert after.filter(chosen)["open"].to_list() == [before.filter(chosen)["open"].item() + 1]
    assert_frame_equal(before.filter(~chosen), after.filter(~chosen))


def test_an_edit_can_drop_rows(sandbox: Sandbox, ask: Ask) -> None:
    before, after = changed(sandbox, ask, "edit", rows=2, drop=True)
    assert_frame_equal(before.slice(2), after)


def test_rows_come_twice_or_in_two_versions(sandbox: Sandbox, ask: Ask) -> None:
    before, after = changed(sandbox, ask, "duplicate_rows", rows=3)
    assert_frame_equal(after, pl.concat([before, before.head(3)]))
    before, after = changed(sandbox, ask, "duplicate_rows", rows=1, set={"close": 9.5})
    assert after["ts_code"][-1] == before["ts_code"][0]
    assert after["close"][-1] == 9.5


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.5, 6)])
def test_late_data_are_only_a_share_of_the_rows(sandbox: Sandbox, ask: Ask, share: float, count: int) -> None:
    before, after = changed(sandbox, ask, "late", share=share)
    assert (before.height, after.height) == (12, count)


def test_a_column_is_renamed_added_or_dropped(sandbox: Sandbox, ask: Ask) -> None:
    before, after = changed(sandbox, ask, "rename_column", column="close", to="last")
    assert set(before.columns) ^ set(after.columns) == {"close", "last"}
    before, after = changed(sandbox, ask, "add_column", column="mood")
    assert set(before.columns) ^ set(after.columns) == {"mood"}
    before, after = changed(sandbox, ask, "drop_column", column="close")
    assert set(before.columns) ^ set(after.columns) == {"close"}


def test_an_added_column_comes_although_it_was_not_asked_for(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.fault("tushare", "add_column", column="mood")
    assert ask("sge_daily", DAY, "ts_code")["data"]["fields"] == ["ts_code", "mood"]


def test_a_restated_day_has_other_values_in_some_rows_and_the_same_ones_each_time(sandbox: Sandbox, ask: Ask) -> None:
    before, after = changed(sandbox, ask, "restated", column="close", share=0.25)
    moved = [n for n, (old, new) in enumerate(zip(before["close"], after["close"], strict=True)) if old != new]
    assert moved == [0, 4, 8]
    assert_frame_equal(before.drop("close"), after.drop("close"))
    _, again = changed(sandbox, ask, "restated", column="close", share=0.25)
    assert_frame_equal(after, again)


@pytest.mark.parametrize("literal", ["1e400", "NaN", "1" * 30])
def test_a_cell_may_be_any_text_of_json(sandbox: Sandbox, http: httpx.Client, literal: str) -> None:
    sandbox.fault("tushare", "bad_number", column="close", value=literal, where={"ts_code": "Au99.99"})
    assert f'["Au99.99","20261120",{literal},' in post(http, "sge_daily").text


def test_a_number_is_a_text(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.fault("tushare", "text_cell", column="close")
    data = ask("sge_daily", DAY)["data"]
    assert data["items"][0][data["fields"].index("close")] == "12.3.4"


def test_a_column_begins_with_whole_numbers_and_ends_with_a_fraction(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.fault("tushare", "int_then_float", column="close")
    data = post(http, "sge_daily").json()["data"]
    closes = [row[data["fields"].index("close")] for row in data["items"]]
    assert [type(close) for close in closes] == [int] * 11 + [float]
    assert closes[-1] == 10.5


def test_faults_of_data_add_up(sandbox: Sandbox, ask: Ask) -> None:
    sandbox.fault("tushare", "late", path="sge_daily", share=0.5)
    sandbox.fault("tushare", "drop_column", path="sge_daily", column="close")
    found = frame(ask("sge_daily", DAY))
    assert found.height == 6
    assert "close" not in found.columns


@pytest.mark.parametrize(
    ("name", "params"),
    [("no_such_fault", {}), ("html", {"times": 0}), ("html", {"colour": "red"}), ("edit", {"column": "close"})],
)
def test_a_fault_that_does_not_exist_is_refused(sandbox: Sandbox, name: str, params: dict[str, Any]) -> None:
    with pytest.raises(BadFault):
        sandbox.fault("tushare", name, **params)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("edit", {"where": {"no_such": 1}}),
        ("edit", {"set": {"no_such": 1}}),
        ("rename_column", {"column": "no_such"}),
        ("drop_column", {}),
        ("text_cell", {"column": "no_such"}),
        ("int_then_float", {"column": "no_such"}),
        ("restated", {}),
        ("bad_number", {"column": "no_such"}),
    ],
)
def test_a_fault_that_does_not_fit_the_api_says_so(
    sandbox: Sandbox, http: httpx.Client, name: str, params: dict[str, Any]
) -> None:
    sandbox.fault("tushare", name, **params)
    response = post(http, "sge_daily")
    assert response.status_code == 400
    assert "error" in response.json()
