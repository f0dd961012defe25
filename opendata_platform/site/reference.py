"""Writes the pages of `docs/reference/` that follow from the code: `python -m opendata_platform.site.reference`.

Not here: what the pages say of each subject (one module per page).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from opendata_platform.site.commands import commands_page
from opendata_platform.site.errors import errors_page
from opendata_platform.site.metadata import metadata_page
from opendata_platform.site.status import status_page

PAGES: dict[str, Callable[[], str]] = {
    "cli.md": commands_page,
    "errors.md": errors_page,
    "metadata.md": metadata_page,
    "status.md": status_page,
}
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def write() -> None:
    """Write every page anew."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
