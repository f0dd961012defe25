"""Writes the site's pages with their content in them: one per dataset, its exports, sitemap.xml and robots.txt.

Takes the pages as the front end was built (`index.html`, `d/index.html`, `status/`, `sql/`) and puts in what the
portal's files in the store say. Running it again writes the same; the pages of datasets that are gone go too.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from opendata.contract.fields import parse_object
from opendata.contract.ids import check_dataset_id
from opendata.contract.keys import ObjectKind, object_key
from opendata.errors import InvalidValue, NotFound
from opendata.protocol.objects import get, get_verified
from opendata.protocol.operations import Found, Steps
from opendata.stores.driver import run
from opendata.stores.store import Store

from opendata_platform.portal.exports import croissant, data_package, schema_org
from opendata_platform.portal.page import dataset_body, dataset_head, filled, links, two_folders_down, with_store
from opendata_platform.portal.search import parse_rows, parse_shards

PAGES = ("", "status/", "sql/")
"""The pages that are not of one dataset."""
BESIDE = "store/"
"""Where the store is when the site is served with it."""


@dataclass(frozen=True, slots=True)
class Site:
    """The built site in a folder, the address at which it will be, and where its pages find the store.

    `store_url` is empty where the store is served beside the site.
    """

    folder: Path
    url: str
    store_url: str = ""

    def __post_init__(self) -> None:
        for name, value in (("site-url", self.url), ("store", self.store_url)):
            if value and not (urlsplit(value).scheme in ("http", "https") and urlsplit(value).hostname):
                raise InvalidValue(name, value, "must be an http:// or https:// URL")

    @property
    def objects(self) -> str:
        """The absolute address of the store's objects."""
        return _slashed(self.store_url) if self.store_url else f"{_slashed(self.url)}{BESIDE}"

    def page(self, path: str) -> str:
        """The absolute address of a page."""
        return f"{_slashed(self.url)}{path}"

    def template(self, path: str) -> str:
        """A page as it was built, reading from the store. Raises NotFound where the site was not built."""
        file = self.folder / path / "index.html"
        if not file.is_file():
            raise NotFound(f"{file} is missing: the site is not built", hint="run `make portal`")
        parts = urlsplit(self.store_url)
        origin = f"{parts.scheme}://{parts.netloc}" if self.store_url else ""
        return with_store(file.read_text(encoding="utf-8"), self.store_url, origin)

    def write(self, path: str, text: str) -> None:
        """Write a file of the site."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def prerender(site: Site, store: Store) -> list[str]:
    """Write the pages of all datasets that search.json lists, and what belongs to them; returns their ids."""
    for path in PAGES:
        site.write(f"{path}index.html", filled(site.template(path), links(site.page(path)), ""))
    template = site.template("d")
    updated: dict[str, str] = {}
    for dataset, document in _documents(store):
        path = f"d/{dataset}/"
        page = site.page(path)
        head = dataset_head(document, page, schema_org(document, page, site.objects))
        title = f"{document['entry']['title']} · OpenData"
        site.write(f"{path}index.html", filled(two_folders_down(template), head, dataset_body(document), title))
        site.write(f"{path}croissant.json", _json(croissant(document, page, site.objects)))
        site.write(f"{path}datapackage.json", _json(data_package(document, page, site.objects)))
        updated[dataset] = document["generated_at"]
    site.write("d/index.html", template)
    _remove_others(site.folder / "d", updated)
    site.write("sitemap.xml", _sitemap(site, updated))
    site.write("robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.page('sitemap.xml')}\n")
    return list(updated)


def _documents(store: Store) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for dataset in run(_listed(), store):
        key = object_key(ObjectKind.PORTAL_DATASET, dataset=check_dataset_id(dataset))
        yield dataset, parse_object(run(_required(key), store), key)


def _listed() -> Steps[list[str]]:
    """The datasets that search.json or its shards list."""
    key = object_key(ObjectKind.PORTAL_SEARCH)
    body = yield from _required(key)
    rows = parse_rows(body, key)
    for shard in parse_shards(body, key):
        rows |= parse_rows((yield from get_verified(shard)), shard.key)
    return sorted(rows)


def _required(key: str) -> Steps[bytes]:
    found = yield from get(key)
    if not isinstance(found, Found):
        raise NotFound(f"{key} is missing from the store", hint="run `odp portal build` on the store")
    return found.body


def _remove_others(folder: Path, datasets: Mapping[str, str]) -> None:
    """Remove the pages of datasets that are listed no more."""
    for page in folder.glob("*/*/"):
        if page.relative_to(folder).as_posix() not in datasets:
            shutil.rmtree(page)


def _sitemap(site: Site, updated: Mapping[str, str]) -> str:
    pages = [(path, None) for path in PAGES] + [(f"d/{dataset}/", at) for dataset, at in updated.items()]
    items = [
        f"<url><loc>{escape(site.page(path))}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</url>"
        for path, at in pages
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return head + "\n".join(items) + "\n</urlset>\n"


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _slashed(url: str) -> str:
    return f"{url.rstrip('/')}/"
