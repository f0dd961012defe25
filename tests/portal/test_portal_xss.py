"""Nothing that stands in the store runs in a visitor's browser or makes it ask another host."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.portal.conftest import COVID, KLINES
from tests.portal.served import Served
from tests.portal.visit import Visit, Visitor

MARKED = "() => window.marked !== undefined || document.title === 'marked'"
CORPUS = (
    "<script>window.marked=1</script>",
    "<img src=x onerror=window.marked=1>",
    "<img src=//FOREIGN/pixel.png srcset='//FOREIGN/2x.png 2x'>",
    "<svg onload=window.marked=1><script>window.marked=1</script></svg>",
    "<svg><image href=//FOREIGN/image.svg /><use href=//FOREIGN/use.svg#a /></svg>",
    "<iframe src=//FOREIGN/frame srcdoc='<script>parent.marked=1</script>'></iframe>",
    "<object data=//FOREIGN/object></object><embed src=//FOREIGN/embed>",
    "<video src=//FOREIGN/video poster=//FOREIGN/poster autoplay onplay=window.marked=1></video>",
    "<audio src=//FOREIGN/audio autoplay></audio>",
    "<link rel=stylesheet href=//FOREIGN/style.css><link rel=preload as=image href=//FOREIGN/preload.png>",
    "<style>@import '//FOREIGN/import.css'; body { background: url(//FOREIGN/background.png) }</style>",
    '<p style="background:url(//FOREIGN/inline.png)">text</p>',
    "<meta http-equiv=refresh content='0;url=//FOREIGN/refresh'><base href=//FOREIGN/>",
    "<form action=//FOREIGN/form><button autofocus onfocus=window.marked=1>b</button></form>",
    "<details open ontoggle=window.marked=1><summary>s</summary>x</details>",
    "<a href=javascript:window.marked=1 id=app>link</a> <a href=' java\nscript:window.marked=1'>link</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=window.marked=1&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=window.marked=1>'></noscript>",
    "<template><img src=x onerror=window.marked=1></template><xmp><img src=x onerror=window.marked=1></xmp>",
    "[link](javascript:window.marked=1) ![image](//FOREIGN/markdown.png) ![x](x'onerror=window.marked=1)",
    "[reference][1]\n\n[1]: javascript:window.marked=1",
    "<javascript:window.marked=1> http://FOREIGN/autolink",
    "\"><img src=x onerror=window.marked=1> '-window.marked=1-' ${window.marked=1} {{window.marked=1}}",
    "</title></textarea></script><script>window.marked=1</script>",
    "\u202e\u2028<img src=x onerror=window.marked=1>\x00",
)
HOSTILE = "\n\n".join(CORPUS).replace("FOREIGN", "foreign.example")
KEEP = frozenset({"format", "at", "id", "name", "key", "sha256", "type", "by", "version", "versioning", "preview_key"})
"""What a page looks up, so that the hostile texts are reached."""
ENDINGS = (
    "_at",
    "kind",
    "time",
    "time_unit",
    "timezone",
    "outcome",
    "status",
    "as_of",
    "_date",
    "period",
    "updated",
    "through",
    "runs",
)


def _hostile(value: Any, key: str = "") -> Any:
    """A document with hostile text in place of every text, and as a key of what has keys of its own."""
    if isinstance(value, dict):
        changed = {name: _hostile(item, name) for name, item in value.items()}
        return changed | {HOSTILE: HOSTILE} if key in ("provenance", "usable_ratio", "flags", "gates") else changed
    if isinstance(value, list):
        return [_hostile(item, key) for item in value]
    if isinstance(value, str) and key not in KEEP and not key.endswith(ENDINGS):
        return HOSTILE
    return value


RUN = {
    "outcome": "failed",
    "category": "network",
    "summary": HOSTILE,
    "started_at": "2026-11-22T00:00:00.000Z",
    "seconds": 1.5,
    "rows": None,
    "link": "javascript:window.marked=1",
}


@pytest.fixture(scope="session")
def hostile_store(store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store with hostile texts in all the files that pages read."""
    folder = Path(shutil.copytree(store_folder, tmp_path_factory.mktemp("hostile") / "store"))
    for path in (folder / "portal" / "d").rglob("*.json"):
        document = json.loads(path.read_bytes())
        hostile = _hostile(document) | {"readme": HOSTILE, "runs": [RUN], "chart": document["chart"]}
        hostile["columns"] = [column | {"description": HOSTILE, "unit": HOSTILE} for column in document["columns"]]
        for link in ("repo", "homepage", "source"):
            hostile["entry"][link] = "javascript:window.marked=1"
        path.write_text(json.dumps(hostile))
    status = folder / "portal" / "status.json"
    status.write_text(json.dumps(_hostile(json.loads(status.read_bytes()), "status")))
    search = folder / "portal" / "search.json"
    document = json.loads(search.read_bytes())
    place = document["fields"].index
    for row in document["rows"]:
        for field in ("title", "title_zh", "license", "asset_class", "frequency"):
            row[place(field)] = HOSTILE
        row[place("tags")] = [HOSTILE]
    search.write_text(json.dumps(document))
    return folder


def _assert_harmless(visit: Visit) -> None:
    visit.page.wait_for_load_state("networkidle")
    assert not visit.page.evaluate(MARKED)
    assert visit.foreign == []
    assert visit.page.url.startswith(visit.served.url)
    assert len(visit.page.context.pages) == 1
    assert visit.page.evaluate("() => document.querySelectorAll('a[href^=\"javascript\" i]').length") == 0


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("", ".results > li"),
        (f"d/?id={KLINES}", ".readme > *"),
        (f"d/?id={COVID}", ".readme > *"),
        ("status/", ".matrix th"),
        (f"sql/?id={KLINES}", ".tables .panel"),
    ],
    ids=["search", "candles", "lines", "status", "sql"],
)
def test_texts_of_the_store_do_nothing(
    site: Callable[[Path], Served], visitor: Visitor, hostile_store: Path, path: str, shown: str
) -> None:
    visit = visitor(site(hostile_store), path)
    expect(visit.page.locator(shown).first).to_be_visible()
    if path == "status/":
        visit.page.locator("td button").first.click()
        expect(visit.page.locator(".details")).to_contain_text("<script>")
    _assert_harmless(visit)


def test_errors_of_the_engine_are_texts(shared_site: Served, visitor: Visitor) -> None:
    visit = visitor(shared_site, "sql/")
    visit.page.get_by_label("Query", exact=True).fill(f"SELECT 1 AS \"{CORPUS[1]}\", '{CORPUS[1]}'")
    visit.page.get_by_role("button", name="Run").click()
    expect(visit.page.locator(".rows td").nth(1)).to_have_text(CORPUS[1], timeout=60_000)
    visit.page.get_by_label("Query", exact=True).fill(f'SELECT "{CORPUS[1]}"')
    visit.page.get_by_role("button", name="Run").click()
    expect(visit.page.get_by_role("alert")).to_contain_text(CORPUS[1])
    _assert_harmless(visit)


def test_no_query_reaches_another_host(shared_site: Served, visitor: Visitor, own_store: Path, site: Any) -> None:
    foreign = site(own_store)
    visit = visitor(shared_site, "sql/")
    query = f"SELECT * FROM read_csv_auto('{foreign.url}store/index.json')"
    visit.page.get_by_label("Query", exact=True).fill(query)
    visit.page.get_by_role("button", name="Run").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("NetworkError", timeout=60_000)
    assert foreign.requests == []


def test_an_address_with_a_query_does_not_run_it(shared_site: Served, visitor: Visitor) -> None:
    visit = visitor(shared_site, "sql/#q=SELECT+42")
    expect(visit.page.get_by_label("Query", exact=True)).to_have_value("SELECT 42")
    visit.page.wait_for_load_state("networkidle")
    assert visit.page.locator(".rows").count() == 0
