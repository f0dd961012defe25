"""What the READMEs show runs as it stands, and both languages show the same."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opendata.protocol.author import make_author
from opendata.stores.local import LocalStore

from opendata_platform.datasets.catalog import all_specs
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings
from tests.conftest import ROOT

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"


def blocks(readme: Path, language: str) -> list[str]:
    """The fenced code blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)


def without_comments(code: str) -> list[str]:
    """Lines of code without comments and the spaces before them."""
    return [re.sub(r"\s+#.*", "", line) for line in code.splitlines()]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with what the examples load."""
    folder = tmp_path_factory.mktemp("storage")
    today = datetime.now(UTC).date().isoformat()
    wanted = {
        "official/stooq-aapl-daily": [today],
        "official/owid-covid-global-daily": [today],
        "official/binance-btcusdt-kline-1m": ["2026-11-21", "2026-11-22", "2026-11-23"],
    }
    with (
        Sandbox(recordings=Recordings()) as sandbox,
        SourceClient(SourceSettings.from_env(sandbox_url=sandbox.url)) as client,
    ):
        publisher = Publisher(LocalStore(folder), make_author("test"))
        for dataset, partitions in wanted.items():
            for partition in partitions:
                result = run_partition(all_specs()[dataset], partition, Clients(client), publisher)
                assert isinstance(result, Visible), result
        publisher.finish()
    return folder


@pytest.mark.parametrize("readme", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_python_example_runs_as_it_stands(readme: Path, store: Path, tmp_path: Path) -> None:
    (code,) = blocks(readme, "python")
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={"OPENDATA_LOCAL_STORAGE_DIR": str(store), "OPENDATA_CACHE": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert "official/stooq-aapl-daily" in ended.stdout


def test_both_languages_show_the_same_code() -> None:
    for language in ("python", "bash"):
        english, chinese = blocks(ENGLISH, language), blocks(CHINESE, language)
        assert [without_comments(code) for code in english] == [without_comments(code) for code in chinese]


@pytest.mark.parametrize(
    "document",
    sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("opendata_sdk/*.md")]),
    ids=lambda path: path.name,
)
def test_every_relative_link_of_a_document_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing
