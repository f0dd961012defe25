"""Links of the pages hold on the site, and a page that asks another host is found."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from opendata_platform.site.hooks import REPOSITORY, foreign_requests, on_page_markdown


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("contract.md", "../schemas", f"{REPOSITORY}schemas"),
        ("reference/metadata.md", "../../schemas", f"{REPOSITORY}schemas"),
        ("how-to/errors.md", "../reference/errors.md", "../reference/errors.md"),
        ("how-to/slice.md", "explain.md", "explain.md"),
    ],
)
def test_a_link_that_leaves_the_pages_leads_to_the_repository(page: str, link: str, expected: str) -> None:
    shown = on_page_markdown(f"see [this]({link})", page=SimpleNamespace(file=SimpleNamespace(src_uri=page)))
    assert shown == f"see [this]({expected})"


@pytest.mark.parametrize(
    "html",
    [
        '<script async src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<link href="https://fonts.example" rel="preconnect">',
        "<img alt=badge src=http://shields.example/x.svg>",
        "<style>@import 'https://a.example/b.css'; a { background: url(https://a.example/c.png) }</style>",
    ],
)
def test_what_asks_another_host_is_found(tmp_path: Path, html: str) -> None:
    (tmp_path / "index.html").write_text(html)
    assert [path for path, _ in foreign_requests(tmp_path)][:1] == ["index.html"]


def test_what_only_leads_elsewhere_is_no_request(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<a href="https://example.org">there</a><link rel="canonical" href="https://example.org/">'
        '<script src="assets/bundle.js"></script><img src="pictures/a.svg">'
    )
    assert not list(foreign_requests(tmp_path))
