"""Fixtures shared by all rooms."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.fixtures.seaweedfs", "tests.fixtures.postgres", "tests.fixtures.redis"]

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis tries five times as much where the long suites run too."""
    if config.option.markexpr != "not slow":
        settings.register_profile("long", settings.default, max_examples=5 * settings.default.max_examples)
        settings.load_profile("long")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The larger set of recorded samples beside the checkout; tests over it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the larger set of recorded samples (../shared/data) is not present")
    return folder
