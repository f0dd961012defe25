"""The page of a dataset: what it reads, what the address pins, and what it says when a file is missing or damaged."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.portal.conftest import KLINES
from tests.portal.served import Served
from tests.portal.visit import Visitor

PAGE = f"d/?id={KLINES}"
NEWEST, OLDER = "2026-11-21", "2026-11-20"
Site = Callable[[Path], Served]


def _version(store: Path, version: str) -> Path:
    return store / "datasets" / KLINES / version


def _newest_row(page: Page) -> list[str]:
    row = page.locator("#preview tbody tr").first
    expect(row).to_be_visible()
    return row.inner_text().split("\t")


def test_chart_and_preview_share_what_they_fetch_and_say_how_much(shared_site: Served, visitor: Visitor) -> None:
    before = len(shared_site.requests)
    visit = visitor(shared_site, PAGE)
    expect(visit.page.locator("#preview tbody tr")).to_have_count(100)
    expect(visit.page.locator("#chart canvas")).to_be_visible()
    visit.settle()
    files = [request for request in shared_site.requests[before:] if request.path.endswith("data.parquet")]
    sent = sum(request.sent for request in files)
    assert len(files) == 2
    said = f"100 of 1,440 rows · read from data.parquet by range · {round(sent / 1000)} kB transferred in 2 requests"
    expect(visit.page.locator("#preview")).to_contain_text(said)


def test_a_version_in_the_address_pins_snippets_chart_and_preview(shared_site: Served, visitor: Visitor) -> None:
    page = visitor(shared_site, PAGE).page
    assert _newest_row(page)[1].startswith(f"{NEWEST} 23:59")
    page.get_by_role("link", name=OLDER, exact=True).click()
    assert _newest_row(page)[1].startswith(f"{OLDER} 23:59")
    expect(page.get_by_role("tabpanel")).to_contain_text(f'client.load("{KLINES}", version="{OLDER}")')
    chart = page.get_by_role("img", name=re.compile("1440 points"))
    expect(chart).to_have_attribute("aria-label", re.compile(f"from {OLDER} 00:00 to {OLDER} 23:59"))
    page.get_by_role("link", name="Use the newest").click()
    assert _newest_row(page)[1].startswith(f"{NEWEST} 23:59")


def test_a_version_too_old_to_be_listed_is_found_and_one_that_never_was_is_not(
    own_store: Path, site: Site, visitor: Visitor
) -> None:
    document = own_store / f"portal/d/{KLINES}.json"
    document.write_text(json.dumps({**json.loads(document.read_text()), "versions": []}))
    served = site(own_store)
    page = visitor(served, f"{PAGE}&version={OLDER}").page
    assert _newest_row(page)[1].startswith(f"{OLDER} 23:59")
    page = visitor(served, f"{PAGE}&version=1999-01-01").page
    expect(page.locator(".pinned")).to_contain_text("There is no version 1999-01-01 in the store")
    expect(page.locator("#columns tbody tr")).to_have_count(10)


def test_a_link_to_a_row_shows_that_row(shared_site: Served, visitor: Visitor) -> None:
    page = visitor(shared_site, f"{PAGE}&version={OLDER}#row-700").page
    expect(page.locator("#row-700")).to_be_in_viewport()
    expect(page.locator("#row-700")).to_have_class("wanted")
    expect(page.locator("#row-700")).to_contain_text(f"{OLDER} 11:39")
    page.locator("#row-702 a").click()
    expect(page.get_by_role("button", name="Around row 700")).to_be_visible()
    expect(page.locator("#row-702")).to_have_class("wanted")
    assert page.url.endswith("#row-702")


def test_the_first_rows_are_shown_on_request(shared_site: Served, visitor: Visitor) -> None:
    page = visitor(shared_site, PAGE).page
    page.get_by_role("button", name="First", exact=True).click()
    expect(page.locator("#row-1")).to_contain_text(f"{NEWEST} 00:00")


@pytest.mark.parametrize(("lang", "at_first", "then"), [("en", "Green up", "Red up"), ("zh", "红涨", "绿涨")])
def test_the_colours_are_those_of_the_language_until_one_chooses(
    shared_site: Served, visitor: Visitor, lang: str, at_first: str, then: str
) -> None:
    page = visitor(shared_site, PAGE, lang=lang).page
    page.get_by_role("button", name=at_first).click()
    expect(page.get_by_role("button", name=then)).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=then)).to_be_visible()


def _flip_one_bit(version: Path) -> None:
    file = version / "data.parquet"
    content = bytearray(file.read_bytes())
    content[-25_000] ^= 1  # a price of the last row group
    file.write_bytes(content)


def _cut(version: Path) -> None:
    file = version / "data.parquet"
    file.write_bytes(file.read_bytes()[:1000])


def _remove(version: Path) -> None:
    (version / "data.parquet").unlink()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_flip_one_bit, "the file is not valid Parquet or is damaged"),
        (_cut, "the file is not as long as the catalogue says"),
        (_remove, "the file is missing from the store"),
    ],
    ids=["one bit", "cut", "missing"],
)
def test_rows_come_from_the_preview_file_where_the_parquet_cannot_be_read(
    own_store: Path, site: Site, visitor: Visitor, damage: Callable[[Path], None], reason: str
) -> None:
    damage(_version(own_store, NEWEST))
    page = visitor(site(own_store), PAGE).page
    expect(page.locator("#preview .broken")).to_contain_text(reason)
    expect(page.locator("#preview tbody tr")).to_have_count(100)
    assert _newest_row(page)[:2] == ["1440", f"{NEWEST} 23:59"]
    expect(page.locator("#chart .broken")).to_contain_text(reason)
    expect(page.locator("#columns tbody tr")).to_have_count(10)
    expect(page.locator("#coverage .heat")).to_be_visible()


def test_a_dataset_without_a_document_is_not_published(shared_site: Served, visitor: Visitor) -> None:
    page = visitor(shared_site, "d/?id=nobody/nothing").page
    expect(page.get_by_role("heading", level=1)).to_have_text("This dataset is not published")
    expect(page.get_by_role("link", name="All datasets")).to_be_visible()
