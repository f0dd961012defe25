"""The page of a dataset without its script: what search engines and readers without JavaScript get.

Everything that is put into a page comes from the store and is escaped here; JSON stands in a page so that no text in it
can end the element that holds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

_SLOT = re.compile(r"<!--prerender:(head|body)-->(?:.*?<!--/prerender:\1-->)?", re.S)
_TITLE = re.compile(r"<title>.*?</title>", re.S)
_STORE = re.compile(r'(<meta name="opendata-store" content=")[^"]*(">)')
_CONNECT = re.compile(r"(connect-src 'self')[^;\"]*")
_ABOVE = re.compile(r'((?:href|src)=")\.\./')
_DESCRIPTION = 300


def filled(template: str, head: str, body: str, title: str | None = None) -> str:
    """A built page with these pieces in their places; filling it again replaces them."""
    pieces = {"head": head, "body": body}
    template = _SLOT.sub(
        lambda slot: f"<!--prerender:{slot[1]}-->{pieces[slot[1]]}<!--/prerender:{slot[1]}-->", template
    )
    if title is not None:
        template = _TITLE.sub(lambda _: f"<title>{escape(title)}</title>", template, count=1)
    return template


def with_store(template: str, store: str, origin: str) -> str:
    """A built page that reads from this store, of which the policy allows no other origin (empty: the page's own)."""
    template = _STORE.sub(lambda match: f"{match[1]}{escape(store)}{match[2]}", template, count=1)
    return _CONNECT.sub(lambda match: f"{match[1]} {origin}".rstrip(), template, count=1)


def two_folders_down(template: str) -> str:
    """The template of `d/` as a page in `d/{namespace}/{name}/`: what it names above it is two folders further up."""
    return _ABOVE.sub(r"\1../../../", template)


def links(url: str) -> str:
    """The canonical address of a page and its languages."""
    alternates = "".join(
        f'<link rel="alternate" hreflang="{language}" href="{escape(url)}?lang={code}">'
        for language, code in (("en", "en"), ("zh-CN", "zh"))
    )
    default = f'<link rel="alternate" hreflang="x-default" href="{escape(url)}">'
    return f'<link rel="canonical" href="{escape(url)}">{alternates}{default}'


def dataset_head(document: Mapping[str, Any], url: str, described: Mapping[str, Any]) -> str:
    """What stands in the head of a dataset's page; `described` is its schema.org Dataset."""
    entry = document["entry"]
    summary = escape(" ".join(entry["description"].split())[:_DESCRIPTION])
    exports = "".join(
        f'<link rel="alternate" type="{kind}" href="{name}" title="{title}">'
        for kind, name, title in (
            ("application/ld+json", "croissant.json", "Croissant"),
            ("application/json", "datapackage.json", "Data Package"),
        )
    )
    return (
        f'<meta name="description" content="{summary}">'
        f'<meta property="og:title" content="{escape(entry["title"])}">'
        f'<meta property="og:description" content="{summary}">'
        f'{links(url)}{exports}<script type="application/ld+json">{in_script(described)}</script>'
    )


def dataset_body(document: Mapping[str, Any]) -> str:
    """Title, description, facts and columns, as plain HTML in English, with the Chinese title and description below."""
    entry = document["entry"]
    facts = {
        "Id": entry["id"],
        "Data through": str(entry["max_date"])[:10] if entry.get("max_date") else None,
        "Last updated": entry["last_updated_at"],
        "Next expected": document["next_expected_at"],
        "Rows": f"{entry['row_count']:,}",
        "Bytes": f"{entry['bytes']:,}",
        "Frequency": entry.get("frequency"),
        "License": entry["license"],
        "Source": entry["source"],
        "Verified": "yes" if entry["verified"] else "no",
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items() if value)
    rows = "".join(_row(column) for column in document["columns"])
    title_zh, text_zh = entry.get("title_zh"), entry.get("description_zh")
    chinese = f'<div lang="zh-CN"><h2>{escape(title_zh)}</h2><p>{escape(text_zh or "")}</p></div>' if title_zh else ""
    return (
        f'<main class="wide"><h1>{escape(entry["title"])}</h1><p>{escape(entry["description"])}</p>{chinese}'
        f"<dl>{listed}</dl><table><thead><tr><th>Column</th><th>Type</th><th>Unit</th><th>Description</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></main>"
    )


def _row(column: Mapping[str, Any]) -> str:
    cells = (column["name"], column["type"], column["unit"] or "", column["description"])
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def in_script(document: Mapping[str, Any]) -> str:
    """JSON that may stand in a script element."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)
