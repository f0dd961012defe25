"""The code blocks of Markdown pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

DOCS = ROOT / "docs"
GUIDES = [
    ROOT / "opendata_sdk" / "README.md",
    DOCS / "index.md",
    DOCS / "quickstart.md",
    *sorted(page for page in DOCS.glob("how-to/*.md") if not page.name.endswith(".zh.md")),
]
"""The pages for people who load data, in English."""
CHINESE = {
    page: page.with_name(page.name.replace(".zh-CN.md", ".md").replace(".zh.md", ".md"))
    for page in [ROOT / "opendata_sdk" / "README.zh-CN.md", *sorted(DOCS.rglob("*.zh.md"))]
}
"""The pages in Chinese, with the English page that each follows."""
_BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>.+?) -->\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its code, and why it is not run, if it is not."""

    language: str
    code: str
    reason: str | None


def blocks(page: Path) -> list[Block]:
    """The blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(match["language"], match["code"], match["reason"]) for match in _BLOCK.finditer(text)]
