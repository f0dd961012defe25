"""The reference says what the code says."""

from __future__ import annotations

import re

import opendata
import pytest
import yaml

from opendata_platform.site.reference import FOLDER, PAGES
from tests.conftest import ROOT
from tests.docs.pages import DOCS

SDK = ROOT / "opendata_sdk" / "opendata"


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run: make reference"


def test_the_api_page_shows_every_public_name() -> None:
    shown = set(re.findall(r"^::: opendata\.(?:\w+\.)*(\w+)$", (FOLDER / "api.md").read_text("utf-8"), re.M))
    assert set(opendata.__all__) - {"errors"} <= shown


def test_every_setting_that_the_sdk_reads_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"`(OPENDATA_[A-Z0-9_]+)`", (FOLDER / "environment.md").read_text("utf-8")))
    source = "\n".join(path.read_text("utf-8") for path in SDK.rglob("*.py"))
    assert set(re.findall(r"OPENDATA_[A-Z0-9]+(?:_[A-Z0-9]+)*", source)) == documented


def test_every_page_is_in_the_navigation_once() -> None:
    listed = re.findall(r"[\w/.-]+\.md", yaml.dump(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if not page.name.endswith(".zh.md")]
    assert sorted(listed) == sorted(pages)
