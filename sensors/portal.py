"""Keeps the portal's files up with index.json: a document per dataset, and search.json.

The cost is that of reading the index and what was built before; only datasets with news are read and written.
"""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store

from opendata_platform.portal.build import build_portal

INTERVAL = 60
"""Seconds between two looks."""


@dg.sensor(minimum_interval_seconds=INTERVAL, default_status=dg.DefaultSensorStatus.RUNNING)
def portal_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Build what has news."""
    built = run(build_portal(datetime.now(UTC)), open_writable_store())
    for dataset, error in built.unreadable.items():
        context.log.error("%s cannot be shown: %s", dataset, error)
    news = ", ".join([*built.changed, *built.removed])
    return dg.SkipReason(f"made anew: {news}" if news else "no news")
