"""Lighthouse on the system's Chromium, as `npx` installs it: its four scores of a page on a desktop."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.portal.browser import program

VERSION = "12.8.2"
"""The last that runs on Node 20."""


def scores(url: str, report: Path) -> dict[str, float]:
    """Scores from 0 to 100; the whole report goes to a file."""
    flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
    command = ["npx", "--yes", f"lighthouse@{VERSION}", url, "--preset=desktop", "--quiet", f"--chrome-flags={flags}"]
    subprocess.run(
        [*command, "--output=json", f"--output-path={report}"], check=True, env={**os.environ, "CHROME_PATH": program()}
    )
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return {name: 100 * category["score"] for name, category in found["categories"].items()}
