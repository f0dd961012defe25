"""What the READMEs show of a terminal is what the commands print today."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recordings import READMES, commands, record, served_store, shown


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store as the recordings have it."""
    with served_store(tmp_path_factory.mktemp("recorded")) as url:
        yield url


@pytest.mark.parametrize("language", READMES)
def test_the_recorded_output_is_what_the_commands_print(language: str, endpoint: str, tmp_path: Path) -> None:
    block = shown(READMES[language])
    assert record(commands(block), language, endpoint, tmp_path) == block, "python -m tests.recordings makes it anew"


def test_both_languages_show_the_same_commands() -> None:
    first, second = (commands(shown(readme)) for readme in READMES.values())
    assert first == second
    assert {line.split()[1] for line in first} >= {"load", "search", "diff", "explain"}
