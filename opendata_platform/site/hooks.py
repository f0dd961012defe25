"""What the site builder calls: links that leave `docs/` lead to the repository, and no page asks another host.

Needs nothing but the standard library: the builder loads this file by path, in an environment without the project.
"""

from __future__ import annotations

import logging
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = "https://github.com/opendata-platform/opendata/blob/main/"
_log = logging.getLogger("mkdocs.hooks.site")  # below "mkdocs": a warning fails a strict build

_LINK = re.compile(r"\]\((\.\./[^)\s]+)\)")
_ASKED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\bsrc\s*=\s*["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b(?![^>]*rel=["']?(?:canonical|alternate|next|prev))[^>]*?\bhref\s*=\s*["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|url\(\s*["']?((?:https?:)?//[^"')\s]+)|@import\s+["']((?:https?:)?//[^"']+)""",
    re.IGNORECASE,
)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """A page of `docs/` with its links to files outside of it turned into links to the repository."""
    folder = posixpath.join("docs", posixpath.dirname(page.file.src_uri))

    def absolute(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match[1]))
        return match[0] if target.startswith("docs/") else f"]({REPOSITORY}{target})"

    return _LINK.sub(absolute, markdown)


def on_post_build(*, config: Any, **_: Any) -> None:
    """Warn of every page or style sheet that would ask another host for something."""
    for path, url in foreign_requests(Path(config.site_dir)):
        _log.warning("%s asks another host: %s", path, url)


def foreign_requests(site: Path) -> Iterator[tuple[str, str]]:
    """What the built pages and style sheets load from elsewhere; links that a reader may follow are no requests."""
    for path in sorted([*site.rglob("*.html"), *site.rglob("*.css")]):
        for match in _ASKED.finditer(path.read_text(encoding="utf-8")):
            yield path.relative_to(site).as_posix(), next(filter(None, match.groups()))
