"""Fixtures shared by all rooms."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures.seaweedfs", "tests.fixtures.postgres", "tests.fixtures.redis"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The larger set of recorded samples beside the checkout; tests over it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the larger set of recorded samples (../shared/data) is not present")
    return folder
