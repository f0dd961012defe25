"""Keeps index.json right whatever happened to a run: settles the dirty markers that killed runs left behind.

The cost is that of listing the markers and reading what changed; without markers nothing is read or written.
"""

from __future__ import annotations

import dagster as dg
from opendata.protocol.index import sweep_dirty
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store

INTERVAL = 60
"""Seconds between two looks."""


@dg.sensor(minimum_interval_seconds=INTERVAL, default_status=dg.DefaultSensorStatus.RUNNING)
def index_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Sweep the dirty markers of the store."""
    store = open_writable_store()
    settled = run(sweep_dirty(store.name), store)
    if settled:
        context.log.info("index.json updated for %s", ", ".join(settled))
        return dg.SkipReason(f"index.json updated for {', '.join(settled)}")
    return dg.SkipReason("nothing to settle")
