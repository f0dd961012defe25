"""Pages of datasets with their content in them: right, linked, exported, and without a way in for hostile texts."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from frictionless import Package
from opendata.errors import InvalidValue, NotFound
from opendata.stores.local import LocalStore

from opendata_platform.portal.prerender import Site, prerender
from tests.fixtures.web_server import web_server
from tests.portal_files.conftest import build
from tests.read.publishing import (
    BAR_SCHEMA,
    BARS,
    PRICE_SCHEMA,
    PRICES,
    bars,
    metadata,
    prices,
    publish_frames,
    publish_prices,
)

ROOT = Path(__file__).resolve().parents[2]
URL = "https://data.example.org/portal"
PAGE = f"{URL}/d/{BARS}/"
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "--><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "]]><iframe src='https://evil.example'>",
    "<!--/prerender:head--><script src=//evil.example/x.js></script>",
    "\u2028\u2029&lt;b&gt; \\1 \\g<0>",
)


def built_page(up: str) -> str:
    """A page as the front end's build leaves it; `up` leads to the site's first page."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; connect-src 'self'; base-uri 'none'">
<meta name="opendata-store" content=""><title>OpenData</title><!--prerender:head-->
<script type="module" src="{up}assets/app.js"></script><link rel="stylesheet" href="{up}assets/app.css">
</head><body><div id="app"><!--prerender:body--></div></body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A built site."""
    folder = tmp_path / "dist"
    for path, up in (("", "./"), ("d", "../"), ("status", "../"), ("sql", "../"), ("assets", "")):
        (folder / path).mkdir(parents=True, exist_ok=True)
        if up:
            (folder / path / "index.html").write_text(built_page(up))
    for name in ("app.js", "app.css"):
        (folder / "assets" / name).write_text("")
    return Site(folder, URL)


class Page(HTMLParser):
    """What a browser's parser makes of a page: its elements with their attributes, and the text within each."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, Mapping[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.texts.append((self.elements[-1][0], data))

    def named(self, tag: str) -> list[Mapping[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def described(self) -> dict[str, Any]:
        """The JSON-LD in it."""
        [text] = [text for tag, text in self.texts if tag == "script" and text.strip()]
        return dict(json.loads(text))


def publish(store: LocalStore, **more: Any) -> None:
    """Publish the bars of two days and build the portal's files."""
    days = {day: bars(day) for day in ("2026-11-20", "2026-11-21")}
    publish_frames(store, metadata(BARS, **more), days, BAR_SCHEMA)
    build(store)


def test_a_page_says_what_the_dataset_is_without_its_script(site: Site, store: LocalStore) -> None:
    publish(store, title="Bars", title_zh="行情", description="Bars of two days.", tags=["crypto"])
    assert prerender(site, store) == [BARS]
    page = Page(site.folder / f"d/{BARS}/index.html")
    assert ("title", "Bars · OpenData") in page.texts
    assert ("h1", "Bars") in page.texts
    assert ("h2", "行情") in page.texts
    links = {(link["rel"], link.get("hreflang")): link["href"] for link in page.named("link")}
    assert links[("canonical", None)] == PAGE
    assert links[("alternate", "zh-CN")] == f"{PAGE}?lang=zh"
    assert links[("alternate", "en")] == f"{PAGE}?lang=en"
    described = page.described
    assert (described["@type"], described["url"], described["temporalCoverage"]) == (
        "Dataset",
        PAGE,
        "2026-11-20/2026-11-21",
    )
    assert described["license"] == "https://spdx.org/licenses/CC0-1.0.html"
    for item in described["distribution"]:
        key = item["contentUrl"].removeprefix(f"{URL}/store/")
        assert (store.folder / key).stat().st_size == int(item["contentSize"].removesuffix(" B"))
    for attributes in [*page.named("script"), *page.named("link")]:
        target = attributes.get("src") or attributes.get("href") or ""
        if target.startswith("."):
            assert (site.folder / f"d/{BARS}" / target).resolve().is_file()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_text_stays_text(site: Site, store: LocalStore, hostile: str) -> None:
    publish(store)
    prerender(site, store)
    before = [(tag, set(attributes)) for tag, attributes in Page(site.folder / f"d/{BARS}/index.html").elements]
    texts = {"title": hostile[:200], "description": hostile, "source": hostile, "license": hostile[:200]}
    publish_frames(store, metadata(BARS, **texts), {"2026-11-22": bars("2026-11-22")}, BAR_SCHEMA)
    build(store)
    prerender(site, store)
    page = Page(site.folder / f"d/{BARS}/index.html")
    assert [(tag, set(attributes)) for tag, attributes in page.elements] == before
    assert (page.described["name"], page.described["description"]) == (hostile, hostile)


def test_running_it_again_writes_the_same_and_what_is_gone_goes(site: Site, store: LocalStore) -> None:
    publish_prices(store, {"2026-11-20": prices(date(2026, 11, 20))})
    publish(store)
    prerender(site, store)
    first = {path: path.read_bytes() for path in site.folder.rglob("*") if path.is_file()}
    prerender(site, store)
    assert {path: path.read_bytes() for path in site.folder.rglob("*") if path.is_file()} == first
    private = metadata(PRICES, "snapshot", visibility="private")
    publish_frames(store, private, {"2026-11-21": prices(date(2026, 11, 21))}, PRICE_SCHEMA)
    build(store)
    assert prerender(site, store) == [BARS]
    assert not (site.folder / f"d/{PRICES}").exists()
    assert (site.folder / "d/index.html").is_file()


def test_the_sitemap_and_robots_name_every_page(site: Site, store: LocalStore) -> None:
    publish(store)
    prerender(site, store)
    root = ElementTree.fromstring((site.folder / "sitemap.xml").read_text())
    named = [element.text for element in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert named == [f"{URL}/", f"{URL}/status/", f"{URL}/sql/", PAGE]
    assert f"Sitemap: {URL}/sitemap.xml" in (site.folder / "robots.txt").read_text()


def test_a_store_elsewhere_is_named_and_allowed_and_nothing_else(site: Site, store: LocalStore) -> None:
    publish(store)
    prerender(Site(site.folder, URL, "https://bucket.example.org/data"), store)
    for path in ("index.html", "sql/index.html", f"d/{BARS}/index.html"):
        [policy] = [meta["content"] for meta in Page(site.folder / path).named("meta") if "http-equiv" in meta]
        assert "connect-src 'self' https://bucket.example.org;" in str(policy)
        [named] = [meta for meta in Page(site.folder / path).named("meta") if meta.get("name") == "opendata-store"]
        assert named["content"] == "https://bucket.example.org/data"
    described = Page(site.folder / f"d/{BARS}/index.html").described
    assert described["distribution"][0]["contentUrl"].startswith("https://bucket.example.org/data/datasets/")
    prerender(site, store)
    assert "bucket.example.org" not in (site.folder / "index.html").read_text()


def test_what_is_missing_or_no_url_is_a_typed_error(site: Site, store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="odp portal build"):
        prerender(site, store)
    publish(store)
    with pytest.raises(NotFound, match="make portal"):
        prerender(Site(tmp_path / "nothing", URL), store)
    for hostile in ("javascript:alert(1)", "data.example.org", "https://"):
        with pytest.raises(InvalidValue):
            Site(site.folder, hostile)


def test_the_data_package_is_valid_and_names_every_file_with_its_hash(site: Site, store: LocalStore) -> None:
    publish(store, license="Terms of somebody")
    prerender(site, store)
    descriptor = json.loads((site.folder / f"d/{BARS}/datapackage.json").read_text())
    package = Package.from_descriptor(descriptor)
    assert [resource.name for resource in package.resources] == ["2026-11-21", "2026-11-20"]
    schema = package.resources[0].schema
    assert [(field.name, field.type) for field in schema.fields] == [
        ("open_time", "datetime"),
        ("symbol", "string"),
        ("close", "number"),
        ("trades", "integer"),
    ]
    assert all(resource.hash.startswith("sha256:") for resource in package.resources)


def test_the_croissant_export_takes_every_column_from_a_file_that_it_names(site: Site, store: LocalStore) -> None:
    publish(store)
    prerender(site, store)
    document = json.loads((site.folder / f"d/{BARS}/croissant.json").read_text())
    fields = document["recordSet"][0]["field"]
    assert [field["source"]["extract"]["column"] for field in fields] == ["open_time", "symbol", "close", "trades"]
    files = {item["@id"] for item in document["distribution"]}
    assert {field["source"]["fileObject"]["@id"] for field in fields} <= files


@pytest.mark.slow
def test_the_croissant_library_reads_the_export_and_the_rows(site: Site, store: LocalStore, tmp_path: Path) -> None:
    publish(store)
    with web_server(store.folder) as server:
        prerender(Site(site.folder, URL, server.url), store)
        code = (
            "import json, sys, mlcroissant; dataset = mlcroissant.Dataset(jsonld=json.load(open(sys.argv[1])));"
            "issues = dataset.metadata.ctx.issues; assert not issues.errors | issues.warnings, issues;"
            "print(len(list(dataset.records('rows'))))"
        )
        command = ["uv", "run", "--locked", "--only-group", "croissant", "python", "-c", code]
        environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv"), "HOME": str(tmp_path)}
        ended = subprocess.run(
            [*command, str(site.folder / f"d/{BARS}/croissant.json")],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False,
        )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "24"
