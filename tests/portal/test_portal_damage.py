"""A damaged or missing file shows its state and why, and the rest of the page works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.portal.conftest import COVID, KLINES
from tests.portal.served import Served
from tests.portal.visit import Visitor

NEWEST = "datasets/official/binance-btcusdt-kline-1m/2026-11-21"
KLINE_DOCUMENT = "portal/d/official/binance-btcusdt-kline-1m.json"
Site = Callable[[Path], Served]


def _damage(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(b"{" + path.read_bytes()[:100])


@pytest.mark.parametrize(("how", "shown"), [("missing", "Not published yet"), ("damaged", "damaged")])
@pytest.mark.parametrize(
    ("file", "path"),
    [("portal/search.json", ""), (KLINE_DOCUMENT, f"d/?id={KLINES}"), ("portal/status.json", "status/")],
    ids=["search", "dataset", "status"],
)
def test_the_file_of_a_page(
    site: Site, visitor: Visitor, own_store: Path, file: str, path: str, how: str, shown: str
) -> None:
    _damage(own_store / file, how)
    page = visitor(site(own_store), path).page
    expect(page.locator(".state").first).to_contain_text(shown)
    expect(page.get_by_role("link", name="SQL console")).to_be_visible()


def test_pages_need_neither_index_nor_pointers(site: Site, visitor: Visitor, own_store: Path) -> None:
    for name in ("index.json", f"datasets/{KLINES}/latest.json", f"datasets/{COVID}/latest.json"):
        _damage(own_store / name, "damaged")
    served = site(own_store)
    page = visitor(served, "").page
    expect(page.locator(".results > li")).to_have_count(4)
    page.get_by_role("link", name="candles").first.click()
    expect(page.locator("#preview tbody tr")).to_have_count(100)


def test_a_damaged_parquet_file_is_named_and_the_preview_comes_from_elsewhere(
    site: Site, visitor: Visitor, own_store: Path
) -> None:
    (own_store / NEWEST / "data.parquet").write_bytes(b"no Parquet at all")
    page = visitor(site(own_store), f"d/?id={KLINES}").page
    expect(page.locator("#chart").get_by_role("alert")).to_be_visible()
    expect(page.locator("#preview tbody tr")).to_have_count(100)
    expect(page.locator("#preview")).to_contain_text("preview.json")
    expect(page.locator("#versions")).to_contain_text("2026-11-20")


def test_without_the_parquet_file_and_its_preview_the_rest_is_there(
    site: Site, visitor: Visitor, own_store: Path
) -> None:
    for name in ("data.parquet", "preview.json"):
        _damage(own_store / NEWEST / name, "missing")
    page = visitor(site(own_store), f"d/?id={KLINES}").page
    expect(page.locator("#preview").get_by_role("alert")).to_contain_text("missing")
    expect(page.locator("#columns tbody tr")).to_have_count(10)


def test_sql_takes_no_bytes_but_the_published_ones(site: Site, visitor: Visitor, own_store: Path) -> None:
    file = own_store / NEWEST / "data.parquet"
    flipped = bytearray(file.read_bytes())
    flipped[5_000] ^= 1
    file.write_bytes(flipped)
    page = visitor(site(own_store), "sql/").page
    page.get_by_label("Query", exact=True).fill(f'SELECT count(*) FROM "{KLINES}"')
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("these are not the bytes that were published", timeout=60_000)


def test_sql_says_which_dataset_is_not_in_the_store(site: Site, visitor: Visitor, own_store: Path) -> None:
    _damage(own_store / KLINE_DOCUMENT, "missing")
    page = visitor(site(own_store), "sql/").page
    page.get_by_label("Query", exact=True).fill(f'SELECT * FROM "{KLINES}" JOIN "{COVID}" USING (x)')
    expect(page.locator(".tables .panel")).to_have_count(2)
    expect(page.locator(".tables .panel").first).to_contain_text("Not published yet")
    expect(page.get_by_role("button", name="Run")).to_be_disabled()
