"""One visit of one page, and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

from tests.portal.served import Served

AXE = Path(__file__).resolve().parents[2] / "portal" / "node_modules" / "axe-core" / "axe.min.js"
_VIOLATIONS = """async () => {
  const { violations } = await axe.run(document);
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
}"""
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Visit:
    """The page, the errors in its console, and requests to hosts other than the site's."""

    page: Page
    served: Served
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, context: BrowserContext, served: Served, path: str, lang: str) -> Visit:
        """Open a page of the site."""
        visit = cls(context.new_page(), served)
        context.on("request", visit._note_request)
        visit.page.on("console", visit._note_message)
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
        address, _, fragment = path.partition("#")
        query = f"{'&' if '?' in address else '?'}lang={lang}"
        visit.page.goto(f"{served.url}{address}{query}{f'#{fragment}' if fragment else ''}")
        return visit

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.served.url).netloc:
            self.foreign.append(request.url)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def settle(self) -> None:
        """Wait until nothing loads any more."""
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator(".state[role=status]")).to_have_count(0)

    def violations(self) -> list[str]:
        """What axe finds."""
        found: list[str] = self.page.evaluate(_VIOLATIONS)
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        pixels: int = self.page.evaluate(_OVERFLOW)
        return pixels


Visitor: TypeAlias = Callable[..., Visit]
