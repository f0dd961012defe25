"""Pieces of Markdown that the generated pages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

NOTE = "<!-- Written by `make reference` from the code; edit the code instead. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells hold no vertical bar, which readers of Markdown escape in different ways."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(text: str) -> str:
    """Text as code, also in a table."""
    return f"<code>{escape(text).replace('|', '&#124;')}</code>" if "|" in text else f"`{text}`"


def page(*parts: str) -> str:
    """Parts with a blank line between them."""
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"
