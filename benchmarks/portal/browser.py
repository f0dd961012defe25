"""The search page in the system's Chromium: how long until a key press shows, and until the page and its list do."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

QUERIES = ("hong kong daily", "CC-BY", "open_interest", "德国 股票", "rixianhangqing", "etf japan nav", "7001")
"""Typed letter by letter: words of titles, licences, columns and keywords, and one that few datasets have."""

_LISTEN = """() => {
  const field = document.querySelector("input[type=search]");
  const shown = new MessageChannel();
  let pressed = 0;
  // The frame callback comes before the frame is drawn, a message after it.
  shown.port1.onmessage = () => window.drawn(performance.now() - pressed);
  field.addEventListener("input", (event) => {
    pressed = event.timeStamp;
    requestAnimationFrame(() => shown.port2.postMessage(null));
  });
}"""
_EXPECT = "() => { window.next = new Promise((resolve) => (window.drawn = resolve)); }"
_PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""
_WATCH = """() => {
  // When the first dataset is listed, and when all are searched.
  window.seen = {};
  const look = () => {
    if (document.querySelector(".results li")) window.seen.list ??= performance.now();
    if (document.querySelector("[role=status]")?.textContent.startsWith(window.wanted)) {
      if (!document.querySelector("[role=status] .quiet")) window.seen.all ??= performance.now();
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
}"""


@dataclass(frozen=True, slots=True)
class Network:
    """A connection as Chromium emulates it."""

    megabits: float
    latency_ms: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program(), args=arguments)
        yield browser
        browser.close()


def program() -> str:
    """The path of Chromium. Raises FileNotFoundError where there is none."""
    found = shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("there is no chromium on the PATH: install the package of that name")
    return found


def presses(page: Page) -> tuple[list[float], list[float]]:
    """For each key press in the field, over all queries: milliseconds until its result is drawn, and of the CPU."""
    field = page.get_by_role("searchbox")
    protocol = page.context.new_cdp_session(page)
    protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(_LISTEN)
    times: list[float] = []
    busy: list[float] = []
    for query in QUERIES:
        field.press("Control+a")
        for letter in query:
            page.evaluate(_EXPECT)
            before = _cpu(protocol)
            page.keyboard.type(letter)
            times.append(page.evaluate("() => window.next"))
            busy.append(_cpu(protocol) - before)
    return times, busy


def _cpu(protocol: CDPSession) -> float:
    """Milliseconds of CPU that the page's thread has used for its tasks."""
    metrics = {metric["name"]: metric["value"] for metric in protocol.send("Performance.getMetrics")["metrics"]}
    used: float = 1000 * metrics["TaskDuration"]
    return used


def p95(values: list[float]) -> float:
    """The value that 95 of 100 stay below."""
    return statistics.quantiles(values, n=20)[-1]


def loading(browser: Browser, url: str, total: str, network: Network | None) -> dict[str, float]:
    """Milliseconds until something is drawn, the first dataset is listed and all `total` are searched; bytes sent."""
    context = browser.new_context()
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    if network:
        rate = network.megabits * 1_000_000 / 8
        conditions = {"offline": False, "latency": network.latency_ms, "downloadThroughput": rate}
        protocol.send("Network.emulateNetworkConditions", {**conditions, "uploadThroughput": rate})
    sent: list[float] = []
    protocol.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    page.add_init_script(f"window.wanted = {total!r}; ({_WATCH})()")
    page.goto(url)
    page.wait_for_function("() => window.seen.all !== undefined")
    figures = {
        "first_paint_ms": page.evaluate(_PAINTED),
        "first_dataset_ms": page.evaluate("() => window.seen.list"),
        "all_datasets_ms": page.evaluate("() => window.seen.all"),
        "bytes": sum(sent),
    }
    context.close()
    return figures
