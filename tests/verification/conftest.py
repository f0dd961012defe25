"""A creator's folder, as in the tests of `od push`, with a dataset that has been published on each of the last days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import opendata as od
import pytest

from tests.create.conftest import DATASET, Creator, clean_environment, creator, pristine

__all__ = ["DATASET", "clean_environment", "creator", "pristine"]

AS_OF = datetime(2026, 11, 24, 12, tzinfo=UTC)
HASH = "a" * 64
GOOD_LOCK = f"polars==2.1.0 \\\n    --hash=sha256:{HASH}\n    # via -r requirements.in\n"


def publish_days(creator: Creator, until: datetime) -> None:
    """Publish the output of a folder as the version of three days."""
    for back in (2, 1, 0):
        od.push(creator.folder, version=(until - timedelta(days=back)).date().isoformat())


@pytest.fixture
def kept_up(creator: Creator) -> Creator:
    """A folder that was published every day, with a lock that holds."""
    (creator.folder / "requirements.lock").write_text(GOOD_LOCK)
    publish_days(creator, AS_OF - timedelta(days=2))
    return creator
