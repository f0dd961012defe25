"""Partition kinds of the core as Dagster's partitions definitions."""

from __future__ import annotations

import dagster as dg

from opendata_platform.datasets.partitions import SnapshotDays, UtcDays


def partitions_def(partitions: UtcDays | SnapshotDays) -> dg.DailyPartitionsDefinition:
    """Days in UTC; a snapshot's today exists while it lasts, a slice's only once it is over."""
    today = 1 if isinstance(partitions, SnapshotDays) else 0
    return dg.DailyPartitionsDefinition(partitions.start.isoformat(), timezone="UTC", end_offset=today)
