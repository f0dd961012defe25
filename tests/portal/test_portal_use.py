"""What visitors do: find a dataset, look at its rows and its chart, open a cell of the status, run SQL."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import opendata as od
import polars as pl
import pytest
from opendata.contract.keys import ObjectKind, object_key
from opendata.contract.schema import Column, TableSchema
from opendata.stores.driver import run
from opendata.stores.local import LocalStore
from playwright.sync_api import Page, expect

from opendata_platform.portal.build import build_portal
from tests.datasets.conftest import NOW
from tests.portal.conftest import COVID, KLINES
from tests.portal.served import Served
from tests.portal.status_cells import BACKFILL
from tests.portal.visit import Visitor
from tests.read.publishing import metadata, publish_frames

KLINE_FILES = "datasets/official/binance-btcusdt-kline-1m/*/data.parquet"


@pytest.mark.parametrize(
    ("lang", "words", "found"),
    [
        ("en", "covid cases", [COVID]),
        ("zh", "比特币", [KLINES]),
        ("en", "btb", [KLINES]),
        ("zh", "bolin", ["official/open-meteo-berlin-hourly"]),
    ],
    ids=["english", "chinese", "initials", "pinyin"],
)
def test_search_finds(shared_site: Served, visitor: Visitor, lang: str, words: str, found: list[str]) -> None:
    page = visitor(shared_site, "", lang=lang).page
    expect(page.locator(".results > li")).to_have_count(4)
    page.get_by_role("searchbox").fill(words)
    expect(page.locator(".results > li code")).to_have_text(found)


def test_the_preview_has_the_newest_rows(shared_site: Served, visitor: Visitor, store_folder: Path) -> None:
    page = visitor(shared_site, f"d/?id={KLINES}").page
    rows = page.locator("#preview tbody tr")
    expect(rows).to_have_count(100)
    frame = od.Client(str(store_folder)).load(KLINES, engine="polars").tail(100).reverse()
    shown = [row.split("\t")[1:] for row in rows.all_inner_texts()]
    assert [row[0] for row in shown] == frame["open_time"].dt.strftime("%Y-%m-%d %H:%M").to_list()
    for at, column in enumerate(frame.columns[1:], start=1):
        assert [float(row[at]) for row in shown] == frame[column].to_list(), column


def test_candles_are_drawn(shared_site: Served, visitor: Visitor) -> None:
    page = visitor(shared_site, f"d/?id={KLINES}").page
    canvas = page.locator("#chart canvas")
    expect(canvas).to_be_visible()
    page.wait_for_load_state("networkidle")
    image = canvas.screenshot()
    page.get_by_role("button", name="Green up").click()
    expect(page.get_by_role("button", name="Red up")).to_be_visible()
    page.wait_for_timeout(300)
    assert canvas.screenshot() != image, "the candles do not change their colours"


def test_a_cell_of_the_status_opens_its_evidence_and_its_command(shared_site: Served, visitor: Visitor) -> None:
    visit = visitor(shared_site, "status/")
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.locator("td.missing button").first.click()
    details = visit.page.locator(".details")
    expect(details).to_contain_text("000001.SZ")
    expect(details).to_contain_text("no row for the day")
    expect(details).to_contain_text("last 2026-11-18, 2 days before")
    details.get_by_role("button", name="Copy").first.click()
    expect(details.get_by_text("Copied").first).to_be_visible()
    assert visit.page.evaluate("() => navigator.clipboard.readText()") == BACKFILL
    assert "\n".join(visit.violations()) == ""


def _run(page: Page, query: str) -> None:
    page.get_by_label("Query", exact=True).fill(query)
    page.get_by_role("button", name="Run").click()


def _results(page: Page) -> list[list[str]]:
    expect(page.locator(".rows tbody tr").first).to_be_visible(timeout=60_000)
    return [row.split("\t") for row in page.locator(".rows tr").all_inner_texts()]


def test_sql_gives_what_duckdb_gives_over_the_same_files(
    shared_site: Served, visitor: Visitor, store_folder: Path
) -> None:
    page = visitor(shared_site, f"sql/?id={KLINES}").page
    expect(page.get_by_label("Query", exact=True)).to_have_value(re.compile("ORDER BY"))
    query = (
        "SELECT count(*) AS n, max(open_time)::VARCHAR AS last, sum(trades)::BIGINT AS trades, min(low) AS low FROM {}"
    )
    _run(page, query.format(f'"{KLINES}"'))
    head, *rows = _results(page)
    expected = duckdb.sql(query.format(f"'{store_folder / KLINE_FILES}'"))
    assert head == expected.columns
    assert rows == [[str(value) for value in row] for row in expected.fetchall()]
    assert "#q=SELECT" in page.url


def test_a_filter_reads_little_of_a_large_file(
    site: Callable[[Path], Served], visitor: Visitor, own_store: Path
) -> None:
    frame = _ticks(400_000)
    store = LocalStore(own_store)
    publish_frames(store, metadata("test/ticks", "snapshot"), {"2026-11-22": frame}, TICK_SCHEMA)
    run(build_portal(NOW), store)
    [file] = (own_store / "datasets/test/ticks").glob("*/data.parquet")
    assert file.stat().st_size > 8_000_000

    served = site(own_store)
    page = visitor(served, "sql/").page
    week = "time >= TIMESTAMP '2026-06-01' AND time < TIMESTAMP '2026-06-08'"
    query = f"SELECT round(avg(bid), 6) AS bid, count(*) AS n FROM {{}} WHERE {week}"
    _run(page, query.format('"test/ticks"'))
    _, *rows = _results(page)
    assert rows == [[str(value) for value in row] for row in duckdb.sql(query.format(f"'{file}'")).fetchall()]
    assert rows[0][1] == str(7 * 1440)
    assert 0 < served.sent("data.parquet") <= 3_000_000
    expect(page.get_by_text("by range")).to_contain_text(re.compile(r"at most [3-7](\.\d)? MB"))


TICK_SCHEMA = TableSchema(
    (
        Column("time", "timestamp[ms, UTC]"),
        Column("bid", "float64"),
        Column("ask", "float64"),
        Column("size", "float64"),
    ),
    primary_key=("time",),
    partition_column="time",
)


def _ticks(rows: int) -> pl.DataFrame:
    random = np.random.default_rng(7)
    bid = 8000 + random.normal(0, 3, rows).cumsum()
    first = datetime(2026, 1, 1, tzinfo=UTC)
    times = pl.datetime_range(first, first + timedelta(minutes=rows - 1), "1m", time_unit="ms", eager=True)
    return pl.DataFrame({"time": times, "bid": bid, "ask": bid + random.random(rows), "size": random.random(rows)})


def test_a_result_is_capped_and_downloads_as_csv(shared_site: Served, visitor: Visitor, store_folder: Path) -> None:
    page = visitor(shared_site, "sql/").page
    _run(page, f'SELECT location, date, total_cases FROM "{COVID}"')
    assert len(_results(page)) == 1_001
    expect(page.get_by_text("The first 1,000 rows are shown, there are more.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    frame = od.Client(str(store_folder)).load(COVID, engine="polars").head(1_000)
    assert [row["location"] for row in rows] == frame["location"].to_list()
    assert [float(row["total_cases"] or "nan") for row in rows] == pytest.approx(
        frame["total_cases"].cast(pl.Float64).fill_null(float("nan")).to_list(), nan_ok=True
    )


def test_a_query_is_cancelled_and_the_next_one_runs(shared_site: Served, visitor: Visitor) -> None:
    page = visitor(shared_site, "sql/").page
    _run(page, "SELECT count(*) FROM range(1000000000) a, range(1000) b")
    expect(page.get_by_text("Running")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    _run(page, "SELECT 6 * 7 AS answer")
    assert _results(page) == [["answer"], ["42"]]


def test_a_query_that_is_wrong_says_where(shared_site: Served, visitor: Visitor) -> None:
    page = visitor(shared_site, "sql/", lang="zh").page
    page.get_by_label("查询", exact=True).fill(f'SELECT nonsense FROM "{KLINES}"')
    page.get_by_role("button", name="运行").click()
    expect(page.get_by_role("alert")).to_contain_text('Referenced column "nonsense" not found', timeout=60_000)


def test_a_huge_table_needs_a_filter(site: Callable[[Path], Served], visitor: Visitor, own_store: Path) -> None:
    path = own_store / object_key(ObjectKind.PORTAL_DATASET, dataset=KLINES)
    document = json.loads(path.read_bytes())
    document["slices"][0]["bytes"] = 600_000_000
    path.write_text(json.dumps(document))
    page = visitor(site(own_store), "sql/").page
    page.get_by_label("Query", exact=True).fill(f'SELECT low FROM "{KLINES}"')
    expect(page.get_by_text("600 MB: above 500 MB a WHERE or a LIMIT is needed")).to_be_visible()
    expect(page.get_by_role("button", name="Run")).to_be_disabled()
