"""The portal in Chromium: key press to result, loading and bytes over many datasets, and Lighthouse on every page.

    python -m benchmarks.portal --json
    python -m benchmarks.portal --datasets 50000 --no-lighthouse

Needs chromium, Node with npm, and for Lighthouse the registry of npm.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opendata.contract.keys import ObjectKind, object_key
from playwright.sync_api import Browser

from benchmarks.measure import budget, report
from benchmarks.portal.browser import Network, chromium, loading, p95, presses
from benchmarks.portal.datasets import write_search_files
from benchmarks.portal.lighthouse import scores
from benchmarks.portal.stage import DATASET, build_site, publish_candles, served, write_pages

PRESS_MS, SEARCH_JS, DATASET_JS, PERFORMANCE, ACCESSIBILITY = 50, 20_000, 120_000, 98, 100
SLOW = Network(megabits=10, latency_ms=40)
LOADS = 5
PAGES = {"search": "", "dataset": f"d/{DATASET}/", "status": "status/", "sql": "sql/"}
_PORTAL = Path(__file__).resolve().parents[2] / "portal"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--datasets", type=int, default=10_000, help="datasets to search, 10,000 by default")
    parser.add_argument("--no-lighthouse", action="store_true", help="leave Lighthouse out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site, many, candles = (Path(folder) / name for name in ("site", "many", "candles"))
        build_site(site)
        write_search_files(many, arguments.datasets, datetime.now(UTC))
        figures = {**searching(site, many, arguments.datasets), **_search_file(many), **_scripts()}
        if not arguments.no_lighthouse:
            publish_candles(candles)
            write_pages(site, candles)
            figures |= _lighthouse(site, candles, Path(folder))
    report("portal", {**figures, "budgets": _budgets(figures)})


def searching(site: Path, store: Path, datasets: int) -> dict[str, Any]:
    """The search page over that many datasets."""
    with served(site, store) as url, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{url}?lang=en")
        page.get_by_text(f"{datasets:,} datasets", exact=True).wait_for()
        times, busy = presses(page)
        page.set_content('<input type="search">')
        nothing, _ = presses(page)
        page.close()
        return {
            "datasets": datasets,
            "key_presses": len(times),
            "key_press_to_result_ms_p50": statistics.median(times),
            "key_press_to_result_ms_p95": p95(times),
            "key_press_to_nothing_ms_p95": p95(nothing),
            "key_press_cpu_ms_p50": statistics.median(busy),
            "key_press_cpu_ms_p95": p95(busy),
            **_loads(browser, url, datasets, None, ""),
            **_loads(browser, url, datasets, SLOW, "slow_"),
        }


def _loads(browser: Browser, url: str, datasets: int, network: Network | None, prefix: str) -> dict[str, float]:
    loads = [loading(browser, f"{url}?lang=en", f"{datasets:,} datasets", network) for _ in range(LOADS)]
    return {f"{prefix}{name}": statistics.median(load[name] for load in loads) for name in loads[0]}


def _search_file(store: Path) -> dict[str, int]:
    body = (store / object_key(ObjectKind.PORTAL_SEARCH)).read_bytes()
    return {"search_json_bytes": len(body), "search_json_gzip_bytes": len(gzip.compress(body, 6, mtime=0))}


def _scripts() -> dict[str, int]:
    """JavaScript of each page after gzip: what it starts with, and everything that it can load."""
    command = ["npm", "run", "--silent", "budgets"]
    weighed = json.loads(subprocess.run(command, cwd=_PORTAL, check=True, capture_output=True, text=True).stdout)
    return {f"{page}_js_{what}": size for page, sizes in weighed.items() for what, size in sizes.items()}


def _lighthouse(site: Path, store: Path, folder: Path) -> dict[str, float]:
    with served(site, store) as url:
        found = {page: scores(f"{url}{path}?lang=en", folder / f"{page}.json") for page, path in PAGES.items()}
    return {f"lighthouse_{page}_{name}": score for page, each in found.items() for name, score in each.items()}


def _budgets(figures: dict[str, Any]) -> dict[str, Any]:
    """What the design promises; of Lighthouse what is missing of the best score, so that smaller is better."""
    held = {
        "key press to result, p95 ms": budget(figures["key_press_to_result_ms_p95"], PRESS_MS),
        "JavaScript of the search page, gzip bytes": budget(figures["search_js_first"], SEARCH_JS),
        "JavaScript of a dataset's page with chart and preview, gzip bytes": budget(
            figures["dataset_js_all"], DATASET_JS
        ),
    }
    for page in PAGES if "lighthouse_search_performance" in figures else ():
        for name, least in (("performance", PERFORMANCE), ("accessibility", ACCESSIBILITY)):
            missing = 100 - figures[f"lighthouse_{page}_{name}"]
            held[f"points below 100 in {name}, {page} page"] = budget(missing, 100 - least)
    return held


if __name__ == "__main__":
    main()
