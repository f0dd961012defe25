"""The search page over many datasets: what it finds, what its address keeps, what it shows meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from opendata.contract.keys import ObjectKind, object_key
from playwright.sync_api import Route, expect

from opendata_platform.portal import search
from opendata_platform.portal.search import FIELDS, Row, search_files
from tests.portal.served import Served
from tests.portal.visit import Visitor

Site: TypeAlias = Callable[[Path], Served]
CLASSES = ("stock", "weather", "macro")
PER_PAGE = 25


def _row(number: int) -> Row:
    values = {
        "id": f"lab/set-{number:05}",
        "title": f"Set {number:05}",
        "title_zh": f"数据 {number:05}",
        "tags": ["even" if number % 2 == 0 else "odd"],
        "columns": ["time", f"value_{number % 10}"],
        "keywords": "shuju",
        "asset_class": CLASSES[number % 3],
        "frequency": "daily",
        "license": "MIT",
        "rows": number,
        "bytes": 1_000 * number,
        "updated": f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000Z",
        "through": None,
        "runs": "ppuqf"[: number % 6],
        "verified": number % 7 == 0,
        "sandbox": False,
    }
    return [values[name] for name in FIELDS]


def _write(store: Path, datasets: int) -> Path:
    files = search_files([_row(number) for number in range(datasets)])
    bodies = {object_key(ObjectKind.PORTAL_SEARCH): files.whole, **files.shards}
    if files.head:
        bodies[object_key(ObjectKind.PORTAL_SEARCH_HEAD)] = files.head
    for key, body in bodies.items():
        (store / key).parent.mkdir(parents=True, exist_ok=True)
        (store / key).write_bytes(body)
    return store


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("some"), 90)


def test_the_address_keeps_the_search_and_the_back_button_undoes_it(some: Path, site: Site, visitor: Visitor) -> None:
    page = visitor(site(some), "").page
    page.get_by_role("searchbox").press_sequentially("value_4")
    expect(page.get_by_role("status")).to_have_text("9 of 90 datasets")
    page.get_by_label("Weather").check()
    expect(page.get_by_role("status")).to_have_text("3 of 90 datasets")
    page.get_by_label("Sort by").select_option("rows")
    expect(page.locator(".results h2").first).to_have_text("Set 00064")
    assert re.search(r"q=value_4&class=weather&sort=rows", page.url)
    page.reload()
    expect(page.get_by_role("status")).to_have_text("3 of 90 datasets")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("9 of 90 datasets")
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("90 datasets")
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_the_other_language_keeps_the_search(some: Path, site: Site, visitor: Visitor) -> None:
    page = visitor(site(some), "").page
    page.get_by_role("searchbox").press_sequentially("value_4")
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("status")).to_have_text("9 个结果，共 90 个数据集")
    expect(page.get_by_role("searchbox")).to_have_value("value_4")


def test_a_slash_brings_the_cursor_to_the_field_and_can_be_typed_in_it(
    some: Path, site: Site, visitor: Visitor
) -> None:
    page = visitor(site(some), "").page
    expect(page.locator(".results li").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("lab/set-00089")
    expect(page.get_by_role("status")).to_have_text("1 of 90 datasets")


def test_only_a_page_of_results_is_drawn_and_the_others_have_addresses(
    some: Path, site: Site, visitor: Visitor
) -> None:
    page = visitor(site(some), "").page
    expect(page.locator(".results h2")).to_have_count(PER_PAGE)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 4")).to_be_visible()
    page.goto(f"{page.url.replace('page=2', 'page=4')}")
    expect(page.locator(".results h2")).to_have_count(90 - 3 * PER_PAGE)


def test_nothing_found_is_said_and_can_be_cleared(some: Path, site: Site, visitor: Visitor) -> None:
    page = visitor(site(some), "?q=nowhere&tag=odd").page
    expect(page.get_by_text("No dataset matches.")).to_be_visible()
    page.get_by_role("button", name="Clear search and filters").click()
    expect(page.get_by_role("status")).to_have_text("90 datasets")


def test_on_a_narrow_window_the_filters_open_on_demand(some: Path, site: Site, visitor: Visitor) -> None:
    page = visitor(site(some), "?tag=odd", width=375).page
    button = page.get_by_role("button", name="Filters (1)")
    expect(page.get_by_label("odd")).to_be_hidden()
    button.click()
    expect(page.get_by_label("odd")).to_be_checked()
    expect(button).to_have_attribute("aria-expanded", "true")


def test_the_newest_datasets_are_shown_while_the_rest_is_on_its_way(
    tmp_path: Path, site: Site, visitor: Visitor
) -> None:
    datasets = search.HEAD_ABOVE + 1
    page = visitor(site(_write(tmp_path, 1)), "").page
    _write(tmp_path, datasets)
    held: list[Route] = []
    page.route("**/portal/search.json", lambda route: held.append(route))
    page.add_init_script(
        # The server has answered, without a length; the body is still to come.
        """const get = window.fetch;
        window.fetch = async (url) => {
          if (!String(url).endsWith("/search.json")) return get(url);
          return new Response(new ReadableStream({
            async pull(controller) {
              controller.enqueue(new Uint8Array(await (await get(url)).arrayBuffer()));
              controller.close();
            },
          }, { highWaterMark: 0 }));
        };"""
    )
    page.reload()
    expect(page.get_by_role("status")).to_contain_text(f"The {search.HEAD_ROWS} most recently updated")
    held[0].continue_()
    expect(page.get_by_role("status")).to_have_text(f"{datasets:,} datasets")


def test_a_file_in_shards_is_searched_whole(
    tmp_path: Path, site: Site, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SHARDED_ABOVE", 50)
    monkeypatch.setattr(search, "SHARD_ROWS", 40)
    page = visitor(site(_write(tmp_path, 90)), "?q=set-00089").page
    expect(page.get_by_role("status")).to_have_text("1 of 90 datasets")


def test_a_shard_that_is_missing_is_named(
    tmp_path: Path, site: Site, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SHARDED_ABOVE", 50)
    monkeypatch.setattr(search, "SHARD_ROWS", 40)
    shard = next(_write(tmp_path, 90).glob("portal/search/*.json"))
    shard.unlink()
    page = visitor(site(tmp_path), "").page
    expect(page.get_by_role("alert")).to_contain_text(shard.name)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "The file is damaged"),
        (b'{"format":2}', "its format is 2, not 1"),
        (b'{"format":1,"datasets":0,"fields":[],"rows":[]}', "the field id is not in it"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, site: Site, visitor: Visitor, body: bytes, says: str
) -> None:
    key = tmp_path / object_key(ObjectKind.PORTAL_SEARCH)
    key.parent.mkdir(parents=True)
    key.write_bytes(body)
    page = visitor(site(tmp_path), "").page
    expect(page.get_by_role("alert")).to_contain_text(says)
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()


def test_an_empty_store_is_not_broken(tmp_path: Path, site: Site, visitor: Visitor) -> None:
    page = visitor(site(tmp_path), "").page
    expect(page.get_by_text("Not published yet.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
