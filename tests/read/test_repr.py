"""How results look at a prompt and in a notebook."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from opendata.client import Client
from opendata.read.provenance import provenance
from opendata.stores.local import LocalStore

from tests.read.publishing import PRICE_SCHEMA, PRICES, metadata, prices, publish_frames

HOSTILE = "<script>alert(1)</script><img src=x onerror='alert(2)'>\"&"
RESULTS = ("info", "search", "versions", "plan", "verification", "diff", "changes", "provenance")
TAGS = {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}


class Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        self.attributes.update(attributes)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def results(store: LocalStore) -> dict[str, Any]:
    """One result of each kind, of a dataset that tries to run a script."""
    described = metadata(
        PRICES, "snapshot", title=HOSTILE, description=HOSTILE, source=HOSTILE, license=HOSTILE, tags=["prices"]
    )
    for day, close in ((20, 1.0), (21, 2.5)):
        frame = prices(date(2026, 11, day), close=close, days=5000)
        publish_frames(store, described, {f"2026-11-{day}": frame}, PRICE_SCHEMA)
    client = Client(store.folder)
    return {
        "info": client.info(PRICES),
        "search": client.search("prices"),
        "versions": client.versions(PRICES),
        "plan": client.load(PRICES, dry_run=True),
        "verification": client.verify(PRICES),
        "diff": client.diff(PRICES, "seq:1"),
        "changes": client.changes(PRICES, "seq:1"),
        "provenance": provenance(client.load(PRICES)),
    }


@pytest.mark.parametrize("name", RESULTS)
def test_a_notebook_shows_a_table_and_nothing_that_runs_or_loads(results: dict[str, Any], name: str) -> None:
    html = results[name]._repr_html_()
    page = Page(html)
    assert page.tags <= TAGS
    assert {attribute for attribute, _ in page.attributes} <= {"style"}
    assert not re.search(r"color|background|url\(", " ".join(value or "" for _, value in page.attributes))
    if name in ("info", "search"):
        assert HOSTILE in page.texts


def test_a_notebook_shows_what_matters(results: dict[str, Any]) -> None:
    assert {"title", "license", "rows", "5,000", "date, close"} <= set(Page(results["info"]._repr_html_()).texts)
    assert {"seq", "op", "publish", "2026-11-21"} <= set(Page(results["versions"]._repr_html_()).texts)
    assert {"rows_added", "rows_changed", "4,999"} <= set(Page(results["diff"]._repr_html_()).texts)
    assert {"transfer", "files"} <= set(Page(results["plan"]._repr_html_()).texts)


def test_an_empty_list_shows_that_it_is(store: LocalStore, results: dict[str, Any]) -> None:
    client = Client(store.folder)
    assert Page(client.search("nowhere to be found")._repr_html_()).texts == ["none"]


@pytest.mark.parametrize("name", RESULTS)
def test_a_prompt_shows_one_short_line(results: dict[str, Any], name: str) -> None:
    result = results[name][0] if isinstance(results[name], list) else results[name]
    text = repr(result)
    assert text.startswith(f"{type(result).__name__}(")
    assert len(text) < 240
    assert "\n" not in text


def test_lists_are_lists(results: dict[str, Any]) -> None:
    assert results["versions"] == list(results["versions"])
    assert isinstance(results["search"], list)
