"""Every page in both languages, both themes and on two widths: it loads, and anybody can read it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.portal.conftest import COVID, KLINES
from tests.portal.served import Served
from tests.portal.visit import Visitor

PAGES = {
    "search": ("", ".results > li"),
    "candles": (f"d/?id={KLINES}", "#preview tbody tr"),
    "lines": (f"d/?id={COVID}", "#preview tbody tr"),
    "status": ("status/", ".matrix td"),
    "sql": (f"sql/?id={KLINES}", ".tables .panel"),
}
DEFAULT = [("en", "light", 1280), ("zh", "dark", 375)]
LOOKS = list(product(("en", "zh"), ("light", "dark"), (1280, 375)))
MATRIX = [
    pytest.param(page, *look, id="-".join(map(str, (page, *look))), marks=() if look in DEFAULT else pytest.mark.slow)
    for page in PAGES
    for look in LOOKS
]


@pytest.mark.parametrize(("page", "lang", "theme", "width"), MATRIX)
def test_a_page_loads_and_is_accessible(
    shared_site: Served, visitor: Visitor, screenshots: Path, page: str, lang: str, theme: str, width: int
) -> None:
    path, content = PAGES[page]
    visit = visitor(shared_site, path, lang=lang, theme=theme, width=width)
    expect(visit.page.locator(content).first).to_be_visible()
    visit.settle()
    visit.page.screenshot(path=screenshots / f"{page}-{lang}-{theme}-{width}.png", full_page=True)
    assert visit.errors == []
    assert visit.foreign == []
    assert visit.overflow() <= 0
    assert "\n".join(visit.violations()) == ""
    assert visit.page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-CN"}[lang]
